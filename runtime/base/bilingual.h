// A text in the two languages of the program. Who writes one writes both at the same place, so that
// neither can be forgotten.

#pragma once

#include <string>

namespace jangwon {

enum class Language { kKorean, kEnglish };

struct Bilingual {
  std::string ko;
  std::string en;

  const std::string& in(Language language) const { return language == Language::kKorean ? ko : en; }
  bool empty() const { return ko.empty() && en.empty(); }
  bool operator==(const Bilingual&) const = default;
};

// A proper name: the same in both languages.
inline Bilingual same_in_both(std::string text) {
  return {text, text};
}

}  // namespace jangwon
