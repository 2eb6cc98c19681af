// A table is told by its columns first: a cell then takes its alignment and its key for sorting
// from the column it stands in, which cells written one by one got wrong where a column was added.
// Groups of columns become a second row of headings, sections of rows a heading across.
// tests/reports/site_html_test.cc holds both.

#include "reports/site/html_table.h"

#include <fmt/format.h>

#include "runtime/base/check.h"

namespace jangwon::reports {
namespace {

const char* name_of(Order order) {
  return order == Order::kAscending ? "ascending" : "descending";
}

std::string joined_classes(std::string_view first, std::string_view second,
                           std::string_view third) {
  std::string all;
  for (const std::string_view one : {first, second, third}) {
    if (!all.empty() && !one.empty()) all += ' ';
    all += one;
  }
  return all;
}

}  // namespace

HtmlTable::HtmlTable(std::string_view id, const Html& caption)
    : id_(id), caption_(caption), bodies_(1) {}

HtmlTable& HtmlTable::style(std::string_view classes) {
  classes_ = classes;
  return *this;
}

HtmlTable& HtmlTable::group(const Html& title) {
  group_ = 0;
  if (title.empty()) return *this;
  groups_.push_back(title);
  group_ = groups_.size();
  return *this;
}

HtmlTable& HtmlTable::add_column(Column column) {
  column.group = group_;
  sortable_ = sortable_ || column.first.has_value();
  columns_.push_back(std::move(column));
  return *this;
}

HtmlTable& HtmlTable::column(const Html& title) {
  return add_column({title, Kind::kText, {}, "", 0});
}

HtmlTable& HtmlTable::number(const Html& title) {
  return add_column({title, Kind::kNumber, {}, "", 0});
}

HtmlTable& HtmlTable::sortable(const Html& title, Order first) {
  return add_column({title, Kind::kText, first, "", 0});
}

HtmlTable& HtmlTable::sortable_number(const Html& title, Order first, std::string_view key) {
  return add_column({title, Kind::kNumber, first, std::string(key), 0});
}

HtmlTable& HtmlTable::unnamed_column(const Html& title) {
  return column(Element("span", "sr").add(title));
}

void HtmlTable::end_row() {
  if (row_) bodies_.back().add(*row_);
  row_.reset();
}

HtmlTable& HtmlTable::section(const Html& title) {
  end_row();
  if (!bodies_.back().empty()) bodies_.emplace_back();
  bodies_.back().add(Element("tr", "section")
                         .add(Element("th")
                                  .set("colspan", std::to_string(columns_.size()))
                                  .set("scope", "rowgroup")
                                  .add(Element("span").add(title))));
  return *this;
}

HtmlTable& HtmlTable::row(std::string_view filters) {
  end_row();
  row_.emplace("tr");
  if (!filters.empty()) row_->set("data-f", filters);
  next_column_ = 0;
  ++rows_;
  return *this;
}

HtmlTable& HtmlTable::heading(const Html& content) {
  ++next_column_;
  row_->add(Element("th").set("scope", "row").add(content));
  return *this;
}

Element HtmlTable::next_cell(std::string_view classes) {
  JANGWON_CHECK(row_.has_value() && next_column_ < columns_.size());
  const size_t index = next_column_++;
  const Column& column = columns_[index];
  Element cell("td", joined_classes(column.kind == Kind::kNumber ? "num" : "",
                                    begins_group(index) ? "group" : "", classes));
  if (!column.key.empty()) cell.set("data-c", column.key);
  return cell;
}

HtmlTable& HtmlTable::cell(const Html& content, std::string_view classes) {
  row_->add(next_cell(classes).add(content));
  return *this;
}

HtmlTable& HtmlTable::cell_by(std::optional<double> order_by, const Html& content) {
  row_->add(next_cell("").set("data-v", order_by ? fmt::format("{}", *order_by) : "").add(content));
  return *this;
}

bool HtmlTable::begins_group(size_t column) const {
  return !groups_.empty() && column > 0 && columns_[column].group != columns_[column - 1].group;
}

// <colgroup>s, whose <col>s go with the cells of a column that is hidden, and the headings above
// them. A group names the columns that it is over, because it is as wide as those in sight.
Html HtmlTable::groups_head(Html& column_groups) const {
  Element line("tr", "groups");
  for (size_t begin = 0, end = 0; begin < columns_.size(); begin = end) {
    Element columns("colgroup");
    std::string keys;
    for (end = begin; end < columns_.size() && columns_[end].group == columns_[begin].group;
         ++end) {
      Element one("col");
      if (!columns_[end].key.empty()) one.set("data-c", columns_[end].key);
      columns.add(one);
      keys += (keys.empty() ? "" : " ") + columns_[end].key;
    }
    column_groups.add(columns);
    const bool named = columns_[begin].group > 0;
    Element over(named ? "th" : "td", begins_group(begin) ? "group" : "");
    if (named) over.set("scope", "colgroup").set("data-over", keys);
    over.set("colspan", std::to_string(end - begin));
    if (named) over.add(Element("span").add(groups_[columns_[begin].group - 1]));
    line.add(over);
  }
  return line;
}

Html HtmlTable::head() const {
  Html column_groups;
  Element head("thead");
  if (!groups_.empty()) head.add(groups_head(column_groups));
  Element line("tr");
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    Element cell("th", joined_classes(column.kind == Kind::kNumber ? "num" : "",
                                      begins_group(i) ? "group" : "", ""));
    cell.set("scope", "col");
    if (!column.key.empty()) cell.set("data-c", column.key);
    if (column.first) {
      cell.set("data-first", name_of(*column.first));
      cell.add(Element("button").set("type", "button").add(column.title));
    } else {
      cell.add(column.title);
    }
    line.add(cell);
  }
  return column_groups + head.add(line);
}

HtmlTable::operator Html() const {
  Element table("table", joined_classes(sortable_ ? "sortable" : "", classes_, ""));
  table.set("id", id_);
  table.add(Element("caption").set("id", id_ + "-caption").add(Element("span").add(caption_)));
  if (!columns_.empty()) table.add(head());
  for (size_t i = 0; i < bodies_.size(); ++i) {
    Element body("tbody");
    body.add(bodies_[i]);
    if (row_ && i + 1 == bodies_.size()) body.add(*row_);
    table.add(body);
  }
  Element region("div", classes_.find("tall") == std::string::npos ? "scroll" : "scroll tall");
  return region.set("role", "region")
      .set("tabindex", "0")
      .set("aria-labelledby", id_ + "-caption")
      .add(table);
}

}  // namespace jangwon::reports
