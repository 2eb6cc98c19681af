// What became of a sample: everything of a record that is counted, compared or looked up later,
// without its texts. The one type and the one reader for results, reports, gates and exports, so
// that they cannot disagree about a journal.
//
// A journal of 84,000 records holds gigabytes of transcripts of which this needs a few bytes each,
// so lines are skimmed (json_skim.h). A line that cannot be is parsed strictly, which either
// explains what is wrong with it or shows that it was merely unusual.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/record/sample_record.h"

namespace jangwon::harness {

struct ScoreOutcome {
  ScoreMode mode = ScoreMode::kOfficial;
  Verdict verdict = Verdict::kNoAnswer;
  std::optional<double> value;                // absent for the errors
  std::string answer = {};                    // where it was asked for; "" where there is none
  std::map<std::string, bool> variants = {};  // whether it passes under a named change of the rule
  std::map<std::string, Share> shares = {};   // of several things in one reply, by name
  bool timed_out = false;                     // a program under test ran past its time limit
  std::string scorer_version = {};
};

struct SampleOutcome {
  RecordKey key;
  Verdict verdict = Verdict::kNoAnswer;  // of the headline score
  bool truncated = false;
  bool unterminated_reasoning = false;
  ReplyLanguages reply_languages;
  std::vector<ScoreOutcome> scores;            // official first
  std::map<std::string, std::string> columns;  // of the question, those that were asked for
  std::string prompt_digest;                   // the first 8 hex digits of the prompt's SHA-256
  std::string server_finish_reason;            // a server's own word, where it is another one
  int64_t num_prompt_tokens = 0;
  int64_t num_completion_tokens = 0;
  double generation_ms = 0.0;  // of the engine
  double duration_ms = 0.0;    // from request to verdict
  std::string started_at;
  uint64_t offset = 0;  // of the line in samples.jsonl
  uint64_t length = 0;  // without its newline
};

const ScoreOutcome* find_score(const SampleOutcome& outcome, ScoreMode mode);

// What a reader needs beside the verdicts: a column may be a whole question, an answer
// a whole program.
struct OutcomeFields {
  // absent: every column that is a text, a number or a truth value
  std::optional<std::set<std::string>> columns;
  bool answers = false;
};

// The same of a record at hand. Where its line stands is left out.
SampleOutcome outcome_of(const SampleRecord& record, const OutcomeFields& fields);

// Calls `visit` for every record in file order; an incomplete last line is skipped. Stops at the
// first Status that is not ok, with the line's place in front. Errors as those of read_journal().
Status read_outcomes(const std::string& run_folder, const OutcomeFields& fields,
                     const std::function<Status(SampleOutcome)>& visit);

}  // namespace jangwon::harness
