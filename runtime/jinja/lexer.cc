// A hand-written scanner in place of Jinja's regular expressions; the order of its checks is
// theirs. White space follows three rules: "-" strips everything on its side, a tag (not an
// expression) that begins a line takes the blanks before it along unless it says "+", and one
// newline after a tag is dropped unless it says "+". tests/runtime/jinja and the golden
// expressions cover it.

#include "runtime/jinja/lexer.h"

#include <utf8proc.h>

#include <charconv>
#include <cstdlib>

#include "runtime/jinja/python_text.h"
#include "runtime/jinja/value.h"

namespace jangwon::jinja {

namespace {

[[noreturn]] void fail_at(int line, std::string message) {
  throw Failure{std::move(message), line};
}

bool is_ascii_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string normalize_newlines(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      out += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    } else {
      out += source[i];
    }
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

int hex_value(char c) {
  if (is_ascii_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Names must be identifiers that Python would not rewrite (it normalises them by NFKC).
bool is_identifier(std::string_view name) {
  bool ascii = true;
  for (size_t position = 0; position < name.size();) {
    const bool first = position == 0;
    const uint32_t c = next_code_point(name, position);
    if (c >= 0x80) ascii = false;
    if (c == '_' || is_alpha(c)) continue;
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
    const bool continues = category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_MN ||
                           category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_PC;
    if (first || !continues) return false;
  }
  if (ascii) return true;
  utf8proc_uint8_t* folded =
      utf8proc_NFKC(reinterpret_cast<const utf8proc_uint8_t*>(std::string(name).c_str()));
  const bool same = folded != nullptr && name == reinterpret_cast<const char*>(folded);
  std::free(folded);
  return same;
}

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)) {}

