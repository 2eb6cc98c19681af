// A chain of steps over a list of tokens. To stream, each step keeps what later tokens may still
// change: a run of byte tokens (valid UTF-8 or not is decided for the whole run), an incomplete
// UTF-8 sequence, the blanks at the start. Chains that look at the whole text otherwise are held
// until the end. StreamDecoder's test compares the two ways on the golden tokenizers, id by id.

#include "runtime/tokenizer/decoder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/tokenizer/text.h"
#include "runtime/tokenizer/tokenizer_file.h"

namespace jangwon::runtime {

namespace {

constexpr int kMaxDepth = 16;
constexpr char kReplacement[] = "\xEF\xBF\xBD";

// "<0x41>" → 0x41, -1 for anything else.
int byte_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  const int low = digit(token[4]);
  if (low < 0) return -1;
  if (token[3] == '+') return low;  // the library's number parser takes a sign
  const int high = digit(token[3]);
  return high < 0 ? -1 : high * 16 + low;
}

// A finished run of byte tokens: its text, or one replacement character for each byte.
std::string text_of_run(const std::string& bytes) {
  if (is_valid_utf8(bytes)) return bytes;
  std::string out;
  for (size_t i = 0; i < bytes.size(); ++i)
    out += kReplacement;
  return out;
}

Regex::Workspace& workspace() {
  thread_local const std::shared_ptr<Regex::Workspace> own = Regex::make_workspace();
  return *own;
}

}  // namespace

Result<TokenDecoder> TokenDecoder::make(const Json& json) {
  TokenDecoder decoder;
  if (json.is_null()) {
    decoder.join_with_blanks_ = true;
    return decoder;
  }
  JANGWON_RETURN_IF_ERROR(decoder.add(json, 0));
  bool joined = false;
  for (Step& step : decoder.steps_) {
    step.joined = joined;
    if (step.kind == Kind::kFuse || step.kind == Kind::kByteLevel) joined = true;
    const bool streams_joined =
        step.kind == Kind::kFuse || (step.kind == Kind::kStrip && step.stop == 0);
    if ((step.joined && !streams_joined) || step.kind == Kind::kBpeSuffix) decoder.streams_ = false;
  }
  return decoder;
}

Status TokenDecoder::add(const Json& json, int depth) {
  if (depth > kMaxDepth) return invalid_argument("decoders are nested too deeply");
  if (!json.is_object()) return invalid_argument("a decoder is not an object");
  JANGWON_ASSIGN_OR_RETURN(const std::string type, read_string(json, "type", ""));
  const std::string what = "the decoder " + type;
  Step step;
  if (type == "Sequence") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "decoders"}));
    if (!json.contains("decoders") || !json["decoders"].is_array())
      return invalid_argument("the decoder {decoder} has no list", {{"decoder", type}});
    for (const Json& part : json["decoders"])
      JANGWON_RETURN_IF_ERROR(add(part, depth + 1));
    return ok_status();
  }
  if (type == "ByteLevel") {
    JANGWON_RETURN_IF_ERROR(
        refuse_unknown_keys(json, what, {"type", "add_prefix_space", "trim_offsets", "use_regex"}));
    step.kind = Kind::kByteLevel;
  } else if (type == "ByteFallback" || type == "Fuse") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type"}));
    step.kind = type == "Fuse" ? Kind::kFuse : Kind::kByteFallback;
  } else if (type == "Strip") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "content", "start", "stop"}));
    step.kind = Kind::kStrip;
    JANGWON_ASSIGN_OR_RETURN(step.from, read_string(json, "content", ""));
    JANGWON_ASSIGN_OR_RETURN(step.start, read_integer(json, "start", 0));
    JANGWON_ASSIGN_OR_RETURN(step.stop, read_integer(json, "stop", 0));
    size_t position = 0;
    if (!step.from.empty()) next_code_point(step.from, position);
    if (step.from.empty() || position != step.from.size())
      return invalid_argument("the decoder {decoder}: \"content\" is not one character",
                              {{"decoder", type}});
    if (step.start < 0 || step.stop < 0)
      return invalid_argument("the decoder {decoder} has a negative count", {{"decoder", type}});
  } else if (type == "Replace") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "pattern", "content"}));
    JANGWON_ASSIGN_OR_RETURN(step.to, read_string(json, "content", ""));
    const auto pattern = json.find("pattern");
    if (pattern == json.end() || !pattern->is_object() || pattern->size() != 1)
      return invalid_argument("the decoder {decoder} has no pattern", {{"decoder", type}});
    if (pattern->contains("String")) {
      step.kind = Kind::kReplaceText;
      JANGWON_ASSIGN_OR_RETURN(step.from, read_string(*pattern, "String", ""));
      if (step.from.empty())
        return unsupported(
            "the decoder {decoder} replaces the empty string, which is not supported",
            {{"decoder", type}});
    } else {
      step.kind = Kind::kReplacePattern;
      JANGWON_ASSIGN_OR_RETURN(const std::string text, read_string(*pattern, "Regex", ""));
      if (text.empty())
        return invalid_argument("the decoder {decoder} has no pattern", {{"decoder", type}});
      JANGWON_ASSIGN_OR_RETURN(Regex regex, Regex::compile(text));
      step.pattern.push_back(std::move(regex));
    }
  } else if (type == "Metaspace") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(
        json, what,
        {"type", "replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep"}));
    step.kind = Kind::kMetaspace;
    JANGWON_ASSIGN_OR_RETURN(step.from, read_string(json, "replacement", "\xE2\x96\x81"));
    JANGWON_ASSIGN_OR_RETURN(const std::string scheme,
                             read_string(json, "prepend_scheme", "always"));
    JANGWON_ASSIGN_OR_RETURN(const bool add_prefix_space,
                             read_bool(json, "add_prefix_space", true));
    if (step.from.empty())
      return invalid_argument("the decoder {decoder} has no replacement", {{"decoder", type}});
    if (scheme != "always" && scheme != "first" && scheme != "never") {
      return unsupported(
          "the prepend_scheme \"{scheme}\" of the decoder {decoder} is not supported",
          {{"scheme", scheme}, {"decoder", type}});
    }
    step.start = scheme != "never" && add_prefix_space ? 1 : 0;
  } else if (type == "BPEDecoder") {
    JANGWON_RETURN_IF_ERROR(refuse_unknown_keys(json, what, {"type", "suffix"}));
    step.kind = Kind::kBpeSuffix;
    JANGWON_ASSIGN_OR_RETURN(step.from, read_string(json, "suffix", "</w>"));
    if (step.from.empty())
      return invalid_argument("the decoder {decoder} has no suffix", {{"decoder", type}});
  } else {
    return unsupported("the decoder \"{decoder}\" is not supported", {{"decoder", type}});
  }
  steps_.push_back(std::move(step));
  return ok_status();
}

