// Pages about the runs themselves: what differs between two rows, the samples, every run with its
// settings, and the method.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "reports/escape.h"
#include "reports/measured_rows.h"
#include "reports/site/html.h"
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

void add_select(Html& html, const std::string& id, const Bilingual& label,
                const std::vector<std::pair<std::string, Bilingual>>& options, size_t selected) {
  html.markup("<label>").both(label).markup(fmt::format(" <select id=\"{}\">", id));
  for (size_t i = 0; i < options.size(); ++i) {
    html.markup(fmt::format(
        "<option value=\"{}\"{}{}>{}</option>", html_escape(options[i].first),
        i == selected ? " selected" : "",
        options[i].second.ko == options[i].second.en
            ? std::string()
            : fmt::format(" data-ko=\"{}\" data-en=\"{}\"", html_escape(options[i].second.ko),
                          html_escape(options[i].second.en)),
        html_escape(options[i].second.ko)));
  }
  html.markup("</select></label>");
}

void add_pair_table(Html& html, const ReportData& data) {
  html.markup(open_table(
      "differences", "sortable",
      {"첫째 − 둘째(점), 95 % 구간, Holm으로 보정한 p. 같은 문항끼리 짝지었다.",
       "First − second (points), 95 % interval, Holm-adjusted p; paired on questions."}));
  html.markup("<thead><tr>")
      .markup(sortable_head({"과제", "Task"}, "ascending", false))
      .markup(sortable_head({"첫째", "First"}, "ascending", false));
  html.markup(sortable_head({"둘째", "Second"}, "ascending", false))
      .markup(sortable_head({"차이", "Difference"}, "descending", true));
  html.markup(sortable_head({"보정 p", "Adjusted p"}, "ascending", true))
      .markup("<th scope=\"col\" class=\"num\">n</th><th scope=\"col\">")
      .both("방법", "Method");
  html.markup("</th></tr></thead><tbody>\n");
  for (const TaskRanking& ranking : data.rankings) {
    for (const auto& [pair, test] : ranking.pairs) {
      if (test.questions == 0) continue;
      const TableRow& first = data.table.rows[ranking.rows[pair.first]];
      const TableRow& second = data.table.rows[ranking.rows[pair.second]];
      Bilingual title = same_in_both(ranking.task);
      for (const TableColumn& task : data.table.tasks) {
        if (task.id == ranking.task) title = task.title;
      }
      html.markup("<tr><td>")
          .both(title)
          .markup("</td><th scope=\"row\">")
          .text(first.name)
          .markup("</th><td>")
          .text(second.name);
      html.markup(fmt::format("</td><td class=\"num\" data-v=\"{}\">{}", test.difference,
                              signed_points_html(test.difference)));
      if (test.ci_low && test.ci_high)
        html.markup(fmt::format(" <span class=\"ci\">[{}, {}]</span>",
                                signed_points_html(*test.ci_low),
                                signed_points_html(*test.ci_high)));
      html.markup(fmt::format("</td><td class=\"num\" data-v=\"{0}\">{0:.3g}", test.adjusted_p));
      if (test.adjusted_p >= 0.05)
        html.markup("<span class=\"sub\">").both("구분 안 됨", "not separated").markup("</span>");
      html.markup(
          fmt::format("</td><td class=\"num\">{}</td><td class=\"small mut\">{}</td></tr>\n",
                      test.questions, test.method));
    }
  }
  html.markup("</tbody></table></div>\n");
}

// Run configuration as a list of facts; nested objects keep their path.
void add_facts(Html& html, const Json& json, const std::string& path, int& budget) {
  for (const auto& [key, value] : json.items()) {
    std::string name = path.empty() ? key : path + "." + key;
    if (value.is_object() && !value.empty()) {
      add_facts(html, value, name, budget);
      continue;
    }
    if (--budget < 0) return;
    std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    if (shown.size() > 600) shown = shown.substr(0, shown.find_last_of(' ', 600)) + " …";
    html.markup("<dt>").text(name).markup("</dt><dd>").text(shown).markup("</dd>");
  }
}

