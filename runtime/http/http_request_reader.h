// Bytes of a connection → requests, with limits. Strict, because two readers of one byte stream
// must agree on where a request ends: no folded headers, no blank before a colon, one
// Content-Length or chunks, never both.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/http/http_request.h"

namespace jangwon {

class HttpRequestReader {
 public:
  explicit HttpRequestReader(const HttpLimits& limits) : limits_(limits) {}

  // Takes bytes in, in pieces of any size, up to the end of one request. Returns how many were
  // used: fewer than given once a request is whole or refused.
  size_t feed(std::string_view bytes);

  bool is_idle() const {
    return stage_ == Stage::kRequestLine && head_bytes_ == 0;
  }  // nothing of a request came yet
  bool is_in_body() const { return stage_ > Stage::kHeaders && stage_ < Stage::kDone; }
  bool is_whole() const { return stage_ == Stage::kDone; }

  // Why no request will come of it, and the status of the answer; the connection cannot
  // be used further.
  bool is_refused() const { return stage_ == Stage::kRefused; }
  int refused_status() const { return refused_status_; }
  const std::string& refusal() const { return refusal_; }

  // Bytes that the body will have by its Content-Length, or has by now.
  size_t body_bytes() const;
  // Once for a client that waits for leave to send its body.
  bool take_continue_wish();

  // REQUIRES: is_whole(). The reader begins anew.
  ServerRequest take();

 private:
  enum class Stage {
    kRequestLine,
    kHeaders,
    kFixedBody,
    kChunkSize,
    kChunkData,
    kChunkEnd,
    kTrailers,
    kDone,
    kRefused
  };

  void end_line();
  void read_request_line();
  void read_header();
  void end_head();
  void read_chunk_size();
  void refuse(int status, std::string why);

  HttpLimits limits_;
  Stage stage_ = Stage::kRequestLine;
  std::string line_;
  size_t head_bytes_ = 0;  // of request line, headers and trailers
  std::optional<size_t> content_length_;
  bool is_chunked_ = false;
  bool wants_continue_ = false;
  size_t remaining_ = 0;  // of the body or the chunk
  ServerRequest request_;
  int refused_status_ = 0;
  std::string refusal_;
};

}  // namespace jangwon
