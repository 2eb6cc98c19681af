// Byte-pair encoding: one pre-token → ids.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "runtime/tokenizer/tokenizer_file.h"

namespace jangwon::runtime {

class Bpe {
 public:
  Bpe(Bpe&&) = default;  // ids_ points into tokens_: moving keeps that, copying would not
  Bpe& operator=(Bpe&&) = default;

  // From the "model" of tokenizer.json and its tables. Errors name the option or the merge.
  static Result<Bpe> make(const Json& model, TokenizerFile tables);

  // Appends the ids of one pre-token. Time is O(n log n) in its length.
  void encode(std::string_view pre_token, std::vector<int32_t>& ids) const;

  std::optional<int32_t> find(std::string_view token) const;
  const std::string* token(int32_t id) const;  // null: no such id
  int32_t end_id() const { return static_cast<int32_t>(tokens_.size()); }
  size_t size() const { return ids_.size(); }

 private:
  // (left id, right id) → rank and merged id, by open addressing.
  class MergeTable {
   public:
    struct Merge {
      uint32_t rank;
      int32_t id;
    };
    void build(const std::vector<std::pair<uint64_t, Merge>>& merges);
    const Merge* find(int32_t left, int32_t right) const;

   private:
    struct Slot {
      uint64_t key;
      Merge merge;
    };
    std::vector<Slot> slots_;
    uint64_t mask_ = 0;
  };

  Bpe() = default;

  struct Symbol {
    int32_t id;
    int32_t previous, next;  // -1: none
    bool gone;
  };

  void initial_symbols(std::string_view text, std::vector<Symbol>& symbols) const;
  void merge_all(std::vector<Symbol>& symbols) const;

  std::vector<std::string> tokens_;  // by id; `present_` says which exist
  std::vector<bool> present_;
  std::unordered_map<std::string_view, int32_t> ids_;  // views into tokens_
  MergeTable merges_;
  std::optional<int32_t> unk_id_;
  bool fuse_unk_ = false, byte_fallback_ = false, ignore_merges_ = false;
  std::string prefix_, suffix_;
  std::vector<std::optional<int32_t>> byte_tokens_;  // "<0x00>" …
};

}  // namespace jangwon::runtime