void add_facts_of(Html& html, Json facts, const Bilingual& title) {
  if (!facts.is_object() || facts.empty()) return;
  for (Json* settings : {&facts, facts.contains("frozen") ? &facts["frozen"] : nullptr}) {
    if (settings != nullptr && settings->is_object() && settings->contains("tasks"))
      leave_out_profiles((*settings)["tasks"]);
  }
  int budget = 400;
  html.markup("<details><summary>").both(title).markup("</summary><dl class=\"facts\">");
  add_facts(html, facts, "", budget);
  html.markup("</dl></details>\n");
}

}  // namespace

Page make_diff_page(const SiteData& site) {
  Page page;
  page.file = "diff.html";
  page.title = {"차이", "Differences"};
  page.lead = {"두 모델, 또는 두 실행이 어디에서 갈리는가.",
               "Where two models, or two runs, part."};
  Html html;
  std::vector<const TableRow*> rows = rows_with_journals(site.data);
  if (rows.size() < 2) {
    html.markup("<div class=\"note\"><p>")
        .both("문항별 자료가 있는 행이 둘 이상일 때 비교할 수 있다.",
              "Needs two rows with question-level data.")
        .markup("</p></div>");
    page.body = html.str();
    return page;
  }
  add_pair_table(html, site.data);
  Json data;
  data["flips"] = Json::object();
  std::vector<std::pair<std::string, Bilingual>> names, tasks;
  for (size_t i = 0; i < rows.size(); ++i) {
    std::string name = rows[i]->origin_title.empty()
                           ? rows[i]->name
                           : fmt::format("{} ({})", rows[i]->name, rows[i]->origin_title);
    names.emplace_back(std::to_string(i), same_in_both(name));
  }
  for (const TableColumn& task : site.data.table.tasks) {
    OutcomeStrings strings = make_outcome_strings(site.data, task.id);
    if (strings.rows.empty()) continue;
    Json entry;
    entry["ids"] = strings.ids;
    entry["outcomes"] = Json::array();
    for (const TableRow* row : rows) {
      std::string outcomes;
      for (size_t k = 0; k < strings.rows.size(); ++k) {
        if (&site.data.table.rows[strings.rows[k]] == row) outcomes = strings.outcomes[k];
      }
      entry["outcomes"].push_back(outcomes);
    }
    data["flips"][task.id] = std::move(entry);
    tasks.emplace_back(task.id, task.title);
  }
  page.data_json = to_json_line(data);
  page.scripts = {"flips"};
  html.heading(2, "flip-list", "갈린 문항", "Questions that flip").markup("<div class=\"bar\">");
  add_select(html, "d-a", {"첫째", "First"}, names, 0);
  add_select(html, "d-b", {"둘째", "Second"}, names, 1);
  add_select(html, "d-t", {"과제", "Task"}, tasks, 0);
  add_select(html, "d-flip", {"방향", "Direction"},
             {{"both", {"양쪽", "both"}},
              {"r2w", {"맞음→틀림", "right → wrong"}},
              {"w2r", {"틀림→맞음", "wrong → right"}}},
             0);
  html.markup("<strong id=\"d-n\" role=\"status\"></strong></div><ul id=\"flips\"></ul>\n");
  page.body = html.str();
  return page;
}