std::string TokenDecoder::strip(const Step& step, const std::string& token) {
  size_t begin = 0, end = token.size();
  const std::string& mark = step.from;
  for (int64_t i = 0; i < step.start && std::string_view(token).substr(begin).starts_with(mark);
       ++i)
    begin += mark.size();
  for (int64_t i = 0; i < step.stop && end >= begin + mark.size() &&
                      std::string_view(token).substr(0, end).ends_with(mark);
       ++i) {
    end -= mark.size();
  }
  return token.substr(begin, end - begin);
}

std::string TokenDecoder::replace(const Step& step, const std::string& token) {
  std::string out;
  if (step.kind == Kind::kReplacePattern) {
    const Result<std::vector<TextPiece>> pieces = find_pieces(step.pattern[0], token, workspace());
    if (!pieces.ok()) return token;  // a pattern that gives up on a token leaves it alone
    for (const TextPiece& piece : *pieces) {
      if (piece.matches) {
        out += step.to;
      } else {
        out.append(token, piece.begin, piece.end - piece.begin);
      }
    }
    return out;
  }
  size_t position = 0;
  for (size_t at = token.find(step.from); at != std::string::npos;
       at = token.find(step.from, position)) {
    out.append(token, position, at - position);
    out += step.to;
    position = at + step.from.size();
  }
  return out.append(token, position);
}

