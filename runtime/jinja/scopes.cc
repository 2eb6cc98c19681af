// Jinja compiles a template to Python functions, and what a name means follows from that: loops,
// macros and blocks have frames; within one frame a name is one variable from its beginning to its
// end; a frame that assigns a name which an outer frame knows starts with a copy of it; a name that
// nobody assigns is looked up in the context when its frame is entered. A chain of dictionaries
// searched at run time gets the corners wrong (a loop before an assignment to the same name at top
// level, for instance), so this pass does what Jinja's symbol tracking does and gives every
// variable a slot in the function it belongs to. tests/runtime/jinja/scopes_test.cc covers it.

#include "runtime/jinja/scopes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "runtime/base/check.h"
#include "runtime/base/nearest_name.h"

namespace jangwon::jinja {

namespace {

constexpr std::string_view kFilters[] = {
    "abs",    "attr",       "batch",       "capitalize", "center",   "count",
    "d",      "default",    "dictsort",    "e",          "escape",   "filesizeformat",
    "first",  "float",      "forceescape", "format",     "groupby",  "indent",
    "int",    "items",      "join",        "last",       "length",   "list",
    "lower",  "map",        "max",         "min",        "pprint",   "random",
    "reject", "rejectattr", "replace",     "reverse",    "round",    "safe",
    "select", "selectattr", "slice",       "sort",       "string",   "striptags",
    "sum",    "title",      "tojson",      "trim",       "truncate", "unique",
    "upper",  "urlencode",  "urlize",      "wordcount",  "wordwrap", "xmlattr"};

constexpr std::string_view kTests[] = {
    "!=",       "<",        "<=",          "==",       ">",           ">=",       "boolean",
    "callable", "defined",  "divisibleby", "eq",       "equalto",     "escaped",  "even",
    "false",    "filter",   "float",       "ge",       "greaterthan", "gt",       "in",
    "integer",  "iterable", "le",          "lessthan", "lower",       "lt",       "mapping",
    "ne",       "none",     "number",      "odd",      "sameas",      "sequence", "string",
    "test",     "true",     "undefined",   "upper"};

// A Python function that Jinja would make: it owns slots, one for each (depth of frame, name).
struct Function {
  Function* parent = nullptr;
  std::map<std::pair<int, std::string>, int> slots;

  int slot(int level, const std::string& name) {
    return slots.emplace(std::pair(level, name), static_cast<int>(slots.size())).first->second;
  }
};

struct Variable {
  Function* function;
  int slot;
  bool operator<(const Variable& other) const {
    return std::pair(function, slot) < std::pair(other.function, other.slot);
  }
};

struct Load {
  enum class Kind { kParameter, kContext, kAlias, kUnset };
  Kind kind;
  std::optional<Variable> outer;  // kAlias
  std::string name;               // kContext
};

// The names of one frame.
class Symbols {
 public:
  Symbols(Symbols* parent, Function* function)
      : parent_(parent), function_(function), level_(parent ? parent->level_ + 1 : 0) {}

  std::optional<Variable> find(const std::string& name) const {
    for (const Symbols* symbols = this; symbols != nullptr; symbols = symbols->parent_) {
      if (auto found = symbols->names_.find(name); found != symbols->names_.end())
        return found->second;
    }
    return std::nullopt;
  }

  Variable declare_parameter(const std::string& name) {
    stores_.insert(name);
    return define(name, {Load::Kind::kParameter, {}, {}});
  }

  void load(const std::string& name) {
    if (!find(name)) define(name, {Load::Kind::kContext, {}, name});
  }

  void store(const std::string& name) {
    stores_.insert(name);
    if (names_.contains(name)) return;
    if (parent_ != nullptr) {
      if (const std::optional<Variable> outer = parent_->find(name)) {
        define(name, {Load::Kind::kAlias, outer, {}});
        return;
      }
    }
    define(name, {Load::Kind::kUnset, {}, {}});
  }

