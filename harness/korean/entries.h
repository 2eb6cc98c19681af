// The Korean of the program's messages: one table an area, compiled into the program, so that they
// are found wherever it is installed and cost nothing where nobody asks for Korean. How a message
// finds its entry: catalogue.h.

#pragma once

#include <span>
#include <string_view>

namespace jangwon::harness {

// Two templates with the same places (runtime/base/message.h), in any order.
struct MessageEntry {
  std::string_view english;
  std::string_view korean;
};

std::span<const MessageEntry> korean_of_runtime();
std::span<const MessageEntry> korean_of_datasets();
std::span<const MessageEntry> korean_of_harness();
std::span<const MessageEntry> korean_of_reports();
std::span<const MessageEntry> korean_of_verdicts();  // gates, comparisons, plans
std::span<const MessageEntry> korean_of_commands();
std::span<const MessageEntry> korean_of_system();  // what the C library says of errno

// Documents rather than answers to a user, in the register of one: 한다.
std::span<const MessageEntry> korean_of_tables();
std::span<const MessageEntry> korean_of_site();

}  // namespace jangwon::harness
