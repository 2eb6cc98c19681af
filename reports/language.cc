#include "reports/language.h"

#include <cstdlib>

#include "harness/korean/catalogue.h"

namespace jangwon::reports {

const char* name_of(Language language) {
  return language == Language::kKorean ? "ko" : "en";
}

std::optional<Language> language_of_name(std::string_view name) {
  if (name == "ko") return Language::kKorean;
  if (name == "en") return Language::kEnglish;
  return std::nullopt;
}

Language language_of_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale(value);
    const std::string_view language = locale.substr(0, locale.find_first_of("_.@"));
    return language == "ko" ? Language::kKorean : Language::kEnglish;
  }
  return Language::kEnglish;
}

Result<Language> chosen_language(const std::string& flag) {
  if (flag.empty()) return language_of_environment();
  if (const auto language = language_of_name(flag)) return *language;
  return invalid_argument("--lang is {flag}; it can be ko or en", {{"flag", flag}});
}

std::string say(const Message& message, Language language) {
  return language == Language::kKorean ? harness::korean_message(message) : message.english();
}

}  // namespace jangwon::reports