  // What is known after an `if` of which these are the branches.
  void merge_branches(const std::vector<Symbols>& branches) {
    std::map<std::string, size_t> stored;
    for (const Symbols& branch : branches) {
      for (const std::string& name : branch.stores_) {
        if (!stores_.contains(name)) ++stored[name];
      }
    }
    for (const Symbols& branch : branches) {
      for (const auto& [name, variable] : branch.names_)
        names_.insert_or_assign(name, variable);
      for (const auto& [variable, load] : branch.loads_)
        loads_.insert_or_assign(variable, load);
      stores_.insert(branch.stores_.begin(), branch.stores_.end());
    }
    for (const auto& [name, count] : stored) {
      if (count == branches.size()) continue;
      const std::optional<Variable> variable = find(name);
      JANGWON_CHECK(variable.has_value());
      const std::optional<Variable> outer = parent_ != nullptr ? parent_->find(name) : std::nullopt;
      loads_.insert_or_assign(*variable, outer ? Load{Load::Kind::kAlias, outer, {}}
                                               : Load{Load::Kind::kContext, {}, name});
    }
  }

  SlotRef reference(const std::string& name, const Function* from) const {
    const std::optional<Variable> variable = find(name);
    JANGWON_CHECK(variable.has_value(), name);
    return reference(*variable, from);
  }

  static SlotRef reference(const Variable& variable, const Function* from) {
    SlotRef ref{0, variable.slot};
    for (; from != variable.function; from = from->parent) {
      JANGWON_CHECK(from != nullptr);
      ++ref.hops;
    }
    return ref;
  }

  Frame frame() const {
    Frame frame;
    for (const auto& [variable, load] : loads_) {
      frame.slots.push_back(variable.slot);
      switch (load.kind) {
        case Load::Kind::kParameter:
          break;
        case Load::Kind::kContext:
          frame.starts.push_back({SlotStart::Kind::kContext, variable.slot, {}, load.name});
          break;
        case Load::Kind::kAlias:
          frame.starts.push_back(
              {SlotStart::Kind::kAlias, variable.slot, reference(*load.outer, function_), {}});
          break;
        case Load::Kind::kUnset:
          frame.starts.push_back({SlotStart::Kind::kMissing, variable.slot, {}, {}});
          break;
      }
    }
    return frame;
  }

  Function* function() const { return function_; }

 private:
  Variable define(const std::string& name, Load load) {
    const Variable variable{function_, function_->slot(level_, name)};
    names_.insert_or_assign(name, variable);
    loads_.insert_or_assign(variable, std::move(load));
    return variable;
  }

  Symbols* parent_;
  Function* function_;
  int level_;
  std::map<std::string, Variable> names_;
  std::map<Variable, Load> loads_;
  std::set<std::string> stores_;
};

// Calls `visit` with every expression directly below `expr`, in Jinja's order.
template <typename Visit>
void for_each_child(const Expr& expr, const Visit& visit) {
  for (const ExprPtr& child : expr.operands) {
    if (child != nullptr) visit(*child);
  }
  for (const ExprPtr& child : expr.call.positional)
    visit(*child);
  for (const auto& [key, child] : expr.call.keyword)
    visit(*child);
  if (expr.call.more_positional != nullptr) visit(*expr.call.more_positional);
  if (expr.call.more_keyword != nullptr) visit(*expr.call.more_keyword);
}

// Which of `names` a body uses before it assigns them, wherever in it: Jinja's rough test for
// `loop`, `caller`, `varargs` and `kwargs`.
class UsedNames {
 public:
  UsedNames(const Body& body, std::set<std::string> names) : names_(std::move(names)) {
    visit(body);
  }
  bool contains(const std::string& name) const { return used_.contains(name); }

 private:
  void visit(const Body& body) {
    for (const StmtPtr& stmt : body)
      visit(*stmt);
  }
  void visit_store(const Expr& target) {
    if (target.kind == ExprKind::kName) names_.erase(target.text);
    for_each_child(target, [this](const Expr& child) { visit_store(child); });
  }
  void visit(const Expr& expr) {
    if (expr.kind == ExprKind::kName && names_.contains(expr.text)) used_.insert(expr.text);
    for_each_child(expr, [this](const Expr& child) { visit(child); });
  }
  void visit(const Stmt& stmt) {
    switch (stmt.kind) {
      case StmtKind::kFor:
        visit_store(*stmt.target);
        visit(*stmt.value);
        visit(stmt.body);
        visit(stmt.other);
        if (stmt.test != nullptr) visit(*stmt.test);
        return;
      case StmtKind::kIf:
        visit(*stmt.value);
        visit(stmt.body);
        visit(stmt.branches);
        visit(stmt.other);
        return;
      case StmtKind::kSet:
        visit_store(*stmt.target);
        visit(*stmt.value);
        return;
      case StmtKind::kSetBlock:
        visit_store(*stmt.target);
        if (stmt.value != nullptr) visit(*stmt.value);
        visit(stmt.body);
        return;
      case StmtKind::kFilterBlock:
        visit(stmt.body);
        visit(*stmt.value);
        return;
      default:
        break;
    }
    if (stmt.value != nullptr) visit(*stmt.value);
    for (const ExprPtr& target : stmt.targets)
      visit_store(*target);
    for (const ExprPtr& expr : stmt.expressions)
      visit(*expr);
    for (const Parameter& parameter : stmt.parameters)
      names_.erase(parameter.name);
    for (const Parameter& parameter : stmt.parameters) {
      if (parameter.default_value != nullptr) visit(*parameter.default_value);
    }
    visit(stmt.body);
  }

