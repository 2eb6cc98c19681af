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
#include "reports/site/elements.h"
#include "reports/site/html_table.h"
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

Html verdict_of(const RatioResult& result, double rho) {
  if (result.p && *result.p < 0.05) return chip(ChipKind::kGood, Message("✓ shown"));
  if (result.ci && result.ci->high < rho) return chip(ChipKind::kBad, Message("✕ below"));
  return chip(ChipKind::kUncertain, Message("? not shown"));
}

std::string percent_text(double ratio) {
  return fmt::format("{:.1f}", 100.0 * ratio);
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
  return word;
}

class RatioTable {
 public:
  explicit RatioTable(const SiteData& site)
      : site_(site),
        table_("ratios",
               Message("Ratio to the reference, 90 % interval (Fieller), one-sided p. Shown: p < "
                       "0.05. Below: the whole interval lies under the line.")) {
    table_.style("tall");
    table_.sortable(Message("Model"), Order::kAscending);
    table_.sortable(Message("Reference"), Order::kAscending);
    table_.sortable(Message("Task"), Order::kAscending);
    table_.sortable_number(Message("Ratio [90 %]"), Order::kDescending);
    for (double rho : kRatios)
      table_.column(text(fmt::format("≥ {:.0f} %", 100.0 * rho)));
  }

  void add(const TableRow& row, const TableRow& reference, const std::string& eligible) {
    std::vector<Summary> claims;
    for (double rho : kRatios)
      claims.push_back({row.id, reference.id, rho, 0, 0.0});
    for (const harness::TaskProfile* task : published_tasks(site_.data.registry)) {
      table_.row(fmt::format("ref:{}{}", filter_word(reference), eligible));
      table_.heading(text(row.name)).cell(text(reference.name)).cell(task->title);
      for (size_t i = 0; i < claims.size(); ++i)
        add_claim(claims[i], i == 0, compute(row, reference, task->name, kRatios[i]));
    }
    summaries_.insert(summaries_.end(), claims.begin(), claims.end());
  }

  // The claim over all tasks: the largest p decides.
  Message summary(const TableRow& row, const TableRow& reference, double rho) const {
    for (const Summary& summary : summaries_) {
      if (summary.row != row.id || summary.reference != reference.id || summary.rho != rho)
        continue;
      const std::string percent = fmt::format("{:.0f}", 100.0 * rho);
      const std::string p = fmt::format("{:.2g}", summary.worst_p);
      if (summary.undecided > 0) {
        return Message(
            "{model}: at least {percent} % of {reference} on every task is not shown (p = {p}, "
            "tasks not comparable: {tasks})",
            {{"model", row.name},
             {"percent", percent},
             {"reference", reference.name},
             {"p", p},
             {"tasks", summary.undecided}});
      }
      if (summary.worst_p < 0.05) {
        return Message(
            "{model}: at least {percent} % of {reference} on every task is shown (p = {p})",
            {{"model", row.name}, {"percent", percent}, {"reference", reference.name}, {"p", p}});
      }
      return Message(
          "{model}: at least {percent} % of {reference} on every task is not shown (p = {p})",
          {{"model", row.name}, {"percent", percent}, {"reference", reference.name}, {"p", p}});
    }
    return {};
  }

  const HtmlTable& table() const { return table_; }

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

  // The ratio itself stands before the first claim.
  void add_claim(Summary& claim, bool first, const std::optional<RatioResult>& result) {
    if (!result) {
      ++claim.undecided;
      if (first) table_.cell_by({}, text("n/c"));
      table_.cell(text("–"));
      return;
    }
    claim.worst_p = std::max(claim.worst_p, result->p.value_or(1.0));
    if (first) {
      Html ratio = text(percent_text(result->ratio) + " %");
      if (result->ci)
        ratio.add(interval(percent_text(result->ci->low), percent_text(result->ci->high)));
      table_.cell_by(result->ratio, ratio);
    }
    Html verdict = verdict_of(*result, claim.rho);
    if (result->p) verdict.add(interval(fmt::format("p = {:.2g}", *result->p)));
    table_.cell(verdict);
  }

  const SiteData& site_;
  HtmlTable table_;
  std::vector<Summary> summaries_;
};

Html reference_section(const SiteData& site) {
  HtmlTable references("references",
                       Message("As of {date}: eligible when released within the six months before. "
                               "Other dates: the month above.",
                               {{"date", site.data.as_of}}));
  references.sortable(Message("Model"), Order::kAscending);
  references.sortable(Message("Released"), Order::kAscending).column(Message("Confidence"));
  references.column(Message("Eligible")).column(Message("Now"));
  for (const RegistryModel& model : site.data.registry.models) {
    if (model.role != ModelRole::kReference) continue;
    references.row().heading(text(model.name)).cell(text(model.released.value_or("–")));
    references.cell(confidence_word(model.released_confidence));
    if (!model.released) {
      references.cell(text("–")).cell(Message("date unknown"));
      continue;
    }
    references.cell(text(*model.released + " – " + month_after(*model.released, 6)));
    references.cell(eligible_on(model.released, site.data.as_of) ? Message("eligible")
                                                                 : Message("outside"));
  }
  return heading(2, "window", Message("References not older than six months")) + references;
}

