// Template source → tokens, with Jinja's rules for white space around tags (trim_blocks,
// lstrip_blocks, "-" and "+").

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jangwon::jinja {

enum class TokenKind {
  kText,
  kVariableBegin,
  kVariableEnd,
  kBlockBegin,
  kBlockEnd,
  kName,
  kString,
  kInteger,
  kFloat,
  kOperator,
  kEnd
};

struct Token {
  TokenKind kind;
  int line;
  std::string text;  // of a name, an operator, a string (unescaped), or template text
  int64_t integer = 0;
  double real = 0;
};

// The last token is kEnd. Throws Failure.
std::vector<Token> tokenize(std::string_view source);

}  // namespace jangwon::jinja
