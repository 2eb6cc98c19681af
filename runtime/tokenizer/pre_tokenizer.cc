// Every kind comes down to five steps: split by a pattern, by a text or by a class of characters;
// put a space or a marker in front; spell bytes as characters. The regular expressions of the
// ready-made kinds are the library's.

#include "runtime/tokenizer/pre_tokenizer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/tokenizer/text.h"
#include "runtime/tokenizer/tokenizer_file.h"

namespace jangwon::runtime {

namespace {

constexpr int kMaxDepth = 16;
// What ByteLevel splits by (GPT-2's pattern).
constexpr char kGpt2Pattern[] =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

bool is_not_space_or_word(uint32_t c) {
  return !is_white_space(c) && !is_word(c);
}

std::vector<TextPiece> find_text(std::string_view text, std::string_view mark) {
  std::vector<TextPiece> pieces;
  size_t position = 0;
  for (size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, position)) {
    if (at > position) pieces.push_back({position, at, false});
    pieces.push_back({at, at + mark.size(), true});
    position = at + mark.size();
  }
  if (position < text.size()) pieces.push_back({position, text.size(), false});
  return pieces;
}

std::vector<TextPiece> find_characters(std::string_view text, bool (*matches)(uint32_t)) {
  std::vector<TextPiece> pieces;
  size_t position = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    if (!matches(next_code_point(text, i))) continue;
    if (begin > position) pieces.push_back({position, begin, false});
    pieces.push_back({begin, i, true});
    position = i;
  }
  if (position < text.size()) pieces.push_back({position, text.size(), false});
  return pieces;
}

}  // namespace

Result<PreTokenizer> PreTokenizer::make(const Json& json) {
  PreTokenizer pre_tokenizer;
  if (json.is_null()) return pre_tokenizer;
  JANGWON_RETURN_IF_ERROR(pre_tokenizer.add(json, 0));
  auto& steps = pre_tokenizer.steps_;
  if (!steps.empty() && steps.back().kind == Kind::kByteCharacters) {
    steps.pop_back();
    pre_tokenizer.ends_in_bytes_ = true;
  }
  return pre_tokenizer;
}

Result<PreTokenizer::Behavior> PreTokenizer::read_behavior(const Json& json,
                                                           const std::string& what) {
  JANGWON_ASSIGN_OR_RETURN(const std::string name, read_string(json, "behavior", ""));
  const std::pair<const char*, Behavior> names[] = {
      {"Removed", Behavior::kRemoved},
      {"Isolated", Behavior::kIsolated},
      {"MergedWithPrevious", Behavior::kMergedWithPrevious},
      {"MergedWithNext", Behavior::kMergedWithNext},
      {"Contiguous", Behavior::kContiguous}};
  for (const auto& [known, behavior] : names) {
    if (name == known) return behavior;
  }
  return unsupported("the behavior \"{behavior}\" of {what} is not supported",
                     {{"behavior", name}, {"what", what}});
}

Status PreTokenizer::add_pattern(const std::string& pattern, Behavior behavior, bool invert) {
  Step step;
  step.kind = Kind::kPattern;
  step.behavior = behavior;
  step.invert = invert;
  JANGWON_ASSIGN_OR_RETURN(Regex regex, Regex::compile(pattern));
  step.pattern.push_back(std::move(regex));
  steps_.push_back(std::move(step));
  return ok_status();
}

