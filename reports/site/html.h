// Building HTML by appending. `text` escapes, `markup` does not and takes only what this
// program wrote itself.

#pragma once

#include <string>
#include <string_view>

#include "reports/bilingual.h"

namespace jangwon::reports {

class Html {
 public:
  Html& markup(std::string_view trusted) {
    out_ += trusted;
    return *this;
  }
  Html& text(std::string_view foreign);
  // Both languages, of which the style sheet shows one. Once when they are equal.
  Html& both(const Message& message);
  Html& both(const Bilingual& bilingual);
  Html& both(std::string_view ko, std::string_view en) {
    return both(Bilingual{std::string(ko), std::string(en)});
  }
  // ` name="…"` in Korean with both languages in data-ko-NAME and data-en-NAME, which the
  // script switches.
  Html& both_attribute(std::string_view name, const Message& message);
  Html& both_attribute(std::string_view name, std::string_view ko, std::string_view en);
  Html& attribute(std::string_view name, std::string_view foreign);  // ` name="…"`
  // <h2 id="ID">…</h2>
  Html& heading(int level, std::string_view id, const Message& message);
  Html& heading(int level, std::string_view id, std::string_view ko, std::string_view en);
  Html& paragraph(const Message& message);
  Html& paragraph(std::string_view ko, std::string_view en);

  const std::string& str() const { return out_; }

 private:
  std::string out_;
};

// The fragments as strings, for use inside larger pieces of markup.
std::string html_of(const Message& message);
std::string html_of(const Bilingual& bilingual);
std::string html_of(std::string_view ko, std::string_view en);

}  // namespace jangwon::reports
