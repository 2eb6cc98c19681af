#include "reports/site/html.h"

#include <fmt/format.h>

#include "reports/escape.h"

namespace jangwon::reports {

Html& Html::text(std::string_view foreign) {
  return markup(html_escape(foreign));
}

Html& Html::both(const Message& message) {
  return markup(html_of(message));
}

Html& Html::both(const Bilingual& bilingual) {
  return markup(html_of(bilingual));
}

Html& Html::both_attribute(std::string_view name, const Message& message) {
  return both_attribute(name, say(message, Language::kKorean), message.english());
}

Html& Html::both_attribute(std::string_view name, std::string_view ko, std::string_view en) {
  std::string korean = html_escape(ko);
  return markup(fmt::format(" {}=\"{}\" data-ko-{}=\"{}\" data-en-{}=\"{}\"", name, korean, name,
                            korean, name, html_escape(en)));
}

Html& Html::attribute(std::string_view name, std::string_view foreign) {
  return markup(fmt::format(" {}=\"{}\"", name, html_escape(foreign)));
}

Html& Html::heading(int level, std::string_view id, const Message& message) {
  return heading(level, id, say(message, Language::kKorean), message.english());
}

Html& Html::heading(int level, std::string_view id, std::string_view ko, std::string_view en) {
  return markup(fmt::format("<h{} id=\"{}\">{}</h{}>\n", level, id, html_of(ko, en), level));
}

Html& Html::paragraph(const Message& message) {
  return paragraph(say(message, Language::kKorean), message.english());
}

Html& Html::paragraph(std::string_view ko, std::string_view en) {
  return markup(fmt::format("<p>{}</p>\n", html_of(ko, en)));
}

std::string html_of(const Message& message) {
  return html_of(Bilingual{say(message, Language::kKorean), message.english()});
}

std::string html_of(const Bilingual& bilingual) {
  std::string ko = html_escape(bilingual.ko);
  std::string en = html_escape(bilingual.en);
  if (ko == en) return ko;
  return fmt::format("<span lang=\"ko\">{}</span><span lang=\"en\">{}</span>", ko, en);
}

std::string html_of(std::string_view ko, std::string_view en) {
  return html_of(Bilingual{std::string(ko), std::string(en)});
}

}  // namespace jangwon::reports
