// Parts that the golden tokenizers do not have, and files that are refused. Expected ids were
// computed with tokenizers 0.23.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/tokenizer/tokenizer.h"

namespace jangwon::runtime {
namespace {

// A small model of single characters and two merges, with room for the parts under test.
Json small_tokenizer() {
  return Json::parse(
      R"({"version": "1.0", "added_tokens": [], "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null,
    "model": {"type": "BPE", "unk_token": "?", "fuse_unk": false, "vocab": {"?": 0, "a": 1, "b": 2, "c": 3, " ": 4, "▁": 5, "ab": 6, "abc": 7,
    "1": 8, "2": 9, "12": 10, "▁a": 11, ".": 12}, "merges": ["a b", "ab c", "1 2", "▁ a"]}})");
}

std::vector<int32_t> encode(const Json& document, const std::string& text) {
  const Result<Tokenizer> tokenizer = Tokenizer::parse(document.dump());
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  if (!tokenizer.ok()) return {};
  const auto ids = tokenizer->encode(text, AddSpecial::kNo);
  EXPECT_TRUE(ids.ok()) << ids.status().message();
  return ids.ok() ? *ids : std::vector<int32_t>{};
}

using Ids = std::vector<int32_t>;

TEST(Components, PreTokenizers) {
  Json document = small_tokenizer();
  const auto with = [&](const char* json) {
    document["pre_tokenizer"] = Json::parse(json);
    return document;
  };
  EXPECT_EQ(encode(document, "abc 12"), (Ids{7, 4, 10}));
  EXPECT_EQ(encode(with(R"({"type": "Digits", "individual_digits": true})"), "ab12"),
            (Ids{6, 8, 9}));
  EXPECT_EQ(encode(with(R"({"type": "Digits", "individual_digits": false})"), "ab12"),
            (Ids{6, 10}));
  EXPECT_EQ(encode(with(R"({"type": "WhitespaceSplit"})"), " ab 12 "), (Ids{6, 10}));
  EXPECT_EQ(encode(with(R"({"type": "Whitespace"})"), "ab. c"), (Ids{6, 12, 3}));
  EXPECT_EQ(encode(with(R"({"type": "Punctuation", "behavior": "Removed"})"), "a.b"), (Ids{1, 2}));
  EXPECT_EQ(encode(with(R"({"type": "CharDelimiterSplit", "delimiter": "b"})"), "abc"),
            (Ids{1, 3}));
  EXPECT_EQ(
      encode(
          with(
              R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true})"),
          "a a"),
      (Ids{11, 11}));
  EXPECT_EQ(
      encode(
          with(
              R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": false})"),
          "a a"),
      (Ids{1, 11}));
}

TEST(Components, Normalizers) {
  Json document = small_tokenizer();
  const auto with = [&](const char* json) {
    document["normalizer"] = Json::parse(json);
    return document;
  };
  EXPECT_EQ(encode(with(R"({"type": "Lowercase"})"), "ABC"), (Ids{7}));
  EXPECT_EQ(encode(with(R"({"type": "NFKC"})"), "ａｂ①"), (Ids{6, 8}));
  EXPECT_EQ(encode(with(R"({"type": "Strip", "strip_left": true, "strip_right": false})"), "  a "),
            (Ids{1, 4}));
  EXPECT_EQ(
      encode(with(R"({"type": "Replace", "pattern": {"Regex": " +"}, "content": "."})"), "a   b"),
      (Ids{1, 12, 2}));
  EXPECT_EQ(
      encode(with(R"({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}]})"),
             "a"),
      (Ids{11}));
}

TEST(Components, UnknownCharactersFuseOrNot) {
  Json document = small_tokenizer();
  EXPECT_EQ(encode(document, "xya"), (Ids{0, 0, 1}));
  document["model"]["fuse_unk"] = true;
  EXPECT_EQ(encode(document, "xya"), (Ids{0, 1}));
  document["model"].erase("unk_token");
  EXPECT_EQ(encode(document, "xya"), (Ids{1})) << "without an unknown token they are dropped";
}

