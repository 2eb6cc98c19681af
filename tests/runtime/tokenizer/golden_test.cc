// Ids and decodings of the golden tokenizers, line by line, and the stream decoder against
// the whole decoding.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/tokenizer/tokenizer.h"

namespace jangwon::runtime {
namespace {

class GoldenTokenizer : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    folder_ = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/tokenizers/" + GetParam();
    std::ifstream file(folder_ + "/cases.jsonl");
    for (std::string line; std::getline(file, line);)
      rows_.push_back(Json::parse(line));
    ASSERT_GT(rows_.size(), 300u);
  }
  std::string folder_;
  std::vector<Json> rows_;
};

TEST_P(GoldenTokenizer, GivesTheSameIdsAndTheSameText) {
  const Result<Tokenizer> tokenizer = Tokenizer::load(folder_);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  for (const Json& row : rows_) {
    const auto text = row["text"].get<std::string>();
    const auto plain = tokenizer->encode(text, AddSpecial::kNo),
               with_special = tokenizer->encode(text, AddSpecial::kYes);
    ASSERT_TRUE(plain.ok()) << plain.status().message();
    ASSERT_TRUE(with_special.ok()) << with_special.status().message();
    EXPECT_EQ(*plain, row["ids"].get<std::vector<int32_t>>()) << text;
    EXPECT_EQ(*with_special, row["ids_with_special"].get<std::vector<int32_t>>()) << text;
    EXPECT_EQ(tokenizer->decode(*with_special, SkipSpecial::kNo), row["decoded"].get<std::string>())
        << text;
    EXPECT_EQ(tokenizer->decode(*with_special, SkipSpecial::kYes),
              row["decoded_skip_special"].get<std::string>())
        << text;
  }
}

TEST_P(GoldenTokenizer, StreamsWhatItDecodes) {
  const Result<Tokenizer> tokenizer = Tokenizer::load(folder_);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  for (const Json& row : rows_) {
    auto ids = row["ids_with_special"].get<std::vector<int32_t>>();
    // In another order the bytes of characters are torn apart.
    for (int round = 0; round < 2; ++round) {
      for (const SkipSpecial skip : {SkipSpecial::kNo, SkipSpecial::kYes}) {
        StreamDecoder stream = tokenizer->stream_decoder(skip);
        std::string text;
        for (int32_t id : ids)
          text += stream.push(id);
        text += stream.finish();
        EXPECT_EQ(text, tokenizer->decode(ids, skip));
      }
      std::reverse(ids.begin(), ids.end());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Published, GoldenTokenizer,
                         testing::Values("superword", "qwen2_regex", "three_stages",
                                         "byte_fallback"));

TEST(Tokenizer, ALongPreTokenIsTokenized) {
  const Result<Tokenizer> tokenizer =
      Tokenizer::load(std::string(JANGWON_SOURCE_DIR) + "/tests/golden/tokenizers/superword");
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  std::string text;
  while (text.size() < 300'000)
    text += "대한민국 헌법 제일조 ";
  const auto ids = tokenizer->encode(text, AddSpecial::kNo);
  ASSERT_TRUE(ids.ok()) << ids.status().message();
  EXPECT_EQ(tokenizer->decode(*ids, SkipSpecial::kNo), text);
}

}  // namespace
}  // namespace jangwon::runtime
