// What a run will come to, before anything is asked: requests, prompt tokens, replies, time,
// memory, cost and disk, and what would refuse it. Made from the same steps as the run itself
// (run_steps.h) and held to one by tests/e2e/estimate_test.cc. Nothing is written, and no server is
// asked unless the probe is wished for.
//
// Prompt tokens are counted by the model's own tokenizer where that is here. How long replies will
// be nobody knows before they are made: an earlier run's replies are taken where one is named, a
// given length, or the limit, which is a bound and called one.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/backends/backend.h"
#include "harness/record/sample_record.h"
#include "harness/run_loop/prepared_task.h"
#include "harness/run_loop/run_config.h"
#include "runtime/base/json_value.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

enum class TokenCount {
  kByTokenizer,
  kByServer,  // the text, by the ratio that the prompts of a probe had
  kByText,    // no tokenizer is here
};

struct TaskEstimate {
  std::string task;
  std::string style;
  int64_t num_questions = 0;
  int repeats = 1;
  int64_t num_requests = 0;  // that are still to be made: one a question and repeat
  int64_t num_done = 0;      // whose replies are in the journal already
  int64_t prompt_tokens = 0;
  bool scaled = false;  // counted over some of the questions
  std::optional<int64_t> fewshot_tokens;
  std::optional<int> max_tokens;  // of a reply; absent: not known, or nothing is generated
  // of all requests, where max_tokens is known: the context ends some before it
  int64_t most_reply_tokens = 0;
  std::optional<double> tokens_a_reply;  // to expect; absent: not known
  int64_t num_without_room = 0;          // requests whose prompt fills the context
  int64_t num_cut_short = 0;             // requests that have room for less than max_tokens
  // that the requests add; a bound where tokens_a_reply is absent
  int64_t journal_bytes = 0;

  int64_t reply_tokens() const;  // expected, else the bound
};

struct ModelEstimate {
  std::string model;
  std::string spec;
  std::string kind;
  TokenCount counted = TokenCount::kByTokenizer;
  std::vector<TaskEstimate> tasks;
  JsonValue memory_plan;  // of an embedded model; else null
  int max_context_tokens = 0;
  Status refusal;  // why the run would not go on with this model

  // whose lengths are expected: a run folder, "--reply-tokens"; empty: nobody's
  std::string replies_from;
  std::string speed_from;                 // likewise
  std::optional<double> tokens_a_second;  // of replies, all in flight together
  std::optional<double> seconds;
  std::optional<double> cost;

  int64_t num_requests() const;
  int64_t prompt_tokens() const;
  std::optional<int64_t> fewshot_tokens() const;
  int64_t reply_tokens() const;
  bool replies_known() const;    // of every task that generates
  bool replies_bounded() const;  // likewise: known, or limited
  int64_t journal_bytes() const;
};

struct RunEstimate {
  std::vector<ModelEstimate> models;
  Status refusal;  // why the folder would not be taken
  std::optional<int64_t> free_bytes;

  Status first_refusal() const;
};

// What an earlier run's journal says of replies.
class ReplyHistory {
 public:
  ReplyHistory() = default;  // says nothing
  static Result<ReplyHistory> read(const std::string& run_folder);

  const std::string& run_folder() const { return run_folder_; }
  // The model's own replies where there are any, else those of all models.
  std::optional<double> tokens_a_reply(const std::string& model, const std::string& task) const;
  std::optional<double> bytes_a_record(const std::string& model, const std::string& task) const;
  // From the model's first reply to its last; nothing for less than a few seconds,
  // which measure little.
  std::optional<double> tokens_a_second(const std::string& model) const;
  std::set<RecordKey> done;  // replies that count

 private:
  struct Tally {
    int64_t replies = 0, tokens = 0, bytes = 0;
  };
  std::optional<Tally> tally(const std::string& model, const std::string& task) const;
  std::string run_folder_;
  std::map<std::pair<std::string, std::string>, Tally> tallies_;
  struct Window {
    std::string first, last;
  };
  std::map<std::string, Window> windows_;
};

// Counts the prompts of what `done` lacks. At most `max_counted` questions a task are rendered,
// spread over it. Errors: a prompt that cannot be rendered.
Result<ModelEstimate> estimate_model(const RunConfig& config,
                                     const std::vector<PreparedTask>& tasks,
                                     const PromptSide& prompts, const ReplyHistory& history,
                                     const std::set<RecordKey>& done, int64_t max_counted);

// Errors are those that a run would end with at once: unknown tasks, missing data, a sandbox that
// is refused. What only one model or the folder is to blame for is a refusal in the estimate.
Result<RunEstimate> estimate_run(const RunConfig& config, const std::function<bool()>& stop);

// The estimate of a model in one line, in the reader's language.
std::string estimate_line(const ModelEstimate& estimate);

}  // namespace jangwon::harness
