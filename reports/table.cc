// The long formats (CSV, JSON) come straight from the cells with full precision; the three for
// people go through a grid.

#include "reports/table.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/escape.h"
#include "reports/grid.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

constexpr const char* kCountNames[] = {"correct",
                                       "incorrect",
                                       "no_answer",
                                       "infra_error",
                                       "sandbox_error",
                                       "truncated",
                                       "unterminated_reasoning"};

std::string name_of(CellState state) {
  switch (state) {
    case CellState::kAbsent:
      return "absent";
    case CellState::kUndefined:
      return "undefined";
    case CellState::kScored:
      return "scored";
    case CellState::kNotComparable:
      return "not_comparable";
  }
  return "";
}

std::string name_of(RowSource source) {
  return source == RowSource::kMeasured ? "measured" : "published";
}

std::string number_text(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

std::string count_text(int value) {
  return value > 0 ? std::to_string(value) : "";
}

std::string csv_line(const TableRow& row, const TableColumn& task, const TableCell& cell) {
  std::vector<std::string> fields = {task.id,
                                     cell.task_version,
                                     row.model,
                                     row.stand_in ? "yes" : "no",
                                     name_of(row.source),
                                     row.mode,
                                     row.origin,
                                     name_of(cell.state),
                                     cell.metric};
  for (std::string& field : fields)
    field = csv_field(field);
  for (const auto& number : {cell.value, cell.ci_low, cell.ci_high})
    fields.push_back(number_text(number));
  fields.push_back(csv_field(cell.ci_method));
  for (const auto& number : {cell.se_run, cell.se_total})
    fields.push_back(number_text(number));
  fields.push_back(count_text(cell.n));
  fields.push_back(count_text(cell.repeats));
  for (const char* name : kCountNames) {
    auto found = cell.counts.find(name);
    fields.push_back(found == cell.counts.end() ? "" : std::to_string(found->second));
  }
  fields.push_back(cell.other_mode ? number_text(cell.other_mode->value) : "");
  fields.push_back(cell.other_mode ? std::to_string(cell.other_mode->differs) : "");
  fields.push_back(cell.rank ? std::to_string(cell.rank->best) : "");
  fields.push_back(cell.rank ? std::to_string(cell.rank->worst) : "");
  fields.push_back(csv_field(cell.settings));
  return fmt::format("{}\r\n", fmt::join(fields, ","));
}

std::string write_csv(const TableInput& table, const TableStyle& style) {
  std::string text =
      style.byte_order_mark == TableStyle::ByteOrderMark::kWrite ? "\xEF\xBB\xBF" : "";
  text +=
      "task,task_version,model,stand_in,source,mode,origin,state,metric,score,ci_low,ci_high,ci_"
      "method,se_run,se_total,"
      "n,"
      "repeats,correct,incorrect,no_answer,infra_error,sandbox_error,truncated,unterminated_"
      "reasoning,other_mode_score,"
      "other_mode_differs,rank_best,rank_worst,settings\r\n";
  for (const TableRow& row : table.rows) {
    for (const TableColumn& task : table.tasks) {
      const TableCell& cell = cell_of(row, task.id);
      text += csv_line(row, task, cell);
      for (const TableCell& beside : cell.beside)
        text += csv_line(row, task, beside);
    }
  }
  return text;
}

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

Json cell_json(const TableInput& table, const TableCell& cell) {
  Json json;
  json["state"] = name_of(cell.state);
  json["metric"] = cell.metric;
  json["task_version"] = cell.task_version;
  json["score"] = optional_json(cell.value);
  json["ci_low"] = optional_json(cell.ci_low);
  json["ci_high"] = optional_json(cell.ci_high);
  json["ci_method"] = cell.ci_method;
  json["se_run"] = optional_json(cell.se_run);
  json["se_total"] = optional_json(cell.se_total);
  json["n"] = cell.n > 0 ? Json(cell.n) : Json();
  if (!cell.question_set.dataset_sha256.empty()) {
    json["dataset"] = cell.question_set.dataset;
    json["dataset_sha256"] = cell.question_set.dataset_sha256;
  }
  json["repeats"] = cell.repeats > 0 ? Json(cell.repeats) : Json();
  json["counts"] = Json::object();
  for (const auto& [name, count] : cell.counts)
    json["counts"][name] = count;
  if (cell.other_mode) {
    json["other_mode"] = {{"mode", cell.other_mode->mode},
                          {"score", optional_json(cell.other_mode->value)},
                          {"ci_low", optional_json(cell.other_mode->ci_low)},
                          {"ci_high", optional_json(cell.other_mode->ci_high)},
                          {"differs", cell.other_mode->differs}};
  }
  for (const FurtherScore& figure : cell.further) {
    json["further"][figure.mode][figure.name] = {{"score", optional_json(figure.value)},
                                                 {"ci_low", optional_json(figure.ci_low)},
                                                 {"ci_high", optional_json(figure.ci_high)}};
  }
  if (cell.rank) json["rank"] = {cell.rank->best, cell.rank->worst};
  if (cell.tie_group > 0) json["tie_group"] = cell.tie_group;
  if (!cell.settings.empty()) json["settings"] = cell.settings;
  json["footnotes"] = Json::array();
  for (int index : cell.footnotes)
    json["footnotes"].push_back(table.footnotes[static_cast<size_t>(index)].english());
  if (!cell.beside.empty()) {
    json["beside"] = Json::array();
    for (const TableCell& beside : cell.beside)
      json["beside"].push_back(cell_json(table, beside));
  }
  return json;
}

std::string write_json(const TableInput& table) {
  Json json;
  json["schema"] = "jangwon-table-1";
  json["complete"] = table.complete;
  json["tasks"] = Json::array();
  for (const TableColumn& task : table.tasks) {
    json["tasks"].push_back(
        {{"id", task.id}, {"name", task.title.english()}, {"version", task.version}});
  }
  json["rows"] = Json::array();
  for (const TableRow& row : table.rows) {
    Json line;
    line["id"] = row.id;
    line["model"] = row.model;
    line["name"] = row.name;
    line["source"] = name_of(row.source);
    line["stand_in"] = row.stand_in;
    line["mode"] = row.mode;
    line["origin"] = row.origin;
    line["total_params_b"] = optional_json(row.total_params_b);
    line["active_params_b"] = optional_json(row.active_params_b);
    line["licence"] = row.licence;
    line["cells"] = Json::object();
    for (const TableColumn& task : table.tasks)
      line["cells"][task.id] = cell_json(table, cell_of(row, task.id));
    json["rows"].push_back(std::move(line));
  }
  json["notes"] = Json::array();
  for (const Message& note : table.notes)
    json["notes"].push_back(note.english());
  return to_json_text(json);
}

std::string write_both(const TableInput& table, const TableStyle& style,
                       std::string (*write)(const Grid&), const char* between) {
  std::string text = write(make_score_grid(table, style));
  Grid account = make_account_grid(table, style);
  if (!account.rows.empty()) {
    text += between;
    text += write(account);
  }
  return text;
}

}  // namespace

std::string render_table(const TableInput& table, TableFormat format, const TableStyle& style) {
  switch (format) {
    case TableFormat::kText:
      return write_both(table, style, write_text, "\n");
    case TableFormat::kMarkdown:
      return write_both(table, style, write_markdown, "\n");
    case TableFormat::kLatex:
      return write_both(table, style, write_latex, "\n");
    case TableFormat::kCsv:
      return write_csv(table, style);
    case TableFormat::kJson:
      return write_json(table);
  }
  return "";
}

std::string render_table(const TableInput& table, TableFormat format) {
  return render_table(table, format, TableStyle());
}

}  // namespace jangwon::reports
