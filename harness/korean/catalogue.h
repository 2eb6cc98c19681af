// The program's messages in Korean: one catalogue, English → Korean, for help, progress, the
// sentence of a failure and every text of a report. Code says a message once, in English
// (runtime/base/message.h); the tables beside this file say it in Korean, and a test reads the
// messages out of the sources, so that neither side can lack one. Both sides take the language from
// reports::language_of_environment().

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/korean/entries.h"
#include "runtime/base/message.h"

namespace jangwon::harness {

// The Korean of a template; the template where there is none.
std::string_view korean_of(std::string_view english);

// The message in Korean, those inside of it too; in English where the catalogue has no
// entry for a template.
std::string korean_message(const Message& message);

// All tables, for the test of the catalogue.
std::vector<std::span<const MessageEntry>> korean_tables();

}  // namespace jangwon::harness