  std::vector<Token> run() {
    while (position_ < source_.size())
      scan_text();
    add(TokenKind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  bool at(std::string_view text) const {
    return std::string_view(source_).substr(position_, text.size()) == text;
  }
  bool at(size_t position, std::string_view text) const {
    return std::string_view(source_).substr(std::min(position, source_.size()), text.size()) ==
           text;
  }

  void advance(size_t to) {
    for (; position_ < to; ++position_) {
      if (source_[position_] == '\n') ++line_;
    }
  }

  size_t skip_space(size_t position) const {
    while (position < source_.size()) {
      size_t next = position;
      if (!is_space(next_code_point(source_, next))) break;
      position = next;
    }
    return position;
  }

  Token& add(TokenKind kind, std::string text) {
    return tokens_.emplace_back(Token{kind, line_, std::move(text)});
  }

  // Template text up to the next tag; `sign` and `strips_line` say what the tag does to the
  // blanks before it.
  void add_text(size_t end, char sign, bool strips_line) {
    std::string_view text = std::string_view(source_).substr(position_, end - position_);
    if (sign == '-') {
      text = strip_space(text, Side::kRight);
    } else if (sign != '+' && strips_line) {
      const size_t newline = text.rfind('\n');
      const size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
      if (line_begin > 0 || line_starting_) {
        if (strip_space(text.substr(line_begin)).empty()) text = text.substr(0, line_begin);
      }
    }
    if (!text.empty()) add(TokenKind::kText, std::string(text));
  }

  // After a tag's end: the white space or the newline that it takes along.
  void finish_tag(size_t end) {
    advance(end);
    line_starting_ = end > 0 && source_[end - 1] == '\n';
  }

  void scan_text() {
    size_t begin = position_;
    while (begin < source_.size() && !at(begin, "{%") && !at(begin, "{{") && !at(begin, "{#")) {
      begin = source_.find('{', begin + (source_[begin] == '{' ? 1 : 0));
      if (begin == std::string::npos) begin = source_.size();
    }
    if (begin == source_.size()) {
      add(TokenKind::kText, source_.substr(position_));
      advance(source_.size());
      return;
    }
    const char kind = source_[begin + 1];
    size_t inside = begin + 2;
    const char sign = inside < source_.size() && (source_[inside] == '-' || source_[inside] == '+')
                          ? source_[inside]
                          : '\0';
    if (sign != '\0') ++inside;
    if (kind == '%') {
      if (const size_t raw = raw_begin(inside); raw != std::string::npos) {
        add_text(begin, sign, true);
        finish_tag(raw);
        scan_raw();
        return;
      }
    }
    add_text(begin, sign, kind != '{');
    advance(begin);
    if (kind == '#') {
      scan_comment(inside);
      return;
    }
    add(kind == '{' ? TokenKind::kVariableBegin : TokenKind::kBlockBegin, "");
    advance(inside);
    scan_tag(kind == '{');
  }

  // The end of `raw %}` that begins at `position`, npos if there is none.
  size_t raw_begin(size_t position) const {
    position = skip_space(position);
    if (!at(position, "raw")) return std::string::npos;
    position = skip_space(position + 3);
    if (at(position, "-%}")) return skip_space(position + 3);
    if (at(position, "%}")) return position + 2;
    return std::string::npos;
  }

  void scan_raw() {
    const int begin_line = line_;
    for (size_t begin = source_.find("{%", position_); begin != std::string::npos;
         begin = source_.find("{%", begin + 1)) {
      size_t inside = begin + 2;
      const char sign =
          inside < source_.size() && (source_[inside] == '-' || source_[inside] == '+')
              ? source_[inside]
              : '\0';
      if (sign != '\0') ++inside;
      inside = skip_space(inside);
      if (!at(inside, "endraw")) continue;
      inside = skip_space(inside + 6);
      const size_t end = block_end(inside);
      if (end == std::string::npos) continue;
      add_text(begin, sign, true);
      finish_tag(end);
      return;
    }
    fail_at(begin_line, "the end of a raw block is missing");
  }

  // Where the text goes on after a block's end at `position`, npos if none stands there.
  size_t block_end(size_t position) const {
    if (at(position, "-%}")) return skip_space(position + 3);
    if (at(position, "+%}")) return position + 3;
    if (at(position, "%}")) return position + 2 + (at(position + 2, "\n") ? 1 : 0);
    return std::string::npos;
  }

  void scan_comment(size_t inside) {
    const size_t end = source_.find("#}", inside);
    if (end == std::string::npos) fail_at(line_, "the end of a comment is missing");
    const char before = end > inside ? source_[end - 1] : '\0';
    size_t next = end + 2;
    if (before == '-') {
      next = skip_space(next);
    } else if (before != '+' && at(next, "\n")) {
      ++next;
    }
    finish_tag(next);
  }

  void scan_tag(bool is_variable) {
    std::string open;  // brackets waiting for their partner
    while (true) {
      if (open.empty()) {
        if (is_variable) {
          const size_t end = at("-}}")  ? skip_space(position_ + 3)
                             : at("}}") ? position_ + 2
                                        : std::string::npos;
          if (end != std::string::npos) return end_tag(TokenKind::kVariableEnd, end);
        } else if (const size_t end = block_end(position_); end != std::string::npos) {
          return end_tag(TokenKind::kBlockEnd, end);
        }
      }
      if (position_ >= source_.size()) return;  // the parser says what is missing
      const size_t after_space = skip_space(position_);
      if (after_space != position_) {
        advance(after_space);
        continue;
      }
      if (scan_number() || scan_name() || scan_string()) continue;
      scan_operator(open);
    }
  }

  void end_tag(TokenKind kind, size_t end) {
    add(kind, "");
    finish_tag(end);
  }

  // digits with single underscores between them; returns the end, or `position` if there are none
  size_t digits_end(size_t position, bool (*is_one)(char)) const {
    size_t end = position;
    while (end < source_.size()) {
      if (is_one(source_[end])) {
        ++end;
      } else if (source_[end] == '_' && end > position && end + 1 < source_.size() &&
                 is_one(source_[end + 1])) {
        ++end;
      } else {
        break;
      }
    }
    return end;
  }

  std::string without_underscores(size_t begin, size_t end) const {
    std::string text = source_.substr(begin, end - begin);
    std::erase(text, '_');
    return text;
  }

  bool scan_number() {
    if (!is_ascii_digit(source_[position_])) return false;
    const size_t whole = digits_end(position_, is_ascii_digit);
    if (position_ == 0 || source_[position_ - 1] != '.') {
      size_t end = whole;
      if (at(end, ".") && end + 1 < source_.size() && is_ascii_digit(source_[end + 1])) {
        end = digits_end(end + 1, is_ascii_digit);
      }
      if (end < source_.size() && (source_[end] == 'e' || source_[end] == 'E')) {
        size_t exponent = end + 1;
        if (exponent < source_.size() && (source_[exponent] == '+' || source_[exponent] == '-'))
          ++exponent;
        if (exponent < source_.size() && is_ascii_digit(source_[exponent]))
          end = digits_end(exponent, is_ascii_digit);
      }
      if (end != whole) {
        Token& token = add(TokenKind::kFloat, "");
        token.real = std::strtod(without_underscores(position_, end).c_str(), nullptr);
        advance(end);
        return true;
      }
    }
    int base = 10;
    size_t begin = position_, end = whole;
    if (source_[position_] == '0') {
      const char mark =
          position_ + 1 < source_.size() ? static_cast<char>(source_[position_ + 1] | 0x20) : '\0';
      const auto is_binary = [](char c) { return c == '0' || c == '1'; };
      const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
      const auto is_hex = [](char c) { return hex_value(c) >= 0; };
      // Jinja allows one underscore right after the mark.
      size_t first = position_ + 2;
      if (at(first, "_")) ++first;
      if (mark == 'b' && digits_end(first, is_binary) > first) {
        base = 2;
        begin = first;
        end = digits_end(first, is_binary);
      } else if (mark == 'o' && digits_end(first, is_octal) > first) {
        base = 8;
        begin = first;
        end = digits_end(first, is_octal);
      } else if (mark == 'x' && digits_end(first, is_hex) > first) {
        base = 16;
        begin = first;
        end = digits_end(first, is_hex);
      } else {
        end = digits_end(position_, [](char c) { return c == '0'; });
      }
    }
    const std::string digits = without_underscores(begin, end);
    Token& token = add(TokenKind::kInteger, "");
    const auto result =
        std::from_chars(digits.data(), digits.data() + digits.size(), token.integer, base);
    if (result.ec != std::errc())
      fail_at(line_, "the integer " + digits + " does not fit into 64 bits");
    advance(end);
    return true;
  }

  bool scan_name() {
    size_t end = position_;
    while (end < source_.size()) {
      size_t next = end;
      const uint32_t c = next_code_point(source_, next);
      if (c != '_' && !is_alnum(c)) {
        // Marks continue an identifier for Python but not a word for Jinja's pattern.
        break;
      }
      end = next;
    }
    if (end == position_) return false;
    std::string name = source_.substr(position_, end - position_);
    if (!is_identifier(name)) fail_at(line_, "invalid character in the identifier " + name);
    add(TokenKind::kName, std::move(name));
    advance(end);
    return true;
  }

  bool scan_string() {
    const char mark = source_[position_];
    if (mark != '"' && mark != '\'') return false;
    size_t end = position_ + 1;
    while (end < source_.size() && source_[end] != mark)
      end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) fail_at(line_, "a string is not closed");
    add(TokenKind::kString,
        unescape(std::string_view(source_).substr(position_ + 1, end - position_ - 1)));
    advance(end + 1);
    return true;
  }

  // Python's "unicode-escape", applied after non-ASCII characters were turned into
  // escapes: a backslash before such a character therefore leaves the backslash and the
  // letters of that escape.
  std::string unescape(std::string_view text) const {
    std::string out;
    for (size_t i = 0; i < text.size();) {
      if (text[i] != '\\') {
        out += text[i++];
        continue;
      }
      ++i;
      if (i >= text.size()) fail_at(line_, "a string ends in a backslash");
      if (static_cast<unsigned char>(text[i]) >= 0x80) {
        const uint32_t c = next_code_point(text, i);
        char escape[16];
        std::snprintf(escape, sizeof(escape),
                      c < 0x100     ? "\\x%02x"
                      : c < 0x10000 ? "\\u%04x"
                                    : "\\U%08x",
                      c);
        out += escape;
        continue;
      }
      const char c = text[i++];
      switch (c) {
        case '\n':
          break;
        case '\\':
        case '\'':
        case '"':
          out += c;
          break;
        case 'a':
          out += '\a';
          break;
        case 'b':
          out += '\b';
          break;
        case 'f':
          out += '\f';
          break;
        case 'n':
          out += '\n';
          break;
        case 'r':
          out += '\r';
          break;
        case 't':
          out += '\t';
          break;
        case 'v':
          out += '\v';
          break;
        case 'x':
          append_escaped(out, text, i, 2);
          break;
        case 'u':
          append_escaped(out, text, i, 4);
          break;
        case 'U':
          append_escaped(out, text, i, 8);
          break;
        case 'N':
          fail_at(line_, "\\N{…} in a string is not supported; write \\uXXXX");
        default:
          if (c >= '0' && c <= '7') {
            uint32_t value = static_cast<uint32_t>(c - '0');
            for (int n = 0; n < 2 && i < text.size() && text[i] >= '0' && text[i] <= '7'; ++n) {
              value = value * 8 + static_cast<uint32_t>(text[i++] - '0');
            }
            append_code_point(out, value);
          } else {
            out += '\\';
            out += c;
          }
      }
    }
    return out;
  }

  void append_escaped(std::string& out, std::string_view text, size_t& i, size_t digits) const {
    uint32_t value = 0;
    for (size_t n = 0; n < digits; ++n, ++i) {
      const int digit = i < text.size() ? hex_value(text[i]) : -1;
      if (digit < 0) fail_at(line_, "a truncated \\x, \\u or \\U escape in a string");
      value = value << 4 | static_cast<uint32_t>(digit);
    }
    if (value > 0x10FFFF) fail_at(line_, "an escape in a string names no character");
    if (value >= 0xD800 && value <= 0xDFFF)
      fail_at(line_, "an escape in a string names half a surrogate pair");
    append_code_point(out, value);
  }

  void scan_operator(std::string& open) {
    static constexpr std::string_view kOperators[] = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
        "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};
    for (std::string_view op : kOperators) {
      if (!at(op)) continue;
      if (op == "(") open += ')';
      if (op == "[") open += ']';
      if (op == "{") open += '}';
      if (op == ")" || op == "]" || op == "}") {
        if (open.empty()) fail_at(line_, "unexpected '" + std::string(op) + "'");
        if (open.back() != op[0]) {
          fail_at(line_, "unexpected '" + std::string(op) + "', expected '" + open.back() + "'");
        }
        open.pop_back();
      }
      add(TokenKind::kOperator, std::string(op));
      advance(position_ + op.size());
      return;
    }
    size_t next = position_;
    next_code_point(source_, next);
    fail_at(line_, "unexpected character " +
                       quote(std::string_view(source_).substr(position_, next - position_)));
  }

  std::string source_;
  size_t position_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
  return Lexer(normalize_newlines(source)).run();
}

}  // namespace jangwon::jinja
