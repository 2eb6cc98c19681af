#include "harness/record/sample_record.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

SampleRecord full_record() {
  SampleRecord record;
  record.key = {"standin", "aime25", "7", 2};
  record.task_version = "1";
  record.prompt_text = "문제 \"7\"\n";
  record.prompt_sha256 = "ab";
  record.num_fewshot = 5;
  record.completion.text = "생각</think>답";
  record.completion.reasoning = "생각";
  record.completion.answer_text = "답";
  record.completion.token_ids = {1, 2, 3};
  record.completion.finish_reason = FinishReason::kLength;
  record.completion.num_prompt_tokens = 10;
  record.completion.prefill_ms = 1.5;
  record.truncated = true;
  record.verdict = Verdict::kCorrect;
  Score official = counted_score(ScoreMode::kOfficial, "integer", Verdict::kCorrect);
  official.answer = "42";
  official.stage = "boxed";
  official.results = {1, -2};
  Score native = counted_score(ScoreMode::kNative, "integer", Verdict::kNoAnswer);
  native.metadata = Json{{"a", 1}};
  record.scores = {official, native};
  record.target = {"42"};
  record.metadata = Json{{"category", "수학"}};
  record.started_at = "2026-01-01T00:00:00Z";
  return record;
}

TEST(SampleRecord, SurvivesTheJournal) {
  const std::string line = to_journal_line(full_record());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Result<SampleRecord> back = parse_journal_line(line);
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_EQ(to_journal_line(*back), line);
  EXPECT_EQ(back->key, (RecordKey{"standin", "aime25", "7", 2}));
  ASSERT_NE(find_score(*back, ScoreMode::kNative), nullptr);
  EXPECT_EQ(find_score(*back, ScoreMode::kNative)->verdict, Verdict::kNoAnswer);
  EXPECT_FALSE(find_score(*back, ScoreMode::kNative)->answer.has_value());
}

// Records of other questions, and of earlier versions, do not have them.
TEST(SampleRecord, LanguagesOfTheReplyComeBack) {
  SampleRecord record = full_record();
  EXPECT_EQ(to_journal_line(record).find("reply_languages"), std::string::npos);
  record.reply_languages = {ReplyLanguage::kKorean, std::nullopt};
  const Result<SampleRecord> back = parse_journal_line(to_journal_line(record));
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_EQ(back->reply_languages, record.reply_languages);
  Json wrong = Json::parse(to_journal_line(record));
  wrong["reply_languages"]["answer"] = "en";
  EXPECT_NE(
      parse_journal_line(wrong.dump()).status().message().find("unknown reply language \"en\""),
      std::string::npos);
}

TEST(SampleRecord, ErrorsHaveNoValue) {
  SampleRecord record = full_record();
  record.scores = {counted_score(ScoreMode::kOfficial, "code", Verdict::kSandboxError)};
  const Result<SampleRecord> back = parse_journal_line(to_journal_line(record));
  ASSERT_TRUE(back.ok());
  EXPECT_FALSE(back->scores[0].value.has_value());
}

TEST(SampleRecord, RefusesWhatItWouldHaveToGuess) {
  const Json good = Json::parse(to_journal_line(full_record()));
  for (const auto& [name, value] : good.items()) {
    Json missing = good;
    missing.erase(name);
    const Result<SampleRecord> record = parse_journal_line(missing.dump());
    ASSERT_FALSE(record.ok()) << name;
    EXPECT_NE(record.status().message().find(name), std::string::npos) << record.status().message();
  }
  Json wrong_type = good;
  wrong_type["repeat"] = "2";
  EXPECT_FALSE(parse_journal_line(wrong_type.dump()).ok());
  Json wrong_verdict = good;
  wrong_verdict["verdict"] = "right";
  EXPECT_FALSE(parse_journal_line(wrong_verdict.dump()).ok());
  Json newer = good;
  newer["schema_version"] = 2;
  EXPECT_EQ(parse_journal_line(newer.dump()).status().code(), StatusCode::kUnsupported);
}

}  // namespace
}  // namespace jangwon::harness
