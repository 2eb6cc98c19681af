// Server-sent events (WHATWG HTML, "Server-sent events"), as far as a client that reads one
// reply needs them.

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace jangwon {

struct ServerSentEvent {
  std::string name;  // of an `event:` line; empty: a message
  std::string data;  // the `data:` lines, joined by LF
};

// Bytes go in as they come, in pieces of any size; events come out whole. Lines may end in LF, CR
// LF or CR. Comment lines (keep-alives) and the fields id and retry are passed over.
class EventStreamParser {
 public:
  explicit EventStreamParser(size_t max_event_bytes) : max_event_bytes_(max_event_bytes) {}

  using Visit = std::function<void(const ServerSentEvent&)>;

  // Error: one event is larger than allowed; the parser must not be used again.
  Status feed(std::string_view bytes, const Visit& visit);

  // The end of the reply: an event whose blank line is missing still counts here, because several
  // servers leave it out.
  void finish(const Visit& visit);

 private:
  void end_line(const Visit& visit);

  size_t max_event_bytes_;
  std::string line_;
  ServerSentEvent event_;
  bool has_data_ = false;
  bool after_carriage_return_ = false;
  bool at_start_ = true;
};

}  // namespace jangwon