  std::set<std::string> names_, used_;
};

// First half: which names a frame stores and loads. Bodies that have frames of their own
// are not entered.
class Analysis {
 public:
  explicit Analysis(Symbols& symbols) : symbols_(&symbols) {}

  void body(const Body& statements) {
    for (const StmtPtr& stmt : statements)
      statement(*stmt);
  }
  void expression(const Expr& expr) {
    if (expr.kind == ExprKind::kName) symbols_->load(expr.text);
    if (expr.kind == ExprKind::kNamespaceRef) symbols_->load(expr.ops[0]);
    for_each_child(expr, [this](const Expr& child) { expression(child); });
  }
  void target(const Expr& expr) {
    if (expr.kind == ExprKind::kName) symbols_->store(expr.text);
    if (expr.kind == ExprKind::kNamespaceRef) symbols_->load(expr.ops[0]);
    for_each_child(expr, [this](const Expr& child) { target(child); });
  }
  void parameter_target(const Expr& expr) {
    if (expr.kind == ExprKind::kName) symbols_->declare_parameter(expr.text);
    for_each_child(expr, [this](const Expr& child) { parameter_target(child); });
  }
  void parameters(const Stmt& stmt) {
    for (const Parameter& parameter : stmt.parameters)
      symbols_->declare_parameter(parameter.name);
    for (const Parameter& parameter : stmt.parameters) {
      if (parameter.default_value != nullptr) expression(*parameter.default_value);
    }
    body(stmt.body);
  }

 private:
  void statement(const Stmt& stmt) {
    switch (stmt.kind) {
      case StmtKind::kText:
      case StmtKind::kBreak:
      case StmtKind::kContinue:
      case StmtKind::kGeneration:
        return;
      case StmtKind::kPrint:
      case StmtKind::kWith:
        for (const ExprPtr& expr : stmt.expressions)
          expression(*expr);
        return;
      case StmtKind::kFor:
      case StmtKind::kCallBlock:
      case StmtKind::kFilterBlock:
        expression(*stmt.value);
        return;
      case StmtKind::kIf:
        branch(stmt);
        return;
      case StmtKind::kSet:
        expression(*stmt.value);
        target(*stmt.target);
        return;
      case StmtKind::kSetBlock:
        target(*stmt.target);
        return;
      case StmtKind::kMacro:
        symbols_->store(stmt.text);
        return;
    }
  }

  void branch(const Stmt& stmt) {
    expression(*stmt.value);
    Symbols* const before = symbols_;
    std::vector<Symbols> branches;
    for (const Body* part : {&stmt.body, &stmt.branches, &stmt.other}) {
      Symbols copy = *before;
      symbols_ = &copy;
      body(*part);
      branches.push_back(std::move(copy));
    }
    symbols_ = before;
    symbols_->merge_branches(branches);
  }

  Symbols* symbols_;
};

// Second half: walks the tree as Jinja's code generator does, makes the frames, and gives
// every name its slot.
class Resolver {
 public:
  void run(ParsedTemplate& parsed) {
    Function root;
    Symbols symbols(nullptr, &root);
    Analysis(symbols).body(parsed.body);
    body(parsed.body, {&symbols, false});
    parsed.frame = symbols.frame();
    parsed.num_slots = static_cast<int>(root.slots.size());
  }

 private:
  struct Scope {
    Symbols* symbols;
    bool soft;  // inside an `if`: an unknown filter fails only when it is reached
  };

  void body(Body& statements, Scope scope) {
    for (StmtPtr& stmt : statements)
      statement(*stmt, scope);
  }

