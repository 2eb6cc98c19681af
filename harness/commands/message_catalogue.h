// The program's messages in Korean: one catalogue, English → Korean, for help, progress and the sentence of a failure.
// Code says a message once, in English; the tables of korean/ say it in Korean, and a test reads the messages out of
// the sources, so that neither side can lack one. Texts of reports and gates are written in both languages where they
// are made (reports/bilingual.h); both sides take the language from reports::language_of_environment().

#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/commands/korean/entries.h"

namespace CLI {
class App;
}

namespace jangwon::harness {

// The Korean of an English message; what the catalogue does not know stays as it is.
//
// Several entries may fit, because {} takes anything: the one with the most text of its own wins, so a sentence stands
// above a general form. "PLACE: message" is translated on both sides of the colon, and what stands in the place of a
// {} is translated too where it is a message itself.
std::string korean_message(const std::string& english);

// Descriptions of all commands and flags.
void translate_help(CLI::App& app);

// All tables, for the test of the catalogue.
std::vector<std::span<const MessageEntry>> korean_tables();

}  // namespace jangwon::harness
