// The messages that the program can say, read from its sources: the literals in the calls that
// take a template, with the names of the arguments that they are given, and the texts of help.
// A scan of tokens and not of the compiled program, because a failure that no test provokes
// must be found too.

#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace jangwon::harness {

struct SourceMessage {
  std::string text;
  std::set<std::string> arguments;  // "?" for one whose name is not written there
  std::string place;                // file:line
};

struct SourceMessages {
  std::vector<SourceMessage> messages;
  // Functions without a name (FILE:LINE) that take a template: their calls cannot be found.
  std::vector<std::string> unreadable;
};

// The sources by their names relative to the root.
SourceMessages scan_messages(const std::map<std::string, std::string>& sources);

}  // namespace jangwon::harness
