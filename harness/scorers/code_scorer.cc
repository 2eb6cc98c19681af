// One sandbox holds a program for both modes: its interpreter imports the header once, forks the
// official checker's process (all tests in it, state and all, as there) and then a process for each
// native test. Both stop at the first failure. A program that had to be killed takes its sandbox
// along, and the other mode gets a new one.
//
// CPU time decides, and a result that is near the limit, or that took long on a busy machine, is
// had again while nothing else runs; the better of the two counts. So a verdict does not depend on
// what ran beside it.

#include "harness/scorers/code_scorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

#include "datasets/sample.h"
#include "harness/extractors/code_block.h"
#include "harness/sandbox/sandbox.h"
#include "harness/scorers/foreign_row.h"
#include "harness/scorers/output_comparison.h"
#include "harness/scorers/python_value.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/setting_range.h"

namespace jangwon::harness {

namespace {

constexpr const char* kName = "code";
constexpr const char* kVersion = "3";
// of inputs and outputs in the metadata, as the checker cuts them
constexpr size_t kShownBytes = 300;

constexpr int kPassed = 1;
constexpr int kWrongAnswer = -2;
constexpr int kTooSlow = -3;
constexpr int kRuntimeError = -4;
constexpr int kRunnerDied = -5;

// What one mode came to for one program.
struct Outcome {
  std::vector<int> results;
  int error_code = 0;   // of the first failure; 0 when all passed
  std::string message;  // of the first failure
  ExecStatus status = ExecStatus::kOk;
  std::string produced;  // what came out where something else was expected
  std::string stderr_text;
  std::optional<std::string> sandbox_error;  // ours: no verdict
  std::string missing_module;
  std::optional<bool> passed_with_tolerance;  // standard input, native
  std::vector<int> exit_codes;                // native: of each test, where one is not 0
  double cpu_ms = 0.0;                        // of all tests
  double max_cpu_ms = 0.0;                    // of the slowest
  double wall_ms = 0.0;
  int64_t memory_kb = 0;
  bool doubtful = false;  // near the time limit, or stopped on a busy machine
  bool ran_alone = false;

  bool passed() const { return !sandbox_error && error_code == 0; }
  void fail(int code, std::string why) {
    error_code = code;
    message = std::move(why);
  }
};

std::string cut(std::string_view text) {
  return std::string(text.substr(0, kShownBytes));
}

// Above this share of the limit a result is near enough to be had again.
constexpr double kNearLimit = 0.8;

void note_time(double cpu_ms, double wall_ms, const SandboxLimits& limits, Outcome* outcome) {
  outcome->cpu_ms += cpu_ms;
  outcome->wall_ms += wall_ms;
  outcome->max_cpu_ms = std::max(outcome->max_cpu_ms, cpu_ms);
  const auto limit = static_cast<double>(limits.cpu_ms);
  const bool near_limit =
      cpu_ms >= kNearLimit * limit && cpu_ms <= static_cast<double>(limits.stop_cpu_ms());
  // Processors that share a core, or a host that takes time away, stretch CPU time too; it shows
  // in the wall time.
  const bool contended = cpu_ms > limit && wall_ms > 1.3 * cpu_ms;
  if (near_limit || contended) outcome->doubtful = true;
}

// A problem as both modes need it.
struct Problem {
  const datasets::Sample* sample = nullptr;
  bool functional = false;
  std::vector<PythonValue> expected;  // functional
  SandboxLimits limits;
};

// The sandbox that a program is in; a new one is made when the old one is gone.
class ProgramHome {
 public:
  ProgramHome(const std::string& code, const Problem& problem, SandboxPool& pool)
      : limits_(problem.limits), pool_(pool) {
    program_.source = code;
    program_.expected_runs = static_cast<int>(2 * problem.sample->tests.size());
  }

  // Nothing when there is none to be had; then the outcome says why.
  PythonSandbox* sandbox(Outcome* outcome) {
    if (!sandbox_ || !sandbox_->alive()) {
      sandbox_.reset();
      auto opened = pool_.open(program_, limits_);
      if (!opened.ok()) {
        outcome->sandbox_error = opened.status().message();
      } else if (!(*opened)->missing_module().empty()) {
        outcome->missing_module = (*opened)->missing_module();
        outcome->sandbox_error =
            fmt::format("the program imports {}, which {} does not have on this machine",
                        outcome->missing_module, pool_.python_path());
      } else {
        sandbox_ = std::move(opened).value();
      }
      if (outcome->sandbox_error) outcome->status = ExecStatus::kSandboxError;
    }
    return sandbox_.get();
  }