Html reference_controls(const std::vector<ReferenceRow>& references, const std::string& standard) {
  Select reference_box{"", "ref", Message("Reference"), {}, 0};
  std::set<std::string> months;
  for (const ReferenceRow& reference : references) {
    const std::string word = filter_word(*reference.row);
    if (word == standard) reference_box.selected = reference_box.choices.size();
    reference_box.choices.push_back(
        {word, Message::value(reference.row->name + " · " + reference.row->origin_title)});
    if (reference.model == nullptr || !reference.model->released) continue;
    for (int i = 0; i <= 6; ++i)
      months.insert(month_after(*reference.model->released, i));
  }
  Select month_box{"", "date", Message("Evaluation month"), {{"", Message("any")}}, 0};
  for (const std::string& month : months)
    month_box.choices.push_back({month, Message::value(month)});
  return controls({select(reference_box), select(month_box)});
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

// An element that belongs to one reference, hidden from the start unless it is the standard one:
// the picker shows it.
Element shown_for(const ReferenceRow& reference, const std::string& standard, std::string_view name,
                  std::string_view classes = "") {
  const std::string word = filter_word(*reference.row);
  Element element(name, classes);
  element.set("data-f", fmt::format("ref:{}{}", word, reference.eligible()));
  if (word != standard) element.set("hidden");
  return element;
}

// The claim over all tasks in a sentence, for each model against the reference.
Html claim_list(const RatioTable& table, const std::vector<ReferenceRow>& references,
                const std::string& standard) {
  Element claims("ul");
  for (const ReferenceRow& reference : references) {
    for (const TableRow* row : reference.rows)
      claims.add(
          shown_for(reference, standard, "li").add(table.summary(*row, *reference.row, 0.95)));
  }
  return claims;
}

Html ratio_plots(const SiteData& site, const RatioTable& table, const ReferenceRow& reference,
                 const std::string& standard) {
  Element figures = shown_for(reference, standard, "div", "plots");
  for (const harness::TaskProfile* task : published_tasks(site.data.registry)) {
    WhiskerPlot plot;
    plot.title = Message("{task}: ratio to the reference", {{"task", task->title}});
    plot.rule = 0.95;
    plot.unit = "×";
    for (const TableRow* row : reference.rows) {
      const std::optional<RatioResult> result =
          table.compute(*row, *reference.row, task->name, 0.95);
      if (!result) continue;
      WhiskerLine line{row->name,
                       plot_style(*row),
                       result->ratio,
                       {},
                       {},
                       {},
                       percent_text(result->ratio) + " %"};
      if (result->ci) {
        line.low = result->ci->low;
        line.high = result->ci->high;
      }
      plot.lines.push_back(std::move(line));
    }
    if (plot.lines.empty()) continue;
    figures.add(
        figure(Html(task->title) + text(" · " + reference.row->name), render_whisker_plot(plot)));
  }
  return figures;
}

}  // namespace

Page make_ratio_page(const SiteData& site) {
  Page page;
  page.file = "ratio.html";
  page.title = Message("The 95 % criterion");
  page.lead = Message("At least 95 % of a reference may be said only where the data show it.");
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
  for (const TableRow& row : site.data.table.rows) {
    if (row.source == RowSource::kMeasured) references.push_back({&row, nullptr, {}});
  }
  RatioTable table(site);
  for (ReferenceRow& reference : references) {
    const bool published = reference.model != nullptr;
    for (const TableRow& row : published ? site.published.rows : site.data.table.rows) {
      const bool compared = published ? row.national && row.mode != "non_thinking"
                                      : row.source == RowSource::kMeasured && &row != reference.row;
      if (!compared) continue;
      reference.rows.push_back(&row);
      table.add(row, *reference.row, reference.eligible());
    }
  }
  page.body.add(
      note(Message("Published values come from reports with different windows, sampling and runs. "
                   "Without question-level data they cannot be paired, so these verdicts are "
                   "conservative.")));
  page.body.add(reference_controls(references, standard));
  page.body.add(claim_list(table, references, standard));
  for (const ReferenceRow& reference : references)
    page.body.add(ratio_plots(site, table, reference, standard));
  page.body.add(table.table()).add(reference_section(site));
  return page;
}

}  // namespace jangwon::reports
