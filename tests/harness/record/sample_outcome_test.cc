#include "harness/record/sample_outcome.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/record/journal.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

SampleRecord full_record() {
  SampleRecord record;
  record.key = {"m", "t", "문항 \"1\"", 2};
  record.verdict = Verdict::kIncorrect;
  record.truncated = true;
  record.reply_languages = {ReplyLanguage::kKorean, ReplyLanguage::kOther};
  record.prompt_sha256 = "0123456789abcdef";
  record.completion.text = "a long reply with \"quotes\" and \\ and 가";
  record.completion.num_prompt_tokens = 7;
  record.completion.token_ids = {1, 2, 3};
  record.completion.server_finish_reason = "eos_found";
  record.completion.prefill_ms = 1.5;
  record.completion.decode_ms = 2.25;
  record.duration_ms = 10.125;
  record.started_at = "2026-01-02T03:04:05Z";
  record.metadata = *parse_json(
      R"({"level":3,"hard":true,"gone":null,"list":[1,2],"subject":"국어","question":"long"})");
  Score official = counted_score(ScoreMode::kOfficial, "code", Verdict::kIncorrect);
  official.scorer_version = "3";
  official.answer = "print(1)\n";
  official.results = {1, -3};
  Score native = counted_score(ScoreMode::kNative, "code", Verdict::kCorrect);
  native.metadata = *parse_json(
      R"({"passed_with_float_tolerance":true,"passed_with_luck":false,"share_of_parts":[1,3],"exec":{"status":"ok"}})");
  record.scores = {official, native};
  return record;
}

// Everything that is kept, as text.
std::string text_of(const SampleOutcome& outcome) {
  std::string text = outcome.key.model + "|" + outcome.key.task + "|" + outcome.key.sample_id +
                     "|" + std::to_string(outcome.key.repeat) + "|" + name_of(outcome.verdict) +
                     "|" + std::to_string(outcome.truncated) +
                     std::to_string(outcome.unterminated_reasoning);
  for (const auto& language : {outcome.reply_languages.answer, outcome.reply_languages.thinking})
    text += language ? std::string("|") + name_of(*language) : "|none";
  for (const ScoreOutcome& score : outcome.scores) {
    text += std::string("|") + name_of(score.mode) + " " + name_of(score.verdict) + " " +
            (score.value ? std::to_string(*score.value) : "absent") + " " + score.answer + " " +
            std::to_string(score.timed_out) + " " + score.scorer_version;
    for (const auto& [name, passes] : score.variants)
      text += " " + name + "=" + std::to_string(passes);
    for (const auto& [name, share] : score.shares)
      text += " " + name + "=" + std::to_string(share.right) + "/" + std::to_string(share.all);
  }
  for (const auto& [name, value] : outcome.columns)
    text += "|" + name + "=" + value;
  return text + "|" + outcome.prompt_digest + "|" + outcome.server_finish_reason + "|" +
         std::to_string(outcome.num_prompt_tokens) + "|" +
         std::to_string(outcome.num_completion_tokens) + "|" +
         std::to_string(outcome.generation_ms) + "|" + std::to_string(outcome.duration_ms) + "|" +
         outcome.started_at;
}

class SampleOutcomeTest : public testing::Test {
 protected:
  SampleOutcomeTest()
      : folder_(testing::TempDir() + "/sample_outcome_" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~SampleOutcomeTest() override { std::filesystem::remove_all(folder_); }

  Status read(const std::string& journal, const OutcomeFields& fields) {
    outcomes_.clear();
    EXPECT_TRUE(write_file_atomically(journal_path(folder_), journal).ok());
    return read_outcomes(folder_, fields, [&](SampleOutcome outcome) {
      outcomes_.push_back(std::move(outcome));
      return ok_status();
    });
  }

  std::string folder_;
  std::vector<SampleOutcome> outcomes_;
};

TEST_F(SampleOutcomeTest, ALineIsReadAsItsRecordIs) {
  const SampleRecord record = full_record();
  SampleRecord plain = record;
  plain.key.repeat = 0;
  plain.reply_languages = {};
  plain.completion.server_finish_reason.clear();
  plain.completion.token_ids.clear();
  plain.completion.num_completion_tokens = 5;
  plain.scores = {counted_score(ScoreMode::kOfficial, "letter", Verdict::kInfraError)};
  plain.set_scores(plain.scores);
  const std::string first = to_journal_line(record) + "\n";
  const std::string second = to_journal_line(plain) + "\n";
  for (const OutcomeFields& fields :
       {OutcomeFields{.columns = {}, .answers = true},
        OutcomeFields{.columns = std::set<std::string>{"level", "gone"}},
        OutcomeFields{.columns = std::set<std::string>{}}}) {
    ASSERT_TRUE(read(first + second, fields).ok());
    ASSERT_EQ(outcomes_.size(), 2u);
    EXPECT_EQ(text_of(outcomes_[0]), text_of(outcome_of(record, fields)));
    EXPECT_EQ(text_of(outcomes_[1]), text_of(outcome_of(plain, fields)));
  }
  EXPECT_EQ(outcomes_[1].offset, first.size());
  EXPECT_EQ(outcomes_[1].length, second.size() - 1);
}

TEST_F(SampleOutcomeTest, KeepsWhatWasAskedFor) {
  const SampleOutcome all = outcome_of(full_record(), {.columns = {}, .answers = true});
  EXPECT_EQ(all.columns,
            (std::map<std::string, std::string>{
                {"hard", "true"}, {"level", "3"}, {"question", "long"}, {"subject", "국어"}}));
  EXPECT_EQ(all.scores[0].answer, "print(1)\n");
  EXPECT_TRUE(all.scores[0].timed_out);
  EXPECT_EQ(all.scores[1].variants,
            (std::map<std::string, bool>{{"float_tolerance", true}, {"luck", false}}));
  EXPECT_EQ(all.scores[1].shares.at("parts").all, 3);
  EXPECT_EQ(all.num_completion_tokens, 3);
  const SampleOutcome some = outcome_of(full_record(), {.columns = std::set<std::string>{"level"}});
  EXPECT_EQ(some.columns, (std::map<std::string, std::string>{{"level", "3"}}));
  EXPECT_EQ(some.scores[0].answer, "");
}

TEST_F(SampleOutcomeTest, AnUnusualLineIsReadAndADamagedOneIsNamed) {
  const std::string line = to_journal_line(full_record());
  std::string unusual = line;
  unusual.replace(unusual.find("\"verdict\""), 9, "\"\\u0076erdict\"");  // a key with an escape
  ASSERT_TRUE(read(unusual + "\n" + line.substr(0, 40), {}).ok())
      << "what was being written is no record yet";
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(text_of(outcomes_[0]), text_of(outcome_of(full_record(), {})));
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"\"incorrect\"", "\"incorect\""},
        {"\"repeat\":2", "\"repeat\":\"2\""},
        {"\"schema_version\":1", "\"schema_version\":99"},
        {"\"scores\":[", "\"scores\":{"}}) {
    std::string damaged = line;
    damaged.replace(damaged.find(from), from.size(), to);
    const Status status = read(line + "\n" + damaged + "\n", {});
    EXPECT_FALSE(status.ok()) << to;
    EXPECT_NE(status.message().find("samples.jsonl:2: "), std::string::npos) << status.message();
  }
}

}  // namespace
}  // namespace jangwon::harness
