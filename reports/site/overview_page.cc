// index.html: who stands where, with what the evidence can and cannot tell, and who would pick
// which model by a stated rule. The table comes first and the filters behind it: on a telephone
// they would fill the screen, and who has not seen the table does not know what to filter.

#include <algorithm>
#include <set>

#include "reports/site/elements.h"
#include "reports/site/html_table.h"
#include "reports/site/page_parts.h"
#include "reports/site/pages.h"
#include "reports/site/picks.h"

namespace jangwon::reports {
namespace {

Html row_filter_controls(const TableInput& table) {
  const Choice all{"", Message("all")};
  std::set<std::string> licences;
  for (const TableRow& row : table.rows) {
    if (!row.licence.empty()) licences.insert(row.licence);
  }
  std::vector<Choice> licence_choices = {all};
  for (const std::string& licence : licences) {
    std::string value = licence;
    std::replace(value.begin(), value.end(), ' ', '-');
    licence_choices.push_back({value, Message::value(licence)});
  }
  std::vector<Select> filters = {
      {"",
       "source",
       Message("Source"),
       {all, {"measured", Message("measured only")}, {"published", Message("published only")}}},
      {"",
       "role",
       Message("Group"),
       {all, {"national", Message("national and stand-ins")}, {"reference", Message("others")}}}};
  if (licences.size() > 1) filters.push_back({"", "licence", Message("Licence"), licence_choices});
  filters.push_back({"",
                     "active",
                     Message("Active parameters"),
                     {all,
                      {"15", Message::value("≤ 15B")},
                      {"25", Message::value("≤ 25B")},
                      {"40", Message::value("≤ 40B")}}});
  filters.push_back(
      {"",
       "mode",
       Message("Mode"),
       {all, {"thinking", Message("thinking")}, {"non_thinking", Message("non-thinking")}}});
  Html html;
  for (const Select& filter : filters)
    html.add(select(filter));
  return html.add(checkbox(Message("Plain point order"), "data-key", "marks-point", Tick::kOff));
}

Html column_controls(const std::vector<ColumnGroup>& groups) {
  Html html;
  for (const ColumnGroup& group : groups) {
    Html boxes;
    for (const TableColumn* task : group.tasks)
      boxes.add(checkbox(task->title, "data-column", task->id, Tick::kOn));
    html.add(group.title.empty() ? boxes : control_group(group.title, boxes));
  }
  return html;
}

Html filter_bar(const SiteData& site) {
  return Element("section")
      .set("id", "filters")
      .set_both("aria-label", Message("Filters"))
      .add(controls({control_group(Message("Rows"), row_filter_controls(site.data.table))}))
      .add(details(Message("Columns"), controls({column_controls(site.groups)})))
      .add(paragraph(
          Element("button").set("type", "button").set("data-copy").add(Message("Copy link"))));
}

void add_rows(HtmlTable& scores, const SiteData& site, RowSource source) {
  bool first = true;
  for (const TableRow& row : site.data.table.rows) {
    if (row.source != source) continue;
    if (first)
      scores.section(source == RowSource::kMeasured ? measured_rows_title()
                                                    : published_rows_title());
    first = false;
    scores.row(row_filters(row)).heading(row_name(row));
    for (const ColumnGroup& group : site.groups) {
      for (const TableColumn* task : group.tasks)
        add_score(scores, cell_of(row, task->id));
    }
  }
}

Html score_table(const SiteData& site) {
  HtmlTable scores(
      "scores",
      Message("Scores in points of 100 with 95 % intervals. Bold: not separated from the best by "
              "the evidence. – undefined, · not asked, n/c not comparable."));
  scores.style("tall").sortable(Message("Model"), Order::kAscending);
  for (const ColumnGroup& group : site.groups) {
    scores.group(group.title);
    for (const TableColumn* task : group.tasks)
      scores.sortable_number(task->title, Order::kDescending, task->id);
  }
  add_rows(scores, site, RowSource::kMeasured);
  add_rows(scores, site, RowSource::kPublished);
  return scores;
}

Html downloads() {
  std::vector<Html> links;
  for (const auto& [file, title] :
       {std::pair("data/table.csv", "CSV"), std::pair("data/table.json", "JSON"),
        std::pair("data/table.md", "Markdown"), std::pair("data/table.tex", "LaTeX"),
        std::pair("data/summary.json", "summary.json")})
    links.push_back(Element("a").set("href", file).add(text(title)));
  return paragraph(Html(Message("Download")) + text(": ") + joined(links, " · "), "small");
}

Html task_plots(const SiteData& site) {
  std::vector<Html> figures;
  for (const ColumnGroup& group : site.groups) {
    for (const TableColumn* task : group.tasks) {
      const Html plot = render_whisker_plot(make_task_plot(site.data.table, *task));
      if (!plot.empty())
        figures.push_back(figure(page_link(task_file(task->id), task->title), plot));
    }
  }
  return plots(figures);
}

Html picks_section(const SiteData& site) {
  std::vector<Card> picks;
  for (const Persona& persona : site.data.registry.personas) {
    const Pick pick = make_pick(persona, site.data.registry, site.published);
    Card& card = picks.emplace_back();
    card.title = persona.name;
    card.answer = pick_sentence(pick);
    card.remarks.push_back(persona.rule);
    card.remarks.insert(card.remarks.end(), pick.left_out.begin(), pick.left_out.end());
  }
  return heading(2, "picks", Message("Who would pick what")) +
         paragraph(Message("The rules are stated and never reduced to one number. Picks rest on "
                           "published values; a model that lacks one is left out, and the card "
                           "says why.")) +
         cards(picks);
}

Html external_section(const Registry& registry) {
  Html html;
  for (const ExternalEvaluation& evaluation : registry.external) {
    const RegistrySource& source = *find_source(registry, evaluation.source);
    html.add(Element("div", "note")
                 .add(paragraph(Html(Element("strong").add(evaluation.name)) + text(" · ") +
                                evaluation.scale))
                 .add(paragraph(evaluation.note))
                 .add(small(text(source.title + " · ") + confidence_word(evaluation.confidence))));
  }
  if (html.empty()) return html;
  return heading(2, "external", Message("Evaluations by others, kept apart")) + html;
}

}  // namespace

Page make_overview_page(const SiteData& site) {
  const TableInput& table = site.data.table;
  Page page;
  page.file = "index.html";
  page.title =
      site.data.runs.empty() ? Message("Korean language models compared") : Message("Comparison");
  page.lead = Message(
      "{rows} model rows, {tasks} tasks · as of {date}",
      {{"rows", table.rows.size()}, {"tasks", table.tasks.size()}, {"date", site.data.as_of}});
  page.scripts = {"columns"};
  if (!table.complete) {
    page.body.add(
        note(Element("strong").add(Message("A run is incomplete: its scores are not final."))));
  }
  page.body.add(score_table(site)).add(filter_bar(site)).add(footnote_list(table));
  if (site.depth == PageDepth::kFull) page.body.add(downloads());
  page.body.add(heading(2, "plots", Message("With their intervals")))
      .add(paragraph(Message("Thin: 95 % interval had other questions been asked. Thick: the same "
                             "questions again. Hollow and dashed: published.")))
      .add(task_plots(site));
  if (const Html account = account_table(table); !account.empty()) {
    page.body.add(heading(2, "accounting", Message("What became of every sample"))).add(account);
  }
  page.body.add(picks_section(site)).add(external_section(site.data.registry));
  return page;
}

}  // namespace jangwon::reports
