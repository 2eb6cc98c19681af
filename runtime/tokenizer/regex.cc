// Tokenizers split text by patterns for Oniguruma. PCRE2 with UTF and UCP agrees with it on
// categories, quantifiers, look-around and case folding of single characters; the translation below
// covers where they part. Matching uses PCRE2's JIT with a stack that grows to kMaxJitStack; a
// match that needs more is tried again without the JIT, whose memory is the heap.
// tests/runtime/tokenizer/regex_test.cc and the golden tokenizers cover it.

#include "runtime/tokenizer/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <new>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "runtime/base/check.h"

namespace jangwon::runtime {

namespace {

constexpr size_t kMaxPatternBytes = 64 << 10;
constexpr size_t kMaxJitStack = 64 << 20;
constexpr uint32_t kMaxHeapKb = 512 << 10;
constexpr uint32_t kMaxMatchSteps = 10'000'000;

// Unicode's White_Space; PCRE2's \s has U+180E too.
constexpr std::string_view kSpace =
    R"(\x09-\x0D\x20\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";
// Oniguruma's word characters; below U+0100 it goes by a table of its own, which has
// superscripts and fractions.
constexpr std::string_view kWord =
    R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE}\x{24B6}-\x{24E9}\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189})";

constexpr std::string_view kCategories[] = {"C",  "Cc", "Cf", "Cn", "Co", "L",  "Ll", "Lm", "Lo",
                                            "Lt", "Lu", "M",  "Mc", "Me", "Mn", "N",  "Nd", "Nl",
                                            "No", "P",  "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps",
                                            "S",  "Sc", "Sk", "Sm", "So", "Z",  "Zl", "Zp", "Zs"};
constexpr std::pair<std::string_view, std::string_view> kLongNames[] = {
    {"letter", "L"}, {"mark", "M"},      {"number", "N"}, {"punctuation", "P"},
    {"symbol", "S"}, {"separator", "Z"}, {"other", "C"}};

Status refuse(Message what) {
  return unsupported("the pattern uses {what}, which is not supported",
                     {{"what", std::move(what)}});
}

Status refuse(MessageTemplate what, Message::Arguments arguments = {}) {
  return refuse(Message(what, arguments));
}

class Translator {
 public:
  explicit Translator(std::string_view pattern) : in_(pattern) {}

  Result<std::string> run() {
    if (in_.size() > kMaxPatternBytes) return refuse("more than 64 KiB");
    int open = 0;
    std::vector<size_t> group_begins;
    while (i_ < in_.size()) {
      const char c = in_[i_];
      switch (c) {
        case '(':
          group_begins.push_back(out_.size());
          ++open;
          JANGWON_RETURN_IF_ERROR(group());
          atom_ = std::string::npos;
          break;
        case ')':
          if (open-- == 0) return refuse("a ')' without '('");
          ++i_;
          out_ += ')';
          atom_ = group_begins.back();
          group_begins.pop_back();
          break;
        case '[': {
          atom_ = out_.size();
          std::string text;
          JANGWON_RETURN_IF_ERROR(character_class(text));
          out_ += text;
          break;
        }
        case '\\':
          atom_ = out_.size();
          JANGWON_RETURN_IF_ERROR(escape(false, out_));
          break;
        case '^':
          atom_ = std::string::npos;
          ++i_;
          out_ += "(?m:^)";
          break;
        case '$':
          atom_ = std::string::npos;
          ++i_;
          out_ += "(?m:$)";
          break;
        case '|':
          atom_ = std::string::npos;
          ++i_;
          out_ += '|';
          break;
        case '*':
        case '+':
        case '?':
          JANGWON_RETURN_IF_ERROR(quantifier());
          break;
        case '{':
          JANGWON_RETURN_IF_ERROR(brace());
          break;
        default:
          atom_ = out_.size();
          copy_character();
      }
    }
    if (open != 0) return refuse("a '(' without ')'");
    return std::move(out_);
  }

 private:
  void copy_character() {
    out_ += in_[i_++];
    while (i_ < in_.size() && (static_cast<unsigned char>(in_[i_]) & 0xC0) == 0x80)
      out_ += in_[i_++];
  }

  bool at(std::string_view text) const { return in_.substr(i_, text.size()) == text; }

  Status group() {
    for (std::string_view head : {"(?:", "(?i:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?-i:"}) {
      if (!at(head)) continue;
      out_ += head;
      i_ += head.size();
      return ok_status();
    }
    if (at("(?i)")) {
      // In Oniguruma it reaches to the end of the enclosing group, over alternatives: as in PCRE2.
      // It is no group itself.
      return refuse("an option without a group, \"(?i)\"");
    }
    if (at("(?") || at("(*"))
      return refuse("the group \"{group}…\"", {{"group", in_.substr(i_, 4)}});
    out_ += "(?:";  // nobody refers to captures
    ++i_;
    return ok_status();
  }

