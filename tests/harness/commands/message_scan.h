// The sentences that the program can say, read from its sources: the literals in the calls that make a Status, a notice
// or a line of help, with {} for every value that is put in. A scan of tokens and not of the compiled program, because
// a failure that no test provokes must be found too.

#pragma once

#include <string>
#include <vector>

namespace jangwon::harness {

struct SourceMessage {
  std::string text;   // as the program says it, {} for what is put in
  std::string place;  // file:line
};

struct SourceMessages {
  std::vector<SourceMessage> messages;
  // Where a Status is made of a variable alone, so that no sentence can be read: FILE: EXPRESSION.
  std::vector<std::string> unreadable;
};

// REQUIRES: `file` is relative to the root of the sources; `source` is its text.
void scan_messages(const std::string& file, const std::string& source, SourceMessages& found);

}  // namespace jangwon::harness
