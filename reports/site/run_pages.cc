// Pages about the runs themselves: what differs between two rows, the samples, every run with its
// settings, and the method.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "reports/measured_rows.h"
#include "reports/site/elements.h"
#include "reports/site/html_table.h"
#include "reports/site/page_parts.h"
#include "reports/site/pages.h"
#include "reports/site/sample_chunks.h"
#include "reports/task_profiles.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

std::vector<const TableRow*> rows_with_journals(const ReportData& data) {
  std::vector<const TableRow*> rows;
  for (const TableRow& row : data.table.rows) {
    for (const TableColumn& task : data.table.tasks) {
      if (outcomes_of(data, row, task.id).samples == nullptr) continue;
      rows.push_back(&row);
      break;
    }
  }
  return rows;
}

Message title_of_task(const ReportData& data, const std::string& id) {
  for (const TableColumn& task : data.table.tasks) {
    if (task.id == id) return task.title;
  }
  return Message::value(id);
}

Html pair_table(const ReportData& data) {
  HtmlTable pairs("differences",
                  Message("First − second (points), 95 % interval, Holm-adjusted p; paired on "
                          "questions."));
  pairs.style("tall");
  pairs.sortable(Message("Task"), Order::kAscending).sortable(Message("First"), Order::kAscending);
  pairs.sortable(Message("Second"), Order::kAscending);
  pairs.sortable_number(Message("Difference"), Order::kDescending);
  pairs.sortable_number(Message("Adjusted p"), Order::kAscending);
  pairs.number(text("n")).column(Message("Method of the test"));
  for (const TaskRanking& ranking : data.rankings) {
    for (const auto& [pair, test] : ranking.pairs) {
      if (test.questions == 0) continue;
      pairs.row().cell(title_of_task(data, ranking.task));
      pairs.heading(text(data.table.rows[ranking.rows[pair.first]].name));
      pairs.cell(text(data.table.rows[ranking.rows[pair.second]].name));
      pairs.cell_by(test.difference,
                    difference_with_interval(test.difference, test.ci_low, test.ci_high));
      Html p = text(fmt::format("{:.3g}", test.adjusted_p));
      if (test.adjusted_p >= 0.05) p.add(sub(Message("not separated")));
      pairs.cell_by(test.adjusted_p, p);
      pairs.cell(text(std::to_string(test.questions))).cell(text(test.method), "small mut");
    }
  }
  return pairs;
}

using Facts = std::vector<std::pair<Html, Html>>;

// Run configuration as a list of facts; nested objects keep their path.
void add_facts(Facts& facts, const Json& json, const std::string& path) {
  constexpr size_t kMostFacts = 400, kLongestFact = 600;
  for (const auto& [key, value] : json.items()) {
    const std::string name = path.empty() ? key : path + "." + key;
    if (value.is_object() && !value.empty()) {
      add_facts(facts, value, name);
      continue;
    }
    if (facts.size() == kMostFacts) return;
    std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    if (shown.size() > kLongestFact)
      shown = shown.substr(0, shown.find_last_of(' ', kLongestFact)) + " …";
    facts.emplace_back(text(name), text(shown));
  }
}

Html facts_of(Json json, const Message& title) {
  if (!json.is_object() || json.empty()) return {};
  for (Json* settings : {&json, json.contains("frozen") ? &json["frozen"] : nullptr}) {
    if (settings != nullptr && settings->is_object() && settings->contains("tasks"))
      leave_out_profiles((*settings)["tasks"]);
  }
  Facts found;
  add_facts(found, json, "");
  return details(title, facts(found));
}

