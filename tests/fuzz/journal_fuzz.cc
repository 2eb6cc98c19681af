#include <cstdint>

#include "harness/record/run_result.h"
#include "harness/record/sample_record.h"

// What reads as a record or as results must be written and read again to the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto record = harness::parse_journal_line(text); record.ok()) {
    const std::string line = harness::to_journal_line(*record);
    const auto again = harness::parse_journal_line(line);
    JANGWON_CHECK(again.ok() && harness::to_journal_line(*again) == line);
  }
  if (const auto result = harness::parse_results_json(text); result.ok()) {
    const std::string written = harness::to_results_json(*result);
    const auto again = harness::parse_results_json(written);
    JANGWON_CHECK(again.ok() && harness::to_results_json(*again) == written);
  }
  return 0;
}
