// Recursive descent over Jinja's grammar. Precedences are Jinja's, not Python's: "~" binds tighter
// than "+", "**" groups to the left, filters and tests bind tighter than any operator. Names are
// resolved afterwards, by scopes.h.

#include "runtime/jinja/parser.h"

#include <algorithm>

#include "runtime/jinja/lexer.h"
#include "runtime/jinja/scopes.h"

namespace jangwon::jinja {

namespace {

constexpr int kMaxNesting = 150;

[[noreturn]] void fail_at(int line, std::string message) {
  throw Failure{std::move(message), line};
}

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kText:
      return "template text";
    case TokenKind::kVariableBegin:
      return "'{{'";
    case TokenKind::kVariableEnd:
      return "'}}'";
    case TokenKind::kBlockBegin:
      return "'{%'";
    case TokenKind::kBlockEnd:
      return "'%}'";
    case TokenKind::kInteger:
      return "the number " + std::to_string(token.integer);
    case TokenKind::kFloat:
      return "a number";
    case TokenKind::kString:
      return "a string";
    case TokenKind::kEnd:
      return "the end of the template";
    default:
      return "'" + token.text + "'";
  }
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Body parse() {
    Body body = parse_body({}, "");
    return body;
  }

 private:
  // Counts nesting, of statements and of expressions alike; the interpreter recurses as
  // deeply as the tree.
  class Nested {
   public:
    explicit Nested(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMaxNesting) {
        fail_at(parser_.current().line,
                "the template is nested deeper than " + std::to_string(kMaxNesting) + " levels");
      }
    }
    ~Nested() { --parser_.depth_; }

