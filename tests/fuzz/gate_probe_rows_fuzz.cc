#include <cstdint>
#include <string_view>

#include "harness/commands/gate_probe_rows.h"
#include "runtime/base/check.h"

// A line of a file behind an L0 or L1 check is a row or a sentence; a row has what the
// check goes on to use.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  using namespace jangwon::harness;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const Result<ReplayRow> replay = parse_replay_row(line);
  JANGWON_CHECK(replay.ok() || !replay.status().message().empty());
  for (const ParityLogprobs logprobs : {ParityLogprobs::kRecorded, ParityLogprobs::kNotYet}) {
    const Result<ParityRow> parity = parse_parity_row(line, logprobs);
    JANGWON_CHECK(parity.ok() || !parity.status().message().empty());
    if (!parity.ok()) continue;
    JANGWON_CHECK(!parity->continuations.empty());
    JANGWON_CHECK(logprobs == ParityLogprobs::kNotYet ||
                  parity->recorded.size() == parity->continuations.size());
  }
  return 0;
}
