// Symbols form a doubly linked list, possible merges a heap ordered by rank and position; a merge
// that is out of date is recognised when it comes up. That is O(n log n) for a pre-token of n
// characters, however long (a super-word may be the whole text). The order of merges, including
// what happens to an unknown character next to byte tokens, is that of Hugging Face's library. The
// golden tokenizers cover this file.

#include "runtime/tokenizer/bpe.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <queue>

#include "runtime/base/check.h"

namespace jangwon::runtime {

namespace {

constexpr size_t kMaxPreTokenBytes = size_t{1} << 30;

uint64_t pair_key(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

uint64_t mix(uint64_t key) {
  key ^= key >> 32;
  key *= 0x9E3779B97F4A7C15ull;
  return key ^ key >> 29;
}

size_t character_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

void Bpe::MergeTable::build(const std::vector<std::pair<uint64_t, Merge>>& merges) {
  uint64_t capacity = 16;
  while (capacity < 2 * merges.size())
    capacity *= 2;
  slots_.assign(capacity, Slot{UINT64_MAX, {}});
  mask_ = capacity - 1;
  for (const auto& [key, merge] : merges) {
    uint64_t i = mix(key) & mask_;
    while (slots_[i].key != UINT64_MAX && slots_[i].key != key)
      i = (i + 1) & mask_;
    slots_[i] = {key, merge};  // the later of two equal merges counts
  }
}

const Bpe::MergeTable::Merge* Bpe::MergeTable::find(int32_t left, int32_t right) const {
  const uint64_t key = pair_key(left, right);
  for (uint64_t i = mix(key) & mask_; slots_[i].key != UINT64_MAX; i = (i + 1) & mask_) {
    if (slots_[i].key == key) return &slots_[i].merge;
  }
  return nullptr;
}

Result<Bpe> Bpe::make(const Json& model, TokenizerFile tables) {
  JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(
      model, "the model",
      {"type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
       "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges"}));
  JANGWON_ASSIGN_OR_RETURN(const std::string type, read_string(model, "type", "BPE"));
  if (type != "BPE")
    return unsupported("the model type \"{type}\" is not supported; BPE is", {{"type", type}});
  if (const auto dropout = model.find("dropout"); dropout != model.end() && !dropout->is_null()) {
    if (!dropout->is_number() || dropout->get<double>() != 0)
      return unsupported("a model with dropout is not supported");
  }
  Bpe bpe;
  JANGWON_ASSIGN_OR_RETURN(bpe.fuse_unk_, read_bool(model, "fuse_unk", false));
  JANGWON_ASSIGN_OR_RETURN(bpe.byte_fallback_, read_bool(model, "byte_fallback", false));
  JANGWON_ASSIGN_OR_RETURN(bpe.ignore_merges_, read_bool(model, "ignore_merges", false));
  JANGWON_ASSIGN_OR_RETURN(bpe.prefix_, read_string(model, "continuing_subword_prefix", ""));
  JANGWON_ASSIGN_OR_RETURN(bpe.suffix_, read_string(model, "end_of_word_suffix", ""));
  JANGWON_ASSIGN_OR_RETURN(const std::string unk, read_string(model, "unk_token", ""));
  if (tables.vocab.empty()) return invalid_argument("the model has no vocabulary");
  int32_t end_id = 0;
  for (const auto& [token, id] : tables.vocab)
    end_id = std::max(end_id, id + 1);
  bpe.tokens_.resize(static_cast<size_t>(end_id));
  bpe.present_.resize(static_cast<size_t>(end_id));
  for (auto& [token, id] : tables.vocab) {
    bpe.tokens_[static_cast<size_t>(id)] = std::move(token);
    bpe.present_[static_cast<size_t>(id)] = true;
  }
  bpe.ids_.reserve(tables.vocab.size());
  for (int32_t id = 0; id < end_id; ++id) {
    if (bpe.present_[static_cast<size_t>(id)])
      bpe.ids_.emplace(bpe.tokens_[static_cast<size_t>(id)], id);
  }
  if (model.contains("unk_token") && !model["unk_token"].is_null()) {
    bpe.unk_id_ = bpe.find(unk);
    if (!bpe.unk_id_)
      return invalid_argument("the unknown token \"{token}\" is not in the vocabulary",
                              {{"token", unk}});
  }
  bpe.byte_tokens_.resize(256);
  if (bpe.byte_fallback_) {
    char name[8];
    for (int byte = 0; byte < 256; ++byte) {
      std::snprintf(name, sizeof(name), "<0x%02X>", static_cast<unsigned>(byte));
      bpe.byte_tokens_[static_cast<size_t>(byte)] = bpe.find(name);
    }
  }
  std::vector<std::pair<uint64_t, MergeTable::Merge>> merges;
  merges.reserve(tables.merges.size());
  std::string merged;
  for (size_t rank = 0; rank < tables.merges.size(); ++rank) {
    const std::string& left = tables.merges[rank].first;
    const std::string& right = tables.merges[rank].second;
    const auto missing = [&](const std::string& token) {
      return invalid_argument(
          "the merge {rank} (\"{left}\" and \"{right}\") needs the token \"{token}\", which the "
          "vocabulary does not "
          "have",
          {{"rank", rank}, {"left", left}, {"right", right}, {"token", token}});
    };
    const std::optional<int32_t> left_id = bpe.find(left), right_id = bpe.find(right);
    if (!left_id) return missing(left);
    if (!right_id) return missing(right);
    if (right.size() < bpe.prefix_.size()) return missing(bpe.prefix_ + right);
    merged = left + right.substr(bpe.prefix_.size());
    const std::optional<int32_t> merged_id = bpe.find(merged);
    if (!merged_id) return missing(merged);
    merges.emplace_back(pair_key(*left_id, *right_id),
                        MergeTable::Merge{static_cast<uint32_t>(rank), *merged_id});
  }
  bpe.merges_.build(merges);
  return bpe;
}

std::optional<int32_t> Bpe::find(std::string_view token) const {
  const auto found = ids_.find(token);
  return found != ids_.end() ? std::optional<int32_t>(found->second) : std::nullopt;
}

const std::string* Bpe::token(int32_t id) const {
  if (id < 0 || id >= end_id() || !present_[static_cast<size_t>(id)]) return nullptr;
  return &tokens_[static_cast<size_t>(id)];
}

void Bpe::initial_symbols(std::string_view text, std::vector<Symbol>& symbols) const {
  const auto add = [&symbols](int32_t id) {
    const auto index = static_cast<int32_t>(symbols.size());
    symbols.push_back({id, index - 1, index + 1, false});
  };
  bool pending_unk = false;
  std::string decorated;
  for (size_t i = 0; i < text.size();) {
    const size_t length = std::min(character_length(text[i]), text.size() - i);
    std::string_view character = text.substr(i, length);
    const bool first = i == 0, last = i + length >= text.size();
    i += length;
    if ((!first && !prefix_.empty()) || (last && !suffix_.empty())) {
      decorated = (first ? "" : prefix_) + std::string(character) + (last ? suffix_ : "");
      character = decorated;
    }
    if (const std::optional<int32_t> id = find(character)) {
      if (pending_unk) add(*unk_id_);
      pending_unk = false;
      add(*id);
      continue;
    }
    if (byte_fallback_) {
      const bool all = std::all_of(character.begin(), character.end(), [this](char c) {
        return byte_tokens_[static_cast<unsigned char>(c)].has_value();
      });
      if (all) {
        // An unknown character still waiting comes after these.
        for (char c : character)
          add(*byte_tokens_[static_cast<unsigned char>(c)]);
        continue;
      }
    }
    if (!unk_id_) continue;  // without an unknown token the character is dropped
    if (pending_unk && !fuse_unk_) add(*unk_id_);
    pending_unk = true;
  }
  if (pending_unk) add(*unk_id_);
  if (!symbols.empty()) symbols.back().next = -1;
}

void Bpe::merge_all(std::vector<Symbol>& symbols) const {
  struct Candidate {
    uint32_t rank;
    int32_t position;
    int32_t id;
    bool operator<(const Candidate& other) const {  // the queue gives its greatest
      return rank != other.rank ? rank > other.rank : position > other.position;
    }
  };
  std::vector<Candidate> initial;
  initial.reserve(symbols.size());
  for (size_t i = 0; i + 1 < symbols.size(); ++i) {
    if (const auto* merge = merges_.find(symbols[i].id, symbols[i + 1].id)) {
      initial.push_back({merge->rank, static_cast<int32_t>(i), merge->id});
    }
  }
  std::priority_queue<Candidate> queue(std::less<Candidate>(), std::move(initial));
  const auto at = [&symbols](int32_t i) -> Symbol& { return symbols[static_cast<size_t>(i)]; };
  while (!queue.empty()) {
    const Candidate top = queue.top();
    queue.pop();
    Symbol& left = at(top.position);
    if (left.gone || left.next < 0) continue;
    Symbol& right = at(left.next);
    const auto* merge = merges_.find(left.id, right.id);
    if (merge == nullptr || merge->id != top.id) continue;
    left.id = top.id;
    left.next = right.next;
    right.gone = true;
    if (left.next >= 0) at(left.next).previous = top.position;
    if (left.previous >= 0) {
      if (const auto* next = merges_.find(at(left.previous).id, left.id))
        queue.push({next->rank, left.previous, next->id});
    }
    if (left.next >= 0) {
      if (const auto* next = merges_.find(left.id, at(left.next).id))
        queue.push({next->rank, top.position, next->id});
    }
  }
}

void Bpe::encode(std::string_view pre_token, std::vector<int32_t>& ids) const {
  if (pre_token.empty()) return;
  JANGWON_CHECK(pre_token.size() <= kMaxPreTokenBytes);
  if (ignore_merges_) {
    if (const std::optional<int32_t> id = find(pre_token)) {
      ids.push_back(*id);
      return;
    }
  }
  thread_local std::vector<Symbol> symbols;
  symbols.clear();
  initial_symbols(pre_token, symbols);
  merge_all(symbols);
  for (const Symbol& symbol : symbols) {
    if (!symbol.gone) ids.push_back(symbol.id);
  }
  if (symbols.capacity() > (1 << 20)) std::vector<Symbol>().swap(symbols);
}

}  // namespace jangwon::runtime
