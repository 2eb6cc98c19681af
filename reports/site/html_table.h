// A table of a page: it scrolls inside a region of its own, which the keyboard reaches, its caption
// wraps at the width of that region, and its first column stays in sight.
//
//   HtmlTable table("scores", Message("Scores"));
//   table.sortable(Message("Model"), Order::kAscending).number(Message("n"));
//   table.row().heading(text(name)).cell(text("30"));
//   html.add(table);
//
// Cells belong to the columns in their order: a cell takes its alignment and its key from its
// column, so that neither can differ between the head and the body.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/site/html.h"

namespace jangwon::reports {

enum class Order { kAscending, kDescending };  // of the first click

class HtmlTable {
 public:
  HtmlTable(std::string_view id, const Html& caption);

  // Classes of the style sheet: "heat"; "tall", which scrolls inside the window under its head.
  HtmlTable& style(std::string_view classes);

  // The columns that follow belong together and share a heading. An empty title ends a group.
  HtmlTable& group(const Html& title);

  HtmlTable& column(const Html& title);
  HtmlTable& number(const Html& title);
  HtmlTable& sortable(const Html& title, Order first);
  // `key` names the column for the column picker.
  HtmlTable& sortable_number(const Html& title, Order first, std::string_view key = "");
  // A first column whose heading is there for screen readers alone.
  HtmlTable& unnamed_column(const Html& title);

  // A heading across all columns; the rows behind it are sorted among themselves.
  HtmlTable& section(const Html& title);
  // `filters`: "key:value key:value", which the filters of the page are held against.
  HtmlTable& row(std::string_view filters = "");
  HtmlTable& heading(const Html& content);
  HtmlTable& cell(const Html& content, std::string_view classes = "");
  // Sorted by `order_by`; absent comes last.
  HtmlTable& cell_by(std::optional<double> order_by, const Html& content);

  bool empty() const { return rows_ == 0; }
  operator Html() const;  // NOLINT: implicit on purpose

 private:
  enum class Kind { kText, kNumber };
  struct Column {
    Html title;
    Kind kind = Kind::kText;
    std::optional<Order> first;
    std::string key;
    size_t group = 0;  // 1: the first of groups_; 0: none
  };

  HtmlTable& add_column(Column column);
  Element next_cell(std::string_view classes);
  void end_row();
  bool begins_group(size_t column) const;
  Html head() const;
  Html groups_head(Html& column_groups) const;

  std::string id_;
  Html caption_;
  std::string classes_;
  std::vector<Html> groups_;
  size_t group_ = 0;
  std::vector<Column> columns_;
  bool sortable_ = false;
  size_t rows_ = 0;
  size_t next_column_ = 0;
  std::optional<Element> row_;
  std::vector<Html> bodies_;
};

}  // namespace jangwon::reports
