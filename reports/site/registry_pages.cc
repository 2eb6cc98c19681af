// The two pages that the registry fills: licences clause by clause, and published values
// beside measured ones.

#include <fmt/format.h>

#include "harness/stats/published_deviation.h"
#include "reports/question_set.h"
#include "reports/site/elements.h"
#include "reports/site/html_table.h"
#include "reports/site/page_parts.h"
#include "reports/site/pages.h"
#include "reports/table.h"

namespace jangwon::reports {
namespace {

Html link_to(const Registry& registry, const std::string& id) {
  const RegistrySource& source = *find_source(registry, id);
  return source_link(source.url, source.title);
}

ChipKind chip_of(const std::string& verdict) {
  if (verdict == "allowed") return ChipKind::kGood;
  if (verdict == "forbidden" || verdict == "by_agreement") return ChipKind::kBad;
  return verdict == "conditional" ? ChipKind::kUncertain : ChipKind::kPlain;
}

Html clause_content(const Registry& registry, const RegistryModel& model, const LicenceAxis& axis) {
  const LicenceClause* clause = find_clause(model, axis.id);
  if (clause == nullptr) return verdict_word("unconfirmed");
  std::vector<Html> evidence;
  if (clause->clause) evidence.push_back(Message("clause {number}", {{"number", *clause->clause}}));
  evidence.push_back(link_to(registry, clause->source));
  evidence.push_back(confidence_word(clause->confidence));
  return chip(chip_of(clause->verdict), verdict_word(clause->verdict)) + Element("br") +
         clause->text + sub(joined(evidence, " · "));
}

// Licences stand in rows: a table of as many columns as there are models would be read sideways.
Html licence_table(const SiteData& site) {
  HtmlTable licences(
      "licences",
      Message("Model × clause: verdict, paraphrase, clause number, source, confidence."));
  licences.style("tall clauses").column(Message("Model"));
  for (const LicenceAxis& axis : licence_axes())
    licences.column(axis.title);
  for (const RegistryModel& model : site.data.registry.models) {
    const bool wanted = site.depth == PageDepth::kFull || model.role == ModelRole::kNational;
    if (!wanted || model.licence.clauses.empty()) continue;
    Html licence = source_link(model.licence.url, model.licence.name);
    if (model.licence.text_dated) licence.text(" · ").text(*model.licence.text_dated);
    licences.row().heading(text(model.name) + sub(licence));
    for (const LicenceAxis& axis : licence_axes())
      licences.cell(clause_content(site.data.registry, model, axis));
  }
  return licences;
}

std::string number_text(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "–";
}

Html model_table(const Registry& registry) {
  HtmlTable models("models-table", Message("Models of the registry"));
  models.style("tall");
  models.sortable(Message("Model"), Order::kAscending);
  models.sortable(Message("Organisation"), Order::kAscending);
  models.sortable_number(Message("Total (B)"), Order::kAscending);
  models.sortable_number(Message("Active (B)"), Order::kAscending);
  models.sortable_number(Message("Context"), Order::kDescending);
  models.sortable(Message("Released"), Order::kDescending);
  models.sortable(Message("Licence"), Order::kAscending);
  for (const RegistryModel& model : registry.models) {
    models.row().heading(text(model.name) + sub(text(model.repository)));
    models.cell(text(model.organisation));
    models.cell_by(model.total_params_b, text(number_text(model.total_params_b)) +
                                             sub(confidence_word(model.params_confidence)));
    models.cell_by(model.active_params_b, text(number_text(model.active_params_b)));
    models.cell_by(model.context_tokens,
                   text(model.context_tokens ? std::to_string(*model.context_tokens) : "–"));
    models.cell(text(model.released.value_or("–")) +
                sub(confidence_word(model.released_confidence)));
    models.cell(text(model.licence.short_name));
  }
  return models;
}

// Rows of the deviation table for one measured cell, one a published value of the task.
void add_deviations(HtmlTable& deviations, const Registry& registry, const TableRow& row,
                    const RegistryModel& model, const TableColumn& task) {
  const TableCell& cell = cell_of(row, task.id);
  if (cell.state != CellState::kScored || !cell.value) return;
  for (const PublishedValue& published : model.published) {
    if (published.task != task.id || !published.value) continue;
    deviations.row().heading(text(row.name)).cell(task.title);
    deviations.cell(text(score_text(cell)) +
                    sub(text(fmt::format("n = {} × {}", cell.n, cell.repeats))));
    deviations.cell(text(points_text(published.value)));
    deviations.cell(link_to(registry, published.source) + sub(text(published.mode)));
    const harness::TaskProfile& known = *find_task(registry, task.id);
    Html why_not;
    if (const auto reason = why_not_published_questions(row, cell, known)) {
      why_not = *reason;
    } else if (published.problem_set && *published.problem_set != known.published->problem_set) {
      why_not = Message("The published value is on other questions: {questions}",
                        {{"questions", *find_problem_set(registry, *published.problem_set)}});
    }
    if (!why_not.empty()) {
      deviations.cell(text("n/c")).cell(why_not);
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
    const harness::PublishedDeviation deviation =
        harness::published_deviation(*cell.value, se_run, score, tolerance);
    deviations.cell(difference_with_interval(deviation.diff, deviation.diff - 1.96 * deviation.se,
                                             deviation.diff + 1.96 * deviation.se));
    if (deviation.tost.p < 0.05) {
      deviations.cell(chip(ChipKind::kGood, Message("✓ reproduced")));
    } else if (std::abs(deviation.z) > 2.58 && std::abs(deviation.diff) > tolerance) {
      deviations.cell(chip(ChipKind::kBad, Message("✕ differs")));
    } else {
      deviations.cell(chip(ChipKind::kUncertain, Message("? cannot tell")));
    }
  }
}

Html deviation_section(const SiteData& site) {
  HtmlTable deviations("deviations",
                       Message("Measured − published (points), 95 % interval. Reproduced: shown "
                               "to lie within the tolerance (TOST)."));
  deviations.style("tall").column(Message("Model")).column(Message("Task"));
  deviations.number(Message("Measured")).number(Message("Published"));
  deviations.column(Message("Source")).number(Message("Difference")).column(Message("Verdict"));
  bool stand_ins = false;
  for (const TableRow& row : site.data.table.rows) {
    if (row.source != RowSource::kMeasured) continue;
    stand_ins = stand_ins || row.stand_in;
    const RegistryModel* model = row.stand_in ? nullptr : find_model(site.data.registry, row.model);
    if (model == nullptr) continue;
    for (const TableColumn& task : site.data.table.tasks) {
      if (find_task(site.data.registry, task.id) != nullptr)
        add_deviations(deviations, site.data.registry, row, *model, task);
    }
  }
  if (!deviations.empty()) return deviations;
  return note(stand_ins ? Message("Stand-ins are not published models, so there is nothing to "
                                  "compare. Measure a real model and its deviations appear here.")
                        : Message("No run measured a model of the registry. Measure one and its "
                                  "deviations appear here."));
}

Html published_section(const Registry& registry) {
  HtmlTable values("published-table", Message("One row a source. Settings not stated: –."));
  values.style("tall");
  values.sortable(Message("Model"), Order::kAscending).sortable(Message("Task"), Order::kAscending);
  values.sortable_number(Message("Score"), Order::kDescending);
  for (const Message& title : {Message("Mode"), Message("Window"), Message("Sampling"),
                               Message("Runs"), Message("Source"), Message("Confidence")})
    values.column(title);
  for (const RegistryModel& model : registry.models) {
    for (const PublishedValue& published : model.published) {
      const RegistrySource& source = *find_source(registry, published.source);
      const harness::TaskProfile& task = *find_task(registry, published.task);
      values.row().heading(text(model.name)).cell(task.title);
      Html points = text(points_text(published.value));
      if (published.problem_set && *published.problem_set != task.published->problem_set) {
        points.add(sub(text("n/c · ") + *find_problem_set(registry, *published.problem_set)));
      }
      values.cell_by(published.value, points).cell(text(published.mode));
      values.cell(text(published.window.value_or("–")));
      values.cell(text(published.sampling.value_or("–")));
      values.cell(text(published.repeats ? std::to_string(*published.repeats) : "–"));
      const Html publisher =
          is_first_party(model, source) ? Message("first-party") : Message("third-party");
      values.cell(source_link(source.url, source.title) +
                  sub(publisher + text(" · ") + Message("read {date}", {{"date", source.read}})));
      values.cell(confidence_word(published.confidence));
    }
  }
  return heading(2, "published", Message("Published values with their settings")) + values;
}

}  // namespace

Page make_licence_page(const SiteData& site) {
  Page page;
  page.file = "license.html";
  page.title = Message("Licences");
  page.lead =
      Message("Clauses in our own words. Not legal advice: the text itself is what counts.");
  page.body.add(licence_table(site));
  page.body.add(heading(2, "models", Message("The models"))).add(model_table(site.data.registry));
  return page;
}

Page make_reproduce_page(const SiteData& site) {
  Page page;
  page.file = "reproduce.html";
  page.title = Message("Published and measured");
  page.lead = Message(
      "On the same questions their difficulty cancels; decoding noise and rounding remain.");
  page.body.add(deviation_section(site)).add(published_section(site.data.registry));
  return page;
}

}  // namespace jangwon::reports
