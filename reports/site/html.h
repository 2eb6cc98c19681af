// Pieces of a page. Html is markup that is safe to stand in one: it is made from texts, which are
// escaped, and from elements, which close themselves. Only what this program draws itself comes in
// as markup (the plots). The parts that pages are built of are in elements.h and html_table.h.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/message.h"

namespace jangwon::reports {

class Html {
 public:
  Html() = default;
  // Both languages, of which the style sheet shows one. Once when they are equal.
  Html(const Message& message);  // NOLINT: implicit on purpose
  static Html drawn(std::string markup);

  Html& text(std::string_view foreign);
  Html& add(const Html& other);

  bool empty() const { return out_.empty(); }
  const std::string& str() const { return out_; }

 private:
  std::string out_;
};

Html text(std::string_view foreign);
Html operator+(Html first, const Html& second);
// With `between` between those that are not empty.
Html joined(const std::vector<Html>& parts, std::string_view between);

// <name attributes>content</name>, or <name attributes> where HTML has no end tag. A page uses one
// where it has something that elements.h and html_table.h have no builder for.
class Element {
 public:
  explicit Element(std::string_view name, std::string_view classes = "");
  Element& set(std::string_view attribute, std::string_view value);
  Element& set(std::string_view attribute);  // one that has no value: hidden
  // In Korean, with both languages in data-ko-ATTRIBUTE and data-en-ATTRIBUTE, which the script
  // switches.
  Element& set_both(std::string_view attribute, const Message& message);
  Element& add(const Html& content);
  operator Html() const;  // NOLINT: implicit on purpose

 private:
  std::string name_;
  std::string attributes_;
  Html content_;
};

// A message as text, for where HTML takes no elements: attributes, <option>, SVG.
struct BothLanguages {
  std::string ko;
  std::string en;
};
BothLanguages both_of(const Message& message);

}  // namespace jangwon::reports
