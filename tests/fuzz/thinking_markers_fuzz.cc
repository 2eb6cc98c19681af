#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "runtime/base/check.h"
#include "runtime/base/thinking_markers.h"
#include "tests/fuzz/fuzz_folder.h"

// What a user gives for --thinking-markers, as a word and as a file: markers that run.json can hold
// and give back, or a sentence.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  static const FuzzFolder folder;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const std::string& word : {text, folder.write("markers.yaml", text)}) {
    const auto markers = parse_thinking_markers(word);
    if (!markers.ok()) {
      JANGWON_CHECK(!markers.status().message().empty());
      continue;
    }
    const Json kept = to_json(*markers);
    const auto again = thinking_markers_of(kept);
    JANGWON_CHECK(again.ok());
    JANGWON_CHECK(to_json(*again) == kept);
    static_cast<void>(markers_of_model(*markers, text));
    for (const ThinkingMarkers& marker : *markers)
      static_cast<void>(describe(marker));
  }
  return 0;
}
