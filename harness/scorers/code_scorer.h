// Programs against tests, in the sandbox. `official` is LiveCodeBench's checker at its head, quirks
// included; `native` runs the program as the real process that the problem describes. Expected
// outputs stay on this side.
//
// Options (JSON):
//   timeout_s   6           the CPU time of a test; a number `timeout_s` in the sample's metadata
//                           stands above it
//   extraction  fences      official: between the last two fence lines; native: the last complete
//                           block
//               whole       the whole reply, stripped, is the program: what the checker does with
//                           base models
//   extractor   NAME        reads the replies of the official mode instead
//                           (harness/extractors/named_extractor.h)
//
// A third, named variant stands in the metadata of native scores of problems with standard input:
// passed_with_float_tolerance, what the verdict would be if decimals were compared to 1e-6.
//
// Score.results has one entry a test up to the first failure, in the checker's codes: 1 passed, -2
// wrong, -3 too slow, -4 an exception or a program that does not compile; a program that ends the
// checker's process is [-2] with error_code -5 in the metadata, as there.
//
// Verdict sandbox_error is what we know to be ours without asking the program: no tests, tests that
// cannot be read, a module that every program may count on and that this machine lacks
// (PythonSandbox::missing_module), a sandbox that failed twice. Whatever a program does, writes or
// fails to import is a verdict about the program.

#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/extractors/named_extractor.h"
#include "harness/scorers/scorer.h"

namespace jangwon::harness {

Result<std::unique_ptr<Scorer>> make_code_scorer(const ScorerOptions& options,
                                                 const ScorerContext& context);

inline constexpr const char* kCodeRowNeeds = "id, output (code), inputs, outputs";
Status read_code_key(const nlohmann::ordered_json& row, const ScorerOptions& options,
                     datasets::Sample& sample);

std::string float_tolerance_line(size_t right, size_t n, const std::string& share);

// How the program is found in a reply.
enum class CodeExtraction { kFences, kWhole };

struct CodeScorerOptions {
  double timeout_s = 6.0;
  CodeExtraction extraction = CodeExtraction::kFences;
  // in place of the official extraction
  const NamedExtractor* extractor = nullptr;
  // in which the program is run
  std::vector<ScoreMode> modes = {ScoreMode::kOfficial, ScoreMode::kNative};
};

// The same for rows that carry the program itself: nothing is extracted. One score a mode of
// `options.modes`.
std::vector<Score> score_code(const datasets::Sample& sample, const std::string& code,
                              SandboxPool& sandbox, const CodeScorerOptions& options);

}  // namespace jangwon::harness