Html run_section(const RunFolder& run, const RunOutcomes& outcomes, size_t number) {
  std::set<std::string> models;
  size_t samples = 0;
  for (const OutcomeTask& task : outcomes.tasks) {
    for (const auto& [model, list] : task.by_model) {
      models.insert(model);
      samples += list.size();
    }
  }
  Html html = heading(
      2, fmt::format("run-{}", number),
      text(run.name + " ") + (run.result.complete ? chip(ChipKind::kGood, Message("complete"))
                                                  : chip(ChipKind::kBad, Message("incomplete"))));
  html.add(facts({{Message("First – last sample"),
                   text(outcomes.first_started_at.empty()
                            ? "–"
                            : outcomes.first_started_at + " – " + outcomes.last_started_at)},
                  {Message("Models"), text(fmt::format("{}", fmt::join(models, ", ")))},
                  {Message("Records"), text(std::to_string(samples))}}));
  for (const Message& warning : run.result.warnings)
    html.add(paragraph(warning, "note"));
  html.add(facts_of(*run.result.settings, Message("Settings that decide comparability")));
  return html.add(facts_of(*run.run_json, Message("All of run.json")));
}

// What the differences page computes with: the outcomes of every row with a journal, by task.
Json flips_of(const ReportData& data, const std::vector<const TableRow*>& rows) {
  Json flips = Json::object();
  for (const TableColumn& task : data.table.tasks) {
    const OutcomeStrings strings = make_outcome_strings(data, task.id);
    if (strings.rows.empty()) continue;
    Json entry;
    entry["ids"] = strings.ids;
    entry["outcomes"] = Json::array();
    for (const TableRow* row : rows) {
      std::string outcomes;
      for (size_t k = 0; k < strings.rows.size(); ++k) {
        if (&data.table.rows[strings.rows[k]] == row) outcomes = strings.outcomes[k];
      }
      entry["outcomes"].push_back(outcomes);
    }
    flips[task.id] = std::move(entry);
  }
  return flips;
}

std::vector<Choice> task_choices(const ReportData& data, const Json& by_task) {
  std::vector<Choice> choices;
  for (const auto& [task, entry] : by_task.items())
    choices.push_back({task, title_of_task(data, task)});
  return choices;
}

}  // namespace

Page make_diff_page(const SiteData& site) {
  Page page;
  page.file = "diff.html";
  page.title = Message("Differences");
  page.lead = Message("Where two models, or two runs, part.");
  const std::vector<const TableRow*> rows = rows_with_journals(site.data);
  if (rows.size() < 2) {
    page.body.add(note(Message("Needs two rows with question-level data.")));
    return page;
  }
  std::vector<Choice> names;
  for (size_t i = 0; i < rows.size(); ++i) {
    names.push_back({std::to_string(i), Message::value(rows[i]->origin_title.empty()
                                                           ? rows[i]->name
                                                           : fmt::format("{} ({})", rows[i]->name,
                                                                         rows[i]->origin_title))});
  }
  Json data;
  data["flips"] = flips_of(site.data, rows);
  const std::vector<Choice> tasks = task_choices(site.data, data["flips"]);
  page.data_json = to_json_line(data);
  page.scripts = {"flips"};
  page.body.add(heading(2, "flip-list", Message("Questions that flip")));
  page.body.add(controls({select({"d-a", "", Message("First"), names, 0}),
                          select({"d-b", "", Message("Second"), names, 1}),
                          select({"d-t", "", Message("Task"), tasks, 0}),
                          select({"d-flip",
                                  "",
                                  Message("Direction"),
                                  {{"both", Message("both")},
                                   {"r2w", Message("right → wrong")},
                                   {"w2r", Message("wrong → right")}},
                                  0}),
                          live_count("d-n")}));
  page.body.add(Element("ul").set("id", "flips"));
  page.body.add(heading(2, "all-differences", Message("All differences")))
      .add(pair_table(site.data));
  return page;
}

