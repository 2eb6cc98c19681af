// jangwon grade TASK FILE: judges outputs that were made elsewhere, by the scorer of a task.
//
// A stream: a line is read, graded, written and forgotten, so the file may be a pipe and of any
// size. Letters and integers are graded where they are read; programs on several threads, and their
// rows leave in the order of the file. A line that cannot be graded is one sentence on stderr; the
// others are graded all the same.

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/grade_row.h"
#include "harness/commands/grade_summary.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "harness/grading/grade_reply.h"
#include "harness/run_loop/grading_pool.h"
#include "harness/sandbox/sandbox.h"
#include "harness/scorers/scorer.h"
#include "harness/task/derived_columns.h"
#include "harness/task/task_catalogue.h"
#include "runtime/base/caught_exception.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/standard_streams.h"
#include "runtime/base/thread_pool.h"

namespace jangwon::harness {

namespace {

constexpr const char* kRule = "rule";

struct GradeFlags {
  std::string task;
  std::string file;
  std::string mode = "official";
  std::string rule;
  std::string prompt;
  std::string language;
  std::string include_path;
  std::vector<std::string> thinking_markers;
  bool json = false;
  bool allow_unsandboxed = false;
  int jobs = 0;
};

Status check_word(const char* flag, const std::string& word,
                  const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return ok_status();
  return invalid_argument(unknown_name_message(Message::value(flag), word, known));
}

// Everything that is fixed before the first line.
class Grader {
 public:
  static Result<std::unique_ptr<Grader>> create(const GradeFlags& flags) {
    auto grader = std::unique_ptr<Grader>(new Grader);
    JANGWON_RETURN_IF_ERROR(grader->prepare(flags));
    return grader;
  }

  const TaskSpec& task() const { return task_; }
  const GradeShape& shape() const { return shape_; }
  const std::vector<ScoreMode>& modes() const { return modes_; }
  int num_threads() const { return num_threads_; }

  // A row that makes a library throw must not take the others down, which may be on their way
  // in other threads.
  GradedRow grade(size_t line_number, const std::string& line) const {
    GradedRow graded;
    try {
      graded = grade_or_throw(line);
    } catch (...) {
      graded.bad = caught_exception();
    }
    graded.line = line_number;
    return graded;
  }

  SummaryOptions summary_options() const {
    SummaryOptions options;
    options.task = task_.name;
    options.task_version = task_.version;
    options.modes = modes_;
    options.strata_keys = task_.profile.strata_keys();
    options.scorer = grading_.entry;
    options.options = grading_.options;
    if (plain_grading_) options.rules = rules_;
    options.licence_rules = licence_rules_;
    return options;
  }

 private:
  Grader() = default;

  GradedRow grade_or_throw(const std::string& line) const {
    GradedRow graded;
    Result<GradeRow> row = parse_grade_row(line, shape_);
    if (!row.ok()) {
      graded.bad = row.status();
      return graded;
    }
    graded.row = std::move(row).value();
    // What `run` derives from a sample's id and date; a row's own columns stay.
    graded.row.columns.merge(derived_columns_.of(graded.row.question_id, graded.row.date));
    graded.scores = grade_row(grading_, graded.row, thinking_markers_);
    if (plain_grading_)
      graded.plain_scores = grade_row(*plain_grading_, graded.row, thinking_markers_);
    return graded;
  }

  Status prepare(const GradeFlags& flags) {
    JANGWON_RETURN_IF_ERROR(check_word("--mode", flags.mode, {"official", "native", "both"}));
    if (flags.mode != "native") modes_.push_back(ScoreMode::kOfficial);
    if (flags.mode != "official") modes_.push_back(ScoreMode::kNative);
    if (!flags.prompt.empty()) {
      JANGWON_RETURN_IF_ERROR(check_word("--prompt", flags.prompt, {"chat", "completion"}));
      prompt_kind_ = flags.prompt == "chat" ? PromptKind::kChat : PromptKind::kCompletion;
    }
    JANGWON_ASSIGN_OR_RETURN(thinking_markers_, parse_thinking_markers(flags.thinking_markers));
    JANGWON_ASSIGN_OR_RETURN(task_, find_task(flags.task, flags.include_path));
    if (task_.scorers.empty())
      return invalid_argument("task {task} names no scorer", {{"task", task_.name}});
    JANGWON_RETURN_IF_ERROR(make_gradings(flags));
    JANGWON_ASSIGN_OR_RETURN(shape_, grade_shape_of(task_, *grading_.entry, grading_.options));
    const std::string licences =
        task_.profile.passes.empty() ? "" : task_.folder + "/" + task_.profile.passes;
    JANGWON_ASSIGN_OR_RETURN(const bool has_licences, file_exists(licences));
    if (has_licences) {
      JANGWON_ASSIGN_OR_RETURN(licence_rules_, read_licence_rules(licences));
    }
    JANGWON_ASSIGN_OR_RETURN(derived_columns_, DerivedColumns::make(task_));
    shape_.columns = task_.profile.strata_keys();
    if (licence_rules_)
      shape_.columns.insert(shape_.columns.end(),
                            {licence_rules_->licence_column, licence_rules_->subject_column});
    return ok_status();
  }

