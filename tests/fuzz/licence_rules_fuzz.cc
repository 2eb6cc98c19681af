#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/scorers/licence_rule.h"
#include "runtime/base/check.h"

// Rules that pass judge any questions: a pass is a pass of every subject.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  using namespace jangwon::harness;
  const Result<LicenceRules> rules =
      parse_licence_rules({reinterpret_cast<const char*>(data), size}, "licences.yaml");
  if (!rules.ok()) {
    JANGWON_CHECK(!rules.status().message().empty());
    return 0;
  }
  const std::string licence = rules->licences.empty() ? "x" : rules->licences.front();
  const std::vector<LicenceResult> results = judge_licences(
      *rules,
      {{licence, "a", 1.0}, {licence, "a", 0.0}, {licence, "b", 0.5}, {"unlisted", "a", 1.0}});
  for (const LicenceResult& result : results) {
    for (const SubjectResult& subject : result.subjects)
      JANGWON_CHECK(subject.passed || !result.passed);
  }
  return 0;
}
