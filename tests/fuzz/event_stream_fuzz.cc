// Server-sent events, whole and in pieces: the pieces make no difference.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/check.h"
#include "runtime/http/event_stream.h"

namespace {

using namespace jangwon;

// The events as one text; where an event was too large, what came before it.
std::string events_of(std::string_view bytes, size_t piece) {
  std::string seen;
  const EventStreamParser::Visit visit = [&](const ServerSentEvent& event) {
    seen += std::to_string(event.name.size()) + ":" + event.name +
            std::to_string(event.data.size()) + ":" + event.data;
  };
  EventStreamParser parser(1 << 10);
  for (size_t at = 0; at < bytes.size(); at += piece) {
    if (!parser.feed(bytes.substr(at, piece), visit).ok()) return "too large";
  }
  parser.finish(visit);
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  JANGWON_CHECK(events_of(bytes, bytes.size() + 1) == events_of(bytes, 1 + data[0] % 16));
  return 0;
}
