#include "harness/run_loop/sample_limit.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace jangwon::harness {

Result<SampleLimit> parse_sample_limit(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = number == std::floor(number) && number <= std::numeric_limits<int>::max();
  // nan compares false with everything.
  if (error != std::errc() || end != text.data() + text.size() || !(number > 0) ||
      (number >= 1 && !whole)) {
    return invalid_argument(
        "--limit is \"{text}\"; it must be a whole number above 0, or the share of each task's "
        "questions as a number "
        "below 1, e.g. 0.1",
        {{"text", text}});
  }
  if (number < 1) return SampleLimit{.share = number};
  return SampleLimit{.count = static_cast<int>(number)};
}

nlohmann::ordered_json to_json(const SampleLimit& limit) {
  if (limit.share > 0) return limit.share;
  return limit.count;
}

Result<SampleLimit> sample_limit_of(const nlohmann::ordered_json& number) {
  return number == 0 ? SampleLimit() : parse_sample_limit(number.dump());
}

}  // namespace jangwon::harness
