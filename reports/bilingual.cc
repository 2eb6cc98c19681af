#include "reports/bilingual.h"

namespace jangwon::reports {

const char* name_of(Language language) {
  return language == Language::kKorean ? "ko" : "en";
}

std::optional<Language> language_of_name(std::string_view name) {
  if (name == "ko") return Language::kKorean;
  if (name == "en") return Language::kEnglish;
  return std::nullopt;
}

}  // namespace jangwon::reports
