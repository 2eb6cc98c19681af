// jangwon report [RUN…]: tables and the leaderboard from run folders, or from the registry alone.

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "reports/gate/score_history.h"
#include "reports/report.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {
namespace {

struct ReportFlags {
  reports::ReportOptions options;
  std::vector<std::string> formats;
  std::string lang;
  std::string layout = "auto";
  std::string mark = "tie-group";
  std::string samples = "flips";
  std::string sample_text = "outputs";
  bool history = false;
  bool single_file = false;
  bool published = false;
  bool all_published = false;
  bool rank_published = false;
  bool byte_order_mark = false;
  bool json = false;
};

template <typename Enum>
Status choose(const std::string& flag, const std::string& name,
              const std::vector<std::pair<std::string, Enum>>& choices, Enum& value) {
  std::vector<std::string> known;
  for (const auto& [choice, meaning] : choices) {
    known.push_back(choice);
    if (choice == name) {
      value = meaning;
      return ok_status();
    }
  }
  return invalid_argument(
      unknown_name_message(Message("value of {option}", {{"option", flag}}), name, known));
}

Status resolve(ReportFlags& flags) {
  using namespace reports;
  ReportOptions& options = flags.options;
  for (const std::string& name : flags.formats) {
    std::optional<ReportFormat> format = report_format_of_name(name);
    if (!format)
      return invalid_argument(unknown_name_message("report format", name, report_format_names()));
    options.formats.push_back(*format);
  }
  if (flags.single_file) {
    std::erase(options.formats, ReportFormat::kSite);
    std::erase(options.formats, ReportFormat::kHtml);
    options.formats.push_back(ReportFormat::kHtml);
  }
  if (!flags.lang.empty()) {
    options.language = language_of_name(flags.lang);
    if (!options.language)
      return invalid_argument(unknown_name_message("language", flags.lang, {"ko", "en"}));
    options.style.language = *options.language;
  }
  JANGWON_RETURN_IF_ERROR(choose<TableLayout>("--layout", flags.layout,
                                              {{"auto", TableLayout::kAuto},
                                               {"report", TableLayout::kReport},
                                               {"leaderboard", TableLayout::kLeaderboard}},
                                              options.style.layout));
  JANGWON_RETURN_IF_ERROR(choose<TableStyle::Mark>(
      "--mark", flags.mark,
      {{"tie-group", TableStyle::Mark::kTieGroup}, {"point", TableStyle::Mark::kPoint}},
      options.style.mark));
  JANGWON_RETURN_IF_ERROR(choose<SampleSelection>("--samples", flags.samples,
                                                  {{"none", SampleSelection::kNone},
                                                   {"ids", SampleSelection::kIds},
                                                   {"flips", SampleSelection::kFlips},
                                                   {"failures", SampleSelection::kFailures},
                                                   {"all", SampleSelection::kAll}},
                                                  options.samples));
  JANGWON_RETURN_IF_ERROR(choose<SampleText>(
      "--text", flags.sample_text,
      {{"none", SampleText::kNone}, {"outputs", SampleText::kOutputs}, {"full", SampleText::kFull}},
      options.sample_text));
  if (flags.byte_order_mark) options.style.byte_order_mark = TableStyle::ByteOrderMark::kWrite;
  if (flags.published) options.published = PublishedScope::kNational;
  if (flags.all_published) options.published = PublishedScope::kAll;
  if (flags.rank_published) options.ranking = PublishedRanking::kTogether;
  return ok_status();
}

// The newest run: what the rest of a site with a history is about. Nothing where there are
// baselines alone.
std::vector<std::string> newest_run(const std::vector<std::string>& paths) {
  std::string newest, date;
  for (const std::string& path : paths) {
    if (!path_exists(path + "/run.json")) continue;
    const Result<reports::EvaluationSide> side = reports::read_side(path);
    if (!side.ok() || side->date < date) continue;
    newest = path;
    date = side->date;
  }
  return newest.empty() ? std::vector<std::string>() : std::vector{newest};
}

Status run_history(ReportFlags& flags) {
  using namespace reports;
  ReportOptions& options = flags.options;
  JANGWON_ASSIGN_OR_RETURN(options.history, read_history(options.runs));
  options.runs = newest_run(options.runs);
  if (options.formats.empty() && !options.out_dir.empty()) options.formats = {ReportFormat::kSite};
  if (!options.out_dir.empty()) JANGWON_RETURN_IF_ERROR(write_report(options));
  const bool csv = options.formats.size() == 1 && options.formats[0] == ReportFormat::kCsv;
  if (flags.json) {
    write_output(to_json_text(history_json(*options.history)));
  } else if (options.out_dir.empty() && csv) {
    write_output(history_csv(*options.history, flags.byte_order_mark));
  } else {
    write_output(
        history_text(*options.history, options.language.value_or(language_of_environment())));
  }
  if (!options.out_dir.empty())
    write_note(localized("written to {out_dir}", {{"out_dir", options.out_dir}}) + "\n");
  return ok_status();
}

Status run_report(ReportFlags& flags) {
  using namespace reports;
  JANGWON_RETURN_IF_ERROR(resolve(flags));
  if (flags.history) return run_history(flags);
  const ReportOptions& options = flags.options;
  if (options.sample_text == SampleText::kFull) {
    write_note(localized("note: --text full puts questions and gold answers on the pages; the data "
                         "sets' terms may "
                         "forbid that, and published answers spoil a benchmark") +
               "\n");
  }
  if (!options.out_dir.empty()) {
    ReportOptions with_formats = options;
    if (with_formats.formats.empty())
      with_formats.formats = {ReportFormat::kMarkdown, ReportFormat::kSite};
    JANGWON_RETURN_IF_ERROR(write_report(with_formats));
    if (!flags.json)
      write_note(localized("written to {out_dir}", {{"out_dir", options.out_dir}}) + "\n");
    if (!flags.json) return ok_status();
  } else if (!options.formats.empty() &&
             !(options.formats.size() == 1 && is_one_text(options.formats[0]))) {
    return invalid_argument("several formats, html and site need a folder; name one with -o DIR");
  }
  JANGWON_ASSIGN_OR_RETURN(const ReportData data, load_report_data(options));
  if (!flags.json && options.formats.size() == 1) {
    write_output(report_text(data, options.formats[0], options.style));
  } else {
    write_output(render_table(data.table, flags.json ? TableFormat::kJson : TableFormat::kText,
                              options.style));
  }
  return ok_status();
}

}  // namespace