  Status quantifier() {
    if (atom_ == std::string::npos) return refuse("a quantifier without anything before it");
    out_ += in_[i_++];
    if (i_ < in_.size() && (in_[i_] == '?' || in_[i_] == '+')) out_ += in_[i_++];
    // A further quantifier repeats the whole.
    wrap_if_quantified_again();
    return ok_status();
  }

  void wrap_if_quantified_again() {
    if (i_ < in_.size() && (in_[i_] == '*' || in_[i_] == '+' || in_[i_] == '?' || in_[i_] == '{')) {
      out_.insert(atom_, "(?:");
      out_ += ')';
    }
  }

  Status brace() {
    size_t end = i_ + 1;
    const auto number = [&] {
      const size_t begin = end;
      while (end < in_.size() && std::isdigit(static_cast<unsigned char>(in_[end])))
        ++end;
      return std::string(in_.substr(begin, end - begin));
    };
    const std::string low = number();
    const bool comma = end < in_.size() && in_[end] == ',';
    if (comma) ++end;
    const std::string high = comma ? number() : low;
    const bool quantifies = end < in_.size() && in_[end] == '}' && !(low.empty() && high.empty());
    if (!quantifies) {
      atom_ = out_.size();
      out_ += "\\{";
      ++i_;
      return ok_status();
    }
    if (atom_ == std::string::npos) return refuse("a quantifier without anything before it");
    if (low.size() > 4 || high.size() > 4) return refuse("a repetition above 9999");
    if (!low.empty() && !high.empty() && std::stoi(low) > std::stoi(high))
      return refuse("a repetition with its bounds swapped");
    i_ = end + 1;
    out_ += "{" + (low.empty() ? "0" : low) + (comma ? "," + high : "") + "}";
    if (i_ < in_.size() && in_[i_] == '?') {
      if (!comma) return refuse("\"{{n}}?\"");
      out_ += in_[i_++];
    }
    // Not possessive in Oniguruma: the repetition repeated.
    wrap_if_quantified_again();
    return ok_status();
  }

  Status escape(bool in_class, std::string& out) {
    if (++i_ >= in_.size()) return refuse("a backslash at its end");
    const char c = in_[i_++];
    switch (c) {
      case 's':
        out += in_class ? std::string(kSpace) : "[" + std::string(kSpace) + "]";
        return ok_status();
      case 'S':
        if (in_class) {
          // The complement as ranges.
          out +=
              R"(\x00-\x08\x0E-\x1F\x21-\x{84}\x{86}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF})";
        } else {
          out += "[^" + std::string(kSpace) + "]";
        }
        return ok_status();
      case 'd':
        out += "\\p{Nd}";
        return ok_status();
      case 'D':
        out += "\\P{Nd}";
        return ok_status();
      case 'w':
        out += in_class ? std::string(kWord) : "[" + std::string(kWord) + "]";
        return ok_status();
      case 'W':
        if (in_class) return refuse("\\W inside of a class");
        out += "[^" + std::string(kWord) + "]";
        return ok_status();
      case 'p':
      case 'P':
        return property(c == 'P', out);
      case 'n':
      case 'r':
      case 't':
      case 'f':
      case 'a':
      case 'e':
        out += '\\';
        out += c;
        return ok_status();
      case 'v':
        out += "\\x0B";
        return ok_status();
      case 'x':
      case 'u':
        return code_point(c, out);
      case 'A':
      case 'z':
      case 'Z':
        if (in_class) break;
        atom_ = std::string::npos;
        out += '\\';
        out += c;
        return ok_status();
      default:
        if (static_cast<unsigned char>(c) >= 0x80) {
          out += c;
          while (i_ < in_.size() && (static_cast<unsigned char>(in_[i_]) & 0xC0) == 0x80)
            out += in_[i_++];
          return ok_status();
        }
        if (std::ispunct(static_cast<unsigned char>(c)) || c == ' ') {
          out += '\\';
          out += c;
          return ok_status();
        }
    }
    return refuse(in_class ? Message("\\{character} inside of a class", {{"character", c}})
                           : Message::value(std::string("\\") + c));
  }