  void leave() { sandbox_.reset(); }

 private:
  SandboxLimits limits_;
  SandboxPool& pool_;
  PythonProgram program_;
  std::unique_ptr<PythonSandbox> sandbox_;
};

// --- official ---

// as python/official_checker.py begins it
constexpr std::string_view kBetweenTests = "Error during testing: ";

bool has_word_ignoring_case(std::string_view text, std::string_view word) {
  const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == b; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

bool first_cell_equals(const PythonValue& array, const PythonValue& expected) {
  const PythonValue* cell = &expected;
  while (cell->kind == PythonValue::Kind::kList && !cell->items.empty())
    cell = &cell->items[0];
  return !array.items.empty() &&
         compare_values(array.items[0], *cell, TupleRule::kTopLevelIsList) == Comparison::kEqual;
}

// Returns whether the next test may run.
bool judge_checker_step(const CheckerStep& step, const Problem& problem, size_t test,
                        Outcome* outcome) {
  using Kind = CheckerStep::Kind;
  const std::string& expected = problem.sample->tests[test].output;
  const auto push = [&](int result, int code, std::string why) {
    outcome->results.push_back(result);
    outcome->fail(code, std::move(why));
    return false;
  };
  const auto replace = [&](int result, int code, std::string why) {
    outcome->results.clear();
    return push(result, code, std::move(why));
  };
  switch (step.kind) {
    case Kind::kOutput: {
      const Comparison comparison = compare_output_official(step.payload, expected);
      if (comparison == Comparison::kError)
        return replace(kRuntimeError, kRuntimeError, "the checker cannot compare the output");
      if (comparison == Comparison::kEqual) break;
      outcome->produced = cut(step.payload);
      return push(kWrongAnswer, kWrongAnswer, "wrong answer");
    }
    case Kind::kReturned: {
      const auto value =
          decode_python_value(step.payload, max_values_to_equal(problem.expected[test]));
      const Comparison comparison =
          value ? compare_values(*value, problem.expected[test], TupleRule::kTopLevelIsList)
                : Comparison::kDifferent;
      if (comparison == Comparison::kEqual) break;
      if (comparison == Comparison::kError) {
        // An array is compared cell by cell: the checker notes the cells, of which the first
        // is kept, before it asks for their truth. An array inside a list is asked while the
        // lists are compared.
        if (value->kind == PythonValue::Kind::kArray)
          outcome->results.push_back(
              first_cell_equals(*value, problem.expected[test]) ? kPassed : kWrongAnswer);
        return push(kRuntimeError, kRuntimeError, "the answer is an array without a truth value");
      }
      return push(kWrongAnswer, kWrongAnswer, "wrong answer");
    }
    case Kind::kException:
      outcome->status = ExecStatus::kRunError;
      // What fails between the tests is no test's failure there, and all results are lost.
      if (step.payload.starts_with(kBetweenTests))
        return replace(kRuntimeError, kRuntimeError, step.payload);
      // The checker knows its own alarm by this word, and takes any exception that has
      // it for the alarm.
      if (has_word_ignoring_case(step.payload, "timeoutexception"))
        return push(kTooSlow, kTooSlow, step.payload);
      return push(kRuntimeError, kRuntimeError, step.payload);
    case Kind::kTimeLimit:
      outcome->status = ExecStatus::kTimeLimit;
      return push(kTooSlow, kTooSlow, "time limit exceeded");
    case Kind::kMemoryLimit:
      outcome->status = ExecStatus::kMemoryLimit;
      return push(kRuntimeError, kRuntimeError, "memory limit exceeded (the checker has none)");
    case Kind::kOutputLimit:
      outcome->status = ExecStatus::kOutputLimit;
      return push(kWrongAnswer, kWrongAnswer, "more output than any answer has");
    case Kind::kSandboxError:
      outcome->status = ExecStatus::kSandboxError;
      outcome->sandbox_error = step.payload;
      return false;
    default:
      outcome->status = ExecStatus::kSignal;
      return replace(kWrongAnswer, kRunnerDied, step.payload);
  }
  outcome->results.push_back(kPassed);
  return true;
}

Outcome run_official(ProgramHome& home, const Problem& problem) {
  using Kind = CheckerStep::Kind;
  Outcome outcome;
  PythonSandbox* sandbox = home.sandbox(&outcome);
  if (sandbox == nullptr) return outcome;
  std::vector<std::string> inputs;
  if (problem.functional) {
    for (const auto& test : problem.sample->tests)
      inputs.push_back(test.input);
  }
  CheckerStep loaded = sandbox->begin_checker(problem.sample->fn_name, inputs);
  note_time(loaded.cpu_ms, loaded.wall_ms, problem.limits, &outcome);
  if (loaded.kind == Kind::kTimeLimit || loaded.kind == Kind::kLoadError ||
      loaded.kind == Kind::kMemoryLimit) {
    outcome.status = loaded.kind == Kind::kTimeLimit     ? ExecStatus::kTimeLimit
                     : loaded.kind == Kind::kMemoryLimit ? ExecStatus::kMemoryLimit
                                                         : ExecStatus::kRunError;
    outcome.results = {kRuntimeError};
    outcome.fail(kRuntimeError, loaded.kind == Kind::kTimeLimit ? "too slow before the first test"
                                                                : loaded.payload);
  } else if (loaded.kind != Kind::kLoaded) {
    judge_checker_step(loaded, problem, 0, &outcome);
  } else {
    for (size_t test = 0; test < problem.sample->tests.size(); ++test) {
      const CheckerStep step = sandbox->next_checker_test(
          problem.functional ? std::string_view() : problem.sample->tests[test].input);
      note_time(step.cpu_ms, step.wall_ms, problem.limits, &outcome);
      if (!judge_checker_step(step, problem, test, &outcome)) break;
    }
  }
  sandbox->end_checker();
  return outcome;
}

// --- native ---

// 1, or the code of the failure.
int judge_native_run(const ExecResult& run, const Problem& problem, size_t test, Outcome* outcome) {
  outcome->status = run.status;
  outcome->stderr_text =
      cut(run.stderr_text.size() > kShownBytes
              ? std::string_view(run.stderr_text).substr(run.stderr_text.size() - kShownBytes)
              : run.stderr_text);
  switch (run.status) {
    case ExecStatus::kTimeLimit:
      outcome->message = "time limit exceeded";
      return kTooSlow;
    case ExecStatus::kMemoryLimit:
      outcome->message = "memory limit exceeded";
      return kRuntimeError;
    case ExecStatus::kOutputLimit:
      outcome->message = "more output than any answer has";
      return kWrongAnswer;
    case ExecStatus::kSignal:
      outcome->message = fmt::format("killed by signal {}", run.term_signal);
      return kRuntimeError;
    case ExecStatus::kWallLimit:
    case ExecStatus::kSandboxError:
      outcome->sandbox_error =
          run.error.empty()
              ? "the machine was too busy to run the test within its wall-clock backstop"
              : run.error;
      return kRuntimeError;
    default:
      break;
  }
  bool right = false;
  if (problem.functional) {
    const auto value =
        run.status == ExecStatus::kOk
            ? decode_python_value(run.return_value, max_values_to_equal(problem.expected[test]))
            : std::nullopt;
    right = value && compare_values(*value, problem.expected[test], TupleRule::kAlwaysList) ==
                         Comparison::kEqual;
  } else {
    const std::string& expected = problem.sample->tests[test].output;
    right = compare_output_official(run.stdout_text, expected) == Comparison::kEqual;
    if (!right && run.status == ExecStatus::kOk &&
        compare_output_with_tolerance(run.stdout_text, expected) == Comparison::kEqual)
      outcome->passed_with_tolerance = true;
    outcome->produced = right ? "" : cut(run.stdout_text);
  }
  // The output is what is judged: an exit code other than 0 after the right one is noted
  // and nothing more.
  if (right) return kPassed;
  if (run.status == ExecStatus::kRunError) {
    outcome->message = fmt::format("exit code {}", run.exit_code);
    return kRuntimeError;
  }
  outcome->message = "wrong answer";
  return kWrongAnswer;
}

// The checker's comparison decides; beside it runs the question what a tolerance would change, so a
// test that fails by digits only does not end the loop, but it ends the results.
Outcome run_native(ProgramHome& home, const Problem& problem) {
  Outcome outcome;
  bool only_tolerance = false;
  for (size_t test = 0; test < problem.sample->tests.size(); ++test) {
    PythonSandbox* sandbox = home.sandbox(&outcome);
    if (sandbox == nullptr) return outcome;
    const std::string& input = problem.sample->tests[test].input;
    const ExecResult run = problem.functional
                               ? sandbox->run_function(problem.sample->fn_name, input)
                               : sandbox->run_program(input);
    Outcome here;
    const int result = judge_native_run(run, problem, test, &here);
    if (only_tolerance) {
      if (result == kPassed || here.passed_with_tolerance) continue;
      outcome.passed_with_tolerance = false;
      return outcome;
    }
    note_time(run.cpu_ms, run.wall_ms, problem.limits, &outcome);
    outcome.memory_kb = std::max(outcome.memory_kb, run.memory_kb);
    if (run.exit_code != 0) {
      outcome.exit_codes.resize(test, 0);
      outcome.exit_codes.push_back(run.exit_code);
    }
    outcome.status = here.status;
    outcome.stderr_text = here.stderr_text;
    if (here.sandbox_error) outcome.sandbox_error = here.sandbox_error;
    outcome.results.push_back(result);
    if (result == kPassed) continue;
    outcome.produced = here.produced;
    outcome.fail(result, here.message);
    only_tolerance = here.passed_with_tolerance.value_or(false);
    if (!only_tolerance) break;
  }
  if (!problem.functional && !outcome.sandbox_error)
    outcome.passed_with_tolerance = outcome.passed() || only_tolerance;
  return outcome;
}

// --- both modes of a program ---

using RunMode = Outcome (*)(ProgramHome&, const Problem&);

class ProgramRunner {
 public:
  ProgramRunner(const std::string& code, const Problem& problem, SandboxPool& pool)
      : problem_(problem), pool_(pool), home_(code, problem, pool) {}

  Outcome run(RunMode mode) {
    Outcome first;
    {
      const auto beside_others = pool_.run_beside_others();
      first = mode(home_, problem_);
      // Ours, and perhaps it was chance; a missing module is not.
      if (first.sandbox_error && first.missing_module.empty()) first.doubtful = true;
    }
    if (!first.doubtful) return first;
    const auto alone = pool_.run_alone();
    home_.leave();
    Outcome second = mode(home_, problem_);
    second.ran_alone = true;
    const bool first_counts =
        !first.sandbox_error && (second.sandbox_error || (first.passed() && !second.passed()));
    return first_counts ? first : second;
  }

 private:
  const Problem& problem_;
  SandboxPool& pool_;
  ProgramHome home_;
};

Json metadata_of(const Outcome& outcome, const Problem& problem, const SandboxPool& pool) {
  Json json;
  json["num_tests"] = problem.sample->tests.size();
  json["timeout_s"] = static_cast<double>(problem.limits.cpu_ms) / 1e3;
  json["python"] = pool.python_version();
  json["sandbox"] = name_of(pool.tier());
  Json exec;
  exec["status"] = name_of(outcome.status);
  exec["cpu_ms"] = outcome.cpu_ms;
  exec["max_cpu_ms"] = outcome.max_cpu_ms;
  exec["wall_ms"] = outcome.wall_ms;
  if (outcome.memory_kb > 0) exec["memory_kb"] = outcome.memory_kb;
  if (!outcome.exit_codes.empty()) exec["exit_codes"] = outcome.exit_codes;
  if (!outcome.stderr_text.empty()) exec["stderr"] = outcome.stderr_text;
  if (outcome.ran_alone) exec["ran_alone"] = true;
  json["exec"] = exec;
  if (outcome.error_code != 0) {
    const size_t failed = std::min(outcome.results.empty() ? 0 : outcome.results.size() - 1,
                                   problem.sample->tests.size() - 1);
    json["error_code"] = outcome.error_code;
    json["failed_test"] = failed;
    json["input"] = cut(problem.sample->tests[failed].input);
    json["expected"] = cut(problem.sample->tests[failed].output);
    if (!outcome.produced.empty()) json["produced"] = outcome.produced;
  }
  if (!outcome.missing_module.empty()) json["missing_module"] = outcome.missing_module;
  if (outcome.passed_with_tolerance)
    json["passed_with_float_tolerance"] = *outcome.passed_with_tolerance;
  return json;
}

Score make_score(ScoreMode mode, const Outcome& outcome, const Problem& problem,
                 const SandboxPool& pool) {
  const Verdict verdict = outcome.sandbox_error ? Verdict::kSandboxError
                          : outcome.passed()    ? Verdict::kCorrect
                                                : Verdict::kIncorrect;
  Score score = counted_score(mode, kName, verdict);
  score.explanation = outcome.sandbox_error ? *outcome.sandbox_error : outcome.message;
  score.results = outcome.results;
  score.metadata = metadata_of(outcome, problem, pool);
  return score;
}

std::vector<Score> errors_of_ours(const std::vector<ScoreMode>& modes,
                                  const std::string& explanation) {
  std::vector<Score> scores;
  for (const ScoreMode mode : modes) {
    scores.push_back(counted_score(mode, kName, Verdict::kSandboxError));
    scores.back().explanation = explanation;
  }
  return scores;
}

// The program of each mode; absent where the reply has none.
struct Programs {
  Extraction official;
  Extraction native;
};

// One JSON value a line; blank lines are the checker's business.
bool holds_json_lines(std::string_view input) {
  while (!input.empty()) {
    const size_t newline = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, newline);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos && !parse_python_json(line))
      return false;
    input.remove_prefix(std::min(newline + 1, input.size()));
  }
  return true;
}

Result<Problem> read_problem(const datasets::Sample& sample, const CodeScorerOptions& options) {
  Problem problem;
  problem.sample = &sample;
  problem.functional = !sample.fn_name.empty();
  if (sample.tests.empty())
    return invalid_argument("sample {sample} has no tests, so nothing can be judged",
                            {{"sample", sample.id}});
  for (size_t test = 0; problem.functional && test < sample.tests.size(); ++test) {
    auto expected = parse_python_json(sample.tests[test].output);
    if (!expected)
      return invalid_argument("sample {sample}: the expected output of test {test} is not JSON",
                              {{"sample", sample.id}, {"test", test}});
    if (!holds_json_lines(sample.tests[test].input))
      return invalid_argument("sample {sample}: the input of test {test} is not JSON",
                              {{"sample", sample.id}, {"test", test}});
    problem.expected.push_back(std::move(*expected));
  }
  double timeout_s = options.timeout_s;
  const Json& columns = *sample.columns;
  if (columns.contains("timeout_s") && columns["timeout_s"].is_number())
    timeout_s = columns["timeout_s"].get<double>();
  problem.limits.cpu_ms = std::max<int64_t>(1, static_cast<int64_t>(timeout_s * 1e3));
  size_t longest = 0;
  for (const auto& test : sample.tests)
    longest = std::max(longest, test.output.size());
  // In steps, so that the limit does not tell how long the answer is.
  while (problem.limits.output_bytes < static_cast<int64_t>(4 * longest + (1 << 20)))
    problem.limits.output_bytes *= 4;
  return problem;
}

std::vector<Score> score_programs(const datasets::Sample& sample, const Programs& programs,
                                  SandboxPool& pool, const CodeScorerOptions& options) {
  const auto problem = read_problem(sample, options);
  if (!problem.ok()) {
    std::vector<Score> scores = errors_of_ours(options.modes, problem.status().message());
    // What the checker would say: without tests nothing fails there.
    for (Score& score : scores) {
      if (score.mode == ScoreMode::kOfficial && sample.tests.empty())
        score.metadata = Json{{"official_checker_passes", true}};
    }
    return scores;
  }
  std::vector<Score> scores;
  std::optional<ProgramRunner> runner;
  std::string running;
  for (const ScoreMode mode : options.modes) {
    const Extraction& program = mode == ScoreMode::kOfficial ? programs.official : programs.native;
    if (!program.found() || program.answer->find_first_not_of(" \t\r\n") == std::string::npos) {
      Score score = counted_score(mode, kName, Verdict::kNoAnswer);
      score.explanation = "no program in the reply";
      score.results = {kRuntimeError};  // what the checker gives an empty program
      scores.push_back(std::move(score));
      continue;
    }
    if (!runner || running != *program.answer) {
      running = *program.answer;
      runner.emplace(running, *problem, pool);
    }
    Score score =
        make_score(mode, runner->run(mode == ScoreMode::kOfficial ? run_official : run_native),
                   *problem, pool);
    score.answer = program.answer;
    score.stage = program.stage;
    scores.push_back(std::move(score));
  }
  return scores;
}

// Large tests wait packed until the sample's turn comes.
std::vector<Score> score_unpacked(const datasets::Sample& sample, const Programs& programs,
                                  SandboxPool& pool, const CodeScorerOptions& options) {
  std::vector<Score> scores;
  if (sample.packed_public_tests.empty() && sample.packed_private_tests.empty()) {
    scores = score_programs(sample, programs, pool, options);
  } else {
    datasets::Sample unpacked = sample;
    auto tests = datasets::code_tests_of(sample);
    if (tests.ok()) {
      unpacked.tests = std::move(tests).value();
      scores = score_programs(unpacked, programs, pool, options);
    } else {
      scores = errors_of_ours(options.modes,
                              fmt::format("sample {}: {}", sample.id, tests.status().message()));
    }
  }
  for (Score& score : scores)
    score.scorer_version = std::string(kVersion);
  return scores;
}

// What the checker runs of a base model's reply.
Extraction whole_reply(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const size_t begin = text.find_first_not_of(kBlanks);
  Extraction extraction;
  if (begin == std::string_view::npos) return extraction;
  extraction.answer = std::string(text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1));
  extraction.stage = "whole_reply";
  extraction.position = begin;
  return extraction;
}

