// The "normalizer" of tokenizer.json.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "runtime/tokenizer/regex.h"

namespace jangwon::runtime {

class Normalizer {
 public:
  // `json` may be null: text stays as it is. Errors name the kind that is not supported.
  static Result<Normalizer> make(const Json& json);

  // Changes valid UTF-8 in place. Errors: a pattern that gives up. `lost_start`, if given, is set
  // when the beginning of the text was taken away: what follows is then not at the start of the
  // input for those who ask.
  Status apply(std::string& text, Regex::Workspace& workspace, bool* lost_start = nullptr) const;
  bool is_identity() const { return steps_.empty(); }

 private:
  enum class Kind {
    kNfc,
    kNfd,
    kNfkc,
    kNfkd,
    kLowercase,
    kStrip,
    kPrepend,
    kReplaceText,
    kReplacePattern,
    kByteLevel
  };
  struct Step {
    Kind kind;
    bool left = false, right = false;  // kStrip
    std::string from, to;              // kPrepend, kReplace…
    std::vector<Regex> pattern;        // kReplacePattern: one
  };
  Status add(const Json& json, int depth);
  std::vector<Step> steps_;
};

}  // namespace jangwon::runtime
