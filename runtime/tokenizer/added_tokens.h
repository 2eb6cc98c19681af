// The "added_tokens" of tokenizer.json: tokens that are cut out of the text before
// anything else sees it.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "runtime/tokenizer/bpe.h"

namespace jangwon::runtime {

struct AddedToken {
  std::string content;
  // what the decoder gets: the normalised content of a token that is looked for in normalised text
  std::string shown;
  bool single_word = false, lstrip = false, rstrip = false, normalized = true, special = false;
};

class AddedTokens {
 public:
  // `json` may be null. A token that the model knows keeps that id; others get the next free ids in
  // the order of the file, whatever ids the file says: as the library has it.
  static Result<AddedTokens> make(const Json& json, const Bpe& model);

  // Builds the search; `normalize` is the tokenizer's normalizer, applied to the contents that are
  // looked for in normalised text.
  Status build(const std::function<Status(std::string&)>& normalize);

  struct Cut {
    size_t begin, end;
    std::optional<int32_t> id;  // none: text between tokens
  };
  // Leftmost, then longest matches; with what their flags say about neighbours and white space.
  enum class Which { kRaw, kNormalized };
  void split(std::string_view text, Which which, std::vector<Cut>& cuts) const;

  const AddedToken* find(int32_t id) const;
  std::optional<int32_t> find(std::string_view content) const;
  bool is_special(std::string_view content) const;
  int32_t end_id() const { return end_id_; }
  bool has_any(Which which) const { return !trie(which).nodes.empty(); }

 private:
  struct Trie {
    struct Node {
      std::vector<std::pair<unsigned char, uint32_t>> next;  // sorted by byte
      int32_t id = -1;
    };
    std::vector<Node> nodes;  // 0 is the root; empty: matches nothing
    bool first[256] = {};
    void add(std::string_view text, int32_t id);
  };
  const Trie& trie(Which which) const { return which == Which::kRaw ? raw_ : normalized_; }

  std::map<int32_t, AddedToken> by_id_;
  std::unordered_map<std::string, int32_t> by_content_;
  std::unordered_map<std::string, bool> special_;
  Trie raw_, normalized_;
  int32_t end_id_ = 0;
};

}  // namespace jangwon::runtime