   private:
    Parser& parser_;
  };

  const Token& current() const { return tokens_[position_]; }
  const Token& look() const { return tokens_[std::min(position_ + 1, tokens_.size() - 1)]; }
  Token next() {
    Token token = tokens_[position_];
    if (token.kind != TokenKind::kEnd) ++position_;
    return token;
  }
  bool is_name(std::string_view name) const {
    return current().kind == TokenKind::kName && current().text == name;
  }
  bool is_op(std::string_view op) const {
    return current().kind == TokenKind::kOperator && current().text == op;
  }
  bool skip_name(std::string_view name) {
    if (!is_name(name)) return false;
    ++position_;
    return true;
  }
  bool skip_op(std::string_view op) {
    if (!is_op(op)) return false;
    ++position_;
    return true;
  }
  void expect_op(std::string_view op) {
    if (!skip_op(op))
      fail_at(current().line, "expected '" + std::string(op) + "', got " + describe(current()));
  }
  void expect_name(std::string_view name) {
    if (!skip_name(name))
      fail_at(current().line, "expected '" + std::string(name) + "', got " + describe(current()));
  }
  Token expect(TokenKind kind, const char* what) {
    if (current().kind != kind)
      fail_at(current().line, std::string("expected ") + what + ", got " + describe(current()));
    return next();
  }

  ExprPtr make(ExprKind kind, int line) const { return std::make_unique<Expr>(kind, line); }
  ExprPtr make_constant(Value value, int line) const {
    ExprPtr expr = make(ExprKind::kConstant, line);
    expr->constant = std::move(value);
    return expr;
  }

  // Statements up to one of the end tags, which is left as the current token (behind its "{%").
  Body parse_body(const std::vector<std::string_view>& end_tags, const char* opened) {
    Nested nested(*this);
    Body body;
    while (true) {
      const Token token = current();
      switch (token.kind) {
        case TokenKind::kEnd:
          if (!end_tags.empty()) {
            std::string wanted;
            for (std::string_view tag : end_tags)
              wanted += (wanted.empty() ? "'" : " or '") + std::string(tag) + "'";
            fail_at(token.line, "unexpected end of the template: the block '" +
                                    std::string(opened) + "' waits for " + wanted);
          }
          return body;
        case TokenKind::kText: {
          next();
          auto stmt = std::make_unique<Stmt>(StmtKind::kText, token.line);
          stmt->text = token.text;
          body.push_back(std::move(stmt));
          break;
        }
        case TokenKind::kVariableBegin: {
          next();
          auto stmt = std::make_unique<Stmt>(StmtKind::kPrint, token.line);
          stmt->expressions.push_back(parse_tuple({.with_condition = true}));
          expect(TokenKind::kVariableEnd, "the end of the print statement");
          body.push_back(std::move(stmt));
          break;
        }
        case TokenKind::kBlockBegin: {
          next();
          if (current().kind == TokenKind::kName &&
              std::find(end_tags.begin(), end_tags.end(), std::string_view(current().text)) !=
                  end_tags.end()) {
            return body;
          }
          body.push_back(parse_statement());
          expect(TokenKind::kBlockEnd, "the end of the statement block");
          break;
        }
        default:
          fail_at(token.line, "unexpected " + describe(token));
      }
    }
  }

  // The body of a tag whose head has been read: up to an end tag, whose name is consumed and
  // returned in `end`.
  Body parse_block(const std::vector<std::string_view>& end_tags, const char* opened,
                   std::string* end = nullptr) {
    skip_op(":");
    expect(TokenKind::kBlockEnd, "the end of the statement block");
    Body body = parse_body(end_tags, opened);
    const Token token = next();
    if (end != nullptr) *end = token.text;
    return body;
  }

  StmtPtr parse_statement() {
    const Token token = current();
    if (token.kind != TokenKind::kName)
      fail_at(token.line, "a tag name is expected, got " + describe(token));
    next();
    const std::string& tag = token.text;
    if (tag == "for") return parse_for(token.line);
    if (tag == "if") return parse_if(token.line);
    if (tag == "set") return parse_set(token.line);
    if (tag == "with") return parse_with(token.line);
    if (tag == "macro") return parse_macro(token.line);
    if (tag == "call") return parse_call_block(token.line);
    if (tag == "filter") return parse_filter_block(token.line);
    if (tag == "generation") {
      auto stmt = std::make_unique<Stmt>(StmtKind::kGeneration, token.line);
      function_enters();
      stmt->body = parse_block({"endgeneration"}, "generation");
      function_leaves();
      return stmt;
    }
    if (tag == "print") {
      auto stmt = std::make_unique<Stmt>(StmtKind::kPrint, token.line);
      while (current().kind != TokenKind::kBlockEnd) {
        if (!stmt->expressions.empty()) expect_op(",");
        stmt->expressions.push_back(parse_expression());
      }
      return stmt;
    }
    if (tag == "break" || tag == "continue") {
      if (loops_ == 0) fail_at(token.line, "'" + tag + "' stands outside a loop");
      return std::make_unique<Stmt>(tag == "break" ? StmtKind::kBreak : StmtKind::kContinue,
                                    token.line);
    }
    if (tag == "include" || tag == "import" || tag == "from" || tag == "extends") {
      fail_at(token.line, "the tag '" + tag + "' needs other templates, and there are none");
    }
    if (tag == "block" || tag == "autoescape")
      fail_at(token.line, "the tag '" + tag + "' is not supported");
    fail_at(token.line, "unknown tag '" + tag + "'");
  }

  StmtPtr parse_for(int line) {
    auto stmt = std::make_unique<Stmt>(StmtKind::kFor, line);
    const size_t target_position = position_;
    stmt->target = parse_target(false, "in");
    const size_t target_end = position_;
    expect_name("in");
    stmt->value = parse_tuple({.with_condition = false, .end_name = "recursive"});
    if (skip_name("if")) {
      stmt->test = parse_expression();
      // The test sees variables of its own with the names of the target.
      const size_t after = position_;
      position_ = target_position;
      stmt->test_target = parse_target(false, "in");
      if (position_ != target_end) fail_at(line, "the target of the loop is not understood");
      position_ = after;
    }
    stmt->recursive = skip_name("recursive");
    std::string end;
    ++loops_;
    stmt->body = parse_block({"endfor", "else"}, "for", &end);
    --loops_;
    // `break` in the else part belongs to an outer loop, but a recursive loop is a
    // function of its own.
    if (end == "else") {
      if (stmt->recursive) function_enters();
      stmt->other = parse_block({"endfor"}, "for");
      if (stmt->recursive) function_leaves();
    }
    return stmt;
  }

  StmtPtr parse_if(int line) {
    auto result = std::make_unique<Stmt>(StmtKind::kIf, line);
    Stmt* branch = result.get();
    while (true) {
      branch->value = parse_tuple({.with_condition = false});
      std::string end;
      branch->body = parse_block({"elif", "else", "endif"}, "if", &end);
      if (end == "elif") {
        result->branches.push_back(std::make_unique<Stmt>(StmtKind::kIf, current().line));
        branch = result->branches.back().get();
        continue;
      }
      if (end == "else") result->other = parse_block({"endif"}, "if");
      return result;
    }
  }

  StmtPtr parse_set(int line) {
    ExprPtr target = parse_target(true, "");
    if (skip_op("=")) {
      auto stmt = std::make_unique<Stmt>(StmtKind::kSet, line);
      stmt->target = std::move(target);
      stmt->value = parse_tuple({.with_condition = true});
      return stmt;
    }
    auto stmt = std::make_unique<Stmt>(StmtKind::kSetBlock, line);
    stmt->target = std::move(target);
    stmt->value = parse_filters(nullptr, false);
    stmt->body = parse_block({"endset"}, "set");
    return stmt;
  }

  StmtPtr parse_with(int line) {
    auto stmt = std::make_unique<Stmt>(StmtKind::kWith, line);
    while (current().kind != TokenKind::kBlockEnd) {
      if (!stmt->targets.empty()) expect_op(",");
      stmt->targets.push_back(parse_target(false, ""));
      expect_op("=");
      stmt->expressions.push_back(parse_expression());
    }
    stmt->body = parse_block({"endwith"}, "with");
    return stmt;
  }

  StmtPtr parse_macro(int line) {
    auto stmt = std::make_unique<Stmt>(StmtKind::kMacro, line);
    stmt->text = parse_target_name();
    parse_signature(*stmt);
    function_enters();
    stmt->body = parse_block({"endmacro"}, "macro");
    function_leaves();
    return stmt;
  }

  StmtPtr parse_call_block(int line) {
    auto stmt = std::make_unique<Stmt>(StmtKind::kCallBlock, line);
    if (is_op("(")) parse_signature(*stmt);
    stmt->value = parse_expression();
    if (stmt->value->kind != ExprKind::kCall) fail_at(line, "a call block needs a call");
    function_enters();
    stmt->body = parse_block({"endcall"}, "call");
    function_leaves();
    return stmt;
  }

  StmtPtr parse_filter_block(int line) {
    auto stmt = std::make_unique<Stmt>(StmtKind::kFilterBlock, line);
    stmt->value = parse_filters(nullptr, true);
    stmt->body = parse_block({"endfilter"}, "filter");
    return stmt;
  }

  void parse_signature(Stmt& stmt) {
    expect_op("(");
    while (!is_op(")")) {
      if (!stmt.parameters.empty()) expect_op(",");
      Parameter parameter;
      const int line = current().line;
      parameter.name = parse_target_name();
      for (const Parameter& other : stmt.parameters) {
        if (other.name == parameter.name)
          fail_at(line, "the parameter '" + parameter.name + "' stands twice");
      }
      if (skip_op("=")) {
        parameter.default_value = parse_expression();
      } else if (!stmt.parameters.empty() && stmt.parameters.back().default_value != nullptr) {
        fail_at(line, "a parameter without a default follows one with a default");
      }
      stmt.parameters.push_back(std::move(parameter));
    }
    expect_op(")");
  }

  void function_enters() { enclosing_loops_.push_back(std::exchange(loops_, 0)); }
  void function_leaves() {
    loops_ = enclosing_loops_.back();
    enclosing_loops_.pop_back();
  }

  static bool is_constant_name(std::string_view name) {
    return name == "true" || name == "false" || name == "none" || name == "True" ||
           name == "False" || name == "None";
  }

  std::string parse_target_name() {
    const Token token = expect(TokenKind::kName, "a name");
    if (is_constant_name(token.text))
      fail_at(token.line, "'" + token.text + "' cannot be assigned to");
    return token.text;
  }

  ExprPtr parse_target(bool with_namespace, std::string_view end_name) {
    ExprPtr target =
        parse_tuple({.simple = true, .with_namespace = with_namespace, .end_name = end_name});
    check_target(*target);
    return target;
  }

  void check_target(const Expr& target) {
    switch (target.kind) {
      case ExprKind::kName:
      case ExprKind::kNamespaceRef:
        return;
      case ExprKind::kTuple:
        for (const ExprPtr& item : target.operands)
          check_target(*item);
        return;
      default:
        fail_at(target.line, "only names can be assigned to");
    }
  }

  struct TupleOptions {
    bool simple = false;  // names and literals only
    bool with_condition = true;
    bool parenthesized = false;
    bool with_namespace = false;
    std::string_view end_name = {};
  };

  ExprPtr parse_tuple(const TupleOptions& options) {
    int line = current().line;
    std::vector<ExprPtr> items;
    bool is_tuple = false;
    while (true) {
      if (!items.empty()) expect_op(",");
      const bool at_end = current().kind == TokenKind::kVariableEnd ||
                          current().kind == TokenKind::kBlockEnd || is_op(")") ||
                          (!options.end_name.empty() && is_name(options.end_name));
      if (at_end) break;
      items.push_back(options.simple           ? parse_primary(options.with_namespace)
                      : options.with_condition ? parse_expression()
                                               : parse_or());
      if (!is_op(",")) break;
      is_tuple = true;
      line = current().line;
    }
    if (!is_tuple) {
      if (!items.empty()) return std::move(items[0]);
      if (!options.parenthesized)
        fail_at(current().line, "an expression is expected, got " + describe(current()));
    }
    ExprPtr tuple = make(ExprKind::kTuple, line);
    tuple->operands = std::move(items);
    return finish(std::move(tuple));
  }

  ExprPtr parse_expression() {
    Nested nested(*this);
    int line = current().line;
    ExprPtr value = parse_or();
    while (skip_name("if")) {
      ExprPtr condition = make(ExprKind::kCondition, line);
      ExprPtr test = parse_or();
      condition->operands.push_back(std::move(test));
      condition->operands.push_back(std::move(value));
      condition->operands.push_back(skip_name("else") ? parse_expression() : nullptr);
      value = finish(std::move(condition));
      line = current().line;
    }
    return value;
  }

  // Notes how deep a finished expression is: a chain of operators is as deep as it is long, though
  // the parser does not recurse.
  ExprPtr finish(ExprPtr expr) {
    int depth = 0;
    const auto consider = [&depth](const ExprPtr& child) {
      if (child != nullptr) depth = std::max(depth, child->depth);
    };
    for (const ExprPtr& child : expr->operands)
      consider(child);
    for (const ExprPtr& child : expr->call.positional)
      consider(child);
    for (const auto& [key, child] : expr->call.keyword)
      consider(child);
    consider(expr->call.more_positional);
    consider(expr->call.more_keyword);
    expr->depth = depth + 1;
    if (expr->depth > kMaxExpressionDepth) {
      fail_at(expr->line, "an expression is nested or chained deeper than " +
                              std::to_string(kMaxExpressionDepth) + " levels");
    }
    return expr;
  }

  ExprPtr make_binary(ExprKind kind, int line, std::string op, ExprPtr left, ExprPtr right) {
    ExprPtr expr = make(kind, line);
    expr->text = std::move(op);
    expr->operands.push_back(std::move(left));
    expr->operands.push_back(std::move(right));
    return finish(std::move(expr));
  }

  ExprPtr parse_or() {
    int line = current().line;
    ExprPtr left = parse_and();
    while (skip_name("or")) {
      left = make_binary(ExprKind::kOr, line, "", std::move(left), parse_and());
      line = current().line;
    }
    return left;
  }

  ExprPtr parse_and() {
    int line = current().line;
    ExprPtr left = parse_not();
    while (skip_name("and")) {
      left = make_binary(ExprKind::kAnd, line, "", std::move(left), parse_not());
      line = current().line;
    }
    return left;
  }

  ExprPtr parse_not() {
    if (!is_name("not")) return parse_compare();
    Nested nested(*this);
    ExprPtr expr = make(ExprKind::kNot, next().line);
    expr->operands.push_back(parse_not());
    return finish(std::move(expr));
  }

  ExprPtr parse_compare() {
    const int line = current().line;
    ExprPtr first = parse_sum();
    ExprPtr compare;
    while (true) {
      std::string op;
      if (is_op("==") || is_op("!=") || is_op("<") || is_op("<=") || is_op(">") || is_op(">=")) {
        op = next().text;
      } else if (skip_name("in")) {
        op = "in";
      } else if (is_name("not") && look().kind == TokenKind::kName && look().text == "in") {
        position_ += 2;
        op = "not in";
      } else {
        break;
      }
      if (compare == nullptr) {
        compare = make(ExprKind::kCompare, line);
        compare->operands.push_back(std::move(first));
      }
      compare->ops.push_back(std::move(op));
      compare->operands.push_back(parse_sum());
    }
    return compare != nullptr ? finish(std::move(compare)) : std::move(first);
  }

  ExprPtr parse_sum() {
    int line = current().line;
    ExprPtr left = parse_concat();
    while (is_op("+") || is_op("-")) {
      std::string op = next().text;
      left = make_binary(ExprKind::kBinary, line, std::move(op), std::move(left), parse_concat());
      line = current().line;
    }
    return left;
  }

  ExprPtr parse_concat() {
    const int line = current().line;
    ExprPtr first = parse_product();
    if (!is_op("~")) return first;
    ExprPtr concat = make(ExprKind::kConcat, line);
    concat->operands.push_back(std::move(first));
    while (skip_op("~"))
      concat->operands.push_back(parse_product());
    return finish(std::move(concat));
  }

  ExprPtr parse_product() {
    int line = current().line;
    ExprPtr left = parse_power();
    while (is_op("*") || is_op("/") || is_op("//") || is_op("%")) {
      std::string op = next().text;
      left = make_binary(ExprKind::kBinary, line, std::move(op), std::move(left), parse_power());
      line = current().line;
    }
    return left;
  }

  ExprPtr parse_power() {
    int line = current().line;
    ExprPtr left = parse_unary(true);
    while (is_op("**")) {
      next();
      left = make_binary(ExprKind::kBinary, line, "**", std::move(left), parse_unary(true));
      line = current().line;
    }
    return left;
  }

  ExprPtr parse_unary(bool with_filter) {
    const int line = current().line;
    ExprPtr expr;
    if (is_op("-") || is_op("+")) {
      Nested nested(*this);
      expr = make(ExprKind::kUnary, line);
      expr->text = next().text;
      expr->operands.push_back(parse_unary(false));
      expr = finish(std::move(expr));
    } else {
      expr = parse_primary(false);
    }
    expr = parse_postfix(std::move(expr));
    return with_filter ? parse_filter_expression(std::move(expr)) : std::move(expr);
  }

  ExprPtr parse_primary(bool with_namespace) {
    Nested nested(*this);
    const Token token = current();
    switch (token.kind) {
      case TokenKind::kName: {
        next();
        if (token.text == "true" || token.text == "True")
          return make_constant(Value::boolean(true), token.line);
        if (token.text == "false" || token.text == "False")
          return make_constant(Value::boolean(false), token.line);
        if (token.text == "none" || token.text == "None")
          return make_constant(Value::none(), token.line);
        if (with_namespace && skip_op(".")) {
          ExprPtr expr = make(ExprKind::kNamespaceRef, token.line);
          expr->ops.push_back(token.text);
          expr->text = expect(TokenKind::kName, "a name").text;
          return expr;
        }
        ExprPtr expr = make(ExprKind::kName, token.line);
        expr->text = token.text;
        return expr;
      }
      case TokenKind::kString: {
        std::string text;
        while (current().kind == TokenKind::kString)
          text += next().text;
        return make_constant(make_constant_string(std::move(text)), token.line);
      }
      case TokenKind::kInteger:
        next();
        return make_constant(Value::integer(token.integer), token.line);
      case TokenKind::kFloat:
        next();
        return make_constant(Value::real(token.real), token.line);
      default:
        break;
    }
    if (skip_op("(")) {
      ExprPtr expr = parse_tuple({.parenthesized = true});
      expect_op(")");
      return expr;
    }
    if (is_op("[")) return parse_list();
    if (is_op("{")) return parse_dict();
    fail_at(token.line, "unexpected " + describe(token));
  }

  ExprPtr parse_list() {
    ExprPtr list = make(ExprKind::kList, next().line);
    while (!is_op("]")) {
      if (!list->operands.empty()) expect_op(",");
      if (is_op("]")) break;
      list->operands.push_back(parse_expression());
    }
    expect_op("]");
    return finish(std::move(list));
  }

  ExprPtr parse_dict() {
    ExprPtr dict = make(ExprKind::kDict, next().line);
    while (!is_op("}")) {
      if (!dict->operands.empty()) expect_op(",");
      if (is_op("}")) break;
      dict->operands.push_back(parse_expression());
      expect_op(":");
      dict->operands.push_back(parse_expression());
    }
    expect_op("}");
    return finish(std::move(dict));
  }

  ExprPtr parse_postfix(ExprPtr expr) {
    while (true) {
      if (is_op(".")) {
        expr = parse_attribute(std::move(expr));
      } else if (is_op("[")) {
        expr = parse_item(std::move(expr));
      } else if (is_op("(")) {
        expr = parse_call(std::move(expr));
      } else {
        return expr;
      }
    }
  }

  ExprPtr parse_filter_expression(ExprPtr expr) {
    while (true) {
      if (is_op("|")) {
        expr = parse_filters(std::move(expr), false);
      } else if (is_name("is")) {
        expr = parse_test(std::move(expr));
      } else if (is_op("(")) {
        expr = parse_call(std::move(expr));
      } else {
        return expr;
      }
    }
  }

  ExprPtr parse_attribute(ExprPtr object) {
    const int line = next().line;
    const Token token = next();
    if (token.kind == TokenKind::kName) {
      ExprPtr expr = make(ExprKind::kAttribute, line);
      expr->text = token.text;
      expr->operands.push_back(std::move(object));
      return finish(std::move(expr));
    }
    if (token.kind != TokenKind::kInteger)
      fail_at(token.line, "a name or a number is expected, got " + describe(token));
    return make_binary(ExprKind::kItem, line, "", std::move(object),
                       make_constant(Value::integer(token.integer), token.line));
  }

  ExprPtr parse_item(ExprPtr object) {
    const int line = next().line;
    std::vector<ExprPtr> items;
    while (!is_op("]")) {
      if (!items.empty()) expect_op(",");
      items.push_back(parse_subscript());
    }
    expect_op("]");
    ExprPtr item;
    if (items.size() == 1) {
      item = std::move(items[0]);
    } else {
      for (const ExprPtr& part : items) {
        if (part->kind == ExprKind::kSlice)
          fail_at(line, "a slice inside a tuple of subscripts is not supported");
      }
      item = make(ExprKind::kTuple, line);
      item->operands = std::move(items);
      item = finish(std::move(item));
    }
    return make_binary(ExprKind::kItem, line, "", std::move(object), std::move(item));
  }

  ExprPtr parse_subscript() {
    const int line = current().line;
    ExprPtr start;
    if (!is_op(":")) {
      start = parse_expression();
      if (!is_op(":")) return start;
    }
    expect_op(":");
    ExprPtr slice = make(ExprKind::kSlice, line);
    slice->operands.push_back(std::move(start));
    slice->operands.push_back(is_op(":") || is_op("]") || is_op(",") ? nullptr
                                                                     : parse_expression());
    ExprPtr step;
    if (skip_op(":") && !is_op("]") && !is_op(",")) step = parse_expression();
    slice->operands.push_back(std::move(step));
    return finish(std::move(slice));
  }

  CallArguments parse_arguments() {
    const int line = current().line;
    expect_op("(");
    CallArguments arguments;
    const auto ensure = [line](bool condition) {
      if (!condition)
        fail_at(line, "the arguments of the call are in an order that is not allowed");
    };
    bool needs_comma = false;
    while (!is_op(")")) {
      if (needs_comma) {
        expect_op(",");
        if (is_op(")")) break;
      }
      if (skip_op("*")) {
        ensure(arguments.more_positional == nullptr && arguments.more_keyword == nullptr);
        arguments.more_positional = parse_expression();
      } else if (skip_op("**")) {
        ensure(arguments.more_keyword == nullptr);
        arguments.more_keyword = parse_expression();
      } else if (current().kind == TokenKind::kName && look().kind == TokenKind::kOperator &&
                 look().text == "=") {
        ensure(arguments.more_keyword == nullptr);
        std::string key = next().text;
        next();
        for (const auto& [other, value] : arguments.keyword) {
          if (other == key) fail_at(line, "the argument '" + key + "' stands twice");
        }
        arguments.keyword.emplace_back(std::move(key), parse_expression());
      } else {
        ensure(arguments.more_positional == nullptr && arguments.more_keyword == nullptr &&
               arguments.keyword.empty());
        arguments.positional.push_back(parse_expression());
      }
      needs_comma = true;
    }
    expect_op(")");
    return arguments;
  }

  ExprPtr parse_call(ExprPtr callee) {
    ExprPtr call = make(ExprKind::kCall, current().line);
    call->operands.push_back(std::move(callee));
    call->call = parse_arguments();
    return finish(std::move(call));
  }

  std::string parse_dotted_name() {
    std::string name = expect(TokenKind::kName, "a name").text;
    while (skip_op("."))
      name += "." + expect(TokenKind::kName, "a name").text;
    return name;
  }

  ExprPtr parse_filters(ExprPtr expr, bool start_inline) {
    while (start_inline || is_op("|")) {
      if (!start_inline) next();
      start_inline = false;
      const int line = current().line;
      ExprPtr filter = make(ExprKind::kFilter, line);
      filter->text = parse_dotted_name();
      filter->operands.push_back(std::move(expr));
      if (is_op("(")) filter->call = parse_arguments();
      expr = finish(std::move(filter));
    }
    return expr;
  }

  ExprPtr parse_test(ExprPtr expr) {
    const int line = next().line;
    const bool negated = skip_name("not");
    ExprPtr test = make(ExprKind::kTest, line);
    test->text = parse_dotted_name();
    test->operands.push_back(std::move(expr));
    const TokenKind kind = current().kind;
    if (is_op("(")) {
      test->call = parse_arguments();
    } else if ((kind == TokenKind::kName || kind == TokenKind::kString ||
                kind == TokenKind::kInteger || kind == TokenKind::kFloat || is_op("[") ||
                is_op("{")) &&
               !is_name("else") && !is_name("or") && !is_name("and")) {
      if (is_name("is")) fail_at(current().line, "tests cannot be chained with 'is'");
      test->call.positional.push_back(parse_postfix(parse_primary(false)));
    }
    test = finish(std::move(test));
    if (!negated) return test;
    ExprPtr inverse = make(ExprKind::kNot, line);
    inverse->operands.push_back(std::move(test));
    return finish(std::move(inverse));
  }

  static constexpr int kMaxExpressionDepth = 400;

  std::vector<Token> tokens_;
  size_t position_ = 0;
  int depth_ = 0;
  int loops_ = 0;  // open loops in the current function
  std::vector<int> enclosing_loops_;
};

}  // namespace

void parse_template(std::string_view source, ParsedTemplate& parsed) {
  parsed.body = Parser(tokenize(source)).parse();
  resolve_scopes(parsed);
}

}  // namespace jangwon::jinja