Page make_samples_page(const SiteData& site) {
  Page page;
  page.file = "samples.html";
  page.title = {"표본", "Samples"};
  page.lead = {
      "모델이 쓴 글은 그대로 보이되 절대 실행되지 않는다. 질문과 정답은 기본으로 싣지 않는다.",
      "What the models wrote, shown as plain text and never run. Questions and gold answers are "
      "left out by default."};
  Html html;
  Json samples = make_sample_index(site.data, site.options);
  if (samples.empty()) {
    html.markup("<div class=\"note\"><p>")
        .both("실린 표본이 없다.", "No samples are included.")
        .markup("</p></div>");
    page.body = html.str();
    return page;
  }
  Json data;
  data["samples"] = std::move(samples);
  std::vector<std::pair<std::string, Bilingual>> tasks;
  for (const auto& [task, entry] : data["samples"].items()) {
    Bilingual title = same_in_both(task);
    for (const TableColumn& column : site.data.table.tasks) {
      if (column.id == task) title = column.title;
    }
    tasks.emplace_back(task, std::move(title));
  }
  page.data_json = to_json_line(data);
  page.scripts = {"samples"};
  html.markup("<div class=\"bar\">");
  add_select(html, "s-task", {"과제", "Task"}, tasks, 0);
  add_select(html, "s-pattern", {"결과", "Outcome"}, {{"", {"모든 문항", "all questions"}}}, 0);
  add_select(html, "s-category", {"분류", "Category"}, {{"", {"모든 분류", "all categories"}}}, 0);
  html.markup("<strong id=\"s-n\" role=\"status\"></strong></div>\n<p class=\"small mut\">");
  html.both("● 정답 ◐ 일부 실행만 정답 ○ 오답·답 없음 ⚠ 우리 쪽 오류 · 미실시. 모델 순서: ",
            "● right ◐ some runs right ○ wrong or no answer ⚠ error of ours · not asked. Models in "
            "order: ");
  std::vector<std::string> names;
  for (const TableRow* row : rows_with_journals(site.data))
    names.push_back(html_escape(row->name));
  html.markup(fmt::format(
      "{}</p>\n<div class=\"split\"><div class=\"vlist\" id=\"list\" role=\"group\" tabindex=\"0\"",
      fmt::join(names, ", ")));
  html.both_attribute("aria-label", "문항 목록", "Questions")
      .markup("><div></div></div><section id=\"transcript\" aria-live=\"polite\"");
  html.both_attribute("aria-label", "고른 문항", "Chosen question")
      .markup("></section></div>\n<noscript><p>");
  html.both(
      "표본 보기에는 스크립트가 필요하다. 같은 내용은 실행 폴더의 samples.jsonl에 있다.",
      "The viewer needs scripts; the same content stands in samples.jsonl of the run folder.");
  html.markup("</p></noscript>\n");
  page.body = html.str();
  return page;
}

Page make_runs_page(const SiteData& site) {
  Page page;
  page.file = "runs.html";
  page.title = {"실행", "Runs"};
  page.lead = {"여기 나온 모든 측정값의 출처. 끝나지 않은 실행도 숨기지 않는다.",
               "Where every measured number comes from; incomplete runs are not hidden."};
  Html html;
  if (site.data.runs.empty())
    html.paragraph("실행이 없다. 공표된 값만 보인다.", "No run: only published values are shown.");
  for (size_t i = 0; i < site.data.runs.size(); ++i) {
    const RunFolder& run = site.data.runs[i];
    const RunOutcomes& outcomes = site.data.outcomes[i];
    html.markup("<h2>")
        .text(run.name)
        .markup(" <span class=\"chip ")
        .markup(run.result.complete ? "yes" : "no")
        .markup("\">");
    html.both(run.result.complete ? "완료" : "미완료",
              run.result.complete ? "complete" : "incomplete")
        .markup("</span></h2>\n<dl class=\"facts\"><dt>");
    html.both("시작 – 끝", "First – last sample")
        .markup("</dt><dd>")
        .text(outcomes.first_started_at.empty()
                  ? "–"
                  : outcomes.first_started_at + " – " + outcomes.last_started_at);
    std::set<std::string> models;
    size_t samples = 0;
    for (const OutcomeTask& task : outcomes.tasks) {
      for (const auto& [model, list] : task.by_model) {
        models.insert(model);
        samples += list.size();
      }
    }
    html.markup("</dd><dt>")
        .both("모델", "Models")
        .markup("</dt><dd>")
        .text(fmt::format("{}", fmt::join(models, ", ")))
        .markup("</dd><dt>");
    html.both("기록", "Records").markup(fmt::format("</dt><dd>{}</dd></dl>\n", samples));
    for (const Message& warning : run.result.warnings)
      html.markup("<p class=\"note\">").both(warning).markup("</p>");
    add_facts_of(html, *run.result.settings,
                 {"설정(비교 가능성 판단용)", "Settings that decide comparability"});
    add_facts_of(html, *run.run_json, {"run.json 전체", "All of run.json"});
  }
  page.body = html.str();
  return page;
}

