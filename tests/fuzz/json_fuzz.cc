#include <cstdint>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

// What parses must print and parse again to the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  const Result<Json> value = parse_json({reinterpret_cast<const char*>(data), size});
  if (!value.ok()) return 0;
  const std::string line = to_json_line(*value);
  const Result<Json> again = parse_json(line);
  JANGWON_CHECK(again.ok() && to_json_line(*again) == line);
  return 0;
}
