// The program in a reply.

#pragma once

#include <string_view>

#include "harness/extractors/extraction.h"

namespace jangwon::harness {

// LiveCodeBench at its head: the lines between the last two lines that contain ``` anywhere. With
// an unclosed last fence that is the prose between two blocks; it is what the benchmark grades.
// Stage: last_two_fences. Fewer than two such lines: nothing.
Extraction extract_code_official(std::string_view text);

// What was meant. Fences are paired from the left as CommonMark does (``` or ~~~, a closing fence
// is at least as long as the opening one and bare). Stages, the first that finds something wins:
//   python_block     the last complete block labelled python, py or python3
//   plain_block      the last complete block without a label
//   unclosed_block   a block that the reply does not close: from its fence to the end
//   bare_code        no fence at all and the reply begins like a program
Extraction extract_code_native(std::string_view text);

}  // namespace jangwon::harness