  Status set_option(const ScorerEntry& scorer, const std::string& flag, const std::string& value,
                    Json& options) const {
    if (value.empty()) return ok_status();
    if (scorer.find_option(flag) == nullptr) {
      return invalid_argument(
          "--{flag}: task {task} is judged by the scorer \"{scorer}\", which has no such option",
          {{"flag", flag}, {"task", task_.name}, {"scorer", scorer.name}});
    }
    options[flag] = value;
    return ok_status();
  }

  Status make_gradings(const GradeFlags& flags) {
    const ScorerSpec& spec = task_.scorers.front();
    const Result<const ScorerEntry*> scorer = find_scorer(spec.name);
    if (!scorer.ok()) return scorer.status().at(task_.folder + "/task.yaml");
    const ScorerEntry& entry = **scorer;
    Json options = *spec.options;
    JANGWON_RETURN_IF_ERROR(set_option(entry, "language", flags.language, options));
    JANGWON_RETURN_IF_ERROR(set_option(entry, kRule, flags.rule, options));
    ScorerContext context;
    context.modes = modes_;
    if (entry.needs_sandbox) {
      num_threads_ = flags.jobs > 0 ? flags.jobs : available_cpus();
      SandboxOptions sandbox_options;
      sandbox_options.allow_unsandboxed = flags.allow_unsandboxed;
      sandbox_options.max_concurrent = num_threads_;
      JANGWON_ASSIGN_OR_RETURN(sandbox_, SandboxPool::create(sandbox_options));
      context.sandbox = sandbox_.get();
    }
    JANGWON_ASSIGN_OR_RETURN(grading_, Grading::make(task_, options, prompt_kind_, context));
    if (flags.rule.empty() || grading_.options.choice(kRule) == 0) return ok_status();
    const std::vector<std::string>& rules = entry.find_option(kRule)->values;
    rules_ = {rules.front(), flags.rule};
    options[kRule] = rules.front();
    JANGWON_ASSIGN_OR_RETURN(plain_grading_, Grading::make(task_, options, prompt_kind_, context));
    return ok_status();
  }

  TaskSpec task_;
  GradeShape shape_;
  std::vector<ScoreMode> modes_;
  std::vector<ThinkingMarkers> thinking_markers_;
  PromptKind prompt_kind_ = PromptKind::kUnknown;
  std::unique_ptr<SandboxPool> sandbox_;
  Grading grading_;
  std::optional<Grading> plain_grading_;  // by the default rule, where --rule asks for another
  std::optional<ComparedRules> rules_;
  std::optional<LicenceRules> licence_rules_;
  DerivedColumns derived_columns_;
  int num_threads_ = 1;
};

// Writes graded rows in the order of the file, whichever is done first. Thread-safe.
class OrderedOutput {
 public:
  OrderedOutput(const Grader& grader, std::string file)
      : modes_(grader.modes()), file_(std::move(file)), summary_(grader.summary_options()) {}

  void put(size_t index, GradedRow graded) {
    std::lock_guard lock(mutex_);
    waiting_.emplace(index, std::move(graded));
    while (!waiting_.empty() && waiting_.begin()->first == next_) {
      write(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      ++next_;
      moved_.notify_all();
    }
  }

  // Until fewer than `limit` of the first `submitted` rows are on their way: a long row must not
  // let the rest pile up.
  void wait_for_room(size_t submitted, size_t limit) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return submitted - next_ < limit; });
  }

  const GradeSummary& summary() const { return summary_; }

 private:
  void write(const GradedRow& graded) {
    summary_.add(graded);
    if (!graded.bad.ok()) {
      write_note(
          localized("{file} line {line}: {cause}",
                    {{"file", file_}, {"line", graded.line}, {"cause", graded.bad.sentence()}}) +
          "\n");
      return;
    }
    for (const Score& score : graded.scores) {
      if (std::find(modes_.begin(), modes_.end(), score.mode) != modes_.end())
        write_row(graded, score);
    }
  }

  static void write_row(const GradedRow& graded, const Score& score) {
    Json json;
    json["id"] = *graded.row.id;
    json["verdict"] = name_of(score.verdict);
    json["passed"] = score.verdict == Verdict::kCorrect;
    json["answer"] = score.answer ? Json(*score.answer) : Json();
    json["stage"] = score.stage;
    json["results"] = score.results;
    json["mode"] = name_of(score.mode);
    json["scorer_version"] = score.scorer_version;
    if (!score.explanation.empty()) json["explanation"] = score.explanation;
    if (!score.metadata.is_null()) json["metadata"] = *score.metadata;
    write_output(to_json_line(json) + "\n");
  }

  const std::vector<ScoreMode> modes_;
  const std::string file_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::map<size_t, GradedRow> waiting_;
  size_t next_ = 0;
  GradeSummary summary_;
};

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string::npos;
}

