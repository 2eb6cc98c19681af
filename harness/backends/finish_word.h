// What a server means by its finish_reason. Servers spell a handful of meanings in several dozen
// ways; a word that is not known is kept in the record and taken for the model's own end.

#pragma once

#include <string>
#include <string_view>

#include "runtime/base/completion.h"

namespace jangwon::harness {

enum class FinishMeaning {
  kEnd,        // the model ended its turn, or a stop string came
  kTruncated,  // the token limit, or something else that cut the model off
  kContext,    // the model's context was full
  kFailure,    // the server gave the reply up: asking again may help
  kWithheld,   // a filter took the reply: ours, and asking again changes nothing
  kUnknown,
};

// Case, blanks, hyphens, camel case and a prefix such as FINISH_REASON_ make no difference.
FinishMeaning finish_meaning(std::string_view word);

// Of a reply that came: kStop for an end or an unknown word, kError for a failure or a filter.
FinishReason finish_reason_of(FinishMeaning meaning);

}  // namespace jangwon::harness
