// Korean for the pages of the site, in the register of a document.

#include "harness/korean/entries.h"

namespace jangwon::harness {

namespace {

constexpr MessageEntry kEntries[] = {

    {"Skip to content", "본문으로"},
};

}  // namespace

std::span<const MessageEntry> korean_of_site() {
  return kEntries;
}

}  // namespace jangwon::harness
