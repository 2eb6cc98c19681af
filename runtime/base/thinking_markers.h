// Between which marks a model thinks: data that the engine and the harness share and that a
// user can add to.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"

namespace jangwon {

struct ThinkingMarkers {
  enum class Grammar {
    kPair,         // begin … end
    kPairAtStart,  // likewise, of plain words: they count only where the reply begins with them
    kHarmony,      // messages of channels: <|channel|>NAME<|message|>…<|end|>
    // what is left of them without their special tokens: analysis…assistantfinal…
    kStrippedHarmony,
  };

  std::string name = {};
  std::string begin = {};  // may stand in the prompt instead of the reply
  std::string end = {};    // what follows it is the answer
  // stands in front of the answer; empty where there is none
  std::string answer_begin = {};
  std::vector<std::string> answer_ends = {};  // close the answer
  std::vector<std::string> models = {};       // names in the records; empty: every model
  Grammar grammar = Grammar::kPair;
};

// The markers of the families whose templates are known. `given` by a user stand above them.
const std::vector<ThinkingMarkers>& known_thinking_markers();

// A name of a family, BEGIN...END, a JSON object or list of objects with the keys name, begin, end,
// answer_begin, answer_ends and models, a YAML file of such a list, or "none": nothing is thinking.
// Errors say which of these it looked like.
Result<std::vector<ThinkingMarkers>> parse_thinking_markers(const std::string& text);
// Several of these.
Result<std::vector<ThinkingMarkers>> parse_thinking_markers(const std::vector<std::string>& texts);

// For run.json, and back.
Json to_json(const std::vector<ThinkingMarkers>& markers);
Result<std::vector<ThinkingMarkers>> thinking_markers_of(const Json& list);

// Those that hold for a model.
std::vector<ThinkingMarkers> markers_of_model(const std::vector<ThinkingMarkers>& markers,
                                              const std::string& model);

// "think: <think> … </think>"
std::string describe(const ThinkingMarkers& markers);

}  // namespace jangwon
