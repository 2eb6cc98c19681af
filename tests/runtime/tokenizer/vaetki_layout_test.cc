// The layout of VAETKI's tokenizer.json: BPE over code points with byte fallback, a piece that is
// an entry taken whole before any merge, and Metaspace without a prefix instead of a regex. Its own
// file is not public here, so the file below is a small one of that layout, and the ids are derived
// by hand beside each case; tokenizers 0.23.3 gives the same.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/tokenizer/tokenizer.h"

namespace jangwon::runtime {
namespace {

using Ids = std::vector<int32_t>;

constexpr int32_t kFirstByte = 10;    // <0x00>; <0xNN> is 10 + 0xNN
constexpr int32_t kFirstPiece = 266;  // ▁
constexpr const char* kSpecials[] = {
    "<unk>",          "<|START|>",      "<|END|>",        "<|role_start|>", "<|role_end|>",
    "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_eod|>",    "<think>"};
// In the order of their ids. 대한민국 has no merge that leads to it: only taking it whole finds it.
constexpr const char* kPieces[] = {"▁",  "대", "한", "국",        "가",    "안",   "녕",
                                   "a",  "b",  "c",  "▁대",       "▁대한", "대한", "안녕",
                                   "ab", "▁a", "▁▁", "▁대한민국", "\n"};

int32_t piece(std::string_view text) {
  for (size_t i = 0; i < std::size(kPieces); ++i) {
    if (kPieces[i] == text) return kFirstPiece + static_cast<int32_t>(i);
  }
  ADD_FAILURE() << "no piece " << text;
  return -1;
}

int32_t byte(int value) {
  return kFirstByte + value;
}

Json layout() {
  Json vocab = Json::object(), added = Json::array();
  int32_t id = 0;
  for (const char* special : kSpecials) {
    added.push_back({{"id", id},
                     {"content", special},
                     {"special", std::string_view(special) != "<think>"},
                     {"normalized", false},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false}});
    vocab[special] = id++;
  }
  for (int value = 0; value < 256; ++value)
    vocab[fmt::format("<0x{:02X}>", value)] = id++;
  for (const char* text : kPieces)
    vocab[text] = id++;
  // "a b" ranks below "▁ a": ▁ab becomes ▁ + ab, not ▁a + b.
  const Json merges = Json::parse(
      R"([["대", "한"], ["안", "녕"], ["a", "b"], ["▁", "대"], ["▁", "대한"], ["▁", "a"], ["▁", "▁"]])");
  const Json metaspace = {
      {"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "never"}, {"split", true}};
  const Json decoder = Json::parse(R"({"type": "Sequence", "decoders": [
      {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": true},
      {"type": "ByteFallback"}, {"type": "Fuse"}]})");
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added},
          {"normalizer", nullptr},
          {"pre_tokenizer", metaspace},
          {"post_processor", nullptr},
          {"decoder", decoder},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", "<unk>"},
            {"continuing_subword_prefix", nullptr},
            {"end_of_word_suffix", nullptr},
            {"fuse_unk", true},
            {"byte_fallback", true},
            {"ignore_merges", true},
            {"vocab", vocab},
            {"merges", merges}}}};
}

struct LayoutCase {
  const char* text;
  Ids ids;
};

std::vector<LayoutCase> cases() {
  return {
      // No prefix space, so the first piece has no ▁.
      {"대한", {piece("대한")}},
      {"안녕 대한", {piece("안녕"), piece("▁대한")}},
      // A whole entry comes before the merges …
      {" 대한민국", {piece("▁대한민국")}},
      // … but only where the piece is it: with one letter more the merges decide, and 민 (EB AF
      // BC) falls to bytes.
      {" 대한민국가",
       {piece("▁대한"), byte(0xEB), byte(0xAF), byte(0xBC), piece("국"), piece("가")}},
      // Rank decides, not position.
      {"b abc", {piece("b"), piece("▁"), piece("ab"), piece("c")}},
      // Each ▁ begins a piece: several spaces never meet, though a merge of two of them exists.
      {"a   b", {piece("a"), piece("▁"), piece("▁"), piece("▁"), piece("b")}},
      {"  ", {piece("▁"), piece("▁")}},
      {"a ", {piece("a"), piece("▁")}},
      // A newline is an ordinary code point, a tab falls back to its byte.
      {"a\n\tb", {piece("a"), piece("\n"), byte(0x09), piece("b")}},
      // U+1F600, F0 9F 98 80; a space before it belongs to its piece.
      {"a 😀", {piece("a"), piece("▁"), byte(0xF0), byte(0x9F), byte(0x98), byte(0x80)}},
      // Two code points joined by U+200D (E2 80 8D): 👩‍🚀 is F0 9F 91 A9, E2 80 8D, F0 9F
      // 9A 80.
      {"👩‍🚀",
       {byte(0xF0), byte(0x9F), byte(0x91), byte(0xA9), byte(0xE2), byte(0x80), byte(0x8D),
        byte(0xF0), byte(0x9F), byte(0x9A), byte(0x80)}},
      // What looks like a byte token is one where it is a whole piece, for a whole entry comes
      // first; else it is text.
      {"<0x41>", {byte(0x41)}},
      {"b<0x41>", {piece("b"), byte('<'), byte('0'), byte('x'), byte('4'), byte('1'), byte('>')}},
      // Special tokens are cut out first; the space after one begins the next piece.
      {"<|START|><|role_start|>a<|role_end|> 대한<|END|>",
       {1, 3, piece("a"), 4, piece("▁대한"), 2}},
      {"<|fim_prefix|>a<|fim_suffix|> b<|fim_middle|><|fim_eod|>",
       {5, piece("a"), 7, piece("▁"), piece("b"), 6, 8}},
      {"<think>a", {9, piece("a")}},
      {"", {}},
  };
}

TEST(VaetkiLayout, GivesTheIdsDerivedByHand) {
  const Result<Tokenizer> tokenizer = Tokenizer::parse(layout().dump());
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  for (const LayoutCase& c : cases()) {
    const auto ids = tokenizer->encode(c.text, AddSpecial::kYes);
    ASSERT_TRUE(ids.ok()) << c.text << ": " << ids.status().message();
    EXPECT_EQ(*ids, c.ids) << c.text;
    const bool lost = std::string_view(c.text) == "<0x41>";
    EXPECT_EQ(tokenizer->decode(*ids, SkipSpecial::kNo), lost ? "A" : c.text);
  }
}

TEST(VaetkiLayout, BytesOfACharacterComeOutTogetherAndAloneAsReplacement) {
  const Result<Tokenizer> tokenizer = Tokenizer::parse(layout().dump());
  ASSERT_TRUE(tokenizer.ok());
  const Ids face = {byte(0xF0), byte(0x9F), byte(0x98), byte(0x80)};
  EXPECT_EQ(tokenizer->decode(face, SkipSpecial::kYes), "😀");
  // Cut short, the library puts one U+FFFD for each byte.
  EXPECT_EQ(tokenizer->decode(Ids(face.begin(), face.begin() + 2), SkipSpecial::kYes), "��");
}

TEST(VaetkiLayout, SkippingSpecialsKeepsTheMarkOfThinking) {
  const Result<Tokenizer> tokenizer = Tokenizer::parse(layout().dump());
  ASSERT_TRUE(tokenizer.ok());
  EXPECT_EQ(tokenizer->decode(Ids{1, 9, piece("a"), piece("▁대한"), 2}, SkipSpecial::kYes),
            "<think>a 대한");
}

}  // namespace
}  // namespace jangwon::runtime
