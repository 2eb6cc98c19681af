// The list of steps behind `jangwon report`: read the registry, read the runs, build the table,
// rank it, write each format.

#include "reports/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/escape.h"
#include "reports/grid.h"
#include "reports/measured_rows.h"
#include "reports/output_claim.h"
#include "reports/site/site.h"
#include "reports/task_profiles.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

constexpr const char* kHistoryFile = "history.csv";

template <TableFormat format>
std::string table_text(const ReportData& data, const TableStyle& style) {
  return render_table(data.table, format, style);
}

// All that the rest of the program knows of a format. It is one text, or it is written as pages.
struct FormatEntry {
  const char* name;
  ReportFormat format;
  const char* file;  // below the output folder
  std::string (*text)(const ReportData& data, const TableStyle& style) = nullptr;
  Status (*write_pages)(const ReportData& data, const ReportOptions& options) = nullptr;
};

constexpr FormatEntry kFormats[] = {
    {"md", ReportFormat::kMarkdown, "report.md", write_report_markdown},
    {"csv", ReportFormat::kCsv, "report.csv", table_text<TableFormat::kCsv>},
    {"tex", ReportFormat::kLatex, "report.tex", table_text<TableFormat::kLatex>},
    {"json", ReportFormat::kJson, "report.json", table_text<TableFormat::kJson>},
    {"html", ReportFormat::kHtml, "report.html", nullptr, write_single_file_site},
    {"site", ReportFormat::kSite, "site", nullptr, write_site}};

const FormatEntry& entry_of(ReportFormat format) {
  return *std::find_if(std::begin(kFormats), std::end(kFormats),
                       [&](const FormatEntry& entry) { return entry.format == format; });
}

// The day that the six-month window ends on.
std::string default_as_of(const ReportData& data) {
  std::string day;
  for (const RunOutcomes& outcomes : data.outcomes)
    day = std::max(day, outcomes.last_started_at.substr(0, 10));
  if (!day.empty()) return day;
  for (const RegistrySource& source : data.registry.sources)
    day = std::max(day, source.read);
  return day;
}

Message title_of(const ReportData& data) {
  return data.runs.empty() ? Message("Published scores") : Message("Comparison");
}

std::string settings_markdown(const RunFolder& run) {
  Json settings = *run.result.settings;
  std::string text;
  if (!settings.is_object()) return text;
  for (auto& [key, value] : settings.items()) {
    leave_out_profiles(value);
    std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    text += fmt::format("| {} | {} |\n", markdown_escape(key), markdown_escape(shown));
  }
  return text;
}

std::string sample_counts_markdown(const TableInput& table, const TableStyle& style) {
  Grid account = make_account_grid(table, style);
  if (account.rows.empty()) return "";
  std::string text = fmt::format("\n## {}\n\n{}", account.caption, write_markdown(account));
  text += "\n" +
          say(Message("The two errors are ours and never counted as wrong; truncated and "
                      "unterminated are flags beside the verdict."),
              style.language) +
          "\n";
  return text;
}

// Figures that only some tasks have.
std::string further_figures_markdown(const TableInput& table, const TableStyle& style) {
  std::string text;
  for (const Grid& grid : {make_further_grid(table, style), make_language_grid(table, style),
                           make_variant_grid(table, style), make_licence_grid(table, style)}) {
    if (!grid.rows.empty())
      text += fmt::format("\n## {}\n\n{}", grid.caption, write_markdown(grid));
  }
  return text;
}

Status write_format(const ReportData& data, const ReportOptions& options, ReportFormat format) {
  const FormatEntry& entry = entry_of(format);
  if (entry.write_pages != nullptr) return entry.write_pages(data, options);
  return write_file_atomically(options.out_dir + "/" + entry.file, entry.text(data, options.style));
}

}  // namespace

std::optional<ReportFormat> report_format_of_name(std::string_view name) {
  for (const FormatEntry& known : kFormats) {
    if (name == known.name) return known.format;
  }
  return std::nullopt;
}

