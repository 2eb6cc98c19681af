// The two languages of every report. A report's sentence is a Message (runtime/base/message.h):
// English at its place with named arguments, and the Korean is looked up by the template
// (harness/korean), as for everything else that the program says.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/message.h"
#include "runtime/base/status.h"

namespace jangwon::reports {

enum class Language { kKorean, kEnglish };

const char* name_of(Language language);  // ko, en
std::optional<Language> language_of_name(std::string_view name);

// LC_ALL, else LC_MESSAGES, else LANG, as POSIX orders them: Korean for ko and ko_…, English for
// everything else.
Language language_of_environment();

// What --lang says; an empty flag means the environment's. Errors: a name that is
// neither ko nor en.
Result<Language> chosen_language(const std::string& flag);

std::string say(const Message& message, Language language);

}  // namespace jangwon::reports
