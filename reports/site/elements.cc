// The few pieces that pages are made of, each with the class that the style sheet knows, so that a
// page says what it shows and never how it is marked up. What takes a text takes it as a Message or
// escapes it: markup comes from here alone. tests/reports/site_html_test.cc holds their output.

#include "reports/site/elements.h"

#include <fmt/format.h>

namespace jangwon::reports {
namespace {

const char* class_of(ChipKind kind) {
  switch (kind) {
    case ChipKind::kPlain:
      return "chip";
    case ChipKind::kStandIn:
      return "chip std";
    case ChipKind::kPublished:
      return "chip pub";
    case ChipKind::kGood:
      return "chip yes";
    case ChipKind::kBad:
      return "chip no";
    case ChipKind::kUncertain:
      return "chip cond";
    case ChipKind::kGold:
      return "chip m1";
    case ChipKind::kSilver:
      return "chip m2";
    case ChipKind::kBronze:
      return "chip m3";
  }
  return "chip";
}

}  // namespace

Html heading(int level, std::string_view id, const Html& title) {
  return Element(fmt::format("h{}", level)).set("id", id).add(title);
}

Html paragraph(const Html& content, std::string_view classes) {
  return Element("p", classes).add(content);
}

Html note(const Html& content) {
  return Element("div", "note").add(paragraph(content));
}

Html small(const Html& content) {
  return paragraph(content, "mut small");
}

Html sub(const Html& content) {
  return Element("span", "sub").add(content);
}

Html chip(ChipKind kind, const Html& label) {
  return Element("span", class_of(kind)).add(label);
}

Html value(const Html& number, std::string_view classes) {
  return Element("span", classes.empty() ? "v" : fmt::format("v {}", classes)).add(number);
}

Html interval(std::string_view text) {
  return reports::text(" ") + Element("span", "ci").add(reports::text(text));
}

Html interval(std::string_view low, std::string_view high) {
  return interval(fmt::format("[{}, {}]", low, high));
}

Html page_link(const std::string& file, const Html& title) {
  return Element("a").set("href", file).set("data-page", file).add(title);
}

Html source_link(const std::string& url, std::string_view title) {
  return Element("a").set("href", url).set("rel", "noreferrer").add(text(title));
}

Html section_link(std::string_view id, const Html& title) {
  return Element("a").set("href", fmt::format("#!{}", id)).add(title);
}

Html list(const std::vector<Html>& items, std::string_view classes) {
  Element all("ul", classes);
  for (const Html& item : items)
    all.add(Element("li").add(item));
  return all;
}

Html facts(const std::vector<std::pair<Html, Html>>& entries) {
  Element all("dl", "facts");
  for (const auto& [name, fact] : entries)
    all.add(Element("dt").add(name)).add(Element("dd").add(fact));
  return all;
}

Html details(const Html& summary, const Html& content) {
  return Element("details").add(Element("summary").add(summary)).add(content);
}

Html figure(const Html& caption, const Html& plot) {
  return Element("figure").add(Element("figcaption").add(caption)).add(plot);
}

Html figure_explained(const Html& plot, const Html& caption) {
  return Element("figure").add(plot).add(Element("figcaption").add(caption));
}

Html plots(const std::vector<Html>& figures) {
  Element all("div", "plots");
  for (const Html& one : figures)
    all.add(one);
  return all;
}

Html cards(const std::vector<Card>& cards) {
  Element all("div", "cards");
  for (const Card& card : cards) {
    Element one("div", "card");
    one.add(Element("h3").add(card.title)).add(paragraph(card.answer, "pick"));
    for (const Html& remark : card.remarks)
      one.add(small(remark));
    all.add(one);
  }
  return all;
}

Html select(const Select& select) {
  Element box("select");
  if (!select.id.empty()) box.set("id", select.id);
  if (!select.key.empty()) box.set("data-key", select.key);
  for (size_t i = 0; i < select.choices.size(); ++i) {
    const BothLanguages label = both_of(select.choices[i].label);
    Element choice("option");
    choice.set("value", select.choices[i].value);
    if (i == select.selected) choice.set("selected");
    if (label.ko != label.en) choice.set("data-ko", label.ko).set("data-en", label.en);
    box.add(choice.add(text(label.ko)));
  }
  return Element("label").add(select.label).add(text(" ")).add(box);
}

Html checkbox(const Html& label, std::string_view attribute, std::string_view value, Tick tick) {
  Element box("input");
  box.set("type", "checkbox").set(attribute, value);
  if (tick == Tick::kOn) box.set("checked");
  return Element("label").add(box).add(label);
}

Html control_group(const Html& legend, const Html& controls) {
  return Element("fieldset").add(Element("legend").add(legend)).add(controls);
}

Html controls(const std::vector<Html>& parts) {
  Element bar("div", "bar");
  for (const Html& part : parts)
    bar.add(part);
  return bar;
}

Html live_count(std::string_view id) {
  return Element("strong").set("id", id).set("role", "status");
}

}  // namespace jangwon::reports
