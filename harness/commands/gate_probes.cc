// L0 compares verdict and answer of every stored reply, exactly: a grader has no noise, so one
// difference is a finding. L1 compares log-probabilities per token, because a sum over a long
// continuation adds up harmless rounding.

#include "harness/commands/gate_probes.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "harness/backends/all_backends.h"
#include "harness/commands/gate_probe_rows.h"
#include "harness/commands/grade_row.h"
#include "harness/grading/grade_reply.h"
#include "harness/run_loop/rescore.h"
#include "harness/sandbox/sandbox.h"
#include "harness/scorers/scorer.h"
#include "harness/task/task_catalogue.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/path_kind.h"

namespace jangwon::harness {

namespace {

constexpr size_t kWorstShown = 5;

Result<std::vector<std::string>> files_of(const std::string& pattern) {
  glob_t found{};
  const int status = glob(pattern.c_str(), 0, nullptr, &found);
  std::vector<std::string> files;
  for (size_t i = 0; status == 0 && i < found.gl_pathc; ++i)
    files.emplace_back(found.gl_pathv[i]);
  globfree(&found);
  if (files.empty()) return not_found("no file matches {pattern}", {{"pattern", pattern}});
  return files;  // glob sorts them
}

// Calls visit(line, place) for every line that is not empty.
template <typename Visit>
Status for_each_line(const std::string& file, const Visit& visit) {
  JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(file));
  size_t begin = 0;
  for (int number = 1; begin < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    if (!line.empty()) {
      if (const Status status = visit(line); !status.ok())
        return status.at(fmt::format("{}:{}", file, number));
    }
    begin = end + 1;
  }
  return ok_status();
}

// Grades rows of several tasks; scorers and the sandbox are made when a row first needs them.
class ReplayGrader {
 public:
  explicit ReplayGrader(const ProbeOptions& options) : options_(options) {}

  // The headline score of the row.
  Result<Score> grade(const std::string& task, std::string_view line) {
    JANGWON_ASSIGN_OR_RETURN(const Entry* entry, entry_of(task));
    JANGWON_ASSIGN_OR_RETURN(const GradeRow row, parse_grade_row(line, entry->shape));
    if (!row.output) return invalid_argument("a stored reply needs \"output\" or \"code\"");
    return grade_row(entry->grading, row, {}).front();
  }

 private:
  struct Entry {
    GradeShape shape;
    Grading grading;
  };

  Result<const Entry*> entry_of(const std::string& name) {
    if (const auto known = entries_.find(name); known != entries_.end()) return &known->second;
    JANGWON_ASSIGN_OR_RETURN(const TaskSpec task, find_task(name, options_.include_path));
    const ScorerSpec& spec = task.scorers.front();
    JANGWON_ASSIGN_OR_RETURN(const ScorerEntry* scorer, find_scorer(spec.name));
    if (scorer->needs_sandbox) JANGWON_RETURN_IF_ERROR(start_sandbox());
    Entry entry;
    JANGWON_ASSIGN_OR_RETURN(entry.grading, Grading::make(task, *spec.options, PromptKind::kUnknown,
                                                          {.sandbox = sandbox_.get()}));
    JANGWON_ASSIGN_OR_RETURN(entry.shape, grade_shape_of(task, *scorer, entry.grading.options));
    return &entries_.emplace(name, std::move(entry)).first->second;
  }

  Status start_sandbox() {
    if (sandbox_) return ok_status();
    SandboxOptions sandbox_options;
    sandbox_options.allow_unsandboxed = options_.allow_unsandboxed;
    sandbox_options.max_concurrent =
        static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    JANGWON_ASSIGN_OR_RETURN(sandbox_, SandboxPool::create(sandbox_options));
    return ok_status();
  }

