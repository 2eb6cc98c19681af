// ratio.html: "at least 95 % of the reference", said only where the evidence shows it.
// Non-inferiority of a ratio (harness/stats), paired on questions for measured rows, from totals
// for published ones. All tasks must pass; that needs no correction.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/stats/fieller.h"
#include "harness/stats/moments.h"
#include "harness/stats/non_inferiority.h"
#include "harness/stats/special_functions.h"
#include "reports/escape.h"
#include "reports/site/html.h"
#include "reports/site/page_parts.h"
#include "reports/site/pages.h"

namespace jangwon::reports {
namespace {

constexpr double kRatios[] = {0.90, 0.95, 1.00};

struct RatioResult {
  double ratio = 0.0;
  std::optional<harness::Interval> ci;
  std::optional<double> p;
};

RatioResult ratio_of_totals(const TableCell& x, const TableCell& y, double rho) {
  harness::MarginalRatio test =
      harness::non_inferior_ratio_published(*x.value, x.n, *y.value, y.n, rho);
  harness::RatioMoments moments;
  moments.mean_x = *x.value;
  moments.mean_y = *y.value;
  moments.var_x = *x.value * (1.0 - *x.value) / x.n;
  moments.var_y = *y.value * (1.0 - *y.value) / y.n;
  return {test.ratio, harness::fieller(moments, harness::normal_two_sided(0.90)).ci, test.p};
}

std::optional<RatioResult> ratio_of_questions(const QuestionScores& x, const QuestionScores& y,
                                              double rho) {
  std::vector<double> first, second;
  for (const auto& [id, score] : x) {
    auto other = y.find(id);
    if (other == y.end()) continue;
    first.push_back(score.mean);
    second.push_back(other->second.mean);
  }
  auto test = harness::non_inferior_ratio(first, second, rho);
  double mean_y = harness::mean_of(second).value_or(0.0);
  if (!test || mean_y <= 0.0) return std::nullopt;
  double n = static_cast<double>(first.size());
  harness::RatioMoments moments;
  moments.mean_x = *harness::mean_of(first);
  moments.mean_y = mean_y;
  moments.var_x = *harness::variance_of(first) / n;
  moments.var_y = *harness::variance_of(second) / n;
  moments.cov_xy = *harness::covariance_of(first, second) / n;
  double quantile = harness::student_t_two_sided(0.90, n - 1.0);
  return RatioResult{moments.mean_x / mean_y, harness::fieller(moments, quantile).ci, test->p};
}

Bilingual verdict_of(const RatioResult& result, double rho, const char*& style) {
  if (result.p && *result.p < 0.05) {
    style = "yes";
    return {"✓ 입증", "✓ shown"};
  }
  if (result.ci && result.ci->high < rho) {
    style = "no";
    return {"✕ 미달", "✕ below"};
  }
  style = "cond";
  return {"? 미입증", "? not shown"};
}

// YYYY-MM plus months.
std::string month_after(const std::string& date, int months) {
  int year = std::stoi(date.substr(0, 4)), month = std::stoi(date.substr(5, 2)) - 1 + months;
  return fmt::format("{:04}-{:02}", year + month / 12, month % 12 + 1);
}

// The evaluation months for which a model released on `date` counts as recent: its own and
// the six after it.
std::string eligible_filter(const std::optional<std::string>& released) {
  std::string filter;
  if (!released || released->size() < 7) return " date:none";
  for (int i = 0; i <= 6; ++i)
    filter += " date:" + month_after(*released, i);
  return filter;
}

bool eligible_on(const std::optional<std::string>& released, const std::string& day) {
  return eligible_filter(released).find(" date:" + day.substr(0, 7)) != std::string::npos;
}

struct ReferenceRow {
  const TableRow* row;
  const RegistryModel* model;         // null for measured rows
  std::vector<const TableRow*> rows;  // those that are held against it
  std::string eligible() const { return model != nullptr ? eligible_filter(model->released) : ""; }
};

std::string filter_word(const TableRow& row) {
  std::string word = row.id;
  for (char& c : word) {
    if (c == ' ' || c == '"' || c == ':') c = '-';
  }
  return html_escape(word);
}

class RatioTable {
 public:
  RatioTable(Html& html, const SiteData& site) : html_(html), site_(site) {}

