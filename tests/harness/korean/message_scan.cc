// A function that takes a MessageTemplate takes a message: the scan reads their declarations first
// and then every call of them, a literal and the names of its arguments. So a new function of that
// kind needs nothing here. Only the braces of a Status and the texts of CLI11's flags are known by
// their own names. Tests of the scan itself stand in catalogue_test.cc.

#include "tests/harness/korean/message_scan.h"

#include <algorithm>
#include <array>
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

// A function with a parameter that is a template.
struct Maker {
  std::string name;
  size_t parameter = 0;
  std::string file;  // that alone can call it; empty: any
};

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
      line += static_cast<int>(std::count(source.begin() + static_cast<long>(i),
                                          source.begin() + static_cast<long>(end), '\n'));
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
      while (end < source.size() &&
             (is_word_part(source[end]) || source[end] == '\'' || source[end] == '.'))
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

bool is_literal(Tokens tokens) {
  return tokens.size() == 1 && tokens[0].kind == Kind::kText;
}

// The parameter `at` of the function that it stands in, and the function's name; empty
// where it has none.
Maker maker_with_parameter(Tokens tokens, size_t at) {
  Maker maker;
  int depth = 0;
  for (size_t i = at; i-- > 0;) {
    if (closes(tokens[i])) ++depth;
    if (depth == 0 && is(tokens[i], ",")) ++maker.parameter;
    if (!opens(tokens[i]) || --depth >= 0) continue;
    if (i > 0 && is(tokens[i], "(") && tokens[i - 1].kind == Kind::kWord)
      maker.name = tokens[i - 1].text;
    return maker;
  }
  return maker;
}

class Scan {
 public:
  Scan(const std::string& file, const std::string& source, const std::vector<Maker>& makers,
       SourceMessages& found)
      : file_(file), tokens_(lex(source)), makers_(makers), found_(found) {}

  void run() {
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (tokens_[i].kind != Kind::kWord) continue;
      if (tokens_[i].text == "StatusCode") read_status(i);
      if (tokens_[i].text == "MessageTemplate") read_constant(i);
      if (is(tokens_[i + 1], "(")) read_call(i);
    }
  }

 private:
  Tokens all() const { return tokens_; }

  // {StatusCode::kX, TEXT, ARGUMENTS}
  void read_status(size_t at) {
    size_t begin = at;
    while (begin > 0 && !opens(tokens_[begin]))
      --begin;
    if (!is(tokens_[begin], "{")) return;
    const Tokens inside = all().subspan(begin + 1, closing(all(), begin) - begin - 1);
    const std::vector<Tokens> parts = split(inside, ",");
    if (parts.size() >= 2 && is_literal(parts[1])) add(parts, 1, at);
  }

  // MessageTemplate kNAME = TEXT;
  void read_constant(size_t at) {
    if (at + 3 < tokens_.size() && is(tokens_[at + 2], "=") && tokens_[at + 3].kind == Kind::kText)
      add({all().subspan(at + 3, 1)}, 0, at);
  }

  void read_call(size_t at) {
    const std::vector<Tokens> arguments =
        split(all().subspan(at + 2, closing(all(), at + 1) - at - 2), ",");
    // TYPE NAME(…) makes a TYPE.
    const bool declares = at > 0 && tokens_[at - 1].kind == Kind::kWord;
    for (const Maker& maker : makers_) {
      if (maker.name != tokens_[at].text && !(declares && maker.name == tokens_[at - 1].text))
        continue;
      if (!maker.file.empty() && maker.file != file_) continue;
      if (arguments.size() <= maker.parameter || !is_literal(arguments[maker.parameter])) continue;
      add(arguments, maker.parameter, at);
      break;
    }
    if (file_.starts_with("harness/commands/") || file_ == "harness/main.cc")
      read_help(tokens_[at].text, arguments, at);
  }

  void read_help(const std::string& name, const std::vector<Tokens>& arguments, size_t at) {
    const auto help = [&](size_t argument) {
      if (is_literal(arguments[argument])) add_help(arguments[argument][0].text, at);
    };
    if ((name == "add_option" || name == "add_flag") && arguments.size() >= 3) help(2);
    if (name == "add_subcommand" && arguments.size() == 2) help(1);
    if ((name == "group" || name == "description") && arguments.size() == 1) help(0);
    if (name == "set_help_flag" && arguments.size() == 2) help(1);
    if (name == "set_version_flag" && arguments.size() == 3) help(2);
    if (name == "set_examples" && arguments.size() == 3) help(2);
    if (name == "set_examples" && arguments.size() >= 2 && is(arguments[1].front(), "{")) {
      const Tokens list = arguments[1].subspan(1, arguments[1].size() - 2);
      for (Tokens example : split(list, ",")) {
        const std::vector<Tokens> parts = split(example.subspan(1, example.size() - 2), ",");
        if (parts.size() == 2 && is_literal(parts[1])) add_help(parts[1][0].text, at);
      }
    }
  }

  // An empty text is none: a group of options without a name, an example that speaks for itself.
  void add_help(const std::string& text, size_t at) {
    if (!text.empty()) found_.messages.push_back({text, {}, place(at)});
  }

  // A literal, and {{"name", value}, …} behind it where it has arguments.
  void add(const std::vector<Tokens>& arguments, size_t text, size_t at) {
    SourceMessage message{arguments[text][0].text, {}, place(at)};
    if (text + 1 < arguments.size() && is(arguments[text + 1].front(), "{")) {
      const Tokens list = arguments[text + 1].subspan(1, arguments[text + 1].size() - 2);
      for (Tokens argument : split(list, ","))
        message.arguments.insert(
            argument.size() > 1 && argument[1].kind == Kind::kText ? argument[1].text : "?");
    }
    found_.messages.push_back(std::move(message));
  }

  std::string place(size_t at) const { return file_ + ":" + std::to_string(tokens_[at].line); }

  const std::string& file_;
  std::vector<Token> tokens_;
  const std::vector<Maker>& makers_;
  SourceMessages& found_;
};

}  // namespace

SourceMessages scan_messages(const std::map<std::string, std::string>& sources) {
  SourceMessages found;
  std::vector<Maker> makers;
  for (const auto& [file, source] : sources) {
    const std::vector<Token> tokens = lex(source);
    for (size_t i = 0; i + 1 < tokens.size(); ++i) {
      if (!is(tokens[i], "MessageTemplate") || tokens[i + 1].kind != Kind::kWord ||
          is(tokens[i + 2], "="))
        continue;
      Maker maker = maker_with_parameter(tokens, i);
      if (maker.name.empty())
        found.unreadable.push_back(file + ":" + std::to_string(tokens[i].line));
      // What a header declares is called elsewhere.
      if (!file.ends_with(".h")) maker.file = file;
      makers.push_back(std::move(maker));
    }
  }
  for (const auto& [file, source] : sources)
    Scan(file, source, makers, found).run();
  return found;
}

}  // namespace jangwon::harness
