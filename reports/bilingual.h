// A text written in both languages at its place: what has not become a Message yet.

#pragma once

#include "reports/language.h"

namespace jangwon::reports {

struct Bilingual {
  std::string ko;
  std::string en;

  Bilingual() = default;
  Bilingual(std::string korean, std::string english)
      : ko(std::move(korean)), en(std::move(english)) {}
  Bilingual(const Message& message)  // NOLINT: implicit until both are one
      : ko(say(message, Language::kKorean)), en(message.english()) {}

  bool empty() const { return ko.empty() && en.empty(); }
};

inline Bilingual same_in_both(std::string text) {
  return {text, text};
}

}  // namespace jangwon::reports
