// Normal forms come from utf8proc. Text of characters that no normal form touches (ASCII, Hangul
// syllables, common Han and Kana) is recognised first: it is nearly all text there is.

#include "runtime/tokenizer/normalizer.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "runtime/tokenizer/text.h"
#include "runtime/tokenizer/tokenizer_file.h"

namespace jangwon::runtime {

namespace {

constexpr int kMaxDepth = 16;
constexpr size_t kMaxGrowth = 64;  // of a text by one replacement step

// The library's tables of normal forms are Unicode 9's: to them these later characters neither
// decompose, compose nor change places with marks. Found by comparing utf8proc with the library on
// every character.
struct CodeRange {
  uint32_t first, last;
};
constexpr CodeRange kUnknownToLibrary[] = {
    {0x7FD, 0x7FD},     {0x898, 0x89F},     {0x8CA, 0x8D3},     {0x9FE, 0x9FE},
    {0xC3C, 0xC3C},     {0xD3B, 0xD3C},     {0xEBA, 0xEBA},     {0x1715, 0x1715},
    {0x1ABF, 0x1ACE},   {0x1DF6, 0x1DFA},   {0x32FF, 0x32FF},   {0xA7F2, 0xA7F4},
    {0xA82C, 0xA82C},   {0xAB69, 0xAB69},   {0x10781, 0x10785}, {0x10787, 0x107B0},
    {0x107B2, 0x107BA}, {0x10D24, 0x10D27}, {0x10EAB, 0x10EAC}, {0x10EFD, 0x10EFF},
    {0x10F46, 0x10F50}, {0x10F82, 0x10F85}, {0x11070, 0x11070}, {0x1133B, 0x1133B},
    {0x1145E, 0x1145E}, {0x11839, 0x1183A}, {0x11938, 0x11938}, {0x1193D, 0x1193E},
    {0x11943, 0x11943}, {0x119E0, 0x119E0}, {0x11A34, 0x11A34}, {0x11A47, 0x11A47},
    {0x11A99, 0x11A99}, {0x11D42, 0x11D42}, {0x11D44, 0x11D45}, {0x11D97, 0x11D97},
    {0x11F41, 0x11F42}, {0x16FF0, 0x16FF1}, {0x1E030, 0x1E06D}, {0x1E08F, 0x1E08F},
    {0x1E130, 0x1E136}, {0x1E2AE, 0x1E2AE}, {0x1E2EC, 0x1E2EF}, {0x1E4EC, 0x1E4EF},
    {0x1F16C, 0x1F16C}, {0x1FBF0, 0x1FBF9}};

bool is_unknown_to_library(uint32_t c) {
  if (c < kUnknownToLibrary[0].first) return false;
  const auto* after =
      std::upper_bound(std::begin(kUnknownToLibrary), std::end(kUnknownToLibrary), c,
                       [](uint32_t v, const CodeRange& r) { return v < r.first; });
  return after != std::begin(kUnknownToLibrary) && c <= std::prev(after)->last;
}

// No composed or decomposed form begins, continues or consists of these. `composed`: Hangul
// syllables stay too.
bool is_inert(uint32_t c, bool composed, bool compatibility) {
  if (c < 0x80) return true;
  if (c >= 0xAC00 && c <= 0xD7A3) return composed;
  if (c >= 0x4E00 && c <= 0x9FA5) return true;
  if (compatibility) return false;
  return composed ? (c >= 0xA0 && c < 0x300) || (c >= 0x3041 && c <= 0x3096) ||
                        (c >= 0x30A1 && c <= 0x30FA)
                  : false;
}

Status append_normalized(std::string& out, std::string_view text, utf8proc_option_t options) {
  if (text.empty()) return ok_status();
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                   static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, std::free);
  if (length < 0)
    return invalid_argument("the text cannot be normalised: {reason}",
                            {{"reason", utf8proc_errmsg(length)}});
  out.append(reinterpret_cast<const char*>(mapped), static_cast<size_t>(length));
  return ok_status();
}

Status normalize(std::string& text, utf8proc_option_t options, bool composed, bool compatibility) {
  bool inert = true;
  for (size_t i = 0; i < text.size() && inert;)
    inert = is_inert(next_code_point(text, i), composed, compatibility);
  if (inert) return ok_status();
  std::string out;
  size_t done = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    if (!is_unknown_to_library(next_code_point(text, i))) continue;
    JANGWON_RETURN_IF_ERROR(
        append_normalized(out, std::string_view(text).substr(done, begin - done), options));
    out.append(text, begin, i - begin);
    done = i;
  }
  JANGWON_RETURN_IF_ERROR(append_normalized(out, std::string_view(text).substr(done), options));
  text = std::move(out);
  return ok_status();
}

