// A trie walked from every position whose byte can begin a token: leftmost-longest without building
// an automaton, since tokens are short and their first bytes rare. Matches are found one behind the
// other before their flags are looked at, so that a match which its flags refuse hides whatever
// overlaps it: as the library has it. The golden tokenizers (three_stages) cover the flags.

#include "runtime/tokenizer/added_tokens.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/tokenizer/text.h"
#include "runtime/tokenizer/tokenizer_file.h"

namespace jangwon::runtime {

namespace {

constexpr size_t kMaxTokens = 1 << 20;
constexpr size_t kMaxContentBytes = 1024;

bool ends_with_word(std::string_view text) {
  if (text.empty()) return false;
  size_t last = text.size() - 1;
  while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80)
    --last;
  return is_word(next_code_point(text, last));
}

bool starts_with_word(std::string_view text) {
  size_t position = 0;
  return !text.empty() && is_word(next_code_point(text, position));
}

size_t leftmost_space_at_end(std::string_view text) {
  size_t end = text.size();
  while (end > 0) {
    size_t last = end - 1;
    while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80)
      --last;
    size_t position = last;
    if (!is_white_space(next_code_point(text, position))) break;
    end = last;
  }
  return end;
}

size_t space_at_start(std::string_view text) {
  size_t end = 0;
  while (end < text.size()) {
    size_t next = end;
    if (!is_white_space(next_code_point(text, next))) break;
    end = next;
  }
  return end;
}

}  // namespace

Result<AddedTokens> AddedTokens::make(const Json& json, const Bpe& model) {
  AddedTokens added;
  added.end_id_ = model.end_id();
  if (json.is_null()) return added;
  if (!json.is_array()) return invalid_argument("\"added_tokens\" is not a list");
  if (json.size() > kMaxTokens)
    return invalid_argument("there are more than {max_tokens} added tokens",
                            {{"max_tokens", kMaxTokens}});
  const auto model_size = static_cast<int32_t>(model.size());
  for (const Json& item : json) {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(
        item, "an added token",
        {"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"}));
    AddedToken token;
    JANGWON_ASSIGN_OR_RETURN(token.content, read_string(item, "content", ""));
    JANGWON_ASSIGN_OR_RETURN(token.special, read_bool(item, "special", false));
    JANGWON_ASSIGN_OR_RETURN(token.single_word, read_bool(item, "single_word", false));
    JANGWON_ASSIGN_OR_RETURN(token.lstrip, read_bool(item, "lstrip", false));
    JANGWON_ASSIGN_OR_RETURN(token.rstrip, read_bool(item, "rstrip", false));
    JANGWON_ASSIGN_OR_RETURN(token.normalized, read_bool(item, "normalized", !token.special));
    if (token.content.empty()) continue;
    if (token.content.size() > kMaxContentBytes) {
      return invalid_argument("an added token is longer than {max_content_bytes} bytes",
                              {{"max_content_bytes", kMaxContentBytes}});
    }
    if (token.special) added.special_.emplace(token.content, true);
    int32_t id = 0;
    if (const auto known = added.find(token.content)) {
      id = *known;
    } else if (const auto in_model = model.find(token.content)) {
      id = *in_model;
    } else {
      id = model_size;
      if (!added.by_id_.empty() && added.by_id_.rbegin()->first >= model_size)
        id = added.by_id_.rbegin()->first + 1;
    }
    added.by_content_[token.content] = id;
    added.by_id_[id] = token;
    added.end_id_ = std::max(added.end_id_, id + 1);
  }
  return added;
}

void AddedTokens::Trie::add(std::string_view text, int32_t id) {
  if (text.empty()) return;
  if (nodes.empty()) nodes.emplace_back();
  first[static_cast<unsigned char>(text[0])] = true;
  uint32_t node = 0;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const auto less = [](const auto& edge, unsigned char b) { return edge.first < b; };
    auto edge = std::lower_bound(nodes[node].next.begin(), nodes[node].next.end(), byte, less);
    if (edge == nodes[node].next.end() || edge->first != byte) {
      const auto created = static_cast<uint32_t>(nodes.size());
      nodes[node].next.insert(edge, {byte, created});
      nodes.emplace_back();
      node = created;
    } else {
      node = edge->second;
    }
  }
  if (nodes[node].id < 0) nodes[node].id = id;  // of two with the same text the first is found
}

Status AddedTokens::build(const std::function<Status(std::string&)>& normalize) {
  for (auto& [id, token] : by_id_) {
    token.shown = token.content;
    if (!token.normalized) {
      raw_.add(token.content, id);
      continue;
    }
    JANGWON_RETURN_IF_ERROR(normalize(token.shown));
    if (token.shown.empty()) {
      return invalid_argument(
          "the normalizer leaves nothing of the added token \"{token}\", which is to be found in "
          "normalised text",
          {{"token", token.content}});
    }
    normalized_.add(token.shown, id);
  }
  return ok_status();
}

void AddedTokens::split(std::string_view text, Which which, std::vector<Cut>& cuts) const {
  const Trie& tokens = trie(which);
  cuts.clear();
  size_t start_offset = 0;
  size_t position = 0;
  while (position < text.size() && !tokens.nodes.empty()) {
    if (!tokens.first[static_cast<unsigned char>(text[position])]) {
      ++position;
      continue;
    }
    uint32_t node = 0;
    int32_t id = -1;
    size_t match_end = position;
    for (size_t i = position; i < text.size(); ++i) {
      const auto& next = tokens.nodes[node].next;
      const auto byte = static_cast<unsigned char>(text[i]);
      const auto edge =
          std::lower_bound(next.begin(), next.end(), byte,
                           [](const auto& e, unsigned char b) { return e.first < b; });
      if (edge == next.end() || edge->first != byte) break;
      node = edge->second;
      if (tokens.nodes[node].id >= 0) {
        id = tokens.nodes[node].id;
        match_end = i + 1;
      }
    }
    if (id < 0) {
      ++position;
      continue;
    }
    size_t begin = position, end = match_end;
    position = match_end;
    const AddedToken& token = by_id_.at(id);
    if (token.single_word) {
      const bool left_free = begin == 0 || !ends_with_word(text.substr(0, begin));
      const bool right_free = end == text.size() || !starts_with_word(text.substr(end));
      if (!left_free || !right_free) continue;
    }
    if (token.lstrip) begin = std::max(leftmost_space_at_end(text.substr(0, begin)), start_offset);
    if (token.rstrip) end += space_at_start(text.substr(end));
    if (start_offset < begin) cuts.push_back({start_offset, begin, std::nullopt});
    // White space that the token before it has taken can leave nothing of a token.
    if (begin < end) cuts.push_back({begin, end, id});
    start_offset = end;
  }
  if (start_offset < text.size()) cuts.push_back({start_offset, text.size(), std::nullopt});
}

const AddedToken* AddedTokens::find(int32_t id) const {
  const auto found = by_id_.find(id);
  return found != by_id_.end() ? &found->second : nullptr;
}

std::optional<int32_t> AddedTokens::find(std::string_view content) const {
  const auto found = by_content_.find(std::string(content));
  return found != by_content_.end() ? std::optional<int32_t>(found->second) : std::nullopt;
}

bool AddedTokens::is_special(std::string_view content) const {
  return special_.contains(std::string(content));
}

}  // namespace jangwon::runtime