class CodeScorer : public Scorer {
 public:
  CodeScorer(CodeScorerOptions options, SandboxPool& pool) : options_(options), pool_(pool) {}

  std::vector<Score> score(const ScorerInput& input) const override {
    if (input.given_answer)
      return score_code(*input.sample, std::string(*input.given_answer), pool_, options_);
    Programs programs;
    // Before the end of the thinking nothing is the answer, but the checker takes what it is given.
    const bool whole = options_.extraction == CodeExtraction::kWhole;
    if (options_.extractor != nullptr)
      programs.official = options_.extractor->extract(input.answer_text, 0);
    else
      programs.official =
          whole ? whole_reply(input.answer_text) : extract_code_official(input.answer_text);
    if (input.reasoning_terminated)
      programs.native =
          whole ? whole_reply(input.answer_text) : extract_code_native(input.answer_text);
    return score_unpacked(*input.sample, programs, pool_, options_);
  }

 private:
  CodeScorerOptions options_;
  SandboxPool& pool_;
};

}  // namespace

std::vector<Score> score_code(const datasets::Sample& sample, const std::string& code,
                              SandboxPool& sandbox, const CodeScorerOptions& options) {
  Extraction whole;
  whole.answer = code;
  whole.stage = "given";
  return score_unpacked(sample, {whole, whole}, sandbox, options);
}

