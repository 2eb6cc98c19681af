#include "reports/site/html.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/escape.h"
#include "reports/language.h"

namespace jangwon::reports {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool has_no_end_tag(std::string_view name) {
  return is_one_of(name, {"input", "br", "meta", "link", "col"});
}

// Those after which a line of the source ends, for who reads it.
bool is_block(std::string_view name) {
  return is_one_of(name, {"p",       "h1",      "h2",       "h3",      "div",     "ul",     "ol",
                          "li",      "dl",      "figure",   "table",   "thead",   "tbody",  "tr",
                          "caption", "details", "fieldset", "section", "nav",     "header", "main",
                          "footer",  "meta",    "link",     "script",  "noscript"});
}

}  // namespace

Html::Html(const Message& message) {
  const BothLanguages both = both_of(message);
  const std::string ko = html_escape(both.ko), en = html_escape(both.en);
  out_ =
      ko == en ? ko : fmt::format("<span lang=\"ko\">{}</span><span lang=\"en\">{}</span>", ko, en);
}

Html Html::drawn(std::string markup) {
  Html html;
  html.out_ = std::move(markup);
  return html;
}

Html& Html::text(std::string_view foreign) {
  out_ += html_escape(foreign);
  return *this;
}

Html& Html::add(const Html& other) {
  out_ += other.out_;
  return *this;
}

Html text(std::string_view foreign) {
  return Html().text(foreign);
}

Html operator+(Html first, const Html& second) {
  first.add(second);
  return first;
}

Html joined(const std::vector<Html>& parts, std::string_view between) {
  Html all;
  for (const Html& part : parts) {
    if (part.empty()) continue;
    if (!all.empty()) all.text(between);
    all.add(part);
  }
  return all;
}

Element::Element(std::string_view name, std::string_view classes) : name_(name) {
  if (!classes.empty()) set("class", classes);
}

Element& Element::set(std::string_view attribute, std::string_view value) {
  attributes_ += fmt::format(" {}=\"{}\"", attribute, html_escape(value));
  return *this;
}

Element& Element::set(std::string_view attribute) {
  attributes_ += fmt::format(" {}", attribute);
  return *this;
}

Element& Element::set_both(std::string_view attribute, const Message& message) {
  const BothLanguages both = both_of(message);
  set(attribute, both.ko);
  set(fmt::format("data-ko-{}", attribute), both.ko);
  return set(fmt::format("data-en-{}", attribute), both.en);
}

Element& Element::add(const Html& content) {
  content_.add(content);
  return *this;
}

Element::operator Html() const {
  const char* line = is_block(name_) ? "\n" : "";
  if (has_no_end_tag(name_)) return Html::drawn(fmt::format("<{}{}>{}", name_, attributes_, line));
  return Html::drawn(fmt::format("<{0}{1}>{2}</{0}>{3}", name_, attributes_, content_.str(), line));
}

BothLanguages both_of(const Message& message) {
  return {say(message, Language::kKorean), say(message, Language::kEnglish)};
}

}  // namespace jangwon::reports
