#include <cstdint>
#include <string_view>

#include "runtime/base/check.h"
#include "runtime/io/safetensors.h"

// A header that passes must describe memory inside the input, without overlaps; every
// byte of it is read.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Result<runtime::SafetensorsHeader> header =
      runtime::parse_safetensors(bytes, "fuzz.safetensors");
  if (!header.ok()) {
    JANGWON_CHECK(!header.status().message().empty());
    return 0;
  }
  const char* previous_end = bytes.data();
  unsigned sum = 0;
  for (const TensorView& tensor : header->tensors) {
    const char* begin = static_cast<const char*>(tensor.data);
    JANGWON_CHECK(begin >= previous_end);
    previous_end = begin + tensor.size_bytes();
    JANGWON_CHECK(previous_end <= bytes.data() + bytes.size());
    for (const char* byte = begin; byte < previous_end; ++byte)
      sum += static_cast<unsigned char>(*byte);
  }
  volatile unsigned keep = sum;
  static_cast<void>(keep);
  return 0;
}
