// Extraction: what an extractor found in a reply. Extractors are pure functions text → Extraction.

#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace jangwon::harness {

struct Extraction {
  std::optional<std::string> answer;  // absent: the extractor found none
  std::string stage;                  // the form or rule that fired; empty when none did
  // of the answer, in bytes of the text that the extractor was given
  size_t position = 0;

  bool found() const { return answer.has_value(); }
};

// Which of several matches speaks. It goes with the prompt: a few-shot completion runs on into
// invented questions, so its first match counts; a chat or reasoning reply corrects itself, so
// its last one does.
enum class MatchOrder { kFirst, kLast };

}  // namespace jangwon::harness
