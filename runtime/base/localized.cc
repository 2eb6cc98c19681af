#include "runtime/base/localized.h"

namespace jangwon {

namespace {

Localizer g_localizer = nullptr;

}  // namespace

void set_localizer(Localizer localizer) {
  g_localizer = localizer;
}

std::string localized(const Message& message) {
  return g_localizer == nullptr ? message.english() : g_localizer(message);
}

std::string localized(MessageTemplate text, Message::Arguments arguments) {
  return localized(Message(text, arguments));
}

}  // namespace jangwon
