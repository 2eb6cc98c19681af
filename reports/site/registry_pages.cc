// The two pages that the registry fills: licences clause by clause, and published values
// beside measured ones.

#include <fmt/format.h>

#include "harness/stats/published_deviation.h"
#include "reports/escape.h"
#include "reports/question_set.h"
#include "reports/site/html.h"
#include "reports/site/page_parts.h"
#include "reports/site/pages.h"
#include "reports/table.h"

namespace jangwon::reports {
namespace {

std::string source_link(const Registry& registry, const std::string& id) {
  const RegistrySource& source = *find_source(registry, id);
  return fmt::format("<a href=\"{}\" rel=\"noreferrer\">{}</a>", html_escape(source.url),
                     html_escape(source.title));
}

const char* style_of(const std::string& verdict) {
  if (verdict == "allowed") return "yes";
  if (verdict == "forbidden" || verdict == "by_agreement") return "no";
  return verdict == "conditional" ? "cond" : "";
}

void add_clause(Html& html, const Registry& registry, const RegistryModel& model,
                const LicenceAxis& axis) {
  const LicenceClause* clause = find_clause(model, axis.id);
  if (clause == nullptr) {
    html.markup("<td>").both(verdict_word("unconfirmed")).markup("</td>");
    return;
  }
  html.markup(fmt::format("<td><span class=\"chip {}\">", style_of(clause->verdict)))
      .both(verdict_word(clause->verdict))
      .markup("</span><br>");
  html.both(clause->text).markup("<span class=\"sub\">");
  if (clause->clause) html.both("조항 ", "clause ").text(*clause->clause).markup(" · ");
  html.markup(source_link(registry, clause->source))
      .markup(" · ")
      .both(confidence_word(clause->confidence))
      .markup("</span></td>");
}

// Rows of the deviation table for one measured cell; false when the registry has
// nothing comparable.
bool add_deviation(Html& html, const Registry& registry, const TableRow& row,
                   const RegistryModel& model, const TableColumn& task) {
  const TableCell& cell = cell_of(row, task.id);
  if (cell.state != CellState::kScored || !cell.value) return false;
  bool any = false;
  for (const PublishedValue& published : model.published) {
    if (published.task != task.id || !published.value) continue;
    any = true;
    html.markup("<tr><th scope=\"row\">")
        .text(row.name)
        .markup("</th><td>")
        .both(task.title)
        .markup("</td><td class=\"num\">");
    html.text(score_text(cell))
        .markup(fmt::format("<span class=\"sub\">n = {} × {}</span></td><td class=\"num\">", cell.n,
                            cell.repeats));
    html.text(points_text(published.value))
        .markup("</td><td>")
        .markup(source_link(registry, published.source))
        .markup("<span class=\"sub\">")
        .text(published.mode);
    html.markup("</span></td>");
    const harness::TaskProfile& known = *find_task(registry, task.id);
    std::optional<Bilingual> why_not = why_not_published_questions(row, cell, known);
    if (!why_not && published.problem_set &&
        *published.problem_set != known.published->problem_set) {
      const Bilingual& name = *find_problem_set(registry, *published.problem_set);
      why_not = {"공표 값은 다른 문제 집합: " + name.ko,
                 "The published value is on other questions: " + name.en};
    }
    if (why_not) {
      html.markup("<td class=\"num\">n/c</td><td>").both(*why_not).markup("</td></tr>\n");
      continue;
    }
    harness::PublishedScore score;
    score.value = *published.value;
    score.repeats = published.repeats.value_or(1);
    double se_run = cell.se_run.value_or(0.0);
    // Without repeats the decoding variance is unknown; the widest possible, p(1 − p), keeps
    // the verdict honest.
    score.sigma2_run = cell.se_run ? se_run * se_run * cell.n * std::max(cell.repeats, 1)
                                   : *cell.value * (1.0 - *cell.value);
    if (!cell.se_run) se_run = std::sqrt(score.sigma2_run / cell.n);
    score.num_questions = cell.n;
    const double tolerance = known.published->tolerance;
    harness::PublishedDeviation deviation =
        harness::published_deviation(*cell.value, se_run, score, tolerance);
    html.markup(fmt::format(
        "<td class=\"num\">{:+.1f} <span class=\"ci\">[{:+.1f}, {:+.1f}]</span></td><td>",
        100.0 * deviation.diff, 100.0 * (deviation.diff - 1.96 * deviation.se),
        100.0 * (deviation.diff + 1.96 * deviation.se)));
    if (deviation.tost.p < 0.05) {
      html.markup("<span class=\"chip yes\">").both("✓ 재현됨", "✓ reproduced").markup("</span>");
    } else if (std::abs(deviation.z) > 2.58 && std::abs(deviation.diff) > tolerance) {
      html.markup("<span class=\"chip no\">").both("✕ 차이 있음", "✕ differs").markup("</span>");
    } else {
      html.markup("<span class=\"chip cond\">")
          .both("? 판단 불가", "? cannot tell")
          .markup("</span>");
    }
    html.markup("</td></tr>\n");
  }
  return any;
}

void add_published_list(Html& html, const SiteData& site) {
  html.heading(2, "published", "공표된 값과 설정", "Published values with their settings");
  html.markup(open_table(
      "published-table", "sortable",
      {"출처마다 한 행. 밝히지 않은 설정은 –.", "One row a source. Settings not stated: –."}));
  html.markup("<thead><tr>");
  html.markup(sortable_head({"모델", "Model"}, "ascending", false))
      .markup(sortable_head({"과제", "Task"}, "ascending", false));
  html.markup(sortable_head({"점수", "Score"}, "descending", true));
  for (auto [ko, en] : {std::pair<const char*, const char*>{"모드", "Mode"},
                        {"기간(창)", "Window"},
                        {"표집", "Sampling"},
                        {"실행 수", "Runs"},
                        {"출처", "Source"},
                        {"확인", "Confidence"}}) {
    html.markup("<th scope=\"col\">").both(ko, en).markup("</th>");
  }
  html.markup("</tr></thead><tbody>\n");
  for (const RegistryModel& model : site.data.registry.models) {
    for (const PublishedValue& published : model.published) {
      const RegistrySource& source = *find_source(site.data.registry, published.source);
      const harness::TaskProfile& task = *find_task(site.data.registry, published.task);
      html.markup("<tr><th scope=\"row\">").text(model.name).markup("</th><td>").both(task.title);
      html.markup(fmt::format("</td><td class=\"num\" data-v=\"{}\">",
                              published.value ? fmt::format("{}", *published.value) : ""));
      html.text(points_text(published.value));
      if (published.problem_set && *published.problem_set != task.published->problem_set) {
        html.markup("<span class=\"sub\">n/c · ")
            .both(*find_problem_set(site.data.registry, *published.problem_set))
            .markup("</span>");
      }
      html.markup("</td><td>")
          .text(published.mode)
          .markup("</td><td>")
          .text(published.window.value_or("–"))
          .markup("</td><td>");
      html.text(published.sampling.value_or("–"))
          .markup("</td><td>")
          .text(published.repeats ? std::to_string(*published.repeats) : "–");
      html.markup("</td><td>")
          .markup(source_link(site.data.registry, published.source))
          .markup("<span class=\"sub\">");
      html.both(is_first_party(model, source) ? "자사 발표" : "타사 발표",
                is_first_party(model, source) ? "first-party" : "third-party");
      html.markup(" · ")
          .both(fmt::format("{}에 읽음", source.read), fmt::format("read {}", source.read))
          .markup("</span></td><td>");
      html.both(confidence_word(published.confidence)).markup("</td></tr>\n");
    }
  }
  html.markup("</tbody></table></div>\n");
}

}  // namespace

Page make_licence_page(const SiteData& site) {
  Page page;
  page.file = "license.html";
  page.title = {"라이선스", "Licences"};
  page.lead = {"조항을 우리말로 옮겨 요약했다. 법률 자문이 아니며, 근거는 언제나 원문이다.",
               "Clauses in our own words. Not legal advice: the text itself is what counts."};
  Html html;
  html.markup(
      open_table("licences", "",
                 {"모델 × 조항. 칸마다 판정, 요약, 조항 번호, 출처, 확인 정도.",
                  "Model × clause: verdict, paraphrase, clause number, source, confidence."}));
  html.markup("<thead><tr><th scope=\"col\">").both("축", "Axis").markup("</th>");
  std::vector<const RegistryModel*> shown;
  for (const RegistryModel& model : site.data.registry.models) {
    const bool wanted = site.depth == PageDepth::kFull || model.role == ModelRole::kNational;
    if (wanted && !model.licence.clauses.empty()) shown.push_back(&model);
  }
  for (const RegistryModel* model : shown) {
    html.markup("<th scope=\"col\">")
        .text(model->name)
        .markup(fmt::format("<span class=\"sub\"><a href=\"{}\" rel=\"noreferrer\">",
                            html_escape(model->licence.url)));
    html.text(model->licence.name).markup("</a>");
    if (model->licence.text_dated) html.markup(" · ").text(*model->licence.text_dated);
    html.markup("</span></th>");
  }
  html.markup("</tr></thead><tbody>\n");
  for (const LicenceAxis& axis : licence_axes()) {
    html.markup("<tr><th scope=\"row\">").both(axis.title).markup("</th>");
    for (const RegistryModel* model : shown)
      add_clause(html, site.data.registry, *model, axis);
    html.markup("</tr>\n");
  }
  html.markup("</tbody></table></div>\n");
  html.heading(2, "models", "모델 정보", "The models");
  html.markup(open_table("models-table", "sortable", {"등록된 모델", "Models of the registry"}))
      .markup("<thead><tr>");
  html.markup(sortable_head({"모델", "Model"}, "ascending", false))
      .markup(sortable_head({"기관", "Organisation"}, "ascending", false));
  html.markup(sortable_head({"전체 (B)", "Total (B)"}, "ascending", true))
      .markup(sortable_head({"활성 (B)", "Active (B)"}, "ascending", true));
  html.markup(sortable_head({"문맥", "Context"}, "descending", true))
      .markup(sortable_head({"공개", "Released"}, "descending", false));
  html.markup(sortable_head({"라이선스", "Licence"}, "ascending", false))
      .markup("</tr></thead><tbody>\n");
  for (const RegistryModel& model : site.data.registry.models) {
    auto number = [](const std::optional<double>& value) {
      return value ? fmt::format("<td class=\"num\" data-v=\"{0}\">{0:.4g}", *value)
                   : std::string("<td class=\"num\" data-v=\"\">–");
    };
    html.markup("<tr><th scope=\"row\">")
        .text(model.name)
        .markup("<span class=\"sub\">")
        .text(model.repository)
        .markup("</span></th><td>")
        .text(model.organisation);
    html.markup("</td>")
        .markup(number(model.total_params_b))
        .markup("<span class=\"sub\">")
        .both(confidence_word(model.params_confidence))
        .markup("</span></td>");
    html.markup(number(model.active_params_b))
        .markup("</td><td class=\"num\" data-v=\"")
        .markup(model.context_tokens ? std::to_string(*model.context_tokens) : "");
    html.markup("\">")
        .text(model.context_tokens ? std::to_string(*model.context_tokens) : "–")
        .markup("</td><td>")
        .text(model.released.value_or("–"));
    html.markup("<span class=\"sub\">")
        .both(confidence_word(model.released_confidence))
        .markup("</span></td><td>")
        .text(model.licence.short_name)
        .markup("</td></tr>\n");
  }
  html.markup("</tbody></table></div>\n");
  page.body = html.str();
  return page;
}

Page make_reproduce_page(const SiteData& site) {
  Page page;
  page.file = "reproduce.html";
  page.title = {"공표와 측정", "Published and measured"};
  page.lead = {
      "같은 문항이라면 문항의 난이도는 상쇄되고, 남는 것은 생성의 우연과 반올림이다.",
      "On the same questions their difficulty cancels; decoding noise and rounding remain."};
  Html rows;
  bool any = false, stand_ins = false;
  for (const TableRow& row : site.data.table.rows) {
    if (row.source != RowSource::kMeasured) continue;
    stand_ins = stand_ins || row.stand_in;
    const RegistryModel* model = row.stand_in ? nullptr : find_model(site.data.registry, row.model);
    if (model == nullptr) continue;
    for (const TableColumn& task : site.data.table.tasks) {
      if (find_task(site.data.registry, task.id) == nullptr) continue;
      any = add_deviation(rows, site.data.registry, row, *model, task) || any;
    }
  }
  Html html;
  if (any) {
    html.markup(open_table("deviations", "",
                           {"측정 − 공표(점)와 95 % 구간. 재현됨: 허용 오차 안이라고 입증됨(TOST).",
                            "Measured − published (points), 95 % interval. Reproduced: shown to "
                            "lie within the tolerance (TOST)."}));
    html.markup("<thead><tr>");
    for (auto [ko, en] : {std::pair<const char*, const char*>{"모델", "Model"},
                          {"과제", "Task"},
                          {"측정", "Measured"},
                          {"공표", "Published"},
                          {"출처", "Source"},
                          {"차이", "Difference"},
                          {"판정", "Verdict"}}) {
      html.markup("<th scope=\"col\">").both(ko, en).markup("</th>");
    }
    html.markup("</tr></thead><tbody>\n").markup(rows.str()).markup("</tbody></table></div>\n");
  } else {
    html.markup("<div class=\"note\"><p>");
    html.both(stand_ins ? "대역 모델은 공표된 모델이 아니므로 견줄 값이 없다. 실제 모델을 측정하면 "
                          "여기에 차이와 판정이 나온다."
                        : "등록된 모델을 측정한 실행이 없다. 측정하면 여기에 차이와 판정이 나온다.",
              stand_ins ? "Stand-ins are not published models, so there is nothing to compare. "
                          "Measure a real model and its "
                          "deviations appear here."
                        : "No run measured a model of the registry. Measure one and its deviations "
                          "appear here.");
    html.markup("</p></div>\n");
  }
  add_published_list(html, site);
  page.body = html.str();
  return page;
}

}  // namespace jangwon::reports
