// Runs a parsed template. One interpreter renders once.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/jinja/ast.h"
#include "runtime/jinja/template.h"
#include "runtime/jinja/value.h"

namespace jangwon::jinja {

// The variables of one running function (the template, a macro, the body of a recursive loop).
// Macros made inside keep it alive.
struct Activation : Object {
  Activation(Budget* budget, int num_slots, std::shared_ptr<Activation> outer);
  std::vector<Value> slots;
  std::shared_ptr<Activation> parent;
  bool registered = false;
};

struct MacroObject : Object {
  MacroObject(Budget* budget, const Stmt* definition, std::shared_ptr<Activation> scope);
  const Stmt* stmt;  // kMacro, kCallBlock or kGeneration
  std::shared_ptr<Activation> closure;
};

struct LoopObject : Object {
  LoopObject(Budget* budget, Value over, IteratorObject::Next items, int level);
  Value advance();  // to the next item; kMissing: there is none
  const Value& peek();
  size_t length(Interpreter& interpreter);

  Value iterable;
  IteratorObject::Next next;
  bool filtered = false;  // by the loop's own test: the iterable's length is not the loop's
  int depth0;
  int64_t index0 = -1;
  Value current, before;
  Value lookahead;
  bool exhausted = false;
  std::optional<size_t> known_length;
  Value last_changed;
  const Stmt* recursive = nullptr;  // set: the loop can be called
  std::shared_ptr<Activation> closure;
};

struct CyclerObject : Object {
  CyclerObject(Budget* budget, std::vector<Value> values, int depth);
  std::vector<Value> items;
  size_t position = 0;
};

struct JoinerObject : Object {
  JoinerObject(Budget* budget, Value text);
  Value separator;
  bool used = false;
};

// Rendered text; its bytes count as memory while it lives.
class Output {
 public:
  Output(Budget& budget, uint64_t max_bytes) : budget_(budget), max_bytes_(max_bytes) {}
  ~Output() { budget_.release(charged_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  void append(std::string_view text);
  std::string take();

 private:
  Budget& budget_;
  uint64_t max_bytes_;
  uint64_t charged_ = 0;
  std::string text_;
};

enum class Flow { kNext, kBreak, kContinue };

class Interpreter {
 public:
  Interpreter(const ParsedTemplate& parsed, const RenderLimits& limits);
  ~Interpreter();

  std::string render(const Json& context);
  int line() const { return line_; }

  Budget& budget() { return budget_; }
  const RenderLimits& limits() const { return limits_; }

  Value call(const Value& callee, Arguments& arguments);
  Value apply_filter(const std::string& name, const Value& value, Arguments& arguments);
  bool apply_test(const std::string& name, const Value& value, Arguments& arguments);
  Value get_attribute(const Value& object, const std::string& name);  // object.name
  Value get_item(const Value& object, const Value& key);              // object[key]
  Value make_namespace(Arguments& arguments);

  // Guards the C++ stack; a frame of the interpreter each.
  class Depth {
   public:
    explicit Depth(Interpreter& interpreter);
    ~Depth() { --interpreter_.depth_; }

   private:
    Interpreter& interpreter_;
  };

 private:
  using Scope = std::shared_ptr<Activation>;

  Value from_json(const Json& json, int level);
  Value look_up(const std::string& name);
  Value global(const std::string& name);

  void enter(const Frame& frame, Activation& activation);
  void leave(const Frame& frame, Activation& activation);
  Value& slot(Activation& activation, const SlotRef& ref);
  void keep_alive(const Scope& scope);

  Flow run(const Body& body, const Scope& scope, Output& out);
  Flow run(const Stmt& stmt, const Scope& scope, Output& out);
  Flow run_if(const Stmt& stmt, const Scope& scope, Output& out);
  Flow run_loop(const Stmt& stmt, const Value& iterable, const Scope& outer, const Scope& scope,
                int depth0, Output& out);
  Flow run_captured(const Stmt& stmt, const Scope& scope, Output& out);
  Flow run_with(const Stmt& stmt, const Scope& scope, Output& out);
  void run_call_block(const Stmt& stmt, const Scope& scope, Output& out);
  IteratorObject::Next filter_items(const Stmt& stmt, IteratorObject::Next next,
                                    const Scope& outer);
  Value run_recursive(const Stmt& stmt, const Value& iterable, const Scope& outer, int depth0);
  void assign(const Expr& target, const Value& value, const Scope& scope);
  Value make_macro(const Stmt& stmt, const Scope& scope);
  Value call_macro(const MacroObject& macro, Arguments& arguments);
  void print(const Value& value, Output& out);

  Value eval(const Expr& expr, const Scope& scope);
  Value eval_name(const Expr& expr, const Scope& scope);
  Value eval_collection(const Expr& expr, const Scope& scope);
  Value eval_item(const Expr& expr, const Scope& scope);
  Value eval_slice(const Value& object, const Expr& slice, const Scope& scope);
  Value eval_call(const Expr& expr, const Scope& scope, const Value* caller);
  Value eval_filter(const Expr& expr, const Scope& scope, const Value* input);
  Value eval_binary(const Expr& expr, const Scope& scope);
  Value eval_compare(const Expr& expr, const Scope& scope);
  Value eval_concat(const Expr& expr, const Scope& scope);
  Arguments eval_arguments(const CallArguments& call, const Scope& scope);

  const ParsedTemplate& parsed_;
  RenderLimits limits_;
  Budget budget_;
  int line_ = 1;
  int depth_ = 0;
  Value context_;
  std::vector<std::pair<std::string, Value>> globals_;
  // What may take part in cycles or in long chains; emptied one by one at the end.
  std::vector<Scope> activations_;
  std::vector<std::shared_ptr<NamespaceObject>> namespaces_;
};

// object.name where Python has such an attribute (a method, mostly); kMissing where it has none.
// Fails for one that is not supported.
Value find_python_attribute(Interpreter& interpreter, const Value& object, const std::string& name);

// a op b for "+" "-" "*" "/" "//" "%" "**".
Value apply_binary(Interpreter& interpreter, const std::string& op, const Value& a, const Value& b);
Value apply_unary(Interpreter& interpreter, const std::string& op, const Value& a);
bool apply_comparison(Interpreter& interpreter, const std::string& op, const Value& a,
                      const Value& b);

// &, <, >, " and ' as entities.
std::string escape_markup(std::string_view text);

// json.dumps.
struct JsonOptions {
  bool ensure_ascii = false;
  bool sort_keys = false;
  std::optional<std::string> indent;
  std::string item_separator = ", ";
  std::string key_separator = ": ";
};
std::string to_json(Interpreter& interpreter, const Value& value, const JsonOptions& options);

// The arguments of a call bound to parameter names, as Python binds them.
class BoundArguments {
 public:
  // `positional_only`: the first so many names cannot be given by keyword.
  BoundArguments(const std::string& function, Arguments& arguments,
                 std::initializer_list<const char*> names, size_t required = 0,
                 size_t positional_only = 0);
  const Value* find(size_t i) const {
    return i < values_.size() && !values_[i].is(Kind::kMissing) ? &values_[i] : nullptr;
  }
  bool boolean(size_t i, bool otherwise) const;
  int64_t integer(size_t i, int64_t otherwise) const;
  std::string_view text(size_t i) const;  // REQUIRES: given; fails if it is not a string

 private:
  std::string function_;
  std::vector<Value> values_;
};

// An integer argument; fails for anything that Python cannot use as an index.
int64_t to_index(const Value& value, const char* what);

}  // namespace jangwon::jinja
