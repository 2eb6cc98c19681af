// The list of files that make the site. The same input gives the same bytes: no clock is read, and
// every order comes from the input. tests/reports/site_test.cc builds it twice;
// tests/reports/browser opens it in Chromium.

#include "reports/site/site.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "reports/site/elements.h"
#include "reports/site/pages.h"
#include "reports/site/sample_chunks.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

std::vector<NavigationMenu> make_navigation(const SiteData& site) {
  NavigationMenu tasks{Message("Tasks"), {}};
  for (const ColumnGroup& group : site.groups) {
    NavigationGroup& part = tasks.groups.emplace_back();
    part.title = group.title;
    for (const TableColumn* task : group.tasks)
      part.entries.push_back({task_file(task->id), task->title});
  }
  std::vector<NavigationEntry> runs = {{"diff.html", Message("Differences")},
                                       {"samples.html", Message("Samples")},
                                       {"runs.html", Message("Runs and settings")}};
  if (site.options.history) runs.push_back({"history.html", Message("Scores over time")});
  return {{{}, {{{}, {{"index.html", Message("Overview")}}}}},
          tasks,
          {Message("Comparisons"),
           {{{},
             {{"ratio.html", Message("The 95 % criterion")},
              {"efficiency.html", Message("Efficiency")},
              {"reproduce.html", Message("Published and measured")},
              {"license.html", Message("Licences")}}}}},
          {Message("Runs"), {{{}, runs}}},
          {{}, {{{}, {{"method.html", Message("Method")}}}}}};
}

Message footer_text(const ReportData& data) {
  return Message(
      "Static pages by Jangwon, as of {date}. The same input gives the same bytes. Licence "
      "paraphrases are not legal advice.",
      {{"date", data.as_of}});
}

std::vector<Page> make_pages(const SiteData& site) {
  std::vector<Page> pages = {make_overview_page(site)};
  for (const TableColumn& task : site.data.table.tasks)
    pages.push_back(make_task_page(site, task));
  pages.push_back(make_ratio_page(site));
  pages.push_back(make_efficiency_page(site));
  pages.push_back(make_licence_page(site));
  pages.push_back(make_reproduce_page(site));
  pages.push_back(make_diff_page(site));
  pages.push_back(make_samples_page(site));
  pages.push_back(make_runs_page(site));
  if (site.options.history) pages.push_back(make_history_page(*site.options.history));
  pages.push_back(make_method_page(site));
  return pages;
}

// Everything shown, for machines: the table and the tests behind its ranks.
std::string summary_json(const ReportData& data) {
  Json json = Json::parse(render_table(data.table, TableFormat::kJson));
  json["schema"] = "jangwon-summary-1";
  json["as_of"] = data.as_of;
  json["pairs"] = Json::array();
  for (const TaskRanking& ranking : data.rankings) {
    for (const auto& [pair, test] : ranking.pairs) {
      Json entry;
      entry["task"] = ranking.task;
      entry["first"] = data.table.rows[ranking.rows[pair.first]].id;
      entry["second"] = data.table.rows[ranking.rows[pair.second]].id;
      entry["difference"] = test.difference;
      entry["ci_low"] = test.ci_low ? Json(*test.ci_low) : Json();
      entry["ci_high"] = test.ci_high ? Json(*test.ci_high) : Json();
      entry["p"] = test.p;
      entry["adjusted_p"] = test.adjusted_p;
      entry["questions"] = test.questions;
      entry["method"] = test.method;
      json["pairs"].push_back(std::move(entry));
    }
  }
  json["runs"] = Json::array();
  for (const RunFolder& run : data.runs)
    json["runs"].push_back({{"name", run.name}, {"complete", run.result.complete}});
  return to_json_text(json);
}

Status make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  return error ? unavailable(Message::system_error(error)).at(path) : ok_status();
}

// With measured rows only, those of the national models join, so that a reader has something to
// hold them against.
ReportData with_published_rows(const ReportData& data, const ReportOptions& options) {
  ReportData extended = data;
  if (!options.published && !data.runs.empty()) {
    add_published_rows(extended.table, extended.registry, PublishedScope::kNational);
    extended.rankings = rank_rows(extended.table, extended.evidence, options.ranking);
  }
  return extended;
}

Language site_language(const ReportOptions& options) {
  return options.language.value_or(Language::kKorean);
}

}  // namespace

std::string task_file(const std::string& task) {
  std::string name = "task-";
  for (char c : task) {
    bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    name += plain ? c : '-';
  }
  return name + ".html";
}

RowOutcomes outcomes_of(const ReportData& data, const TableRow& row, const std::string& task) {
  RowOutcomes found;
  if (row.source != RowSource::kMeasured) return found;
  for (size_t i = 0; i < data.runs.size(); ++i) {
    if (data.runs[i].name != row.origin) continue;
    const OutcomeTask* outcomes = find_task(data.outcomes[i], task);
    if (outcomes == nullptr) continue;
    auto samples = outcomes->by_model.find(row.model);
    if (samples != outcomes->by_model.end()) return {&data.runs[i], outcomes, &samples->second};
  }
  return found;
}