// Character by character, without a look at the neighbours: U+0130 alone becomes two.
void lowercase(std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const uint32_t c = next_code_point(text, i);
    if (c < 0x80) {
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    } else if (c == 0x130) {
      out += "i\xCC\x87";
    } else {
      append_code_point(out,
                        static_cast<uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
    }
  }
  text = std::move(out);
}

void strip(std::string& text, bool left, bool right) {
  size_t begin = 0, end = text.size();
  while (left && begin < end) {
    size_t next = begin;
    if (!is_white_space(next_code_point(text, next))) break;
    begin = next;
  }
  while (right && end > begin) {
    size_t last = end - 1;
    while (last > begin && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80)
      --last;
    size_t position = last;
    if (!is_white_space(next_code_point(text, position))) break;
    end = last;
  }
  text = text.substr(begin, end - begin);
}

Status too_long() {
  return invalid_argument("normalising makes the text more than {max_growth} times as long",
                          {{"max_growth", kMaxGrowth}});
}

}  // namespace

Result<Normalizer> Normalizer::make(const Json& json) {
  Normalizer normalizer;
  if (json.is_null()) return normalizer;
  JANGWON_RETURN_IF_ERROR(normalizer.add(json, 0));
  return normalizer;
}

Status Normalizer::add(const Json& json, int depth) {
  if (depth > kMaxDepth) return invalid_argument("normalizers are nested too deeply");
  if (!json.is_object()) return invalid_argument("a normalizer is not an object");
  JANGWON_ASSIGN_OR_RETURN(const std::string type, read_string(json, "type", ""));
  const std::string what = "the normalizer " + type;
  if (type == "Sequence") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "normalizers"}));
    if (!json.contains("normalizers") || !json["normalizers"].is_array())
      return invalid_argument("the normalizer {normalizer} has no list", {{"normalizer", type}});
    for (const Json& part : json["normalizers"])
      JANGWON_RETURN_IF_ERROR(add(part, depth + 1));
    return ok_status();
  }
  Step step;
  const std::pair<const char*, Kind> simple[] = {{"NFC", Kind::kNfc},
                                                 {"NFD", Kind::kNfd},
                                                 {"NFKC", Kind::kNfkc},
                                                 {"NFKD", Kind::kNfkd},
                                                 {"Lowercase", Kind::kLowercase},
                                                 {"ByteLevel", Kind::kByteLevel}};
  for (const auto& [name, kind] : simple) {
    if (type != name) continue;
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type"}));
    step.kind = kind;
    steps_.push_back(std::move(step));
    return ok_status();
  }
  if (type == "Strip") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "strip_left", "strip_right"}));
    step.kind = Kind::kStrip;
    JANGWON_ASSIGN_OR_RETURN(step.left, read_bool(json, "strip_left", true));
    JANGWON_ASSIGN_OR_RETURN(step.right, read_bool(json, "strip_right", true));
  } else if (type == "Prepend") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "prepend"}));
    step.kind = Kind::kPrepend;
    JANGWON_ASSIGN_OR_RETURN(step.to, read_string(json, "prepend", ""));
  } else if (type == "Replace") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "pattern", "content"}));
    JANGWON_ASSIGN_OR_RETURN(step.to, read_string(json, "content", ""));
    const auto pattern = json.find("pattern");
    if (pattern == json.end() || !pattern->is_object() || pattern->size() != 1)
      return invalid_argument("the normalizer {normalizer} has no pattern", {{"normalizer", type}});
    if (pattern->contains("String")) {
      step.kind = Kind::kReplaceText;
      JANGWON_ASSIGN_OR_RETURN(step.from, read_string(*pattern, "String", ""));
      if (step.from.empty())
        return unsupported(
            "the normalizer {normalizer} replaces the empty string, which is not supported",
            {{"normalizer", type}});
    } else {
      JANGWON_ASSIGN_OR_RETURN(const std::string text, read_string(*pattern, "Regex", ""));
      if (text.empty())
        return invalid_argument("the normalizer {normalizer} has no pattern",
                                {{"normalizer", type}});
      step.kind = Kind::kReplacePattern;
      JANGWON_ASSIGN_OR_RETURN(Regex regex, Regex::compile(text));
      step.pattern.push_back(std::move(regex));
    }
  } else {
    return unsupported("the normalizer \"{normalizer}\" is not supported", {{"normalizer", type}});
  }
  steps_.push_back(std::move(step));
  return ok_status();
}

