// Removal of the thinking, by markers. A model's own markers come from its architecture or chat template; for outputs
// made elsewhere the default set holds the markers of the models that are compared here and of their peers.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jangwon::harness {

struct ReasoningMarkers {
  std::string name;                      // think, channels, harmony, …
  std::string begin;                     // opens the thinking; may stand in the prompt instead of the reply
  std::string end;                       // what follows it is the answer
  std::vector<std::string> answer_ends;  // close the answer, where the model has such a marker
};

// think:    <think> … </think>                                  A.X K1, K-EXAONE, DeepSeek, Qwen
// channels: <|think|> … <|content|> … <|flush|>                 Solar Open
// harmony:  <|channel|>analysis<|message|> … <|channel|>final<|message|> … <|return|>   gpt-oss
// brackets: [THINK] … [/THINK]                                  Magistral
const std::vector<ReasoningMarkers>& default_reasoning_markers();

struct ReasoningSplit {
  std::string_view reasoning;    // empty when there is none
  std::string_view answer_text;  // what comes after the last end of thinking; the whole text where no marker stands
  bool terminated = true;        // false: thinking began and its end never came; answer_text is what stands before it
  std::string_view markers;      // the name of the markers that were found; empty when none were
};

// Views into `text` (and, for `markers`, into the list). The first entry of the list with a marker in the text decides.
ReasoningSplit remove_reasoning(std::string_view text,
                                const std::vector<ReasoningMarkers>& markers = default_reasoning_markers());

}  // namespace jangwon::harness