Status PreTokenizer::add(const Json& json, int depth) {
  if (depth > kMaxDepth) return invalid_argument("pre-tokenizers are nested too deeply");
  if (!json.is_object()) return invalid_argument("a pre-tokenizer is not an object");
  JANGWON_ASSIGN_OR_RETURN(const std::string type, read_string(json, "type", ""));
  const std::string what = "the pre-tokenizer " + type;
  Step step;
  if (type == "Sequence") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "pretokenizers"}));
    if (!json.contains("pretokenizers") || !json["pretokenizers"].is_array())
      return invalid_argument("the pre-tokenizer {pre_tokenizer} has no list",
                              {{"pre_tokenizer", type}});
    for (const Json& part : json["pretokenizers"])
      JANGWON_RETURN_IF_ERROR(add(part, depth + 1));
    return ok_status();
  }
  if (type == "ByteLevel") {
    JANGWON_RETURN_IF_ERROR(
        refuse_unknown_keys(json, what, {"type", "add_prefix_space", "trim_offsets", "use_regex"}));
    JANGWON_ASSIGN_OR_RETURN(const bool add_prefix_space,
                             read_bool(json, "add_prefix_space", true));
    JANGWON_ASSIGN_OR_RETURN(const bool use_regex, read_bool(json, "use_regex", true));
    if (add_prefix_space) {
      step.kind = Kind::kPrefixSpace;
      steps_.push_back(step);
    }
    if (use_regex) JANGWON_RETURN_IF_ERROR(add_pattern(kGpt2Pattern, Behavior::kIsolated, false));
    step.kind = Kind::kByteCharacters;
    steps_.push_back(std::move(step));
    return ok_status();
  }
  if (type == "Split") {
    JANGWON_RETURN_IF_ERROR(
        refuse_unknown_keys(json, what, {"type", "pattern", "behavior", "invert"}));
    JANGWON_ASSIGN_OR_RETURN(const Behavior behavior, read_behavior(json, what));
    JANGWON_ASSIGN_OR_RETURN(const bool invert, read_bool(json, "invert", false));
    const auto pattern = json.find("pattern");
    if (pattern == json.end() || !pattern->is_object() || pattern->size() != 1)
      return invalid_argument("the pre-tokenizer {pre_tokenizer} has no pattern",
                              {{"pre_tokenizer", type}});
    if (pattern->contains("Regex")) {
      JANGWON_ASSIGN_OR_RETURN(const std::string text, read_string(*pattern, "Regex", ""));
      return add_pattern(text, behavior, invert);
    }
    JANGWON_ASSIGN_OR_RETURN(step.text, read_string(*pattern, "String", ""));
    if (step.text.empty())
      return unsupported(
          "the pre-tokenizer {pre_tokenizer} splits by the empty string, which is not supported",
          {{"pre_tokenizer", type}});
    step.kind = Kind::kText;
    step.behavior = behavior;
    step.invert = invert;
    steps_.push_back(std::move(step));
    return ok_status();
  }
  if (type == "Metaspace") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(
        json, what,
        {"type", "replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep"}));
    step.kind = Kind::kMetaspace;
    JANGWON_ASSIGN_OR_RETURN(step.text, read_string(json, "replacement", "\xE2\x96\x81"));
    if (step.text.empty())
      return invalid_argument("the pre-tokenizer {pre_tokenizer} has no replacement",
                              {{"pre_tokenizer", type}});
    JANGWON_ASSIGN_OR_RETURN(step.split, read_bool(json, "split", true));
    JANGWON_ASSIGN_OR_RETURN(const std::string scheme,
                             read_string(json, "prepend_scheme", "always"));
    JANGWON_ASSIGN_OR_RETURN(const bool add_prefix_space,
                             read_bool(json, "add_prefix_space", true));
    if (scheme != "always" && scheme != "first" && scheme != "never") {
      return unsupported(
          "the prepend_scheme \"{scheme}\" of the pre-tokenizer {pre_tokenizer} is not supported",
          {{"scheme", scheme}, {"pre_tokenizer", type}});
    }
    step.prepend = !add_prefix_space || scheme == "never" ? Prepend::kNever
                   : scheme == "first"                    ? Prepend::kFirst
                                                          : Prepend::kAlways;
    steps_.push_back(std::move(step));
    return ok_status();
  }
  step.kind = Kind::kCharacters;
  if (type == "Digits") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "individual_digits"}));
    JANGWON_ASSIGN_OR_RETURN(const bool individual, read_bool(json, "individual_digits", false));
    step.matches = is_numeric;
    step.behavior = individual ? Behavior::kIsolated : Behavior::kContiguous;
  } else if (type == "Punctuation") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "behavior"}));
    step.matches = is_punctuation;
    if (json.contains("behavior")) {
      JANGWON_ASSIGN_OR_RETURN(step.behavior, read_behavior(json, what));
    }
  } else if (type == "WhitespaceSplit") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type"}));
    step.matches = is_white_space;
    step.behavior = Behavior::kRemoved;
  } else if (type == "Whitespace") {
    // \w+|[^\w\s]+: white space goes, then runs of word characters and runs of others part.
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type"}));
    step.matches = is_white_space;
    step.behavior = Behavior::kRemoved;
    steps_.push_back(step);
    step.matches = is_not_space_or_word;
    step.behavior = Behavior::kContiguous;
  } else if (type == "CharDelimiterSplit") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "delimiter"}));
    JANGWON_ASSIGN_OR_RETURN(step.text, read_string(json, "delimiter", ""));
    if (step.text.empty())
      return invalid_argument("the pre-tokenizer {pre_tokenizer} has no delimiter",
                              {{"pre_tokenizer", type}});
    step.kind = Kind::kText;
    step.behavior = Behavior::kRemoved;
  } else {
    return unsupported("the pre-tokenizer \"{pre_tokenizer}\" is not supported",
                       {{"pre_tokenizer", type}});
  }
  steps_.push_back(std::move(step));
  return ok_status();
}