  ProbeOptions options_;
  std::unique_ptr<SandboxPool> sandbox_;
  std::map<std::string, Entry> entries_;
};

std::string outcome_text(const std::string& verdict, const std::string& answer) {
  return answer.empty() ? verdict : verdict + " (" + answer + ")";
}

// A folder of this process alone that is gone at the end.
class ScratchFolder {
 public:
  static Result<std::unique_ptr<ScratchFolder>> create() {
    std::error_code error;
    std::string path =
        (std::filesystem::temp_directory_path(error) / "jangwon-replay-XXXXXX").string();
    if (error || mkdtemp(path.data()) == nullptr)
      return unavailable("cannot make a folder for graded replies: {path}", {{"path", path}});
    return std::make_unique<ScratchFolder>(std::move(path));
  }
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  ~ScratchFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A run's own journal as the corpus: every reply of it graded again, the headline scores compared.
Result<reports::ReplayOutcome> replay_run_folder(const std::string& folder,
                                                 const ProbeOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<ScratchFolder> scratch, ScratchFolder::create());
  RescoreConfig config;
  config.run_folder = folder;
  config.output_folder = scratch->path() + "/again";
  config.include_path = options.include_path;
  config.allow_unsandboxed = options.allow_unsandboxed;
  JANGWON_ASSIGN_OR_RETURN(const RescoreOutcome rescored, rescore_run(config));
  reports::ReplayOutcome outcome;
  outcome.num_items = rescored.num_records;
  for (const ChangedVerdict& change : rescored.changed) {
    if (change.mode != ScoreMode::kOfficial) continue;
    outcome.differences.push_back({fmt::format("{} {} {}/{}", change.key.model, change.key.task,
                                               change.key.sample_id, change.key.repeat),
                                   outcome_text(name_of(change.before), change.answer_before),
                                   outcome_text(name_of(change.after), change.answer_after)});
  }
  return outcome;
}

Result<std::vector<ParityRow>> read_parity_rows(const std::string& file, ParityLogprobs logprobs) {
  std::vector<ParityRow> rows;
  const Status read = for_each_line(file, [&](std::string_view line) -> Status {
    JANGWON_ASSIGN_OR_RETURN(ParityRow row, parse_parity_row(line, logprobs));
    rows.push_back(std::move(row));
    return ok_status();
  });
  JANGWON_RETURN_IF_ERROR(read);
  return rows;
}

Status ask_logprobs(const std::string& model, std::vector<ParityRow>& rows,
                    const ProbeOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<Backend> backend,
                           make_backend(model, {.num_threads = options.num_threads}));
  size_t next = 0;
  Status failure;
  std::mutex mutex;
  const Backend::Source source = [&]() -> std::optional<Request> {
    if (next >= rows.size()) return std::nullopt;
    Request request;
    request.model = backend->info().model;
    request.task = "parity";
    request.sample_id = std::to_string(next);
    request.kind = RequestKind::kLoglikelihood;
    request.raw_prompt = rows[next].prompt;
    request.continuations = rows[next].continuations;
    ++next;
    if (const Status prepared = backend->prepare(request); !prepared.ok()) {
      const std::lock_guard lock(mutex);
      failure = prepared;
      return std::nullopt;
    }
    return request;
  };
  const Backend::Sink sink = [&](const Request& request, Completion completion) {
    const std::lock_guard lock(mutex);
    if (completion.finish_reason == FinishReason::kError) {
      failure = unavailable("the model gave no log-probabilities: {error}",
                            {{"error", completion.error}});
      return;
    }
    ParityRow& row = rows[std::stoul(request.sample_id)];
    row.now = completion.continuation_logprobs;
    row.num_tokens = completion.continuation_num_tokens;
  };
  JANGWON_RETURN_IF_ERROR(backend->serve(source, sink, [&] {
    const std::lock_guard lock(mutex);
    return !failure.ok();
  }));
  JANGWON_RETURN_IF_ERROR(failure);
  for (const ParityRow& row : rows) {
    if (row.now.size() != row.continuations.size())
      return unavailable("the model gave no log-probabilities for the prompt {id}",
                         {{"id", row.id}});
  }
  return ok_status();
}

size_t likeliest(const std::vector<double>& logprobs) {
  return static_cast<size_t>(std::max_element(logprobs.begin(), logprobs.end()) - logprobs.begin());
}

}  // namespace

