// Lines for a terminal in the reader's language. Code says a line in English, through
// localized(); the program's main installs a translator where the reader wants another language.
// What goes into a file or to another program is not localised, and a Status carries its message
// until main prints it.

#pragma once

#include <string>

#include "runtime/base/message.h"

namespace jangwon {

using Localizer = std::string (*)(const Message& message);

// Null: English stays English. Before threads are started.
void set_localizer(Localizer localizer);

std::string localized(const Message& message);
std::string localized(MessageTemplate text, Message::Arguments arguments = {});

}  // namespace jangwon
