#include "runtime/engine/stop_strings.h"

#include <algorithm>

namespace jangwon::runtime {

StopStrings::StopStrings(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase_if(stops_, [](const std::string& stop) { return stop.empty(); });
  for (const std::string& stop : stops_)
    longest_ = std::max(longest_, stop.size());
}

std::optional<size_t> StopStrings::push(std::string_view piece) {
  if (stops_.empty()) return std::nullopt;
  const size_t window_begin = num_bytes_ - tail_.size();
  const std::string window = tail_ + std::string(piece);
  num_bytes_ += piece.size();
  size_t first = std::string::npos;
  for (const std::string& stop : stops_)
    first = std::min(first, window.find(stop));
  if (first != std::string::npos) return window_begin + first;
  const size_t keep = std::min(window.size(), longest_ - 1);
  tail_ = window.substr(window.size() - keep);
  return std::nullopt;
}

size_t StopStrings::num_undecided_bytes() const {
  for (size_t length = tail_.size(); length > 0; --length) {
    const std::string_view end = std::string_view(tail_).substr(tail_.size() - length);
    for (const std::string& stop : stops_)
      if (stop.starts_with(end)) return length;
  }
  return 0;
}

}  // namespace jangwon::runtime
