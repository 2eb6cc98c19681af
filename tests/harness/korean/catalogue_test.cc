// The catalogue against the sources: no message without Korean, no Korean without a message, and a
// lookup that finds the entry that was meant.

#include "harness/korean/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

#include "runtime/base/file.h"
#include "runtime/base/nearest_name.h"
#include "tests/harness/korean/message_scan.h"

namespace jangwon::harness {
namespace {

namespace fs = std::filesystem;

const std::string kRoot = JANGWON_SOURCE_DIR;

// Sources whose texts no user of the command line needs in Korean.
const struct {
  const char* path;
  const char* reason;
} kWithoutKorean[] = {
    {"runtime/jinja/", "Jinja2's own wording, which authors of templates look up as it is"},
    {"harness/korean/", "the catalogue"},
};

const SourceMessages& source_messages() {
  static const SourceMessages found = [] {
    std::map<std::string, std::string> sources;
    for (const char* folder : {"runtime", "datasets", "harness", "reports"}) {
      for (fs::recursive_directory_iterator it(kRoot + "/" + folder), end; it != end; ++it) {
        const std::string extension = it->path().extension().string();
        if (extension != ".cc" && extension != ".h") continue;
        const std::string file = fs::relative(it->path(), kRoot).string();
        if (std::any_of(std::begin(kWithoutKorean), std::end(kWithoutKorean),
                        [&](const auto& without) { return file.starts_with(without.path); }))
          continue;
        sources[file] = *read_file(it->path().string());
      }
    }
    return scan_messages(sources);
  }();
  return found;
}

const std::string kMakers = R"(
Status invalid_argument(MessageTemplate text, Message::Arguments arguments = {});
class Message { explicit Message(MessageTemplate text, Arguments arguments = {}); };
)";

std::vector<SourceMessage> messages_in(const std::string& source) {
  std::vector<SourceMessage> messages =
      scan_messages({{"x.h", kMakers}, {"harness/commands/x.cc", source}}).messages;
  return messages;
}

std::vector<std::string> texts_of(const std::string& source) {
  std::vector<std::string> texts;
  for (const SourceMessage& message : messages_in(source))
    texts.push_back(message.text);
  return texts;
}

std::set<std::string> places_of(std::string_view text) {
  std::set<std::string> places;
  for (const TemplatePiece& piece : pieces_of(text)) {
    if (piece.is_place) places.insert(piece.text);
  }
  return places;
}

TEST(MessageScan, ReadsWhatACallSays) {
  EXPECT_THAT(
      texts_of(
          R"(return invalid_argument("no {name} at {path}, " "sorry", {{"name", name}, {"path", "/x"}});)"),
      testing::ElementsAre("no {name} at {path}, sorry"));
  EXPECT_THAT(
      texts_of(R"(return invalid_argument(n == 1 ? Message("one") : Message("{n}", {{"n", n}}));)"),
      testing::ElementsAre("one", "{n}"));
  EXPECT_THAT(
      texts_of(
          R"(return {n == 1 ? StatusCode::kNotFound : StatusCode::kUnavailable, "x {n}", {{"n", n}}};)"),
      testing::Contains("x {n}"));
  EXPECT_THAT(
      texts_of(R"(void refuse(int code, MessageTemplate why); void f() { refuse(5, "why"); })"),
      testing::ElementsAre("why"));
  EXPECT_THAT(texts_of(R"(constexpr MessageTemplate kForms = "two " "forms";)"),
              testing::ElementsAre("two forms"));
  EXPECT_THAT(
      texts_of(
          "// invalid_argument(\"a comment\")\nStatus invalid_argument(MessageTemplate message);"),
      testing::IsEmpty());
  EXPECT_THAT(texts_of(R"(command.add_option("--x", x, "what x is")->group("Speed");)"),
              testing::ElementsAre("what x is", "Speed"));
}

TEST(MessageScan, ReadsTheNamesOfArguments) {
  const auto arguments = [](const std::string& source) {
    return messages_in(source).at(0).arguments;
  };
  EXPECT_THAT(arguments(R"(Message("{a}{b}", {{"a", f(x, {1, 2})}, {"b", "y"}}))"),
              testing::ElementsAre("a", "b"));
  EXPECT_THAT(arguments(R"(Message("{a}", {argument}))"), testing::ElementsAre("?"));
  EXPECT_THAT(arguments(R"(Message("a"))"), testing::IsEmpty());
}

TEST(MessageScan, NamesFunctionsWhoseCallsItCannotFind) {
  EXPECT_THAT(scan_messages({{"x.cc", "const auto f = [](MessageTemplate text) {};"}}).unreadable,
              testing::ElementsAre("x.cc:1"));
  EXPECT_THAT(source_messages().unreadable, testing::IsEmpty());
}

TEST(MessageCatalogue, EveryMessageHasKorean) {
  std::set<std::string_view> english;
  for (const auto table : korean_tables()) {
    for (const MessageEntry& entry : table)
      english.insert(entry.english);
  }
  ASSERT_GT(source_messages().messages.size(), 900u) << "the scan finds less than there was";
  for (const SourceMessage& message : source_messages().messages)
    EXPECT_TRUE(english.contains(message.text))
        << message.place << ": no Korean for: " << message.text;
}

TEST(MessageCatalogue, EveryMessageGetsItsArguments) {
  for (const SourceMessage& message : source_messages().messages) {
    // The compiler takes no other message; a text of help is no template, and may show JSON.
    if (is_template(message.text)) {
      EXPECT_EQ(message.arguments, places_of(message.text))
          << message.place << ": " << message.text;
    }
  }
}

TEST(MessageCatalogue, EveryEntryHasAMessage) {
  std::set<std::string> said;
  for (int number = 1; number < 200; ++number)
    said.insert(std::strerror(number));
  for (const SourceMessage& message : source_messages().messages)
    said.insert(message.text);
  for (const auto table : korean_tables()) {
    for (const MessageEntry& entry : table)
      EXPECT_TRUE(said.contains(std::string(entry.english))) << "nothing says: " << entry.english;
  }
}

TEST(MessageCatalogue, BothLanguagesHaveTheSameArguments) {
  for (const auto table : korean_tables()) {
    for (const MessageEntry& entry : table) {
      if (!is_template(entry.english)) continue;  // help that shows JSON
      EXPECT_TRUE(is_template(entry.korean)) << entry.korean;
      EXPECT_EQ(places_of(entry.english), places_of(entry.korean)) << entry.english;
    }
  }
}

TEST(MessageCatalogue, AnEntryStandsOnce) {
  std::set<std::string_view> seen;
  for (const auto table : korean_tables()) {
    for (const MessageEntry& entry : table)
      EXPECT_TRUE(seen.insert(entry.english).second) << entry.english;
  }
}

TEST(MessageCatalogue, MessagesWithinMessagesAreTranslated) {
  EXPECT_EQ(korean_message(unknown_name_message("key", "limt", {"limit"}).at("run.yaml:2")),
            "run.yaml:2: 알 수 없는 키 \"limt\"입니다. \"limit\"을(를) 뜻하셨습니까?");
  EXPECT_EQ(korean_message(Message("the option {option} of the remote model must be {wanted}",
                                   {{"option", "timeout_s"},
                                    {"wanted", Message("a whole number from {lowest} to {highest}",
                                                       {{"lowest", 1}, {"highest", 9}})}})),
            "원격 모델의 옵션 timeout_s에는 1~9 사이의 정수를 주어야 합니다");
  EXPECT_EQ(korean_message(Message("{what}: {cause}",
                                   {{"what", Message("cannot write {path}", {{"path", "결과"}})},
                                    {"cause", Message::system_error(ENOSPC)}})),
            "결과에 쓸 수 없습니다: 디스크에 남은 공간이 없습니다");
}

// A file's name or a server's words may look like a message or like a place; a value is never read.
TEST(MessageCatalogue, ValuesStayAsTheyAre) {
  for (const std::string name :
       {"cannot write {path}", "key", "{path}", "a: b: c", "", "}{", "{{"}) {
    EXPECT_EQ(korean_message(Message::value(name)), name);
    EXPECT_EQ(Message::value(name).english(), name);
    EXPECT_EQ(Message("cannot write {path}", {{"path", name}}).english(), "cannot write " + name);
    EXPECT_THAT(korean_message(Message("cannot open {path}", {{"path", name}})),
                testing::StartsWith(name));
  }
}

TEST(MessageCatalogue, ParticlesFollowTheValue) {
  const auto opens = [](const char* path) {
    return korean_message(Message("cannot open {path}", {{"path", path}}));
  };
  EXPECT_EQ(opens("자료"), "자료를 열 수 없습니다");
  EXPECT_EQ(opens("목록"), "목록을 열 수 없습니다");
  EXPECT_EQ(opens("x.json"), "x.json을(를) 열 수 없습니다");
  EXPECT_EQ(korean_message(unknown_name_message("task", "aime2", {"aime25"})),
            "알 수 없는 과제 \"aime2\"입니다. \"aime25\"를 뜻하셨습니까?");
  EXPECT_EQ(korean_message(Message("tensor \"{tensor}\" is missing, and \"{spec}\" is there",
                                   {{"tensor", "w1"}, {"spec", "w2"}})),
            "텐서 \"w1\"이 없고 \"w2\"가 있습니다");
}

// One register: a sentence ends politely, but for those of a document, and no particle is
// left to the reader's guess.
TEST(MessageCatalogue, KoreanIsInOneRegister) {
  for (const auto table : korean_tables()) {
    const bool document =
        table.data() == korean_of_tables().data() || table.data() == korean_of_site().data();
    for (const MessageEntry& entry : table) {
      for (const char* ending : {"해요", "세요", "한다", "이다", "없다", "있다"}) {
        if (document && std::string_view(ending).ends_with("다")) continue;
        EXPECT_FALSE(entry.korean.ends_with(ending)) << entry.korean;
        EXPECT_EQ(entry.korean.find(std::string(ending) + "."), std::string_view::npos)
            << entry.korean;
      }
      for (const char* particle :
           {"}은 ", "}는 ", "}이 ", "}가 ", "}을 ", "}를 ", "}\"은 ", "}\"을 "}) {
        EXPECT_EQ(entry.korean.find(particle), std::string_view::npos) << entry.korean;
      }
    }
  }
}

}  // namespace
}  // namespace jangwon::harness
