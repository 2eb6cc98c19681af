// JUnit: a suite for each model and task, a case for each reply. A wrong or missing answer is a
// failure, an error of ours an error. (The verdict of a gate has its own JUnit file:
// reports/gate/gate_formats.cc.)

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/escape.h"
#include "reports/exports/exported_run.h"

namespace jangwon::reports {

namespace {

using harness::SampleRecord;
using harness::Score;
using harness::Verdict;

// Long transcripts make the viewers of CI systems unusable; the journal has the whole.
constexpr size_t kMaxOutput = 4000;

std::string tail_of(const std::string& text) {
  if (text.size() <= kMaxOutput) return text;
  size_t begin = text.size() - kMaxOutput;
  while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80)
    ++begin;
  return "[…] " + text.substr(begin);
}

std::string case_of(const SampleRecord& record) {
  const Score* score = find_score(record, harness::ScoreMode::kOfficial);
  const std::string name = record.key.sample_id + " #" + std::to_string(record.key.repeat + 1);
  std::string xml = fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\" time=\"{:.3f}\">\n",
                                html_escape(record.key.model), html_escape(record.key.task),
                                html_escape(name), record.duration_ms / 1000.0);
  const std::string answer = score != nullptr ? score->answer.value_or("") : "";
  std::string expected;
  for (const std::string& target : record.target)
    expected += (expected.empty() ? "" : " | ") + target;
  if (record.verdict == Verdict::kIncorrect || record.verdict == Verdict::kNoAnswer) {
    const std::string message =
        record.verdict == Verdict::kNoAnswer
            ? "no answer was found" + std::string(record.truncated ? " (truncated)" : "")
        : record.target.empty() ? "the program is wrong"
                                : "expected " + expected + ", got " + answer;
    xml += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                       name_of(record.verdict), html_escape(message),
                       html_escape(tail_of(record.completion.answer_text), LineBreaks::kKeep));
  } else if (!counts(record.verdict)) {
    xml += fmt::format("      <error type=\"{}\" message=\"{}\"/>\n", name_of(record.verdict),
                       html_escape(record.error));
  }
  return xml + "    </testcase>\n";
}

std::string property(const std::string& name, const std::string& value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", html_escape(name),
                     html_escape(value));
}

Result<std::string> suite_of(const ExportedRun& run, const ExportedTask& task) {
  const std::map<std::string, int>& counts = task.official->counts;
  std::string cases;
  double seconds = 0.0;
  int tests = 0;
  for (const ExportedQuestion& question : task.questions) {
    for (const SampleOutcome& outcome : question.runs) {
      JANGWON_ASSIGN_OR_RETURN(const SampleRecord record, run.record(outcome));
      cases += case_of(record);
      seconds += record.duration_ms / 1000.0;
      ++tests;
    }
  }
  std::string time = run.started_at();
  if (!time.empty() && time.back() == 'Z') time.pop_back();
  std::string xml = fmt::format(
      "  <testsuite name=\"{}.{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" "
      "time=\"{:.3f}\" "
      "timestamp=\"{}\">\n    <properties>\n",
      html_escape(task.model), html_escape(task.task), tests,
      counts.at("incorrect") + counts.at("no_answer"),
      counts.at("infra_error") + counts.at("sandbox_error"), seconds, html_escape(time));
  if (task.official->value)
    xml += property(task.official->metric, fmt::format("{:.6f}", *task.official->value));
  for (const auto& [name, count] : counts)
    xml += property(name, std::to_string(count));
  xml += property("dataset", dataset_id(task));
  xml += property("stand_in", task.official->stand_in ? "true" : "false");
  return xml + "    </properties>\n" + cases + "  </testsuite>\n";
}

}  // namespace

Status export_junit(const ExportedRun& run, const ExportOptions& options, Paths& paths) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const ExportedTask& task : run.tasks()) {
    JANGWON_ASSIGN_OR_RETURN(const std::string suite, suite_of(run, task));
    xml += suite;
  }
  const std::string path = options.output_folder + "/junit.xml";
  paths.push_back(path);
  return write_export(options, path, xml + "</testsuites>\n");
}

}  // namespace jangwon::reports
