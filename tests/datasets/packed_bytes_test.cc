#include "datasets/packed_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace jangwon::datasets {
namespace {

using testing::HasSubstr;

std::string deflate_zlib(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::string bytes(size, '\0');
  EXPECT_EQ(compress(reinterpret_cast<Bytef*>(bytes.data()), &size,
                     reinterpret_cast<const Bytef*>(text.data()), text.size()),
            Z_OK);
  bytes.resize(size);
  return bytes;
}

// The string literal with its NUL bytes.
template <size_t N>
std::string bytes_of(const char (&text)[N]) {
  return std::string(text, N - 1);
}

TEST(Base64, DecodesTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"Zg==", "f"},
                                                       {"Zm8=", "fo"},
                                                       {"Zm9v", "foo"},
                                                       {"Zm9vYg==", "foob"},
                                                       {"Zm9vYmE=", "fooba"},
                                                       {"Zm9vYmFy", "foobar"}};
  for (const auto& [text, expected] : cases) {
    const Result<std::string> bytes = decode_base64(text);
    ASSERT_TRUE(bytes.ok()) << text;
    EXPECT_EQ(*bytes, expected);
  }
}

TEST(Base64, RefusesWhatIsNotStrictlyBase64) {
  for (const char* text :
       {"Zg=", "Zg", "Z", "Zm9v Yg==", "Zm9v\nYg==", "Z===", "====", "Zg==Zg==", "Zm-_", "Zm9\xC3"})
    EXPECT_FALSE(decode_base64(text).ok()) << text;
}

TEST(InflateZlib, GivesBackWhatWasDeflated) {
  for (const std::string& text : {std::string(), std::string("short"), std::string(300000, 'x')}) {
    const Result<std::string> inflated = inflate_zlib(deflate_zlib(text), 1 << 20);
    ASSERT_TRUE(inflated.ok()) << inflated.status().message();
    EXPECT_EQ(*inflated, text);
  }
}

TEST(InflateZlib, StopsABombAtTheLimit) {
  const std::string bomb = deflate_zlib(std::string(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), 100000u);
  const Result<std::string> inflated = inflate_zlib(bomb, 1 << 20);
  ASSERT_FALSE(inflated.ok());
  EXPECT_THAT(inflated.status().message(), HasSubstr("more than the limit of 1048576 bytes"));
}

TEST(InflateZlib, AcceptsExactlyTheLimit) {
  EXPECT_TRUE(inflate_zlib(deflate_zlib(std::string(1000, 'a')), 1000).ok());
  EXPECT_FALSE(inflate_zlib(deflate_zlib(std::string(1001, 'a')), 1000).ok());
}

TEST(InflateZlib, RefusesEveryCutOffStream) {
  const std::string whole = deflate_zlib("some text that is deflated, some text that is deflated");
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(inflate_zlib(whole.substr(0, size), 1000).ok()) << size;
}

TEST(InflateZlib, RefusesGarbageBehindAndInFront) {
  const std::string whole = deflate_zlib("text");
  EXPECT_FALSE(inflate_zlib(whole + "x", 1000).ok());
  EXPECT_FALSE(inflate_zlib("x" + whole, 1000).ok());
}

TEST(InflateZlib, RefusesAChangedByte) {
  std::string changed = deflate_zlib("text with a checksum behind it");
  changed.back() = static_cast<char>(changed.back() ^ 1);
  EXPECT_FALSE(inflate_zlib(changed, 1000).ok());
}

TEST(UnpickleString, ReadsTheStringOpcodes) {
  const std::pair<std::string, const char*> cases[] = {
      {bytes_of("\x80\x04\x95\x06\0\0\0\0\0\0\0\x8c\x02hi\x94."), "hi"},
      {bytes_of("\x80\x03X\x02\0\0\0hiq\0."), "hi"},
      {bytes_of("\x80\x04\x8d\x02\0\0\0\0\0\0\0hi\x94."), "hi"},
      {bytes_of("X\x02\0\0\0hir\1\0\0\0."), "hi"},
      {bytes_of("Vhi\np0\n."), "hi"},
      {bytes_of("V\\u0041\\U0001f393\\u000a\\x \\\\u0041\xe9\np0\n."), "A🎓\n\\x \\\\u0041é"},
      {bytes_of("\x80\x04\x8c\0\x94."), ""},
  };
  for (const auto& [bytes, expected] : cases) {
    const Result<std::string> text = unpickle_string(bytes);
    ASSERT_TRUE(text.ok()) << text.status().message();
    EXPECT_EQ(*text, expected);
  }
}

TEST(UnpickleString, NeverRunsAPickle) {
  const std::pair<const char*, std::string> cases[] = {
      {"os.system by GLOBAL and REDUCE", bytes_of("cos\nsystem\n(S'echo hi'\ntR.")},
      {"os.system in protocol 4",
       bytes_of("\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x02hi\x94\x85\x94R\x94.")},
      {"a list of str", bytes_of("\x80\x04]\x94\x8c\x01"
                                 "a\x94"
                                 "a.")},
      {"bytes", bytes_of("\x80\x04"
                         "C\x02hi\x94.")},
      {"an integer", bytes_of("\x80\x04K\x05.")},
      {"None", bytes_of("\x80\x04N.")},
      {"INST", bytes_of("(ios\nsystem\n.")},
      {"persistent id", bytes_of("Pid\n.")},
      {"an extension", bytes_of("\x80\x02\x82\x01.")},
  };
  for (const auto& [name, bytes] : cases)
    EXPECT_FALSE(unpickle_string(bytes).ok()) << name;
}

TEST(UnpickleString, NamesTheOpcodeItRefuses) {
  EXPECT_THAT(unpickle_string(bytes_of("cos\nsystem\n.")).status().message(),
              HasSubstr("opcode 0x63"));
}

TEST(UnpickleString, RefusesLengthsThatLie) {
  const std::string cases[] = {
      bytes_of("\x80\x04\x8c\xffhi\x94."),  // longer than the bytes
      bytes_of("X\xff\xff\xff\xffhi."),
      bytes_of("\x8d\xff\xff\xff\xff\xff\xff\xff\xffhi."),
      bytes_of("\x80\x04\x95\xff\0\0\0\0\0\0\0\x8c\x02hi\x94."),  // a frame beyond the end
      bytes_of("\x80"),
      bytes_of("\x80\x04\x95\0\0"),
      bytes_of("Vhi"),  // cut off
      bytes_of("V\\u00\n."),
      bytes_of("V\\U00110000\n."),
      bytes_of("V\\uzzzz\n."),
      bytes_of("\x80\x09\x8c\x02hi\x94."),  // a protocol nobody knows
      bytes_of("."),
      bytes_of(""),
      bytes_of("\x80\x04\x8c\x02hi\x94"),  // no str, no stop
      bytes_of("\x8c\x01"
               "a\x8c\x01"
               "b."),  // two strs
      bytes_of("\x8c\x01"
               "a.."),  // bytes behind the end
  };
  for (const std::string& bytes : cases)
    EXPECT_FALSE(unpickle_string(bytes).ok()) << testing::PrintToString(bytes);
}

}  // namespace
}  // namespace jangwon::datasets
