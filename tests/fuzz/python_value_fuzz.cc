#include <cstdint>
#include <string_view>

#include "harness/scorers/python_value.h"

// Return values come out of a sandbox: whatever they are, reading and comparing them ends. The
// first byte chooses the reader.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon::harness;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto expected = parse_python_json("[1, [2.5, \"a\"], {\"k\": null}]");
  const auto value =
      bytes[0] == 'j' ? parse_python_json(bytes.substr(1)) : decode_python_value(bytes, 1 << 20);
  if (!value) return 0;
  for (const TupleRule rule : {TupleRule::kTopLevelIsList, TupleRule::kAlwaysList})
    compare_values(*value, *expected, rule);
  return 0;
}
