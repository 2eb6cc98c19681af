// The two languages of every report. A text that a reader sees is written in both at the same place
// in the source, so that neither can be forgotten: there is no catalogue to fall out of step.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/bilingual.h"
#include "runtime/base/status.h"

namespace jangwon::reports {

using jangwon::Bilingual;
using jangwon::Language;
using jangwon::same_in_both;

const char* name_of(Language language);  // ko, en
std::optional<Language> language_of_name(std::string_view name);

// LC_ALL, else LC_MESSAGES, else LANG, as POSIX orders them: Korean for ko and ko_…, English for
// everything else.
Language language_of_environment();

// What --lang says; an empty flag means the environment's. Errors: a name that is
// neither ko nor en.
Result<Language> chosen_language(const std::string& flag);

}  // namespace jangwon::reports
