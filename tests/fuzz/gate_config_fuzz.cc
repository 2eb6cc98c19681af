#include <cstdint>
#include <string>

#include "reports/gate/gate_config.h"
#include "runtime/base/check.h"

// A configuration of a gate is one or a sentence.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Result<reports::GateConfig> config = reports::parse_gate_config(text, "gate.yaml");
  JANGWON_CHECK(config.ok() || !config.status().message().empty());
  const Result<reports::Amount> amount = reports::parse_amount(text);
  JANGWON_CHECK(amount.ok() || !amount.status().message().empty());
  return 0;
}
