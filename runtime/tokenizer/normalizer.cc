// Normal forms come from utf8proc. Text of characters that no normal form touches (ASCII, Hangul syllables, common Han
// and Kana) is recognised first: it is nearly all text there is.

#include "runtime/tokenizer/normalizer.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "runtime/tokenizer/text.h"
#include "runtime/tokenizer/tokenizer_file.h"

namespace jangwon::runtime {

namespace {

constexpr int kMaxDepth = 16;
constexpr size_t kMaxGrowth = 64;  // of a text by one replacement step

// No composed or decomposed form begins, continues or consists of these. `composed`: Hangul syllables stay too.
bool is_inert(uint32_t c, bool composed, bool compatibility) {
  if (c < 0x80) return true;
  if (c >= 0xAC00 && c <= 0xD7A3) return composed;
  if (c >= 0x4E00 && c <= 0x9FA5) return true;
  if (compatibility) return false;
  return composed ? (c >= 0xA0 && c < 0x300) || (c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FA) : false;
}

Status normalize(std::string& text, utf8proc_option_t options, bool composed, bool compatibility) {
  bool inert = true;
  for (size_t i = 0; i < text.size() && inert;)
    inert = is_inert(next_code_point(text, i), composed, compatibility);
  if (inert) return ok_status();
  utf8proc_uint8_t* out = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &out, static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, std::free);
  if (length < 0) return invalid_argument(std::string("the text cannot be normalised: ") + utf8proc_errmsg(length));
  text.assign(reinterpret_cast<const char*>(out), static_cast<size_t>(length));
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
      append_code_point(out, static_cast<uint32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
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
  return invalid_argument("normalising makes the text more than " + std::to_string(kMaxGrowth) + " times as long");
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
      return invalid_argument(what + " has no list");
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
      return invalid_argument(what + " has no pattern");
    if (pattern->contains("String")) {
      step.kind = Kind::kReplaceText;
      JANGWON_ASSIGN_OR_RETURN(step.from, read_string(*pattern, "String", ""));
      if (step.from.empty()) return unsupported(what + " replaces the empty string, which is not supported");
    } else {
      JANGWON_ASSIGN_OR_RETURN(const std::string text, read_string(*pattern, "Regex", ""));
      if (text.empty()) return invalid_argument(what + " has no pattern");
      step.kind = Kind::kReplacePattern;
      JANGWON_ASSIGN_OR_RETURN(Regex regex, Regex::compile(text));
      step.pattern.push_back(std::move(regex));
    }
  } else {
    return unsupported("the normalizer \"" + type + "\" is not supported");
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
        JANGWON_RETURN_IF_ERROR(
            normalize(text, static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_COMPAT), true, true));
        break;
      case Kind::kNfkd:
        JANGWON_RETURN_IF_ERROR(
            normalize(text, static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT), false, true));
        break;
      case Kind::kLowercase:
        lowercase(text);
        break;
      case Kind::kStrip: {
        size_t position = 0;
        if (step.left && !text.empty() && is_white_space(next_code_point(text, position))) lose_start();
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
        JANGWON_ASSIGN_OR_RETURN(const std::vector<TextPiece> pieces, find_pieces(step.pattern[0], text, workspace));
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
