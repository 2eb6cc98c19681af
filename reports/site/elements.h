// What pages are built of, beside tables (html_table.h): one function a part, so that the same
// thing looks and is marked up the same on every page.

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/site/html.h"

namespace jangwon::reports {

// <h2 id="ID">…</h2>
Html heading(int level, std::string_view id, const Html& title);
Html paragraph(const Html& content, std::string_view classes = "");
// A remark that must not be missed.
Html note(const Html& content);
// Less important than what it follows or stands below.
Html small(const Html& content);
Html sub(const Html& content);

enum class ChipKind {
  kPlain,
  kStandIn,
  kPublished,
  kGood,
  kBad,
  kUncertain,
  kGold,
  kSilver,
  kBronze
};
Html chip(ChipKind kind, const Html& label);

// A number that is read first, with what stands behind it: 71.2 [68.0, 74.1].
Html value(const Html& number, std::string_view classes = "");
Html interval(std::string_view text);
Html interval(std::string_view low, std::string_view high);

// To a page of the site, whose language and theme go along, and to an address elsewhere.
Html page_link(const std::string& file, const Html& title);
Html source_link(const std::string& url, std::string_view title);
Html section_link(std::string_view id, const Html& title);

Html list(const std::vector<Html>& items, std::string_view classes = "");
Html facts(const std::vector<std::pair<Html, Html>>& entries);  // names and values
Html details(const Html& summary, const Html& content);

// A plot with what it shows. The caption comes first where it names the plot, last where it
// explains it.
Html figure(const Html& caption, const Html& plot);
Html figure_explained(const Html& plot, const Html& caption);
Html plots(const std::vector<Html>& figures);

struct Card {
  Html title;
  Html answer;
  std::vector<Html> remarks;
};
Html cards(const std::vector<Card>& cards);

struct Choice {
  std::string value;
  Message label;
};
struct Select {
  std::string id;   // for a script that reads it, or
  std::string key;  // kept in the address by site.js
  Message label;
  std::vector<Choice> choices;
  size_t selected = 0;
};
Html select(const Select& select);
enum class Tick { kOff, kOn };
Html checkbox(const Html& label, std::string_view attribute, std::string_view value, Tick tick);
// A group of controls under a legend.
Html control_group(const Html& legend, const Html& controls);
Html controls(const std::vector<Html>& parts);
// A number that a script writes and a screen reader says.
Html live_count(std::string_view id);

}  // namespace jangwon::reports