  Status code_point(char kind, std::string& out) {
    std::string digits;
    if (kind == 'x' && i_ < in_.size() && in_[i_] == '{') {
      const size_t end = in_.find('}', i_);
      if (end == std::string_view::npos) return refuse("\\x{{ without }}");
      digits = in_.substr(i_ + 1, end - i_ - 1);
      i_ = end + 1;
    } else {
      const size_t count = kind == 'x' ? 2 : 4;
      digits = in_.substr(i_, count);
      i_ = std::min(i_ + count, in_.size());
      if (digits.size() != count) return refuse("a short \\x or \\u");
    }
    if (digits.empty() || digits.size() > 6 ||
        digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      return refuse(Message::value(std::string("\\") + kind + digits));
    }
    const unsigned long value = std::stoul(digits, nullptr, 16);
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
      return refuse("a code point that is no character");
    // Two digits name a byte in Oniguruma: the same only for ASCII.
    if (kind == 'x' && in_[i_ - 1] != '}' && value >= 0x80)
      return refuse("\\x{digits}, a byte of UTF-8", {{"digits", digits}});
    out += "\\x{" + digits + "}";
    return ok_status();
  }

  Status property(bool negated, std::string& out) {
    std::string name;
    if (i_ < in_.size() && in_[i_] == '{') {
      const size_t end = in_.find('}', i_);
      if (end == std::string_view::npos) return refuse("\\p{{ without }}");
      name = in_.substr(i_ + 1, end - i_ - 1);
      i_ = end + 1;
    } else {
      return refuse("\\p without {{…}}");
    }
    if (!name.empty() && name[0] == '^') {
      negated = !negated;
      name.erase(0, 1);
    }
    const std::string shown = name;
    for (const auto& [word, category] : kLongNames) {
      std::string lower = name;
      std::transform(lower.begin(), lower.end(), lower.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (lower == word) name = category;
    }
    const std::string mark = negated ? "\\P{" : "\\p{";
    if (std::find(std::begin(kCategories), std::end(kCategories), name) != std::end(kCategories)) {
      out += mark + name + "}";
      return ok_status();
    }
    static constexpr std::string_view kScripts[] = {
        "Arabic",   "Armenian",  "Bengali",   "Bopomofo", "Common",   "Cyrillic", "Devanagari",
        "Ethiopic", "Georgian",  "Greek",     "Gujarati", "Gurmukhi", "Han",      "Hangul",
        "Hebrew",   "Hiragana",  "Inherited", "Kannada",  "Katakana", "Khmer",    "Lao",
        "Latin",    "Malayalam", "Mongolian", "Myanmar",  "Oriya",    "Sinhala",  "Tamil",
        "Telugu",   "Thai",      "Tibetan"};
    if (std::find(std::begin(kScripts), std::end(kScripts), name) != std::end(kScripts)) {
      out += mark + "sc:" + name + "}";  // by itself PCRE2 would mean Script_Extensions
      return ok_status();
    }
    return refuse("the property \\p{{{value}}}", {{"value", shown}});
  }

  // One part of a class: up to "]" or "&&". `text` gets it without brackets.
  Status class_part(std::string& text) {
    bool first = true;
    while (i_ < in_.size()) {
      const char c = in_[i_];
      if (c == ']' && !first) return ok_status();
      if (at("&&")) return ok_status();
      first = false;
      if (c == '\\') {
        const char kind = i_ + 1 < in_.size() ? in_[i_ + 1] : '\0';
        JANGWON_RETURN_IF_ERROR(escape(true, text));
        // After a set of characters "-" makes no range.
        if (std::string_view("sSdDwpP").find(kind) != std::string_view::npos && at("-")) {
          text += "\\-";
          ++i_;
        }
      } else if (c == '[') {
        return refuse(at("[:") ? Message("a POSIX class") : Message("a class inside of a class"));
      } else if (c == ']') {
        return refuse("an empty class");
      } else if (c == '^') {
        text += "\\^";
        ++i_;
      } else {
        text += in_[i_++];
      }
    }
    return refuse("a class without ']'");
  }

  // [A], [^A] and [A&&[B]], [A&&[^B]].
  Status character_class(std::string& text) {
    ++i_;
    const bool negated = at("^");
    if (negated) ++i_;
    std::string part;
    JANGWON_RETURN_IF_ERROR(class_part(part));
    if (at("&&")) {
      if (negated || part.empty()) return refuse("\"&&\" in a class of this form");
      i_ += 2;
      if (!at("[")) return refuse("\"&&\" without a class after it");
      ++i_;
      const bool excludes = at("^");
      if (excludes) ++i_;
      std::string other;
      JANGWON_RETURN_IF_ERROR(class_part(other));
      if (!at("]]")) return refuse("\"&&\" in a class of this form");
      i_ += 2;
      text = "(?:(?" + std::string(excludes ? "!" : "=") + "[" + other + "])[" + part + "])";
      return ok_status();
    }
    ++i_;
    text = std::string(negated ? "[^" : "[") + part + "]";
    return ok_status();
  }

  std::string_view in_;
  size_t i_ = 0;
  std::string out_;
  // where in out_ the last thing begins that a quantifier would repeat
  size_t atom_ = std::string::npos;
};

// Where a pattern's nested repetitions push a frame for each round, an equivalent that does not:
// the published pattern of super-words, whose match may be as long as the text. Nothing follows the
// repetition in its alternative, so the first way through it is the match, and giving back could
// never be asked for.
std::string without_backtracking(const std::string& pattern) {
  static constexpr std::pair<std::string_view, std::string_view> kRewrites[] = {
      {R"((?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|)", R"((?>\p{L}\p{M}*+(?> \p{L}\p{M}*+)*+)++|)"},
  };
  std::string out = pattern;
  for (const auto& [from, to] : kRewrites) {
    if (const size_t at = out.find(from); at != std::string::npos) out.replace(at, from.size(), to);
  }
  return out;
}

}  // namespace