Result<std::unique_ptr<Scorer>> make_code_scorer(const ScorerOptions& options,
                                                 const ScorerContext& context) {
  CodeScorerOptions parsed;
  parsed.extraction =
      options.choice("extraction") == 0 ? CodeExtraction::kFences : CodeExtraction::kWhole;
  parsed.extractor = options.extractor();
  parsed.modes = context.modes;
  parsed.timeout_s = options.number("timeout_s", parsed.timeout_s);
  if (context.sandbox == nullptr)
    return unavailable("scorer code runs programs and needs a sandbox; run it where one was made");
  return std::unique_ptr<Scorer>(std::make_unique<CodeScorer>(parsed, *context.sandbox));
}

Status read_code_key(const Json& row, const ScorerOptions&, datasets::Sample& sample) {
  for (const char* key : {"inputs", "outputs"}) {
    if (!row.contains(key)) return missing_key(row, key, kCodeRowNeeds);
  }
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> inputs, read_strings(row, "inputs"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> outputs, read_strings(row, "outputs"));
  if (inputs.size() != outputs.size()) {
    return invalid_argument("there are {inputs} inputs but {outputs} outputs",
                            {{"inputs", inputs.size()}, {"outputs", outputs.size()}});
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    sample.tests.push_back({inputs[i], outputs[i]});
  if (row.contains("fn_name") && !row["fn_name"].is_null()) {
    if (!row["fn_name"].is_string())
      return invalid_argument("\"fn_name\" must be a string or null");
    sample.fn_name = row["fn_name"].get<std::string>();
  }
  if (row.contains("timeout_s") && !row["timeout_s"].is_null()) {
    const Json& timeout = row["timeout_s"];
    double seconds = 0;
    JANGWON_RETURN_IF_ERROR(read_setting("test_seconds", "timeout_s", timeout, seconds));
    sample.columns = Json{{"timeout_s", timeout}};
  }
  return ok_status();
}

std::string float_tolerance_line(size_t right, size_t n, const std::string& share) {
  return localized(
      "  with a float tolerance of 1e-6: {right_with_tolerance} of {count} ({count_2})",
      {{"right_with_tolerance", right}, {"count", n}, {"count_2", share}});
}

}  // namespace jangwon::harness
