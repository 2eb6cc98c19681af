// SampleRecord: everything about one sample, one line of samples.jsonl. The product of the program:
// every score, table and comparison is computed from these lines and from nothing else.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/reply_language.h"
#include "harness/record/request.h"
#include "harness/record/score.h"
#include "runtime/base/completion.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

inline constexpr int kRecordSchemaVersion = 1;

struct RecordKey {
  std::string model;
  std::string task;
  std::string sample_id;
  int repeat = 0;
  auto operator<=>(const RecordKey&) const = default;
};

struct SampleRecord {
  int schema_version = kRecordSchemaVersion;
  RecordKey key;
  std::string task_version;
  std::string prompt_text;
  std::string prompt_sha256;
  int num_fewshot = 0;
  Completion completion;
  Verdict verdict = Verdict::kNoAnswer;  // of the headline score
  bool truncated = false;                // the token limit ended the reply
  bool unterminated_reasoning = false;   // the end of thinking never came
  ReplyLanguages reply_languages;        // of a Korean question; else nothing
  std::vector<Score> scores;             // official first
  std::vector<std::string> target;
  JsonValue metadata;        // the sample's columns that tables and strata use; null: none
  std::string error;         // for the two verdicts that are ours
  std::string started_at;    // RFC 3339, UTC
  double duration_ms = 0.0;  // from request to verdict

  // Official first; verdict and error follow from them. REQUIRES: there is one.
  void set_scores(std::vector<Score> scores_of_modes);
};

const Score* find_score(const SampleRecord& record, ScoreMode mode);

// Of the reply, thinking included: its ids, or what a server that sends none has counted.
int64_t num_output_tokens(const Completion& completion);

// One line without its newline. The fields keep the order above; text that is not
// UTF-8 is replaced.
std::string to_journal_line(const SampleRecord& record);

// Strict: an unknown schema version, a missing field or a wrong type is an error that names it.
Result<SampleRecord> parse_journal_line(std::string_view line);

}  // namespace jangwon::harness