void add_report_command(CLI::App& app, CommandContext& context) {
  CLI::App* report =
      app.add_subcommand("report", "tables and the HTML leaderboard from run folders");
  auto flags = std::make_shared<ReportFlags>();
  report->add_option("runs", flags->options.runs,
                     "run folders; none: the registry of published scores alone");
  report
      ->add_option("--format", flags->formats,
                   "md, csv, tex, json, html (one file), site; several with commas")
      ->delimiter(',');
  report->add_option(
      "-o,--output", flags->options.out_dir,
      "folder to write to; without it one table goes to stdout (default md,site with it)");
  report->add_flag("--history", flags->history,
                   "scores of these runs and baselines over time, and since when they are lower; a "
                   "gate.json adds its "
                   "verdicts");
  report->add_flag("--single-file", flags->single_file,
                   "one report.html instead of the site, for mails and CI");
  report->add_flag("--published", flags->published,
                   "add the published scores of the national models, marked");
  report->add_flag("--all-published", flags->all_published,
                   "add all published scores of the registry, marked");
  report->add_flag("--rank-published", flags->rank_published,
                   "rank published scores together with measured ones");
  report->add_option("--lang", flags->lang,
                     "ko or en (default: English tables, Korean site with both languages)");
  report
      ->add_option("--layout", flags->layout,
                   "report (tasks as rows), leaderboard (models as rows), auto")
      ->capture_default_str();
  report->add_option("--mark", flags->mark, "what is set in bold: tie-group or point")
      ->capture_default_str();
  report
      ->add_option("--samples", flags->samples,
                   "transcripts on the site: none, ids, flips, failures, all")
      ->capture_default_str();
  report
      ->add_option("--text", flags->sample_text,
                   "of these: none, outputs, full (with questions and gold answers)")
      ->capture_default_str();
  report
      ->add_option("--as-of", flags->options.as_of,
                   "YYYY-MM-DD: end of the six-month window of references")
      ->transform(setting_check("date"));
  report->add_flag("--bom", flags->byte_order_mark, "CSV with a byte order mark, for Korean Excel");
  report->add_flag("--json", flags->json, "the table as JSON on stdout, nothing else");
  set_examples(*report, {{"jangwon report runs/first runs/second", "one table over two runs"},
                         {"jangwon report runs/first --format md,site -o out",
                          "a page for the repository and the site"},
                         {"jangwon report --history runs/* baselines/* -o out",
                          "since when is the score lower?"},
                         {"jangwon report --published", "published scores alone"}});
  report->callback([flags, &context] { context.status = run_report(*flags); });
}

}  // namespace jangwon::harness
