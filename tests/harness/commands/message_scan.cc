// A message is an expression: literals, values, + between them, fmt::format, ?: and unknown_name_message. evaluate()
// turns its tokens into the texts that it can become. A constant std::string or const char* that is named in it is
// followed to its declaration in a block around. Everything else is a value, {}. Tests of the scan itself stand in
// message_catalogue_test.cc.

#include "tests/harness/commands/message_scan.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string_view>

namespace jangwon::harness {

namespace {

enum class Kind { kWord, kText, kSign };

struct Token {
  Kind kind;
  std::string text;  // of a literal what it stands for
  int line;
};

using Tokens = std::span<const Token>;

constexpr size_t kMaxAlternatives = 64;

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    default:
      return c;
  }
}

bool is_word_start(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_word_part(char c) {
  return is_word_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

std::vector<Token> lex(const std::string& source) {
  std::vector<Token> tokens;
  int line = 1;
  bool line_begins = true;
  const auto add = [&](Kind kind, std::string text) {
    // Neighbouring literals are one.
    if (kind == Kind::kText && !tokens.empty() && tokens.back().kind == Kind::kText) {
      tokens.back().text += text;
    } else {
      tokens.push_back({kind, std::move(text), line});
    }
  };
  for (size_t i = 0; i < source.size();) {
    const char c = source[i];
    if (c == '\n') {
      ++line, ++i;
      line_begins = true;
      continue;
    }
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++i;
      continue;
    }
    if (source.compare(i, 2, "//") == 0 || (c == '#' && line_begins)) {
      i = std::min(source.find('\n', i), source.size());
      continue;
    }
    line_begins = false;
    if (source.compare(i, 2, "/*") == 0) {
      const size_t end = std::min(source.find("*/", i + 2), source.size() - 2) + 2;
      line += static_cast<int>(
          std::count(source.begin() + static_cast<long>(i), source.begin() + static_cast<long>(end), '\n'));
      i = end;
    } else if (source.compare(i, 2, "R\"") == 0) {
      const size_t open = source.find('(', i);
      const std::string close = ")" + source.substr(i + 2, open - i - 2) + "\"";
      const size_t end = source.find(close, open);
      std::string text = source.substr(open + 1, end - open - 1);
      const auto breaks = std::count(text.begin(), text.end(), '\n');
      add(Kind::kText, std::move(text));
      line += static_cast<int>(breaks);
      i = end + close.size();
    } else if (c == '"' || c == '\'') {
      std::string text;
      for (++i; i < source.size() && source[i] != c; ++i) {
        if (source[i] == '\\' && source[i + 1] == 'x') {
          size_t used = 0;
          text += static_cast<char>(std::stoi(source.substr(i + 2, 2), &used, 16));
          i += 1 + used;
        } else {
          text += source[i] == '\\' ? unescaped(source[++i]) : source[i];
        }
      }
      ++i;
      add(Kind::kText, std::move(text));
    } else if (is_word_start(c)) {
      size_t end = i;
      while (end < source.size() && is_word_part(source[end]))
        ++end;
      add(Kind::kWord, source.substr(i, end - i));
      i = end;
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      size_t end = i;
      while (end < source.size() && (is_word_part(source[end]) || source[end] == '\'' || source[end] == '.'))
        ++end;
      add(Kind::kWord, source.substr(i, end - i));
      i = end;
    } else {
      static constexpr std::array<std::string_view, 10> kDouble = {
          "::", "->", "+=", "==", "!=", "<=", ">=", "&&", "||", "++"};
      std::string sign(1, c);
      for (std::string_view two : kDouble) {
        if (source.compare(i, 2, two) == 0) sign = two;
      }
      i += sign.size();
      add(Kind::kSign, std::move(sign));
    }
  }
  return tokens;
}

bool is(const Token& token, std::string_view text) {
  return token.kind != Kind::kText && token.text == text;
}

bool opens(const Token& token) {
  return is(token, "(") || is(token, "[") || is(token, "{");
}

bool closes(const Token& token) {
  return is(token, ")") || is(token, "]") || is(token, "}");
}

// The place of the bracket that closes tokens[open].
size_t closing(Tokens tokens, size_t open) {
  int depth = 0;
  for (size_t i = open; i < tokens.size(); ++i) {
    if (opens(tokens[i])) ++depth;
    if (closes(tokens[i]) && --depth == 0) return i;
  }
  return tokens.size();
}

std::vector<Tokens> split(Tokens tokens, std::string_view separator) {
  std::vector<Tokens> parts;
  size_t begin = 0;
  int depth = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (opens(tokens[i])) ++depth;
    if (closes(tokens[i])) --depth;
    if (depth == 0 && is(tokens[i], separator)) {
      parts.push_back(tokens.subspan(begin, i - begin));
      begin = i + 1;
    }
  }
  if (begin < tokens.size()) parts.push_back(tokens.subspan(begin));
  return parts;
}