Page make_method_page(const SiteData& site) {
  Page page;
  page.file = "method.html";
  page.title = {"방법", "Method"};
  page.lead = {"숫자가 어떻게 나왔고 무엇을 말할 수 없는지.",
               "How the numbers came about, and what they cannot say."};
  Html html;
  html.heading(2, "unit", "단위는 문항", "The unit is the question");
  html.paragraph(
      "한 문항의 여러 실행을 먼저 평균하고, 그 평균들의 평균이 점수다. 실행을 독립으로 세면 구간이 "
      "턱없이 좁아진다.",
      "Runs of a question are averaged first; the score is the mean of these means. Counting runs "
      "as independent makes "
      "intervals far too narrow.");
  html.heading(2, "interval", "구간", "Intervals");
  html.paragraph(
      "95 % 구간은 유효 문항 수의 윌슨 구간이다: n_eff = min(2n, p(1−p)/SE² · (z/t)²). 공표된 값은 "
      "문항 수만 알므로 "
      "1회 실행으로 보고 계산한다.",
      "95 % intervals are Wilson's on the effective number of questions, n_eff = min(2n, "
      "p(1−p)/SE² · (z/t)²). For "
      "published values only the "
      "number of questions is known, so one run is assumed.");
  html.heading(2, "rank", "순위와 메달", "Ranks and medals");
  html.paragraph(
      "한 과제의 모든 쌍을 검정하고 Holm으로 보정한다(부호 뒤집기 정확 검정 또는 짝지은 t 검정). "
      "순위는 구간이다: 1 + "
      "유의하게 나은 모델 수부터 M − 유의하게 못한 모델 수까지. 메달은 묶음이 나눠 가진다.",
      "All pairs on a task are tested (exact sign flips or a paired t-test) and adjusted by Holm. "
      "A rank is an "
      "interval, from 1 + the number "
      "significantly better to M − the number significantly worse. Medals are shared.");
  html.heading(2, "verdicts", "판정", "Verdicts");
  html.paragraph(
      "정답, 오답, 답 없음은 모델의 몫이고 점수에 든다. 기반 오류와 샌드박스 오류는 우리 몫이고 "
      "절대 오답으로 세지 "
      "않으며 실행을 미완료로 만든다. 길이 초과와 사고 미종료는 판정과 나란한 표시다.",
      "Correct, incorrect and no answer are the model's and count. The two errors are ours: never "
      "counted as wrong, "
      "they make a run incomplete. "
      "Truncated and unterminated are flags beside the verdict.");
  html.heading(2, "modes", "두 가지 채점", "Two modes of grading");
  html.paragraph(
      "official은 벤치마크가 공개한 채점 코드와 같은 판정을 하고 머리 점수가 된다. native는 "
      "벤치마크가 뜻하는 대로 "
      "판정하며 다른 표본의 수와 함께 곁에 선다.",
      "official agrees with the benchmark's own code and is the headline; native does what the "
      "benchmark means and "
      "stands beside it with the number "
      "of samples on which the two differ.");
  html.heading(2, "guard", "비교할 수 없는 칸", "Cells that cannot be compared");
  html.paragraph(
      "문제 집합이 다르면 n/c로 적는다. 같은 모델에 같은 문제 집합의 값도 있으면 그 값이 칸에 들고 "
      "n/c인 값은 곁에 "
      "선다. 공표된 값과 측정한 값은 함께 순위를 매기지 않는다.",
      "Another problem set is n/c. Where the same model has a value on the same problem set too, "
      "that one takes the "
      "cell and the other stands beside it. Published and measured values are never ranked "
      "together.");
  html.heading(2, "limits", "한계", "Limits");
  html.paragraph(
      "공표된 값의 설정은 보고서가 밝힌 만큼만 안다. 같은 모델의 값이 보고서마다 0.2~2점 다르므로 "
      "그보다 작은 차이는 "
      "채점 도구의 차이일 수 있다. 라이선스 요약은 법률 자문이 아니다.",
      "Of published settings only what the reports state is known. The same model differs by 0.2–2 "
      "points between "
      "reports, so smaller gaps may be the "
      "harness. Licence paraphrases are not legal advice.");
  html.heading(2, "sources", "출처", "Sources");
  html.markup("<ul>");
  for (const RegistrySource& source : site.data.registry.sources) {
    html.markup("<li>")
        .text(source.publisher + ": ")
        .markup(fmt::format("<a href=\"{}\" rel=\"noreferrer\">", html_escape(source.url)))
        .text(source.title);
    html.markup("</a> <span class=\"ci\">")
        .both(fmt::format("{} 읽음", source.read), fmt::format("read {}", source.read))
        .markup("</span></li>");
  }
  html.markup("</ul>\n");
  page.body = html.str();
  return page;
}

}  // namespace jangwon::reports