Page make_samples_page(const SiteData& site) {
  Page page;
  page.file = "samples.html";
  page.title = Message("Samples");
  page.lead = Message(
      "What the models wrote, shown as plain text and never run. Questions and "
      "gold answers are left out by default.");
  Json data;
  data["samples"] = make_sample_index(site.data, site.options);
  if (data["samples"].empty()) {
    page.body.add(note(Message("No samples are included.")));
    return page;
  }
  const std::vector<Choice> tasks = task_choices(site.data, data["samples"]);
  page.data_json = to_json_line(data);
  page.scripts = {"samples"};
  page.body.add(controls(
      {select({"s-task", "", Message("Task"), tasks, 0}),
       select({"s-pattern", "", Message("Outcome"), {{"", Message("all questions")}}, 0}),
       select({"s-category", "", Message("Category"), {{"", Message("all categories")}}, 0}),
       live_count("s-n")}));
  std::vector<std::string> names;
  for (const TableRow* row : rows_with_journals(site.data))
    names.push_back(row->name);
  page.body.add(
      small(Message("● right ◐ some runs right ○ wrong or no answer ⚠ error of ours · not "
                    "asked. Models in order: {models}",
                    {{"models", fmt::format("{}", fmt::join(names, ", "))}})));
  page.body.add(Element("div", "split")
                    .add(Element("div", "vlist")
                             .set("id", "list")
                             .set("role", "group")
                             .set("tabindex", "0")
                             .set_both("aria-label", Message("Questions"))
                             .add(Element("div")))
                    .add(Element("section")
                             .set("id", "transcript")
                             .set("aria-live", "polite")
                             .set_both("aria-label", Message("Chosen question"))));
  page.body.add(Element("noscript")
                    .add(paragraph(Message(
                        "The viewer needs scripts; the same content stands in samples.jsonl of the "
                        "run folder."))));
  return page;
}

Page make_runs_page(const SiteData& site) {
  Page page;
  page.file = "runs.html";
  page.title = Message("Runs");
  page.lead = Message("Where every measured number comes from; incomplete runs are not hidden.");
  if (site.data.runs.empty())
    page.body.add(paragraph(Message("No run: only published values are shown.")));
  for (size_t i = 0; i < site.data.runs.size(); ++i)
    page.body.add(run_section(site.data.runs[i], site.data.outcomes[i], i));
  return page;
}

Page make_method_page(const SiteData& site) {
  Page page;
  page.file = "method.html";
  page.title = Message("Method");
  page.lead = Message("How the numbers came about, and what they cannot say.");
  struct Part {
    const char* id;
    Message title;
    Message content;
  };
  const Part parts[] = {
      {"unit", Message("The unit is the question"),
       Message("Runs of a question are averaged first; the score is the mean of these means. "
               "Counting runs as independent makes intervals far too narrow.")},
      {"interval", Message("Intervals"),
       Message("95 % intervals are Wilson's on the effective number of questions, n_eff = min(2n, "
               "p(1−p)/SE² · (z/t)²). For published values only the number of questions is known, "
               "so one run is assumed.")},
      {"rank", Message("Ranks and medals"),
       Message("All pairs on a task are tested (exact sign flips or a paired t-test) and adjusted "
               "by Holm. A rank is an interval, from 1 + the number significantly better to M − "
               "the number significantly worse. Medals are shared.")},
      {"verdicts", Message("Verdicts"),
       Message("Correct, incorrect and no answer are the model's and count. The two errors are "
               "ours: never counted as wrong, they make a run incomplete. Truncated and "
               "unterminated are flags beside the verdict.")},
      {"modes", Message("Two modes of grading"),
       Message("official agrees with the benchmark's own code and is the headline; native does "
               "what the benchmark means and stands beside it with the number of samples on which "
               "the two differ.")},
      {"guard", Message("Cells that cannot be compared"),
       Message("Another problem set is n/c. Where the same model has a value on the same problem "
               "set too, that one takes the cell and the other stands beside it. Published and "
               "measured values are never ranked together.")},
      {"limits", Message("Limits of the numbers"),
       Message("Of published settings only what the reports state is known. The same model differs "
               "by 0.2–2 points between reports, so smaller gaps may be the harness. Licence "
               "paraphrases are not legal advice.")}};
  for (const Part& part : parts)
    page.body.add(heading(2, part.id, part.title)).add(paragraph(part.content));
  std::vector<Html> sources;
  for (const RegistrySource& source : site.data.registry.sources) {
    sources.push_back(text(source.publisher + ": ") + source_link(source.url, source.title) +
                      text(" ") +
                      Element("span", "ci").add(Message("read {date}", {{"date", source.read}})));
  }
  page.body.add(heading(2, "sources", Message("Sources"))).add(list(sources));
  return page;
}

}  // namespace jangwon::reports