// {}{} cannot be told from {}.
std::string with_single_places(std::string text) {
  for (size_t at; (at = text.find("{}{}")) != std::string::npos;)
    text.erase(at, 2);
  return text;
}

bool has_letters(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
}

class Scan {
 public:
  Scan(const std::string& file, const std::string& source, SourceMessages& found)
      : file_(file), tokens_(lex(source)), found_(found) {}

  void run() {
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (tokens_[i].kind != Kind::kWord) continue;
      if (tokens_[i].text == "StatusCode") {
        read_status(i);
      } else if (tokens_[i].text == "code" && is(tokens_[i + 1], ",") && i > 3 && is(tokens_[i - 3], "{")) {
        read_status(i - 2);  // {gate.code, MESSAGE}
      } else if (tokens_[i].text == "problem_" && is(tokens_[i + 1], "=")) {
        add_until_semicolon(i + 2);
      } else if (tokens_[i].text == "failure_text" && is(tokens_[i + 1], "=")) {
        add_part(i + 2);
      } else if (tokens_[i].text == "return" && returns_parts()) {
        add_part(i + 1);
      } else if (is(tokens_[i + 1], "(")) {
        read_call(i);
      }
    }
  }

 private:
  Tokens all() const { return tokens_; }

  // Status(StatusCode::kX, MESSAGE), {StatusCode::kX, MESSAGE} or {A ? StatusCode::kX : StatusCode::kY, MESSAGE}.
  void read_status(size_t at) {
    size_t begin = at;
    while (begin < tokens_.size() && !is(tokens_[begin], ",") && !opens(tokens_[begin]) && !closes(tokens_[begin]) &&
           !is(tokens_[begin], ";"))
      ++begin;
    if (begin >= tokens_.size() || !is(tokens_[begin], ",")) return;
    size_t end = ++begin;
    for (int depth = 0; end < tokens_.size(); ++end) {
      if (opens(tokens_[end])) ++depth;
      if (closes(tokens_[end]) && --depth < 0) break;
    }
    add(all().subspan(begin, end - begin), at);
  }

  // Files whose functions return what a sentence elsewhere ends with.
  bool returns_parts() const {
    static constexpr std::string_view kFiles[] = {
        "harness/backends/openai_reply.cc", "harness/run_loop/merge.cc", "harness/run_loop/run_manifest.cc",
        "runtime/http/http_client.cc",      "runtime/base/json.cc",      "runtime/base/setting_range.cc"};
    return std::find(std::begin(kFiles), std::end(kFiles), file_) != std::end(kFiles);
  }

  void add_part(size_t begin) {
    size_t end = begin;
    while (end < tokens_.size() && !is(tokens_[end], ";"))
      ++end;
    for (std::string& text : evaluate(all().subspan(begin, end - begin), begin, 0)) {
      // One word is a name.
      if (text.find(' ') != std::string::npos && has_letters(text))
        found_.messages.push_back({std::move(text), file_ + ":" + std::to_string(tokens_[begin].line)});
    }
  }

  void add_until_semicolon(size_t begin) {
    size_t end = begin;
    while (end < tokens_.size() && !is(tokens_[end], ";"))
      ++end;
    add(all().subspan(begin, end - begin), begin);
  }

  // Which arguments of a call are messages, by the name of the function.
  void read_call(size_t at) {
    const std::string& name = tokens_[at].text;
    const bool member = at > 0 && (is(tokens_[at - 1], ".") || is(tokens_[at - 1], "->"));
    // A definition or declaration: the name stands behind its type.
    if (!member && at > 0 && tokens_[at - 1].kind == Kind::kWord && tokens_[at - 1].text != "return") return;
    if (at > 0 && (is(tokens_[at - 1], "&") || is(tokens_[at - 1], "*"))) return;
    const Tokens inside = all().subspan(at + 2, closing(all(), at + 1) - at - 2);
    const std::vector<Tokens> arguments = split(inside, ",");
    if (arguments.empty()) return;
    static const std::map<std::string, int> kMakers = {
        {"invalid_argument", 0}, {"not_found", 0}, {"unsupported", 0}, {"unavailable", 0}, {"localized", 0}};
    // Functions of one file that make a Status of their argument. A folder ends in a slash.
    struct LocalMaker {
      std::string_view place;
      std::string_view name;
      size_t argument;
    };
    static constexpr LocalMaker kLocalMakers[] = {
        {"datasets/csv.cc", "error", 0},
        {"harness/backends/openai_endpoint.cc", "wrong_value", 1},
        {"harness/backends/openai_probe.cc", "refusal", 1},
        {"harness/backends/openai_reply.cc", "malformed", 0},
        {"harness/record/journal.cc", "system_error", 0},
        {"harness/record/run_lock.cc", "system_error", 0},
        {"harness/record/sample_record.cc", "mismatch", 1},
        {"harness/run_loop/run_manifest.cc", "refuse", 1},
        {"harness/sandbox/python_sandbox.cc", "fail", 0},
        {"reports/exports/", "failure", 0},
        {"runtime/base/file.cc", "file_error", 0},
        {"runtime/base/json.cc", "refuse", 0},
        {"runtime/base/yaml.cc", "error", 0},
        {"runtime/model/", "refuse", 0},
        {"runtime/tokenizer/", "refuse", 0},
    };
    if (const auto maker = kMakers.find(name); maker != kMakers.end() && (!member || name == "localized")) {
      add(arguments[static_cast<size_t>(maker->second)], at);
    } else if (member && name == "error" && !file_.starts_with("runtime/jinja/")) {
      add(arguments[0], at);
    } else {
      for (const LocalMaker& maker : kLocalMakers) {
        if (name == maker.name && file_.starts_with(maker.place) && arguments.size() > maker.argument)
          add(arguments[maker.argument], at);
      }
    }
    if (file_.starts_with("harness/commands/") || file_ == "harness/main.cc") read_help(name, arguments, at);
  }

  void read_help(const std::string& name, const std::vector<Tokens>& arguments, size_t at) {
    const auto is_literal = [](Tokens tokens) { return tokens.size() == 1 && tokens[0].kind == Kind::kText; };
    if ((name == "add_option" || name == "add_flag") && arguments.size() >= 3) add(arguments[2], at);
    if (name == "add_subcommand" && arguments.size() == 2) add(arguments[1], at);
    if ((name == "group" || name == "description") && is_literal(arguments[0])) add(arguments[0], at);
    if (name == "set_help_flag" && arguments.size() == 2) add(arguments[1], at);
    if (name == "set_version_flag" && arguments.size() == 3) add(arguments[2], at);
    if (name == "set_examples" && arguments.size() == 3) add(arguments[2], at);
    if (name == "set_examples" && arguments.size() >= 2 && is(arguments[1].front(), "{")) {
      const Tokens list = arguments[1].subspan(1, arguments[1].size() - 2);
      for (Tokens example : split(list, ",")) {
        const std::vector<Tokens> parts = split(example.subspan(1, example.size() - 2), ",");
        if (parts.size() == 2) add(parts[1], at);
      }
    }
  }

  // A parameter and not a value: TYPE NAME, as in the definition of a maker.
  static bool is_declaration(Tokens expression) {
    bool two_words = expression.empty(), literal = false;
    for (size_t i = 0; i < expression.size(); ++i) {
      literal = literal || expression[i].kind == Kind::kText;
      if (i > 0 && expression[i - 1].kind == Kind::kWord && expression[i].kind == Kind::kWord) two_words = true;
    }
    return two_words && !literal;
  }

  // A status that is passed on with its sentence.
  static bool passes_on(Tokens expression) {
    const bool literal =
        std::any_of(expression.begin(), expression.end(), [](const Token& t) { return t.kind == Kind::kText; });
    return !literal && expression.size() > 3 && is(expression[expression.size() - 3], "message") &&
           is(expression[expression.size() - 2], "(");
  }

  void add(Tokens expression, size_t at) {
    if (is_declaration(expression) || passes_on(expression)) return;
    const std::string place = file_ + ":" + std::to_string(tokens_[at].line);
    for (std::string& text : evaluate(expression, at, 0)) {
      if (has_letters(text)) {
        found_.messages.push_back({std::move(text), place});
      } else if (text == "{}") {
        std::string call;
        for (const Token& token : expression)
          call += (call.empty() ? "" : " ") + token.text;
        found_.unreadable.push_back(file_ + ": " + call);
      }
    }
  }

  std::vector<std::string> evaluate(Tokens tokens, size_t before, int depth) const {
    const std::vector<std::string> value = {"{}"};
    if (tokens.empty() || depth > 8) return value;
    if (const std::vector<Tokens> parts = split(tokens, "?"); parts.size() > 1) {
      const Tokens rest = tokens.subspan(parts[0].size() + 1);
      int nested = 0, brackets = 0;
      for (size_t i = 0; i < rest.size(); ++i) {
        if (opens(rest[i])) ++brackets;
        if (closes(rest[i])) --brackets;
        if (brackets > 0) continue;
        if (is(rest[i], "?")) ++nested;
        if (!is(rest[i], ":") || nested-- > 0) continue;
        std::vector<std::string> texts = evaluate(rest.subspan(0, i), before, depth + 1);
        for (std::string& text : evaluate(rest.subspan(i + 1), before, depth + 1))
          texts.push_back(std::move(text));
        return texts;
      }
    }
    if (const std::vector<Tokens> parts = split(tokens, "+"); parts.size() > 1) {
      std::vector<std::string> texts = {""};
      for (Tokens part : parts) {
        std::vector<std::string> longer;
        for (const std::string& end : evaluate(part, before, depth + 1)) {
          for (const std::string& text : texts)
            longer.push_back(with_single_places(text + end));
        }
        if (longer.size() > kMaxAlternatives) return value;
        texts = std::move(longer);
      }
      return texts;
    }
    if (tokens.size() == 1) {
      if (tokens[0].kind == Kind::kText) return {tokens[0].text};
      return tokens[0].kind == Kind::kWord ? follow(tokens[0].text, before, depth) : value;
    }
    return call(tokens, before, depth);
  }

  std::vector<std::string> call(Tokens tokens, size_t before, int depth) const {
    const std::vector<std::string> value = {"{}"};
    // (A), std::string(A), std::move(A), std::string{A}
    const size_t open = static_cast<size_t>(
        std::find_if(tokens.begin(), tokens.end(), [](const Token& t) { return opens(t); }) - tokens.begin());
    if (open == tokens.size() || closing(tokens, open) + 1 != tokens.size()) return value;
    std::string name;
    for (const Token& token : tokens.subspan(0, open))
      name += token.text;
    const Tokens inside = tokens.subspan(open + 1, tokens.size() - open - 2);
    const std::vector<Tokens> arguments = split(inside, ",");
    if (name.empty() || name == "std::string" || name == "std::move") {
      return arguments.size() == 1 ? evaluate(inside, before, depth + 1) : value;
    }
    if (name == "localized") return evaluate(inside, before, depth + 1);
    if (name == "fmt::format" && !arguments.empty()) return format(arguments, before, depth);
    if ((name == "unknown_name_message" || name == "jangwon::unknown_name_message") && arguments.size() == 3) {
      std::vector<std::string> texts;
      for (const std::string& kind : evaluate(arguments[0], before, depth + 1)) {
        texts.push_back("unknown " + kind + " \"{}\"; did you mean \"{}\"?");
        texts.push_back("unknown " + kind + " \"{}\"; known are {}");
      }
      return texts;
    }
    return value;
  }

  std::vector<std::string> format(const std::vector<Tokens>& arguments, size_t before, int depth) const {
    std::vector<std::string> texts;
    for (const std::string& pattern : evaluate(arguments[0], before, depth + 1)) {
      std::vector<std::string> made = {""};
      size_t next = 1;
      for (size_t i = 0; i < pattern.size(); ++i) {
        std::vector<std::string> pieces = {std::string(1, pattern[i])};
        if (pattern.compare(i, 2, "{{") == 0 || pattern.compare(i, 2, "}}") == 0) {
          ++i;
        } else if (pattern[i] == '{') {
          i = pattern.find('}', i);
          pieces =
              next < arguments.size() ? evaluate(arguments[next], before, depth + 1) : std::vector<std::string>{"{}"};
          ++next;
        }
        std::vector<std::string> longer;
        for (const std::string& text : made) {
          for (const std::string& piece : pieces)
            longer.push_back(with_single_places(text + piece));
        }
        made = std::move(longer);
      }
      texts.insert(texts.end(), made.begin(), made.end());
    }
    return texts;
  }

  // The constant of that name declared last above.
  std::vector<std::string> follow(const std::string& name, size_t before, int depth) const {
    int closed = 0;  // blocks that ended before this place; what they declare is not seen here
    for (size_t i = std::min(before, tokens_.size() - 3); i > 2; --i) {
      if (is(tokens_[i], "}")) ++closed;
      if (is(tokens_[i], "{") && closed > 0) --closed;
      if (closed > 0) continue;
      if (!is(tokens_[i], name) || !is(tokens_[i + 1], "=")) continue;
      const Token& type = tokens_[i - 1];
      const bool text = is(type, "string") || is(type, "string_view") || is(type, "*") || is(type, "auto");
      bool constant = false;
      for (size_t j = i; j-- > 0 && j + 6 > i && !is(tokens_[j], ";") && !is(tokens_[j], "{");)
        constant = constant || is(tokens_[j], "const") || is(tokens_[j], "constexpr");
      if (!text || !constant) break;
      size_t end = i + 2;
      for (int brackets = 0; end < tokens_.size(); ++end) {
        if (opens(tokens_[end])) ++brackets;
        if (closes(tokens_[end])) --brackets;
        if (brackets == 0 && is(tokens_[end], ";")) break;
      }
      return evaluate(all().subspan(i + 2, end - i - 2), i - 1, depth + 1);
    }
    return {"{}"};
  }

  const std::string& file_;
  std::vector<Token> tokens_;
  SourceMessages& found_;
};

}  // namespace

void scan_messages(const std::string& file, const std::string& source, SourceMessages& found) {
  Scan(file, source, found).run();
}

}  // namespace jangwon::harness