OutcomeStrings make_outcome_strings(const ReportData& data, const std::string& task) {
  OutcomeStrings strings;
  std::map<std::string, size_t> position;
  const harness::TaskProfile* profile = find_task(data.registry, task);
  const std::string stratum = profile != nullptr && !profile->strata.empty()
                                  ? profile->strata.front().column
                                  : std::string();
  for (size_t r = 0; r < data.table.rows.size(); ++r) {
    RowOutcomes outcomes = outcomes_of(data, data.table.rows[r], task);
    // Equal ids of other questions must not meet.
    if (outcomes.samples == nullptr ||
        cell_of(data.table.rows[r], task).state == CellState::kNotComparable)
      continue;
    strings.rows.push_back(r);
    for (const OutcomeItem& item : outcomes.task->items) {
      if (!position.try_emplace(item.id, strings.ids.size()).second) continue;
      strings.ids.push_back(item.id);
      const auto found = item.columns.find(stratum);
      strings.categories.push_back(found != item.columns.end() ? found->second : std::string());
    }
  }
  for (size_t r : strings.rows) {
    RowOutcomes outcomes = outcomes_of(data, data.table.rows[r], task);
    std::vector<std::pair<int, int>> right_of_all(outcomes.task->items.size());
    std::vector<bool> asked(outcomes.task->items.size(), false);
    for (const SampleOutcome& sample : *outcomes.samples) {
      asked[sample.item] = true;
      if (!harness::counts(sample.verdict)) continue;
      ++right_of_all[sample.item].second;
      right_of_all[sample.item].first += sample.verdict == harness::Verdict::kCorrect;
    }
    std::string line(strings.ids.size(), '-');
    for (size_t i = 0; i < asked.size(); ++i) {
      if (!asked[i]) continue;
      auto [right, all] = right_of_all[i];
      line[position.at(outcomes.task->items[i].id)] = all == 0       ? 'e'
                                                      : right == all ? '2'
                                                      : right > 0    ? '1'
                                                                     : '0';
    }
    strings.outcomes.push_back(std::move(line));
  }
  return strings;
}

Result<SiteData> make_site_data(const ReportData& data, const ReportOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(std::vector<ColumnGroup> groups,
                           group_columns(data.table.tasks, data.registry));
  SiteData site{data, options, std::move(groups), {}, {}, PageDepth::kFull};
  add_published_rows(site.published, data.registry, PublishedScope::kAll);
  site.published_ranks = rank_rows(site.published, {}, PublishedRanking::kNational);
  return site;
}

Status write_site(const ReportData& data, const ReportOptions& options) {
  ReportData extended = with_published_rows(data, options);
  JANGWON_ASSIGN_OR_RETURN(SiteData site, make_site_data(extended, options));
  JANGWON_ASSIGN_OR_RETURN(
      PageFrame frame,
      PageFrame::load(make_navigation(site), site_language(options), footer_text(data)));
  std::string folder = options.out_dir + "/site";
  JANGWON_RETURN_IF_ERROR(make_folder(folder + "/data"));
  for (const Page& page : make_pages(site)) {
    JANGWON_RETURN_IF_ERROR(write_file_atomically(folder + "/" + page.file, frame.render(page)));
  }
  JANGWON_RETURN_IF_ERROR(
      write_file_atomically(folder + "/data/summary.json", summary_json(extended)));
  JANGWON_RETURN_IF_ERROR(write_file_atomically(folder + "/data/table.json",
                                                render_table(extended.table, TableFormat::kJson)));
  JANGWON_RETURN_IF_ERROR(write_file_atomically(
      folder + "/data/table.csv", render_table(extended.table, TableFormat::kCsv, options.style)));
  JANGWON_RETURN_IF_ERROR(
      write_file_atomically(folder + "/data/table.md",
                            render_table(extended.table, TableFormat::kMarkdown, options.style)));
  JANGWON_RETURN_IF_ERROR(
      write_file_atomically(folder + "/data/table.tex",
                            render_table(extended.table, TableFormat::kLatex, options.style)));
  return write_sample_chunks(extended, options, folder);
}

namespace {

std::string replaced(std::string markup, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = markup.find(from, at)) != std::string::npos; at += to.size())
    markup.replace(at, from.size(), to);
  return markup;
}

// A page as a section of the one file, with ids of its own.
Html section_of(const Page& page) {
  const std::string prefix = page.file.substr(0, page.file.find('.')) + "-";
  std::string body = page.body.str();
  for (const char* attribute : {" id=\"", " aria-labelledby=\""})
    body = replaced(std::move(body), attribute, attribute + prefix);
  return Element("section")
      .add(heading(1, "!" + page.file, page.title))
      .add(paragraph(page.lead, "lead"))
      .add(Html::drawn(body));
}

}  // namespace

Status write_single_file_site(const ReportData& data, const ReportOptions& options) {
  const ReportData extended = with_published_rows(data, options);
  JANGWON_ASSIGN_OR_RETURN(SiteData site, make_site_data(extended, options));
  site.depth = PageDepth::kBrief;
  Page single = make_overview_page(site);
  single.file = "report.html";
  for (const TableColumn& task : extended.table.tasks)
    single.body.add(section_of(make_task_page(site, task)));
  single.body.add(section_of(make_ratio_page(site)));
  single.body.add(section_of(make_licence_page(site)));
  // Links between pages become links inside the one page.
  std::string body = single.body.str();
  for (const TableColumn& task : extended.table.tasks) {
    const std::string file = task_file(task.id);
    body = replaced(std::move(body), fmt::format("href=\"{0}\" data-page=\"{0}\"", file),
                    fmt::format("href=\"#!{}\"", file));
  }
  single.body = Html::drawn(std::move(body));
  JANGWON_ASSIGN_OR_RETURN(const PageFrame frame,
                           PageFrame::load({}, site_language(options), footer_text(data)));
  return write_file_atomically(options.out_dir + "/report.html", frame.render(single));
}

}  // namespace jangwon::reports