Status PreTokenizer::split_piece(const Step& step, const Pieces::Piece& piece,
                                 Regex::Workspace& workspace,
                                 std::vector<Pieces::Piece>& out) const {
  const auto add = [&](size_t begin, size_t end) {
    if (end > begin)
      out.push_back({piece.text.substr(begin, end - begin), piece.at_start && begin == 0});
  };
  std::vector<TextPiece> found;
  if (step.kind == Kind::kPattern) {
    if (step.behavior == Behavior::kIsolated) {
      // The common case, without a list in between: what lies between matches is a piece
      // like the matches.
      size_t position = 0, from = 0, last_match_end = std::string_view::npos;
      while (from < piece.text.size()) {
        size_t begin = 0, end = 0;
        const Regex::Outcome outcome =
            step.pattern[0].find(piece.text, from, workspace, &begin, &end);
        if (outcome == Regex::Outcome::kNoMatch) break;
        if (outcome == Regex::Outcome::kGaveUp)
          return invalid_argument("the pattern of the tokenizer gives up on this text");
        if (begin == end && end == last_match_end) {
          ++from;
          while (from < piece.text.size() &&
                 (static_cast<unsigned char>(piece.text[from]) & 0xC0) == 0x80)
            ++from;
          continue;
        }
        from = last_match_end = end;
        add(position, begin);
        add(begin, end);
        position = end;
      }
      add(position, piece.text.size());
      return ok_status();
    }
    JANGWON_ASSIGN_OR_RETURN(found, find_pieces(step.pattern[0], piece.text, workspace));
  } else {
    found = step.kind == Kind::kText ? find_text(piece.text, step.text)
                                     : find_characters(piece.text, step.matches);
  }
  if (step.invert) {
    for (TextPiece& part : found)
      part.matches = !part.matches;
  }
  std::vector<TextPiece> merged;
  bool previous = false;
  switch (step.behavior) {
    case Behavior::kRemoved:
      for (const TextPiece& part : found) {
        if (!part.matches) merged.push_back(part);
      }
      break;
    case Behavior::kIsolated:
      merged = std::move(found);
      break;
    case Behavior::kMergedWithPrevious:
      for (const TextPiece& part : found) {
        if (part.matches && !previous && !merged.empty()) {
          merged.back().end = part.end;
        } else {
          merged.push_back(part);
        }
        previous = part.matches;
      }
      break;
    case Behavior::kMergedWithNext:
      for (auto part = found.rbegin(); part != found.rend(); ++part) {
        if (part->matches && !previous && !merged.empty()) {
          merged.back().begin = part->begin;
        } else {
          merged.push_back(*part);
        }
        previous = part->matches;
      }
      std::reverse(merged.begin(), merged.end());
      break;
    case Behavior::kContiguous:
      for (const TextPiece& part : found) {
        if (part.matches == previous && !merged.empty()) {
          merged.back().end = part.end;
        } else {
          merged.push_back(part);
        }
        previous = part.matches;
      }
      break;
  }
  for (const TextPiece& part : merged)
    add(part.begin, part.end);
  return ok_status();
}

Status PreTokenizer::apply(Pieces& pieces, Regex::Workspace& workspace) const {
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Kind::kPattern:
      case Kind::kText:
      case Kind::kCharacters: {
        std::vector<Pieces::Piece> out;
        out.reserve(pieces.list.size());
        for (const Pieces::Piece& piece : pieces.list)
          JANGWON_RETURN_IF_ERROR(split_piece(step, piece, workspace, out));
        pieces.list = std::move(out);
        break;
      }
      case Kind::kByteCharacters:
        for (Pieces::Piece& piece : pieces.list) {
          std::string& text = pieces.rewritten.emplace_back();
          for (char c : piece.text)
            append_byte_character(text, static_cast<unsigned char>(c));
          piece.text = text;
        }
        break;
      case Kind::kPrefixSpace:
        for (Pieces::Piece& piece : pieces.list) {
          if (piece.text.starts_with(' ')) continue;
          piece.text = pieces.rewritten.emplace_back(" " + std::string(piece.text));
        }
        break;
      case Kind::kMetaspace: {
        std::vector<Pieces::Piece> out;
        for (const Pieces::Piece& piece : pieces.list) {
          std::string& text = pieces.rewritten.emplace_back();
          for (char c : piece.text) {
            if (c == ' ') {
              text += step.text;
            } else {
              text += c;
            }
          }
          const bool prepend = step.prepend == Prepend::kAlways ||
                               (step.prepend == Prepend::kFirst && piece.at_start);
          if (prepend && !text.starts_with(step.text)) text.insert(0, step.text);
          const Pieces::Piece whole{text, piece.at_start};
          if (!step.split) {
            out.push_back(whole);
            continue;
          }
          Step split;
          split.kind = Kind::kText;
          split.text = step.text;
          split.behavior = Behavior::kMergedWithNext;
          JANGWON_RETURN_IF_ERROR(split_piece(split, whole, workspace, out));
        }
        pieces.list = std::move(out);
        break;
      }
    }
  }
  return ok_status();
}

}  // namespace jangwon::runtime
