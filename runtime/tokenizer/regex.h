// The patterns of tokenizer.json, which are written for Oniguruma, run by PCRE2.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::runtime {

// Translates what the two engines read differently (white space and word classes, script names,
// "{m,n}+", "&&" in classes, line anchors) and refuses what it cannot translate, by name.
Result<std::string> translate_pattern(std::string_view oniguruma);

class Regex {
 public:
  // Room that matching needs; one a thread.
  class Workspace;

  static Result<Regex> compile(const std::string& pattern);
  static std::shared_ptr<Workspace> make_workspace();

  enum class Outcome { kMatch, kNoMatch, kGaveUp };
  // The leftmost match in `text` at or after `from`. `text` must be valid UTF-8.
  Outcome find(std::string_view text, size_t from, Workspace& workspace, size_t* begin,
               size_t* end) const;

 private:
  struct Code;
  explicit Regex(std::shared_ptr<const Code> code) : code_(std::move(code)) {}
  std::shared_ptr<const Code> code_;
};

struct TextPiece {
  size_t begin, end;
  bool matches;
};

// All matches and what lies between them, in order; together they are the text. Errors: the pattern
// gives up on the text.
Result<std::vector<TextPiece>> find_pieces(const Regex& regex, std::string_view text,
                                           Regex::Workspace& workspace);

}  // namespace jangwon::runtime