const std::vector<std::string>& report_format_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const FormatEntry& known : kFormats)
      names.emplace_back(known.name);
    return names;
  }();
  return kNames;
}

Result<ReportData> load_report_data(const ReportOptions& options) {
  ReportData data;
  JANGWON_ASSIGN_OR_RETURN(data.registry, read_installed_registry());
  JANGWON_ASSIGN_OR_RETURN(data.runs, read_run_folders(options.runs));
  add_task_profiles(data.registry, data.runs);
  const std::vector<std::string> columns = table_columns(data.registry, data.runs);
  for (const RunFolder& run : data.runs) {
    JANGWON_ASSIGN_OR_RETURN(RunOutcomes outcomes, read_outcomes(run.path, columns));
    add_evidence(data.evidence, run, outcomes);
    data.outcomes.push_back(std::move(outcomes));
  }
  data.as_of = options.as_of.empty() ? default_as_of(data) : options.as_of;
  data.table.title = title_of(data);
  add_measured_rows(data.table, data.runs, &data.registry);
  std::optional<PublishedScope> published = options.published;
  if (!published && data.runs.empty()) published = PublishedScope::kAll;
  if (published) add_published_rows(data.table, data.registry, *published);
  data.rankings = rank_rows(data.table, data.evidence, options.ranking);
  return data;
}

Result<TableInput> load_run_table(const std::string& run_folder) {
  ReportOptions options;
  options.runs = {run_folder};
  JANGWON_ASSIGN_OR_RETURN(ReportData data, load_report_data(options));
  return std::move(data.table);
}

std::string write_report_markdown(const ReportData& data, const TableStyle& style) {
  std::string text = fmt::format("# {}\n\n", say(data.table.title, style.language));
  for (const RunFolder& run : data.runs) {
    const std::string name = markdown_escape(run.name);
    text += say(run.result.complete ? Message("Run `{run}`: complete", {{"run", name}})
                                    : Message("Run `{run}`: **incomplete**", {{"run", name}}),
                style.language) +
            "\n\n";
  }
  text += write_markdown(make_score_grid(data.table, style));
  text += sample_counts_markdown(data.table, style);
  text += further_figures_markdown(data.table, style);
  for (const RunFolder& run : data.runs) {
    std::string settings = settings_markdown(run);
    if (settings.empty()) continue;
    text += fmt::format(
        "\n## {}\n\n{}\n| :-- | :-- |\n",
        say(Message("Settings of {run}", {{"run", markdown_escape(run.name)}}), style.language),
        say(Message("| key | value |"), style.language));
    text += settings;
  }
  return text;
}

bool is_one_text(ReportFormat format) {
  return entry_of(format).text != nullptr;
}

std::string report_text(const ReportData& data, ReportFormat format, const TableStyle& style) {
  return entry_of(format).text(data, style);
}

Status write_report(const ReportOptions& options) {
  std::vector<std::string> names;
  for (const ReportFormat format : options.formats)
    names.emplace_back(entry_of(format).file);
  if (options.history) names.emplace_back(kHistoryFile);
  JANGWON_RETURN_IF_ERROR(claim_output(options.out_dir, names));
  ReportOptions resolved = options;
  if (options.language) resolved.style.language = *options.language;
  JANGWON_ASSIGN_OR_RETURN(const ReportData data, load_report_data(resolved));
  for (ReportFormat format : resolved.formats)
    JANGWON_RETURN_IF_ERROR(write_format(data, resolved, format));
  if (resolved.history) {
    const bool mark = resolved.style.byte_order_mark == TableStyle::ByteOrderMark::kWrite;
    JANGWON_RETURN_IF_ERROR(write_file_atomically(resolved.out_dir + "/" + kHistoryFile,
                                                  history_csv(*resolved.history, mark)));
  }
  return sign_output(options.out_dir, names);
}

Status write_report(const std::vector<std::string>& runs, const std::vector<ReportFormat>& formats,
                    const std::string& out_dir) {
  ReportOptions options;
  options.runs = runs;
  options.formats = formats;
  options.out_dir = out_dir;
  return write_report(options);
}

}  // namespace jangwon::reports
