// libFuzzer entry point: the wrappings around LiveCodeBench's tests, each layer on its own
// and all together.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "datasets/code_tests.h"
#include "datasets/packed_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLimit = 1 << 20;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(jangwon::datasets::decode_base64(bytes).ok());
  static_cast<void>(jangwon::datasets::inflate_zlib(bytes, kLimit).ok());
  static_cast<void>(jangwon::datasets::unpickle_string(bytes).ok());
  static_cast<void>(jangwon::datasets::decode_code_tests(bytes, kLimit).ok());
  return 0;
}