  void add(const TableRow& row, const TableRow& reference, const std::string& eligible) {
    std::vector<Summary> claims;
    for (double rho : kRatios)
      claims.push_back({row.id, reference.id, rho, 0, 0.0});
    for (const harness::TaskProfile* task : published_tasks(site_.data.registry)) {
      html_
          .markup(fmt::format("<tr data-f=\"ref:{}{}\"><th scope=\"row\">", filter_word(reference),
                              eligible))
          .text(row.name);
      html_.markup("</th><td>")
          .text(reference.name)
          .markup("</td><td>")
          .both(task->title)
          .markup("</td>");
      for (size_t i = 0; i < claims.size(); ++i) {
        std::optional<RatioResult> result = compute(row, reference, task->name, kRatios[i]);
        if (!result) {
          ++claims[i].undecided;
          html_.markup(i == 0 ? "<td class=\"num\" data-v=\"\">n/c</td><td>–</td>" : "<td>–</td>");
          continue;
        }
        claims[i].worst_p = std::max(claims[i].worst_p, result->p.value_or(1.0));
        if (i == 0) {
          html_.markup(fmt::format("<td class=\"num\" data-v=\"{:.6f}\">{:.1f} %", result->ratio,
                                   100.0 * result->ratio));
          if (result->ci)
            html_.markup(fmt::format(" <span class=\"ci\">[{:.1f}, {:.1f}]</span>",
                                     100.0 * result->ci->low, 100.0 * result->ci->high));
          html_.markup("</td>");
        }
        const char* style = "";
        Bilingual verdict = verdict_of(*result, kRatios[i], style);
        html_.markup(fmt::format("<td><span class=\"chip {}\">", style))
            .both(verdict)
            .markup("</span>");
        if (result->p)
          html_.markup(fmt::format(" <span class=\"ci\">p = {:.2g}</span>", *result->p));
        html_.markup("</td>");
      }
      html_.markup("</tr>\n");
    }
    summaries_.insert(summaries_.end(), claims.begin(), claims.end());
  }

  // The claim over all tasks: the largest p decides.
  Bilingual summary(const TableRow& row, const TableRow& reference, double rho) const {
    for (const Summary& summary : summaries_) {
      if (summary.row != row.id || summary.reference != reference.id || summary.rho != rho)
        continue;
      bool shown = summary.undecided == 0 && summary.worst_p < 0.05;
      return {
          fmt::format(
              "{}: 모든 과제에서 {}의 {:.0f} % 이상이라고 {} (p = {:.2g}{})", row.name,
              reference.name, 100.0 * rho, shown ? "입증됨" : "입증되지 않음", summary.worst_p,
              summary.undecided > 0 ? fmt::format(", 비교할 수 없는 과제 {}개", summary.undecided)
                                    : ""),
          fmt::format(
              "{}: at least {:.0f} % of {} on every task {} (p = {:.2g}{})", row.name, 100.0 * rho,
              reference.name, shown ? "is shown" : "is not shown", summary.worst_p,
              summary.undecided > 0 ? fmt::format(", {} tasks not comparable", summary.undecided)
                                    : "")};
    }
    return {};
  }

  // Of one pair and task; absent where the two are not comparable.
  std::optional<RatioResult> compute(const TableRow& row, const TableRow& reference,
                                     const std::string& task, double rho) const {
    const TableCell& x = cell_of(row, task);
    const TableCell& y = cell_of(reference, task);
    if (x.state != CellState::kScored || y.state != CellState::kScored || *y.value <= 0.0)
      return std::nullopt;
    if (row.source == RowSource::kPublished) return ratio_of_totals(x, y, rho);
    auto first = site_.data.evidence.find({row.id, task});
    auto second = site_.data.evidence.find({reference.id, task});
    if (first == site_.data.evidence.end() || second == site_.data.evidence.end())
      return std::nullopt;
    return ratio_of_questions(first->second, second->second, rho);
  }

 private:
  struct Summary {
    std::string row, reference;
    double rho;
    int undecided;
    double worst_p;
  };

