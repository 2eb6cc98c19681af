// Options of a scorer: a JSON object with strict keys, as task.yaml gives it.

#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/extractors/named_extractor.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

// Parses the object ("" is an empty one) and refuses keys that are not among `known`, with the nearest right name.
Result<nlohmann::ordered_json> parse_scorer_options(const std::string& scorer, const std::string& options_json,
                                                    const std::vector<std::string>& known);

// Which of `values` the string option `key` is; 0, the first of them, when it is absent.
Result<size_t> read_choice_option(const std::string& scorer, const nlohmann::ordered_json& options,
                                  const std::string& key, const std::vector<std::string>& values);

// The extractor that the string option "extractor" names, for the official mode; null when it is absent.
Result<const NamedExtractor*> read_extractor_option(const std::string& scorer, const nlohmann::ordered_json& options,
                                                    AnswerKind kind);

}  // namespace jangwon::harness
