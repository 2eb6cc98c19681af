// Frames between the harness and the interpreter inside the sandbox: one kind byte, a 32-bit
// little-endian length, the payload. What comes out of a sandbox is foreign bytes: the reader is
// bounded and never trusts a length.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jangwon::harness {

struct Frame {
  char kind = 0;
  std::string payload;
};

std::string encode_frame(char kind, std::string_view payload);

// Takes bytes as they come, gives frames as they are complete.
class FrameReader {
 public:
  // Payloads above `max_payload` break the protocol.
  explicit FrameReader(size_t max_payload) : max_payload_(max_payload) {}

  void append(std::string_view bytes) { buffer_.append(bytes); }
  // The next complete frame; nothing when more bytes are needed or the stream is broken.
  std::optional<Frame> next();
  bool broken() const {
    return broken_;
  }  // a length above the limit was announced; nothing more will come
  bool empty() const { return position_ == buffer_.size(); }

 private:
  size_t max_payload_;
  std::string buffer_;
  size_t position_ = 0;
  bool broken_ = false;
};

}  // namespace jangwon::harness