Status Normalizer::apply(std::string& text, Regex::Workspace& workspace, bool* lost_start) const {
  const auto lose_start = [lost_start] {
    if (lost_start != nullptr) *lost_start = true;
  };
  for (const Step& step : steps_) {
    const size_t limit = kMaxGrowth * (text.size() + 1024);
    switch (step.kind) {
      case Kind::kNfc:
        JANGWON_RETURN_IF_ERROR(normalize(text, UTF8PROC_COMPOSE, true, false));
        break;
      case Kind::kNfd:
        JANGWON_RETURN_IF_ERROR(normalize(text, UTF8PROC_DECOMPOSE, false, false));
        break;
      case Kind::kNfkc:
        JANGWON_RETURN_IF_ERROR(normalize(
            text, static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_COMPAT), true, true));
        break;
      case Kind::kNfkd:
        JANGWON_RETURN_IF_ERROR(
            normalize(text, static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT),
                      false, true));
        break;
      case Kind::kLowercase:
        lowercase(text);
        break;
      case Kind::kStrip: {
        size_t position = 0;
        if (step.left && !text.empty() && is_white_space(next_code_point(text, position)))
          lose_start();
        strip(text, step.left, step.right);
        break;
      }
      case Kind::kPrepend:
        if (!text.empty()) text.insert(0, step.to);
        break;
      case Kind::kByteLevel: {
        std::string out;
        for (char c : text)
          append_byte_character(out, static_cast<unsigned char>(c));
        text = std::move(out);
        break;
      }
      case Kind::kReplaceText: {
        size_t at = text.find(step.from);
        if (at == std::string::npos) break;
        if (at == 0 && step.to.empty()) lose_start();
        std::string out;
        size_t position = 0;
        for (; at != std::string::npos; at = text.find(step.from, position)) {
          out.append(text, position, at - position);
          out += step.to;
          position = at + step.from.size();
          if (out.size() > limit) return too_long();
        }
        out.append(text, position);
        text = std::move(out);
        break;
      }
      case Kind::kReplacePattern: {
        std::string out;
        JANGWON_ASSIGN_OR_RETURN(const std::vector<TextPiece> pieces,
                                 find_pieces(step.pattern[0], text, workspace));
        if (!pieces.empty() && pieces[0].matches && step.to.empty()) lose_start();
        for (const TextPiece& piece : pieces) {
          if (piece.matches) {
            out += step.to;
          } else {
            out.append(text, piece.begin, piece.end - piece.begin);
          }
          if (out.size() > limit) return too_long();
        }
        text = std::move(out);
        break;
      }
    }
  }
  return ok_status();
}

}  // namespace jangwon::runtime
