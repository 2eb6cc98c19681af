#include <algorithm>
#include <cstdint>
#include <string_view>

#include "harness/scorers/instruction_rules.h"
#include "runtime/base/check.h"
#include "runtime/base/json.h"
#include "tests/fuzz/fuzz_folder.h"

// The parameters of a row of IFEval, of every instruction, and a reply behind a NUL.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  using namespace jangwon::harness;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\0'), text.size());
  const std::string_view reply = text.substr(std::min(end + 1, text.size()));
  const Result<Json> kwargs = parse_json(text.substr(0, end));
  if (!kwargs.ok()) return 0;
  for (const std::string& id : instruction_ids()) {
    const auto instructions = read_instructions({id}, *kwargs);
    if (!instructions.ok()) {
      JANGWON_CHECK(!instructions.status().message().empty());
      continue;
    }
    for (const InstructionReading reading :
         {InstructionReading::kOriginal, InstructionReading::kKorean}) {
      for (const Instruction& instruction : *instructions) {
        const bool strict = follows(instruction, reply, "a prompt", reading);
        const bool loose = follows_loosely(instruction, reply, "a prompt", reading);
        JANGWON_CHECK(loose || !strict);
      }
    }
  }
  return 0;
}
