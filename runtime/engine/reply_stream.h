// The text of a reply while it grows: where a stop string ends it, and how much of it can
// be shown already.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/engine/engine_text.h"
#include "runtime/engine/stop_strings.h"

namespace jangwon::runtime {

class ReplyStream {
 public:
  ReplyStream(std::unique_ptr<ReplyText> text, std::vector<std::string> stops)
      : text_(std::move(text)), stops_(std::move(stops)) {}

  // One more token. Returns the length of the reply's text once a stop string has ended it.
  std::optional<size_t> push(int32_t id);

  // What became final since the last call; a beginning of a stop string is held back.
  std::string take_final();
  size_t num_taken_bytes() const { return num_taken_bytes_; }

 private:
  std::unique_ptr<ReplyText> text_;
  StopStrings stops_;
  std::string pending_;
  size_t num_taken_bytes_ = 0;
};

}  // namespace jangwon::runtime