  void statement(Stmt& stmt, Scope scope) {
    switch (stmt.kind) {
      case StmtKind::kText:
        stmt.constant = make_constant_string(stmt.text);
        return;
      case StmtKind::kBreak:
      case StmtKind::kContinue:
        return;
      case StmtKind::kPrint:
        for (ExprPtr& expr : stmt.expressions)
          expression(*expr, scope);
        return;
      case StmtKind::kFor:
        loop(stmt, scope);
        return;
      case StmtKind::kIf: {
        const Scope soft{scope.symbols, true};
        expression(*stmt.value, soft);
        body(stmt.body, soft);
        for (StmtPtr& branch : stmt.branches) {
          expression(*branch->value, soft);
          body(branch->body, soft);
        }
        body(stmt.other, soft);
        return;
      }
      case StmtKind::kSet:
        expression(*stmt.value, scope);
        target(*stmt.target, scope);
        return;
      case StmtKind::kSetBlock: {
        Symbols inner(scope.symbols, scope.symbols->function());
        Analysis(inner).body(stmt.body);
        body(stmt.body, {&inner, false});
        if (stmt.value != nullptr) expression(*stmt.value, {&inner, false});
        target(*stmt.target, scope);
        stmt.frame = inner.frame();
        return;
      }
      case StmtKind::kWith: {
        Symbols inner(scope.symbols, scope.symbols->function());
        Analysis analysis(inner);
        for (const ExprPtr& expr : stmt.targets)
          analysis.parameter_target(*expr);
        analysis.body(stmt.body);
        for (ExprPtr& expr : stmt.expressions)
          expression(*expr, scope);
        for (ExprPtr& expr : stmt.targets)
          target(*expr, {&inner, false});
        body(stmt.body, {&inner, false});
        stmt.frame = inner.frame();
        return;
      }
      case StmtKind::kMacro:
        function(stmt, scope);
        stmt.macro_slot = scope.symbols->reference(stmt.text, scope.symbols->function());
        return;
      case StmtKind::kCallBlock:
        function(stmt, scope);
        expression(*stmt.value, scope);
        return;
      case StmtKind::kGeneration:
        function(stmt, scope);
        return;
      case StmtKind::kFilterBlock: {
        Symbols inner(scope.symbols, scope.symbols->function());
        Analysis analysis(inner);
        analysis.body(stmt.body);
        analysis.expression(*stmt.value);
        body(stmt.body, {&inner, false});
        expression(*stmt.value, {&inner, false});
        stmt.frame = inner.frame();
        return;
      }
    }
  }

  // The body of a macro or of a call block: a function with parameters.
  void function(Stmt& stmt, Scope scope) {
    Function function;
    function.parent = scope.symbols->function();
    Symbols inner(scope.symbols, &function);
    Analysis(inner).parameters(stmt);
    const UsedNames used(stmt.body, {"caller", "kwargs", "varargs"});
    const auto parameter = [&stmt](std::string_view name) {
      return std::find_if(stmt.parameters.begin(), stmt.parameters.end(),
                          [&](const Parameter& p) { return p.name == name; });
    };
    stmt.explicit_caller = parameter("caller") != stmt.parameters.end();
    if (used.contains("caller")) {
      if (stmt.explicit_caller && parameter("caller")->default_value == nullptr) {
        throw Failure{"the parameter 'caller' of a macro must be left out or have a default",
                      stmt.line};
      }
      if (!stmt.explicit_caller) stmt.caller_slot = inner.declare_parameter("caller").slot;
    }
    if (used.contains("kwargs") && parameter("kwargs") == stmt.parameters.end()) {
      stmt.kwargs_slot = inner.declare_parameter("kwargs").slot;
    }
    if (used.contains("varargs") && parameter("varargs") == stmt.parameters.end()) {
      stmt.varargs_slot = inner.declare_parameter("varargs").slot;
    }
    Analysis(inner).parameters(stmt);
    for (Parameter& p : stmt.parameters) {
      if (p.default_value != nullptr) expression(*p.default_value, {&inner, false});
      p.slot = inner.reference(p.name, &function).slot;
    }
    body(stmt.body, {&inner, false});
    stmt.frame = inner.frame();
    stmt.num_slots = static_cast<int>(function.slots.size());
  }

