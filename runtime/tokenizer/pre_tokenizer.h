// The "pre_tokenizer" of tokenizer.json: one text → the pieces that the model sees.

#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "runtime/tokenizer/regex.h"

namespace jangwon::runtime {

// The pieces of a text; those that were rewritten are held by `rewritten`.
struct Pieces {
  struct Piece {
    std::string_view text;
    bool at_start;  // of the whole input: some white-space markers depend on it
  };
  std::vector<Piece> list;
  std::deque<std::string> rewritten;
};

class PreTokenizer {
 public:
  // `json` may be null: the text is one piece. Errors name the kind that is not supported.
  static Result<PreTokenizer> make(const Json& json);

  // Splits all pieces. Pieces never become empty ones. Errors: a pattern that gives up.
  Status apply(Pieces& pieces, Regex::Workspace& workspace) const;

  // The last step only spells bytes as characters: apply() leaves that out and the caller
  // spells what it needs.
  bool ends_in_byte_characters() const { return ends_in_bytes_; }

 private:
  enum class Kind { kPattern, kText, kCharacters, kByteCharacters, kPrefixSpace, kMetaspace };
  enum class Behavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };
  enum class Prepend { kAlways, kFirst, kNever };
  struct Step {
    Kind kind;
    Behavior behavior = Behavior::kIsolated;
    bool invert = false;
    std::vector<Regex> pattern;           // kPattern: one
    std::string text;                     // kText, kMetaspace: the replacement
    bool (*matches)(uint32_t) = nullptr;  // kCharacters: each character on its own
    Prepend prepend = Prepend::kAlways;   // kMetaspace
    bool split = true;                    // kMetaspace
  };
  Status add(const Json& json, int depth);
  Status add_pattern(const std::string& pattern, Behavior behavior, bool invert);
  static Result<Behavior> read_behavior(const Json& json, const std::string& what);
  Status split_piece(const Step& step, const Pieces::Piece& piece, Regex::Workspace& workspace,
                     std::vector<Pieces::Piece>& out) const;
  std::vector<Step> steps_;
  bool ends_in_bytes_ = false;
};

}  // namespace jangwon::runtime