// The bytes behind a byte-level token; a token with any other character stands for itself.
std::string TokenDecoder::bytes_of_characters(const std::string& token) {
  std::string bytes;
  for (size_t position = 0; position < token.size();) {
    const int byte = byte_of_character(next_code_point(token, position));
    if (byte < 0) return token;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

void TokenDecoder::apply(const Step& step, std::vector<std::string>& tokens) const {
  switch (step.kind) {
    case Kind::kByteLevel: {
      std::string bytes, text;
      for (const std::string& token : tokens)
        bytes += bytes_of_characters(token);
      append_lossy(text, bytes, true);
      tokens.assign(1, std::move(text));
      return;
    }
    case Kind::kByteFallback: {
      std::vector<std::string> out;
      std::string run;
      const auto flush = [&] {
        if (!run.empty()) out.push_back(text_of_run(run));
        run.clear();
      };
      for (std::string& token : tokens) {
        if (const int byte = byte_token(token); byte >= 0) {
          run += static_cast<char>(byte);
        } else {
          flush();
          out.push_back(std::move(token));
        }
      }
      flush();
      tokens = std::move(out);
      return;
    }
    case Kind::kFuse: {
      std::string text;
      for (const std::string& token : tokens)
        text += token;
      tokens.assign(1, std::move(text));
      return;
    }
    case Kind::kStrip:
      for (std::string& token : tokens)
        token = strip(step, token);
      return;
    case Kind::kReplaceText:
    case Kind::kReplacePattern:
      for (std::string& token : tokens)
        token = replace(step, token);
      return;
    case Kind::kMetaspace:
      for (size_t i = 0; i < tokens.size(); ++i) {
        Step blanks = step;
        blanks.kind = Kind::kReplaceText;
        blanks.to = i == 0 && step.start != 0 ? "" : " ";
        tokens[i] = replace(blanks, tokens[i]);
      }
      return;
    case Kind::kBpeSuffix:
      for (size_t i = 0; i < tokens.size(); ++i) {
        Step blanks = step;
        blanks.kind = Kind::kReplaceText;
        blanks.to = i + 1 == tokens.size() ? "" : " ";
        tokens[i] = replace(blanks, tokens[i]);
      }
      return;
  }
}

std::string TokenDecoder::decode(std::vector<std::string> tokens) const {
  for (const Step& step : steps_)
    apply(step, tokens);
  std::string text;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (join_with_blanks_ && i > 0) text += ' ';
    text += tokens[i];
  }
  return text;
}

std::string TokenDecoder::token_bytes(std::string_view token) const {
  std::string text(token);
  for (const Step& step : steps_) {
    if (step.kind == Kind::kByteLevel) return bytes_of_characters(text);
    if (step.kind == Kind::kByteFallback) {
      if (const int byte = byte_token(text); byte >= 0)
        return std::string(1, static_cast<char>(byte));
    }
    if (step.kind == Kind::kReplaceText || step.kind == Kind::kReplacePattern)
      text = replace(step, text);
    if (step.kind == Kind::kMetaspace || step.kind == Kind::kBpeSuffix) {
      Step blanks = step;
      blanks.kind = Kind::kReplaceText;
      blanks.to = " ";
      text = replace(blanks, text);
    }
  }
  return text;
}

TokenDecoder::Stream::Stream(const TokenDecoder& decoder)
    : decoder_(decoder), states_(decoder.steps_.size() + 1) {}

std::string TokenDecoder::Stream::push(std::string token) {
  if (!decoder_.streams_) {
    held_.push_back(std::move(token));
    return {};
  }
  std::string out;
  push(0, std::move(token), out);
  return out;
}

std::string TokenDecoder::Stream::finish() {
  if (!decoder_.streams_) return decoder_.decode(std::move(held_));
  std::string out;
  finish(0, out);
  return out;
}

void TokenDecoder::Stream::push(size_t index, std::string token, std::string& out) {
  StepState& state = states_[index];
  if (index == decoder_.steps_.size()) {
    if (decoder_.join_with_blanks_ && state.begun) out += ' ';
    state.begun = true;
    out += token;
    return;
  }
  const Step& step = decoder_.steps_[index];
  switch (step.kind) {
    case Kind::kByteLevel: {
      state.pending += bytes_of_characters(token);
      std::string text;
      state.pending.erase(0, append_lossy(text, state.pending, false));
      push(index + 1, std::move(text), out);
      return;
    }
    case Kind::kByteFallback:
      if (const int byte = byte_token(token); byte >= 0) {
        state.pending += static_cast<char>(byte);
        return;
      }
      if (!state.pending.empty())
        push(index + 1, text_of_run(std::exchange(state.pending, {})), out);
      break;
    case Kind::kFuse:
    case Kind::kBpeSuffix:
      break;
    case Kind::kStrip:
      if (!step.joined) {
        token = strip(step, token);
        break;
      }
      // The start of one long text that comes in parts.
      while (!state.done && !token.empty()) {
        if (state.stripped < step.start && token.starts_with(step.from)) {
          token.erase(0, step.from.size());
          ++state.stripped;
        } else {
          state.done = true;
        }
      }
      break;
    case Kind::kReplaceText:
    case Kind::kReplacePattern:
      token = replace(step, token);
      break;
    case Kind::kMetaspace: {
      Step blanks = step;
      blanks.kind = Kind::kReplaceText;
      blanks.to = !state.begun && step.start != 0 ? "" : " ";
      state.begun = true;
      token = replace(blanks, token);
      break;
    }
  }
  push(index + 1, std::move(token), out);
}

void TokenDecoder::Stream::finish(size_t index, std::string& out) {
  if (index == decoder_.steps_.size()) return;
  StepState& state = states_[index];
  if (!state.pending.empty()) {
    std::string text;
    if (decoder_.steps_[index].kind == Kind::kByteLevel) {
      append_lossy(text, state.pending, true);
    } else {
      text = text_of_run(state.pending);
    }
    state.pending.clear();
    push(index + 1, std::move(text), out);
  }
  finish(index + 1, out);
}

}  // namespace jangwon::runtime