  void loop(Stmt& stmt, Scope scope) {
    check_no_store_of_loop(stmt);
    // The head of a recursive loop is evaluated outside the function that its body is.
    expression(*stmt.value, scope);
    Function recursive, test;
    Function* const inside = stmt.recursive ? &recursive : scope.symbols->function();
    recursive.parent = scope.symbols->function();
    Symbols loop_symbols(scope.symbols, inside), else_symbols(scope.symbols, inside);
    if (stmt.recursive || UsedNames(stmt.body, {"loop"}).contains("loop")) {
      stmt.loop_slot = loop_symbols.declare_parameter("loop").slot;
    }
    {
      Analysis analysis(loop_symbols);
      analysis.parameter_target(*stmt.target);
      analysis.body(stmt.body);
    }
    Analysis(else_symbols).body(stmt.other);
    if (stmt.test != nullptr) {
      test.parent = scope.symbols->function();
      Symbols test_symbols(scope.symbols, &test);
      Analysis analysis(test_symbols);
      analysis.parameter_target(*stmt.test_target);
      analysis.expression(*stmt.test);
      target(*stmt.test_target, {&test_symbols, false});
      expression(*stmt.test, {&test_symbols, false});
      stmt.test_frame = test_symbols.frame();
      stmt.test_num_slots = static_cast<int>(test.slots.size());
    }
    target(*stmt.target, {&loop_symbols, false});
    body(stmt.body, {&loop_symbols, false});
    body(stmt.other, {&else_symbols, false});
    stmt.frame = loop_symbols.frame();
    stmt.other_frame = else_symbols.frame();
    if (stmt.recursive) stmt.num_slots = static_cast<int>(recursive.slots.size());
  }

  // Anywhere inside a loop, as Jinja has it.
  void check_no_store_of_loop(const Stmt& stmt) {
    if (stmt.target != nullptr) check_no_store_of_loop(*stmt.target);
    for (const ExprPtr& expr : stmt.targets) {
      if (stmt.kind != StmtKind::kWith) check_no_store_of_loop(*expr);
    }
    for (const Body* part : {&stmt.body, &stmt.branches, &stmt.other}) {
      for (const StmtPtr& child : *part)
        check_no_store_of_loop(*child);
    }
  }
  void check_no_store_of_loop(const Expr& expr) {
    if (expr.kind == ExprKind::kName && expr.text == "loop")
      throw Failure{"'loop' cannot be assigned to inside a loop", expr.line};
    for_each_child(expr, [this](const Expr& child) { check_no_store_of_loop(child); });
  }

  void target(Expr& expr, Scope scope) {
    if (expr.kind == ExprKind::kName)
      expr.slot = scope.symbols->reference(expr.text, scope.symbols->function());
    if (expr.kind == ExprKind::kNamespaceRef)
      expr.slot = scope.symbols->reference(expr.ops[0], scope.symbols->function());
    for (ExprPtr& child : expr.operands)
      target(*child, scope);
  }

  void expression(Expr& expr, Scope scope) {
    if (expr.kind == ExprKind::kCondition) scope.soft = true;
    if (expr.kind == ExprKind::kName) {
      if (expr.text == "self") throw Failure{"the name 'self' is not supported", expr.line};
      expr.slot = scope.symbols->reference(expr.text, scope.symbols->function());
    }
    if (expr.kind == ExprKind::kFilter && !scope.soft && !is_filter_name(expr.text)) {
      throw Failure{"there is no filter '" + expr.text + "'" + did_you_mean(expr.text, kFilters),
                    expr.line};
    }
    if (expr.kind == ExprKind::kTest && !scope.soft && !is_test_name(expr.text)) {
      throw Failure{"there is no test '" + expr.text + "'" + did_you_mean(expr.text, kTests),
                    expr.line};
    }
    for_each_child(expr, [&](const Expr& child) { expression(const_cast<Expr&>(child), scope); });
  }

  template <size_t N>
  static std::string did_you_mean(const std::string& name, const std::string_view (&names)[N]);
};

template <size_t N>
std::string Resolver::did_you_mean(const std::string& name, const std::string_view (&names)[N]) {
  const std::string nearest =
      nearest_name(name, std::vector<std::string>(std::begin(names), std::end(names)));
  return nearest.empty() ? "" : " (nearest: '" + nearest + "')";
}

}  // namespace

void resolve_scopes(ParsedTemplate& parsed) {
  Resolver().run(parsed);
}

bool is_filter_name(std::string_view name) {
  return std::find(std::begin(kFilters), std::end(kFilters), name) != std::end(kFilters);
}

bool is_test_name(std::string_view name) {
  return std::find(std::begin(kTests), std::end(kTests), name) != std::end(kTests);
}

}  // namespace jangwon::jinja