  Html& html_;
  const SiteData& site_;
  std::vector<Summary> summaries_;
};

void add_reference_list(Html& html, const SiteData& site) {
  html.heading(2, "window", "여섯 달 안에 나온 참조 모델", "References not older than six months");
  html.markup(open_table("references", "sortable",
                         {fmt::format("기준일 {} 앞 여섯 달 안에 공개된 모델만 자격이 있다. 다른 "
                                      "날짜는 위의 평가 월로 고른다.",
                                      site.data.as_of),
                          fmt::format("As of {}: eligible when released within the six months "
                                      "before. Other dates: the month above.",
                                      site.data.as_of)}));
  html.markup("<thead><tr>").markup(sortable_head({"모델", "Model"}, "ascending", false));
  html.markup(sortable_head({"공개", "Released"}, "ascending", false))
      .markup("<th scope=\"col\">")
      .both("확인", "Confidence");
  html.markup("</th><th scope=\"col\">")
      .both("자격 기간", "Eligible")
      .markup("</th><th scope=\"col\">")
      .both("기준일 현재", "Now")
      .markup("</th></tr></thead><tbody>\n");
  for (const RegistryModel& model : site.data.registry.models) {
    if (model.role != ModelRole::kReference) continue;
    html.markup("<tr><th scope=\"row\">")
        .text(model.name)
        .markup("</th><td>")
        .text(model.released.value_or("–"))
        .markup("</td><td>");
    html.both(confidence_word(model.released_confidence)).markup("</td><td>");
    if (model.released) {
      html.text(*model.released + " – " + month_after(*model.released, 6)).markup("</td><td>");
      const bool eligible = eligible_on(model.released, site.data.as_of);
      html.both(eligible ? "자격 있음" : "기간 밖", eligible ? "eligible" : "outside");
    } else {
      html.markup("–</td><td>").both("날짜 미확인", "date unknown");
    }
    html.markup("</td></tr>\n");
  }
  html.markup("</tbody></table></div>\n");
}

void add_controls(Html& html, const std::vector<ReferenceRow>& references,
                  const std::string& standard) {
  html.markup("<div class=\"bar\"><label>")
      .both("참조", "Reference")
      .markup(" <select data-key=\"ref\">");
  for (const ReferenceRow& reference : references) {
    html.markup(fmt::format("<option value=\"{0}\"{1}>", filter_word(*reference.row),
                            filter_word(*reference.row) == standard ? " selected" : ""));
    html.text(reference.row->name + " · " + reference.row->origin_title).markup("</option>");
  }
  html.markup("</select></label>");
  html.markup("<label>")
      .both("평가 월", "Evaluation month")
      .markup(
          " <select data-key=\"date\"><option value=\"\" data-ko=\"제한 없음\" "
          "data-en=\"any\">제한 없음</option>");
  std::set<std::string> months;
  for (const ReferenceRow& reference : references) {
    if (reference.model == nullptr || !reference.model->released) continue;
    for (int i = 0; i <= 6; ++i)
      months.insert(month_after(*reference.model->released, i));
  }
  for (const std::string& month : months)
    html.markup("<option>").text(month).markup("</option>");
  html.markup("</select></label></div>\n");
}

// What the page opens with: the reading of the national programme, the model that a consortium
// named as its target, as its own report measured it. Once that is older than six months, what is
// eligible with values on the most tasks, the newest of these.
const TableRow& standard_reference(const std::vector<ReferenceRow>& references,
                                   const std::string& as_of) {
  const ReferenceRow* declared = &references.front();
  for (const ReferenceRow& reference : references) {
    if (reference.row->model == "deepseek_v3_1" && reference.row->origin == "ax_k1_report")
      declared = &reference;
  }
  if (eligible_on(declared->model->released, as_of)) return *declared->row;
  const auto rank = [](const ReferenceRow& reference) {
    const auto scored = [](const auto& cell) { return cell.second.state == CellState::kScored; };
    return std::pair(
        std::count_if(reference.row->cells.begin(), reference.row->cells.end(), scored),
        reference.model->released.value_or(""));
  };
  const ReferenceRow* best = nullptr;
  for (const ReferenceRow& reference : references) {
    if (!eligible_on(reference.model->released, as_of)) continue;
    if (best == nullptr || rank(*best) < rank(reference)) best = &reference;
  }
  return best != nullptr ? *best->row : *declared->row;
}

// data-f of what belongs to one reference, hidden from the start unless it is the standard one: the
// picker shows it.
std::string shown_for(const ReferenceRow& reference, const std::string& standard) {
  const std::string word = filter_word(*reference.row);
  return fmt::format("data-f=\"ref:{}{}\"{}", word, reference.eligible(),
                     word == standard ? "" : " hidden");
}

// The claim over all tasks in a sentence, for each model against the reference.
void add_claims(Html& html, const RatioTable& table, const ReferenceRow& reference,
                const std::string& standard) {
  for (const TableRow* row : reference.rows) {
    html.markup(fmt::format("<li {}>", shown_for(reference, standard)))
        .both(table.summary(*row, *reference.row, 0.95))
        .markup("</li>");
  }
}

void add_plots(Html& html, const SiteData& site, const RatioTable& table,
               const ReferenceRow& reference, const std::string& standard, size_t number) {
  html.markup(fmt::format("<div class=\"plots\" {}>", shown_for(reference, standard)));
  for (const harness::TaskProfile* task : published_tasks(site.data.registry)) {
    WhiskerPlot plot;
    plot.id = fmt::format("ratio-{}-{}", task->name, number);
    plot.title = {say(task->title, Language::kKorean) + ": 참조 대비 비율",
                  task->title.english() + ": ratio to the reference"};
    plot.rule = 0.95;
    plot.unit = "×";
    for (const TableRow* row : reference.rows) {
      const std::optional<RatioResult> result =
          table.compute(*row, *reference.row, task->name, 0.95);
      if (!result) continue;
      const PlotStyle style = row->source == RowSource::kPublished ? PlotStyle::kPublished
                              : row->stand_in                      ? PlotStyle::kStandIn
                                                                   : PlotStyle::kMeasured;
      WhiskerLine line{row->name,
                       style,
                       result->ratio,
                       {},
                       {},
                       {},
                       fmt::format("{:.1f} %", 100.0 * result->ratio)};
      if (result->ci) {
        line.low = result->ci->low;
        line.high = result->ci->high;
      }
      plot.lines.push_back(std::move(line));
    }
    if (plot.lines.empty()) continue;
    html.markup("<figure><figcaption>")
        .both({say(task->title, Language::kKorean) + " · " + reference.row->name,
               task->title.english() + " · " + reference.row->name})
        .markup("</figcaption>")
        .markup(render_whisker_plot(plot))
        .markup("</figure>");
  }
  html.markup("</div>\n");
}

}  // namespace

Page make_ratio_page(const SiteData& site) {
  Page page;
  page.file = "ratio.html";
  page.title = {"95 % 기준", "The 95 % criterion"};
  page.lead = {"참조 모델 성능의 95 % 이상이라는 말은 자료가 그것을 보일 때만 할 수 있다.",
               "At least 95 % of a reference may be said only where the data show it."};
  std::vector<ReferenceRow> references;
  for (const TableRow& row : site.published.rows) {
    const RegistryModel* model = find_model(site.data.registry, row.model);
    if (model != nullptr && model->role == ModelRole::kReference && row.mode != "non_thinking")
      references.push_back({&row, model, {}});
  }
  const std::string standard =
      references.empty() ? "" : filter_word(standard_reference(references, site.data.as_of));
  if (site.depth == PageDepth::kBrief) {
    std::erase_if(references, [&](const ReferenceRow& reference) {
      return filter_word(*reference.row) != standard;
    });
  }
  std::vector<ReferenceRow> measured;
  for (const TableRow& row : site.data.table.rows) {
    if (row.source == RowSource::kMeasured) measured.push_back({&row, nullptr, {}});
  }
  Html table_html;
  RatioTable table(table_html, site);
  std::vector<ReferenceRow> all = references;
  all.insert(all.end(), measured.begin(), measured.end());
  for (ReferenceRow& reference : all) {
    const bool published = reference.model != nullptr;
    for (const TableRow& row : published ? site.published.rows : site.data.table.rows) {
      const bool compared = published ? row.national && row.mode != "non_thinking"
                                      : row.source == RowSource::kMeasured && &row != reference.row;
      if (compared) reference.rows.push_back(&row);
    }
  }
  for (const ReferenceRow& reference : all) {
    for (const TableRow* row : reference.rows)
      table.add(*row, *reference.row, reference.eligible());
  }
  Html html;
  html.markup("<div class=\"note\"><p>")
      .both(
          "공표된 값은 보고서마다 문제의 기간, 표집, 실행 횟수가 다르다. 문항별 자료가 없어 짝을 "
          "짓지 못하므로 아래 "
          "판정은 보수적이다.",
          "Published values come from reports with different windows, sampling and runs. Without "
          "question-level data they cannot be paired, so these verdicts are conservative.");
  html.markup("</p></div>\n");
  add_controls(html, all, standard);
  html.markup("<ul>");
  for (const ReferenceRow& reference : all)
    add_claims(html, table, reference, standard);
  html.markup("</ul>\n");
  for (size_t i = 0; i < all.size(); ++i)
    add_plots(html, site, table, all[i], standard, i);
  html.markup(open_table(
      "ratios", "sortable",
      {"참조 대비 비율, 90 % 구간(Fieller), 한쪽 p값. 입증: p < 0.05. 미달: 구간 전체가 기준 아래.",
       "Ratio to the reference, 90 % interval (Fieller), one-sided p. Shown: p < 0.05. Below: the "
       "whole "
       "interval lies under the line."}));
  html.markup("<thead><tr>")
      .markup(sortable_head({"모델", "Model"}, "ascending", false))
      .markup(sortable_head({"참조", "Reference"}, "ascending", false));
  html.markup(sortable_head({"과제", "Task"}, "ascending", false));
  html.markup(sortable_head({"비율 [90 %]", "Ratio [90 %]"}, "descending", true));
  for (double rho : kRatios)
    html.markup(fmt::format("<th scope=\"col\">≥ {:.0f} %</th>", 100.0 * rho));
  html.markup("</tr></thead><tbody>\n");
  html.markup(table_html.str()).markup("</tbody></table></div>\n");
  add_reference_list(html, site);
  page.body = html.str();
  return page;
}

}  // namespace jangwon::reports
