#include "harness/sandbox/frame_protocol.h"

#include "runtime/base/check.h"

namespace jangwon::harness {
namespace {
constexpr size_t kHeaderBytes = 5;
}

std::string encode_frame(char kind, std::string_view payload) {
  JANGWON_CHECK(payload.size() <= UINT32_MAX);
  const auto length = static_cast<uint32_t>(payload.size());
  std::string frame;
  frame.reserve(kHeaderBytes + payload.size());
  frame.push_back(kind);
  for (int shift = 0; shift < 32; shift += 8)
    frame.push_back(static_cast<char>(length >> shift));
  frame.append(payload);
  return frame;
}

std::optional<Frame> FrameReader::next() {
  if (broken_ || buffer_.size() - position_ < kHeaderBytes) return std::nullopt;
  uint32_t length = 0;
  for (int byte = 3; byte >= 0; --byte)
    length = length << 8 |
             static_cast<unsigned char>(buffer_[position_ + 1 + static_cast<size_t>(byte)]);
  if (length > max_payload_) {
    broken_ = true;
    return std::nullopt;
  }
  if (buffer_.size() - position_ < kHeaderBytes + length) return std::nullopt;
  Frame frame{buffer_[position_], buffer_.substr(position_ + kHeaderBytes, length)};
  position_ += kHeaderBytes + length;
  if (position_ == buffer_.size()) {
    buffer_.clear();
    position_ = 0;
  } else if (position_ > (size_t{1} << 20)) {
    buffer_.erase(0, position_);
    position_ = 0;
  }
  return frame;
}

}  // namespace jangwon::harness
