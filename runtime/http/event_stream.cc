#include "runtime/http/event_stream.h"

namespace jangwon {

Status EventStreamParser::feed(std::string_view bytes, const Visit& visit) {
  while (!bytes.empty()) {
    if (after_carriage_return_ && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      after_carriage_return_ = false;
      continue;
    }
    after_carriage_return_ = false;
    const size_t end = bytes.find_first_of("\r\n");
    line_.append(bytes.substr(0, end));
    if (line_.size() + event_.data.size() > max_event_bytes_) {
      return invalid_argument("one event of the stream is larger than {max_event_bytes} bytes",
                              {{"max_event_bytes", max_event_bytes_}});
    }
    if (end == std::string_view::npos) return ok_status();
    after_carriage_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    end_line(visit);
  }
  return ok_status();
}

void EventStreamParser::finish(const Visit& visit) {
  if (!line_.empty()) end_line(visit);
  end_line(visit);
}

void EventStreamParser::end_line(const Visit& visit) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (at_start_ && line_.starts_with(kByteOrderMark)) line_.erase(0, kByteOrderMark.size());
  at_start_ = false;
  if (line_.empty()) {
    if (has_data_) visit(event_);
    event_ = {};
    has_data_ = false;
    return;
  }
  const size_t colon = line_.find(':');
  const std::string_view line = line_;
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (has_data_) event_.data += '\n';
    event_.data += value;
    has_data_ = true;
  } else if (field == "event") {
    event_.name = value;
  }
  line_.clear();
}

}  // namespace jangwon
