#include "runtime/engine/reply_stream.h"

namespace jangwon::runtime {

std::optional<size_t> ReplyStream::push(int32_t id) {
  const std::string piece = text_->push(id);
  pending_ += piece;
  return stops_.push(piece);
}

std::string ReplyStream::take_final() {
  std::string final_text = pending_.substr(0, pending_.size() - stops_.num_undecided_bytes());
  pending_.erase(0, final_text.size());
  num_taken_bytes_ += final_text.size();
  return final_text;
}

}  // namespace jangwon::runtime
