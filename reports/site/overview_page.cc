// index.html: who stands where, with what the evidence can and cannot tell, and who would pick
// which model by a stated rule.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/escape.h"
#include "reports/site/html.h"
#include "reports/site/page_parts.h"
#include "reports/site/pages.h"
#include "reports/site/picks.h"

namespace jangwon::reports {
namespace {

void add_filter(Html& html, std::string_view key, const Bilingual& label,
                const std::vector<std::pair<std::string, Bilingual>>& options) {
  html.markup("<label>").both(label).markup(fmt::format(" <select data-key=\"{}\">", key));
  for (const auto& [value, text] : options) {
    html.markup(fmt::format("<option value=\"{}\" data-ko=\"{}\" data-en=\"{}\">{}</option>",
                            html_escape(value), html_escape(text.ko), html_escape(text.en),
                            html_escape(text.ko)));
  }
  html.markup("</select></label>");
}

void add_filter_bar(Html& html, const TableInput& table) {
  html.markup("<div class=\"bar\">");
  add_filter(html, "source", {"출처", "Source"},
             {{"", {"모두", "all"}},
              {"measured", {"측정만", "measured only"}},
              {"published", {"공표만", "published only"}}});
  add_filter(html, "role", {"구분", "Group"},
             {{"", {"모두", "all"}},
              {"national", {"국산·대역", "national and stand-ins"}},
              {"reference", {"참조", "others"}}});
  std::set<std::string> licences;
  for (const TableRow& row : table.rows) {
    if (!row.licence.empty()) licences.insert(row.licence);
  }
  std::vector<std::pair<std::string, Bilingual>> licence_options = {{"", {"모두", "all"}}};
  for (const std::string& licence : licences) {
    std::string value = licence;
    std::replace(value.begin(), value.end(), ' ', '-');
    licence_options.push_back({value, same_in_both(licence)});
  }
  if (licences.size() > 1) add_filter(html, "licence", {"라이선스", "Licence"}, licence_options);
  add_filter(html, "active", {"활성 파라미터", "Active parameters"},
             {{"", {"모두", "all"}},
              {"15", same_in_both("≤ 15B")},
              {"25", same_in_both("≤ 25B")},
              {"40", same_in_both("≤ 40B")}});
  add_filter(html, "mode", {"모드", "Mode"},
             {{"", {"모두", "all"}},
              {"thinking", {"사고", "thinking"}},
              {"non_thinking", {"비사고", "non-thinking"}}});
  html.markup("<label><input type=\"checkbox\" data-key=\"marks-point\">")
      .both("점수 순서만 보기", "Plain point order")
      .markup("</label>");
  html.markup("</div>\n<div class=\"bar\"><span>").both("열", "Columns").markup("</span>");
  for (const TableColumn& task : table.tasks) {
    html.markup(fmt::format("<label><input type=\"checkbox\" checked data-column=\"{}\">{}</label>",
                            html_escape(task.id), html_of(task.title)));
  }
  html.markup(" <button type=\"button\" data-copy>")
      .both("링크 복사", "Copy link")
      .markup("</button></div>\n");
}

void add_rows(Html& html, const TableInput& table, RowSource source) {
  bool any = std::any_of(table.rows.begin(), table.rows.end(),
                         [&](const TableRow& row) { return row.source == source; });
  if (!any) return;
  html.markup("<tbody><tr class=\"section\"><th colspan=\"")
      .markup(std::to_string(table.tasks.size() + 1))
      .markup("\" scope=\"colgroup\">");
  if (source == RowSource::kMeasured) {
    html.both("● 이 프로그램이 측정한 값", "● Measured by this program");
  } else {
    html.both("○ 발표된 값: 설정이 서로 다르며 측정한 값과 순위를 매기지 않는다",
              "○ Published values: settings differ, never ranked with measured ones");
  }
  html.markup("</th></tr>\n");
  for (const TableRow& row : table.rows) {
    if (row.source != source) continue;
    html.markup(fmt::format("<tr data-f=\"{}\">", row_filters(row))).markup(row_heading(row));
    for (const TableColumn& task : table.tasks)
      html.markup(score_cell(row, task));
    html.markup("</tr>\n");
  }
  html.markup("</tbody>\n");
}

void add_main_table(Html& html, const TableInput& table) {
  html.markup(open_table("scores", "sortable",
                         {"점수(100점 만점)와 95 % 신뢰구간. 굵게: 최고와 통계적으로 구분되지 않는 "
                          "모델. – 값 없음, · 미실시, n/c 비교 "
                          "불가.",
                          "Scores in points of 100 with 95 % intervals. Bold: not separated from "
                          "the best by the evidence. – undefined, "
                          "· not asked, n/c not comparable."}));
  html.markup("<thead><tr>").markup(sortable_head({"모델", "Model"}, "ascending", false));
  for (const TableColumn& task : table.tasks)
    html.markup(sortable_head(task.title, "descending", true, task.id));
  html.markup("</tr></thead>\n");
  add_rows(html, table, RowSource::kMeasured);
  add_rows(html, table, RowSource::kPublished);
  html.markup("</table></div>\n");
}

void add_picks(Html& html, const SiteData& site) {
  html.heading(2, "picks", "누구라면 무엇을 고를까", "Who would pick what");
  html.paragraph(
      "규칙은 공개되어 있고 하나의 숫자로 줄이지 않는다. 공표된 값으로 고르며, 값이 빠진 모델은 "
      "제외하고 그 이유를 "
      "적는다.",
      "The rules are stated and never reduced to one number. Picks rest on published values; a "
      "model that lacks one is "
      "left "
      "out, and the card says why.");
  html.markup("<div class=\"cards\">");
  for (const Persona& persona : site.data.registry.personas) {
    Pick pick = make_pick(persona, site.data.registry, site.published);
    html.markup("<div class=\"card\"><h3>").both(persona.name).markup("</h3><p class=\"pick\">");
    html.both(pick_sentence(pick))
        .markup("</p><p class=\"mut small\">")
        .both(persona.rule)
        .markup("</p>");
    for (const Bilingual& reason : pick.left_out)
      html.markup("<p class=\"mut small\">").both(reason).markup("</p>");
    html.markup("</div>");
  }
  html.markup("</div>\n");
}

void add_external(Html& html, const Registry& registry) {
  if (registry.external.empty()) return;
  html.heading(2, "external", "외부 평가(따로 봅니다)", "Evaluations by others, kept apart");
  for (const ExternalEvaluation& evaluation : registry.external) {
    const RegistrySource& source = *find_source(registry, evaluation.source);
    html.markup("<div class=\"note\"><p><strong>")
        .both(evaluation.name)
        .markup("</strong> · ")
        .both(evaluation.scale);
    html.markup("</p><p>")
        .both(evaluation.note)
        .markup("</p><p class=\"mut small\">")
        .text(source.title)
        .markup(" · ");
    html.both(confidence_word(evaluation.confidence)).markup("</p></div>\n");
  }
}

}  // namespace

Page make_overview_page(const SiteData& site) {
  const TableInput& table = site.data.table;
  Page page;
  page.file = "index.html";
  page.title = site.data.runs.empty()
                   ? Bilingual{"한국어 언어 모델 비교", "Korean language models compared"}
                   : Bilingual{"비교표", "Comparison"};
  page.lead = {fmt::format("모델 행 {}개, 과제 {}개 · 기준일 {}", table.rows.size(),
                           table.tasks.size(), site.data.as_of),
               fmt::format("{} model rows, {} tasks · as of {}", table.rows.size(),
                           table.tasks.size(), site.data.as_of)};
  page.scripts = {"columns"};
  Html html;
  if (!table.complete) {
    html.markup("<div class=\"note\"><p><strong>")
        .both("끝나지 않은 실행이 있습니다. 점수는 아직 확정된 것이 아닙니다.",
              "A run is incomplete: its scores are not final.")
        .markup("</strong></p></div>\n");
  }
  add_filter_bar(html, table);
  add_main_table(html, table);
  html.markup(footnote_list(table));
  if (site.depth == PageDepth::kFull) {
    html.markup("<p class=\"small\">").both("내려받기", "Download").markup(": ");
    html.markup(
        "<a href=\"data/table.csv\">CSV</a> · <a href=\"data/table.json\">JSON</a> · <a "
        "href=\"data/table.md\">Markdown</a> · "
        "<a href=\"data/table.tex\">LaTeX</a> · <a "
        "href=\"data/summary.json\">summary.json</a></p>\n");
  }
  html.heading(2, "plots", "구간으로 보기", "With their intervals");
  html.paragraph(
      "가는 선은 다른 문항을 냈을 때의 95 % 구간, 굵은 선은 같은 문항을 다시 풀었을 때의 구간이다. "
      "빈 점과 점선은 "
      "공표된 값.",
      "Thin: 95 % interval had other questions been asked. Thick: the same questions again. Hollow "
      "and dashed: "
      "published.");
  html.markup("<div class=\"plots\">");
  for (const TableColumn& task : table.tasks) {
    std::string plot = render_whisker_plot(make_task_plot(table, task));
    if (plot.empty()) continue;
    html.markup("<figure><figcaption><a href=\"")
        .markup(task_file(task.id))
        .markup("\" data-page=\"")
        .markup(task_file(task.id));
    html.markup("\">")
        .both(task.title)
        .markup("</a></figcaption>")
        .markup(plot)
        .markup("</figure>");
  }
  html.markup("</div>\n");
  std::string account = account_table(table);
  if (!account.empty()) {
    html.heading(2, "accounting", "모든 표본의 내역", "What became of every sample")
        .markup(account);
  }
  add_picks(html, site);
  add_external(html, site.data.registry);
  page.body = html.str();
  return page;
}

}  // namespace jangwon::reports