Result<std::string> translate_pattern(std::string_view oniguruma) {
  return Translator(oniguruma).run();
}

struct Regex::Code {
  pcre2_code* code = nullptr;
  ~Code() { pcre2_code_free(code); }
};

class Regex::Workspace {
 public:
  Workspace() {
    match_data = pcre2_match_data_create(1, nullptr);
    context = pcre2_match_context_create(nullptr);
    stack = pcre2_jit_stack_create(64 << 10, kMaxJitStack, nullptr);
    if (!match_data || !context || !stack) throw std::bad_alloc();
    pcre2_jit_stack_assign(context, nullptr, stack);
    pcre2_set_match_limit(context, kMaxMatchSteps);
    pcre2_set_heap_limit(context, kMaxHeapKb);
  }
  ~Workspace() {
    pcre2_match_data_free(match_data);
    pcre2_match_context_free(context);
    pcre2_jit_stack_free(stack);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  pcre2_match_data* match_data;
  pcre2_match_context* context;
  pcre2_jit_stack* stack;
};

std::shared_ptr<Regex::Workspace> Regex::make_workspace() {
  return std::make_shared<Workspace>();
}

Result<Regex> Regex::compile(const std::string& pattern) {
  JANGWON_ASSIGN_OR_RETURN(const std::string translated, translate_pattern(pattern));
  const std::string final_pattern = without_backtracking(translated);
  int error = 0;
  PCRE2_SIZE offset = 0;
  std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> context(
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  auto code = std::make_shared<Code>();
  code->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(final_pattern.data()), final_pattern.size(),
                    PCRE2_UTF | PCRE2_UCP, &error, &offset, context.get());
  if (code->code == nullptr) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    return invalid_argument(
        "the pattern \"{pattern}\" is not understood: {reason}",
        {{"pattern", pattern}, {"reason", reinterpret_cast<const char*>(text.data())}});
  }
  // without it matching is slower, not different
  pcre2_jit_compile(code->code, PCRE2_JIT_COMPLETE);
  return Regex(std::move(code));
}

Regex::Outcome Regex::find(std::string_view text, size_t from, Workspace& workspace, size_t* begin,
                           size_t* end) const {
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  int result = pcre2_match(code_->code, subject, text.size(), from, PCRE2_NO_UTF_CHECK,
                           workspace.match_data, workspace.context);
  if (result == PCRE2_ERROR_JIT_STACKLIMIT) {
    result = pcre2_match(code_->code, subject, text.size(), from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
                         workspace.match_data, workspace.context);
  }
  if (result == PCRE2_ERROR_NOMATCH) return Outcome::kNoMatch;
  if (result < 0) return Outcome::kGaveUp;
  const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(workspace.match_data);
  *begin = offsets[0];
  *end = offsets[1];
  return Outcome::kMatch;
}

Result<std::vector<TextPiece>> find_pieces(const Regex& regex, std::string_view text,
                                           Regex::Workspace& workspace) {
  std::vector<TextPiece> pieces;
  size_t position = 0, from = 0, last_match_end = std::string_view::npos;
  while (from <= text.size() && !text.empty()) {
    size_t begin = 0, end = 0;
    const Regex::Outcome outcome = regex.find(text, from, workspace, &begin, &end);
    if (outcome == Regex::Outcome::kNoMatch) break;
    if (outcome == Regex::Outcome::kGaveUp)
      return invalid_argument("the pattern of the tokenizer gives up on this text");
    if (begin == end && end == last_match_end) {
      // No empty match right behind another: go on one character later.
      ++from;
      while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80)
        ++from;
      continue;
    }
    from = last_match_end = end;
    if (begin > position) pieces.push_back({position, begin, false});
    pieces.push_back({begin, end, true});
    position = end;
  }
  if (position < text.size()) pieces.push_back({position, text.size(), false});
  return pieces;
}

}  // namespace jangwon::runtime
