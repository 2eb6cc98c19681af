#include "runtime/base/localized.h"

namespace jangwon {

namespace {

Localizer g_localizer = nullptr;

}  // namespace

void set_localizer(Localizer localizer) {
  g_localizer = localizer;
}

std::string localized(const std::string& english) {
  return g_localizer == nullptr ? english : g_localizer(english);
}

}  // namespace jangwon
