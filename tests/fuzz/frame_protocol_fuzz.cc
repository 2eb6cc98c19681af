#include <cstdint>
#include <string>
#include <string_view>

#include "harness/sandbox/frame_protocol.h"
#include "runtime/base/check.h"

// Whatever the bytes and however they are cut, the frames are the same, and none is
// above the limit.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon::harness;
  constexpr size_t kMaxPayload = 64;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string seen[2];
  for (const size_t chunk : {size + 1, size_t{3}}) {
    FrameReader reader(kMaxPayload);
    std::string& frames = seen[chunk == 3 ? 1 : 0];
    for (size_t position = 0; position < size; position += chunk) {
      reader.append(bytes.substr(position, chunk));
      while (const auto frame = reader.next()) {
        JANGWON_CHECK(frame->payload.size() <= kMaxPayload);
        frames += encode_frame(frame->kind, frame->payload);
      }
    }
  }
  JANGWON_CHECK(seen[0] == seen[1] && bytes.starts_with(seen[0]));
  return 0;
}