Result<reports::ReplayOutcome> replay_corpus(const std::string& corpus,
                                             const ProbeOptions& options) {
  if (path_exists(corpus + "/run.json")) return replay_run_folder(corpus, options);
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> files, files_of(corpus));
  ReplayGrader grader(options);
  reports::ReplayOutcome outcome;
  for (const std::string& file : files) {
    const Status read = for_each_line(file, [&](std::string_view line) -> Status {
      JANGWON_ASSIGN_OR_RETURN(const ReplayRow row, parse_replay_row(line));
      JANGWON_ASSIGN_OR_RETURN(const Score now, grader.grade(row.task, line));
      ++outcome.num_items;
      const std::string before = outcome_text(row.verdict, row.answer);
      const std::string after = outcome_text(name_of(now.verdict), now.answer.value_or(""));
      if (before != after) outcome.differences.push_back({row.id, before, after});
      return ok_status();
    });
    JANGWON_RETURN_IF_ERROR(read);
  }
  return outcome;
}

Result<reports::ParityOutcome> measure_parity(const std::string& model,
                                              const std::string& prompts_file,
                                              const ProbeOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(std::vector<ParityRow> rows,
                           read_parity_rows(prompts_file, ParityLogprobs::kRecorded));
  JANGWON_RETURN_IF_ERROR(ask_logprobs(model, rows, options));
  reports::ParityOutcome outcome;
  outcome.num_prompts = static_cast<int>(rows.size());
  double sum = 0, agreeing = 0;
  size_t count = 0;
  std::vector<std::pair<double, std::string>> worst;
  for (const ParityRow& row : rows) {
    double largest = 0;
    for (size_t i = 0; i < row.now.size(); ++i) {
      const int tokens = i < row.num_tokens.size() ? std::max(1, row.num_tokens[i]) : 1;
      const double difference = std::fabs(row.now[i] - row.recorded[i]) / tokens;
      sum += difference;
      ++count;
      largest = std::max(largest, difference);
    }
    agreeing += likeliest(row.now) == likeliest(row.recorded) ? 1 : 0;
    outcome.max_abs_dlogp = std::max(outcome.max_abs_dlogp, largest);
    worst.emplace_back(-largest, row.id);
  }
  if (count > 0) outcome.mean_abs_dlogp = sum / static_cast<double>(count);
  if (!rows.empty()) outcome.top1_agreement = agreeing / static_cast<double>(rows.size());
  std::sort(worst.begin(), worst.end());
  for (size_t i = 0; i < worst.size() && i < kWorstShown; ++i)
    outcome.worst_ids.push_back(fmt::format("{} ({:.2e})", worst[i].second, -worst[i].first));
  return outcome;
}

Result<std::string> record_replay(const std::string& task, const std::string& file,
                                  const ProbeOptions& options) {
  ReplayGrader grader(options);
  std::string out;
  const Status read = for_each_line(file, [&](std::string_view line) -> Status {
    JANGWON_ASSIGN_OR_RETURN(const Score score, grader.grade(task, line));
    JANGWON_ASSIGN_OR_RETURN(Json row, parse_json(line));
    row["task"] = task;
    row["verdict"] = name_of(score.verdict);
    row["answer"] = score.answer ? Json(*score.answer) : Json();
    out += to_json_line(row) + "\n";
    return ok_status();
  });
  JANGWON_RETURN_IF_ERROR(read);
  return out;
}

Result<std::string> record_parity(const std::string& model, const std::string& prompts_file,
                                  const ProbeOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(std::vector<ParityRow> rows,
                           read_parity_rows(prompts_file, ParityLogprobs::kNotYet));
  JANGWON_RETURN_IF_ERROR(ask_logprobs(model, rows, options));
  std::string out;
  for (const ParityRow& row : rows) {
    JANGWON_ASSIGN_OR_RETURN(Json json, parse_json(row.json));
    json["logprobs"] = row.now;
    json["num_tokens"] = row.num_tokens;
    out += to_json_line(json) + "\n";
  }
  return out;
}

}  // namespace jangwon::harness