TEST(Components, NamedTokensComeFromTheConfig) {
  Json document = small_tokenizer();
  document["added_tokens"] = Json::parse(
      R"([{"id": 13, "content": "<s>", "special": true, "normalized": false, "single_word": false, "lstrip": false, "rstrip": false}])");
  const Result<Tokenizer> tokenizer = Tokenizer::parse(
      document.dump(),
      R"({"bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": null})");
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ(tokenizer->bos_id(), 13);
  EXPECT_EQ(tokenizer->eos_id(), std::nullopt);
  EXPECT_EQ(tokenizer->vocab_size(), 14);
  EXPECT_TRUE(tokenizer->is_special(13));
  EXPECT_FALSE(tokenizer->is_special(1));
  EXPECT_EQ(tokenizer->id_to_token(13), "<s>");
  EXPECT_EQ(tokenizer->id_to_token(99), std::nullopt);
  EXPECT_EQ(tokenizer->decode(Ids{13, 1, 99, 2}, SkipSpecial::kYes), "a b");
}

TEST(Components, TextMustBeUtf8) {
  const Result<Tokenizer> tokenizer = Tokenizer::parse(small_tokenizer().dump());
  ASSERT_TRUE(tokenizer.ok());
  EXPECT_FALSE(tokenizer->encode("a\xff", AddSpecial::kNo).ok());
}

struct Refusal {
  const char* path;   // a JSON pointer into the small tokenizer
  const char* value;  // what stands there instead
  const char* expected;
};

TEST(Components, RefusesByNameWhatIsUnknownOrContradictory) {
  const Refusal cases[] = {
      {"/model/type", R"("Unigram")", "Unigram"},
      {"/model/dropout", "0.1", "dropout"},
      {"/model/surprise", "1", "surprise"},
      {"/normalizer", R"({"type": "Precompiled", "precompiled_charsmap": ""})", "Precompiled"},
      {"/normalizer", R"({"type": "NFC", "more": 1})", "more"},
      {"/pre_tokenizer", R"({"type": "UnicodeScripts"})", "UnicodeScripts"},
      {"/pre_tokenizer",
       R"({"type": "Split", "pattern": {"Regex": "\\b"}, "behavior": "Isolated"})", "\\b"},
      {"/pre_tokenizer", R"({"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Odd"})",
       "Odd"},
      {"/post_processor", R"({"type": "RobertaProcessing"})", "RobertaProcessing"},
      {"/decoder", R"({"type": "WordPiece"})", "WordPiece"},
      {"/model/merges", R"(["a b c"])", "two parts"},
      {"/model/merges", R"([["a", "b", "c"]])", "more than two"},
      {"/model/merges", R"(["a 1"])", "\"a1\""},
      {"/model/vocab", R"({"a": 1, "b": 1})", "the id 1"},
      {"/model/vocab", R"({"a": -1})", "out of range"},
      {"/model/vocab", R"({"a": 99999999999})", "out of range"},
      {"/model/vocab", R"([])", "not an object"},
      {"/model/unk_token", R"("<nope>")", "<nope>"},
      {"/added_tokens", R"([{"content": "x", "odd": 1}])", "odd"},
      {"/surprise", "1", "surprise"},
  };
  for (const Refusal& c : cases) {
    Json document = small_tokenizer();
    document[Json::json_pointer(c.path)] = Json::parse(c.value);
    const Result<Tokenizer> tokenizer = Tokenizer::parse(document.dump());
    ASSERT_FALSE(tokenizer.ok()) << c.path << " " << c.value;
    EXPECT_NE(tokenizer.status().message().find(c.expected), std::string::npos)
        << c.value << ": " << tokenizer.status().message();
  }
  EXPECT_FALSE(Tokenizer::parse(R"({"model": {"vocab": {"a": 0, "a": 1}, "merges": []}})").ok());
  EXPECT_FALSE(Tokenizer::parse("").ok());
  EXPECT_FALSE(Tokenizer::parse(std::string(1000, '[')).ok());
}

}  // namespace
}  // namespace jangwon::runtime
