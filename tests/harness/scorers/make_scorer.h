// A scorer by its name, with options as a task.yaml has them, in JSON; "" for none.

#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/scorers/scorer.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

inline Result<std::unique_ptr<Scorer>> make_scorer(const std::string& name,
                                                   const std::string& options,
                                                   const ScorerContext& context) {
  JANGWON_ASSIGN_OR_RETURN(const ScorerEntry* entry, find_scorer(name));
  JANGWON_ASSIGN_OR_RETURN(const Json json, parse_json(options.empty() ? "{}" : options));
  JANGWON_ASSIGN_OR_RETURN(const ScorerOptions parsed, entry->parse_options(json));
  return entry->make(parsed, context);
}

}  // namespace jangwon::harness
