// Finds the first stop string in a text that grows piece by piece, across the seams.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jangwon::runtime {

class StopStrings {
 public:
  // Empty strings are left out: they would stop before the first character.
  explicit StopStrings(std::vector<std::string> stops);
  bool empty() const { return stops_.empty(); }

  // Appends a piece. Returns the length of the text before the first stop string once one is
  // complete; of several that are complete, the one that begins first counts.
  std::optional<size_t> push(std::string_view piece);

  // Bytes at the end of the text that may turn out to be the beginning of a stop string.
  size_t num_undecided_bytes() const;

 private:
  std::vector<std::string> stops_;
  size_t longest_ = 0;
  std::string tail_;      // the last longest_ − 1 bytes seen
  size_t num_bytes_ = 0;  // of the whole text
};

}  // namespace jangwon::runtime
