// Options of a scorer: what task.yaml, a prompt style or a flag may say of it, and what
// they said, checked.

#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/extractors/named_extractor.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

struct ScorerOption {
  const char* name;
  const char* what;                      // one line
  std::vector<std::string> values = {};  // of a word; the first is the default
  const char* range = nullptr;           // of a number: its range in runtime/base/setting_range.h
};

// The options of one scorer. Strict: a key that the scorer does not have, a word that is none of
// its values and a number out of its range are errors, with the nearest right name.
class ScorerOptions {
 public:
  ScorerOptions() = default;  // none are given

  // `options` is an object, or null for an empty one. A scorer that reads answers also takes
  // "extractor", the name of what reads the replies of the official mode instead, for comparison.
  static Result<ScorerOptions> parse(const std::string& scorer,
                                     const nlohmann::ordered_json& options,
                                     const std::vector<ScorerOption>& known,
                                     std::optional<AnswerKind> reads);

  bool has(const std::string& name) const {
    return words_.contains(name) || numbers_.contains(name);
  }
  // which of the option's values; 0, the default, where it is absent
  size_t choice(const std::string& name) const;
  double number(const std::string& name, double fallback) const;
  const NamedExtractor* extractor() const { return extractor_; }  // null where none is named

 private:
  std::map<std::string, size_t> words_;
  std::map<std::string, double> numbers_;
  const NamedExtractor* extractor_ = nullptr;
};

}  // namespace jangwon::harness
