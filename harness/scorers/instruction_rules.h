// The instructions of IFEval and its Korean relatives: what each asks of a reply, and whether
// a reply does it.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::harness {

// IFEval was made for English. Where its rule means something else in Korean the Korean reading
// does what the instruction says:
//
//   forbidden words   original: a word by itself (\b…\b), so 사과는 does not hold 사과; Korean:
//                     anywhere in the text
//   words             original: runs of letters and digits, so "3.5kg" is two; Korean: 어절, what
//                     blanks part
//   sentences         Korean: a line end ends one too, and the number of a list ("1.") does not
//   commas            Korean: also ， and 、
//   bullets           Korean: also • and ·
//   first word        Korean: markdown marks and quotation marks in front of it are passed over
enum class InstructionReading { kOriginal, kKorean };

// One instruction with its parameters: instruction_id_list[i] and kwargs[i] of a row. Parameters
// that are null, zero or empty are absent.
struct Instruction {
  std::string id;
  nlohmann::ordered_json parameters;
};

// The instructions of a row, checked: an unknown one, a missing parameter or a relation that is
// neither "at least" nor "less than" is an error that names it. `kwargs` is a list of mappings, or
// the JSON text of one.
Result<std::vector<Instruction>> read_instructions(const std::vector<std::string>& ids,
                                                   const nlohmann::ordered_json& kwargs);

// Whether the reply follows the instruction; a blank reply follows none. `prompt` is what was
// asked: the answers that constrained_response allows stand in it. REQUIRES: an instruction of
// read_instructions.
bool follows(const Instruction& instruction, std::string_view reply, std::string_view prompt,
             InstructionReading reading);

// IFEval's upper bound: the reply follows if it does so without its first line, its last line,
// both, or its asterisks.
bool follows_loosely(const Instruction& instruction, std::string_view reply,
                     std::string_view prompt, InstructionReading reading);

std::vector<std::string> instruction_ids();

}  // namespace jangwon::harness