Status grade_stream(LineReader in, const Grader& grader, OrderedOutput& output) {
  std::optional<GradingPool> pool;
  if (grader.num_threads() > 1) pool.emplace(grader.num_threads());
  const size_t room = static_cast<size_t>(grader.num_threads()) * 4;
  size_t index = 0;
  while (!output_failed()) {
    std::string_view line;
    JANGWON_ASSIGN_OR_RETURN(const bool is_line, in.next(line));
    if (!is_line) break;
    if (in.number() == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    if (is_blank(line)) continue;
    if (!pool) {
      output.put(index++, grader.grade(in.number(), std::string(line)));
      // whoever writes into the pipe may wait for the verdict
      if (!in.has_line_at_hand()) flush_output();
      continue;
    }
    output.wait_for_room(index, room);
    pool->submit([&grader, &output, index, number = in.number(), text = std::string(line)] {
      output.put(index, grader.grade(number, text));
      flush_output();
    });
    ++index;
  }
  if (pool) pool->wait();
  return ok_status();
}

Status outcome_of(const GradeSummary& summary, const std::string& file) {
  if (summary.num_rows() == 0) return invalid_argument("{file} has no rows", {{"file", file}});
  if (summary.num_bad_rows() > 0) {
    return invalid_argument(
        "{num_bad_rows} of {num_rows} rows of {file} could not be graded; the sentences above name "
        "their lines",
        {{"num_bad_rows", summary.num_bad_rows()},
         {"num_rows", summary.num_rows()},
         {"file", file}});
  }
  if (summary.num_errors() > 0) {
    return Status(
        StatusCode::kIncomplete,
        "{num_errors} of {num_rows} rows of {file} ended in an error of ours and do not count",
        {{"num_errors", summary.num_errors()}, {"num_rows", summary.num_rows()}, {"file", file}});
  }
  return ok_status();
}

Status grade(const GradeFlags& flags) {
  const bool from_stdin = flags.file == "-";
  Result<FileReader> file =
      from_stdin ? FileReader::standard_input() : FileReader::open(flags.file);
  if (!file.ok()) return file.status();
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<Grader> grader, Grader::create(flags));
  const std::string shown = from_stdin ? localized("standard input") : flags.file;
  OrderedOutput output(*grader, shown);
  // The rows that came before a failure are graded and written; a summary of them would look like
  // that of the file.
  JANGWON_RETURN_IF_ERROR(grade_stream(LineReader(std::move(file).value()), *grader, output));
  if (output_failed()) return ok_status();  // main says so
  const GradeSummary& summary = output.summary();
  if (flags.json) {
    std::string line = to_json_line(summary.to_json());
    while (!line.empty() && line.back() == '\n')
      line.pop_back();
    write_note(line + "\n");
  } else {
    write_note(summary.to_text());
  }
  return outcome_of(summary, shown);
}

}  // namespace

void add_grade_command(CLI::App& app, CommandContext& context) {
  auto flags = std::make_shared<GradeFlags>();
  CLI::App* command = app.add_subcommand("grade", "judge outputs that were made elsewhere");
  command->add_option("TASK", flags->task, "a task, as `jangwon tasks list` names it")->required();
  command
      ->add_option("FILE", flags->file,
                   "rows, one JSON object a line; a pipe or - for standard input will do")
      ->required();
  command->add_option("--mode", flags->mode,
                      "official (default), native or both: which scores the rows on stdout show");
  command->add_option("--rule", flags->rule,
                      "integer answers: exact (default), or loose, which also takes a last number");
  command->add_option("--prompt", flags->prompt,
                      "chat or completion: whether native takes the last match or the first");
  command->add_option("--language", flags->language,
                      "ko or en, the language of the prompt, for scorers that have this option");
  command
      ->add_option("--jobs", flags->jobs, "programs at a time (default: the CPUs of this process)")
      ->transform(setting_check("graders"));
  command->add_option("--include-path", flags->include_path, "a folder with further tasks");
  command
      ->add_option("--thinking-markers,--reasoning-markers,--reasoning-tags",
                   flags->thinking_markers,
                   "how the model marks its thinking: a known name, BEGIN...END, JSON or a YAML "
                   "file; may be repeated")
      ->allow_extra_args(false);
  command->add_flag("--allow-unsandboxed", flags->allow_unsandboxed,
                    "run programs even where the kernel refuses a sandbox");
  command->add_flag("--json", flags->json, "the summary on stderr as one JSON object");
  set_examples(
      *command,
      {{"jangwon grade {task} outputs.jsonl", "{\"id\": …, \"output\": …, \"target\": …} a line"},
       {"my_model | jangwon grade {task} - > verdicts.jsonl", "in a pipe"},
       {"jangwon grade {task} outputs.jsonl --mode both", "by the official and our own reading"}});
  command->callback([flags, &context] { context.status = grade(*flags); });
}

}  // namespace jangwon::harness
