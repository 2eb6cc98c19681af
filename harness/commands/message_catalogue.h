// The program's messages in Korean: one catalogue, English → Korean, for help and for the sentence of a failure. Code
// says a message once, in English; a message that the catalogue lacks stays English. Texts of reports and gates are
// written in both languages where they are made (reports/bilingual.h); both sides take the language from
// reports::language_of_environment().

#pragma once

#include <string>

namespace CLI {
class App;
}

namespace jangwon::harness {

// An entry may have {} for text that is taken over, and "PLACE: message" is translated behind its place.
std::string korean_message(const std::string& english);

// Descriptions of all commands and flags.
void translate_help(CLI::App& app);

}  // namespace jangwon::harness
