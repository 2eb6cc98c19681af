// A tree walker. Names were given slots by scopes.cc, so that a variable is an index into the
// activation of its function; statements return how they ended (break and continue travel as
// values, failures as exceptions caught in template.cc). Every node costs a step, every object its
// bytes, and the depth of C++ recursion is counted: that is all that stands between a hostile
// template and the machine. tests/runtime/jinja and the golden templates cover it.

#include "runtime/jinja/interpreter.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

#include "runtime/base/check.h"
#include "runtime/jinja/python_text.h"
#include "runtime/jinja/scopes.h"

namespace jangwon::jinja {

namespace {

constexpr int kMaxDepth = 1200;
constexpr int64_t kMaxRange = 100000;  // Jinja's sandbox

std::string attribute_message(const Value& object, const std::string& name) {
  const std::string type = object.is_none() ? "None" : "'" + type_name(object) + " object'";
  return type + " has no attribute " + quote(name);
}

bool is_global_name(std::string_view name) {
  static constexpr std::string_view kNames[] = {"range",           "dict",        "lipsum",
                                                "cycler",          "joiner",      "namespace",
                                                "raise_exception", "strftime_now"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Value make_range(Interpreter& interpreter, Arguments& arguments) {
  if (!arguments.keyword.empty()) fail("range() takes no keyword arguments");
  const size_t count = arguments.positional.size();
  if (count < 1 || count > 3) fail("range expected 1 to 3 arguments, got " + std::to_string(count));
  int64_t numbers[3] = {0, 0, 1};
  if (count == 1) {
    numbers[1] = to_index(arguments.positional[0], "range()");
  } else {
    for (size_t i = 0; i < count; ++i)
      numbers[i] = to_index(arguments.positional[i], "range()");
  }
  if (numbers[2] == 0) fail("range() arg 3 must not be zero");
  auto range =
      std::make_shared<RangeObject>(&interpreter.budget(), numbers[0], numbers[1], numbers[2]);
  if (range->size() > kMaxRange)
    fail("a range longer than " + std::to_string(kMaxRange) + " is blocked by the sandbox");
  return Value(Kind::kRange, std::move(range));
}

std::vector<DictObject::Entry> dict_entries(Interpreter& interpreter, Arguments& arguments,
                                            const char* function) {
  Budget& budget = interpreter.budget();
  if (arguments.positional.size() > 1)
    fail(std::string(function) + " expected at most 1 positional argument");
  std::vector<DictObject::Entry> entries;
  if (!arguments.positional.empty()) {
    const Value& source = arguments.positional[0];
    require_defined(source);
    if (source.is(Kind::kDict)) {
      budget.check(source.dict().entries.size() * sizeof(DictObject::Entry));
      entries = source.dict().entries;
    } else {
      for (const Value& item : to_items(budget, source)) {
        const std::vector<Value> pair = to_items(budget, item);
        if (pair.size() != 2)
          fail("an element of a dict's source has length " + std::to_string(pair.size()) +
               "; 2 is required");
        set_entry(budget, entries, pair[0], pair[1]);
      }
    }
  }
  for (auto& [key, value] : arguments.keyword)
    set_entry(budget, entries, make_string(budget, key), value);
  return entries;
}

std::string strftime_now(Interpreter& interpreter, const std::string& format) {
  const std::time_t now = interpreter.limits().now_unix_seconds.value_or(std::time(nullptr));
  std::tm local{};
  localtime_r(&now, &local);
  // Only conversions that do not depend on the locale or on fractions of a second.
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    ++i;
    if (i < format.size() && format[i] == '-') ++i;
    if (i >= format.size() ||
        std::string_view("YmdHMSyjBbAaIpFTeZuwGVDRUWC%ntshk").find(format[i]) ==
            std::string_view::npos) {
      fail("strftime_now: a conversion of the format " + quote(format) + " is not supported");
    }
  }
  if (format.empty()) return {};
  if (format.size() > 1000) fail("strftime_now: the format is too long");
  char buffer[8192];
  const size_t length = std::strftime(buffer, sizeof(buffer), format.c_str(), &local);
  return std::string(buffer, length);
}

}  // namespace

Activation::Activation(Budget* owner, int num_slots, std::shared_ptr<Activation> outer)
    : Object(owner, sizeof(Activation) + static_cast<size_t>(num_slots) * sizeof(Value), 0),
      slots(static_cast<size_t>(num_slots)),
      parent(std::move(outer)) {}

MacroObject::MacroObject(Budget* owner, const Stmt* definition, std::shared_ptr<Activation> scope)
    : Object(owner, sizeof(MacroObject), 0), stmt(definition), closure(std::move(scope)) {}

LoopObject::LoopObject(Budget* owner, Value over, IteratorObject::Next items, int level)
    : Object(owner, sizeof(LoopObject), over.depth() + 1),
      iterable(std::move(over)),
      next(std::move(items)),
      depth0(level) {}

Value LoopObject::advance() {
  Value item = peek();
  lookahead = Value();
  if (!item.present()) return item;
  ++index0;
  before = std::move(current);
  current = item;
  return item;
}

const Value& LoopObject::peek() {
  if (!lookahead.present() && !exhausted) {
    lookahead = next();
    exhausted = !lookahead.present();
  }
  return lookahead;
}

size_t LoopObject::length(Interpreter& interpreter) {
  if (known_length) return *known_length;
  const std::optional<size_t> size = filtered ? std::nullopt : length_of(iterable);
  if (size) {
    known_length = size;
  } else {
    ListBuilder rest(interpreter.budget());
    if (!exhausted) {
      for (Value value = next(); value.present(); value = next())
        rest.push(std::move(value));
    }
    known_length = rest.size() + static_cast<size_t>(index0 + 1) + (lookahead.present() ? 1 : 0);
    const Value items = make_list(interpreter.budget(), rest.take());
    next = iterate(interpreter.budget(), items);
  }
  return *known_length;
}

CyclerObject::CyclerObject(Budget* owner, std::vector<Value> values, int nesting)
    : Object(owner, sizeof(CyclerObject) + values.size() * sizeof(Value), nesting),
      items(std::move(values)) {}

JoinerObject::JoinerObject(Budget* owner, Value text)
    : Object(owner, sizeof(JoinerObject), text.depth() + 1), separator(std::move(text)) {}

void Output::append(std::string_view text) {
  if (text_.size() + text.size() > max_bytes_) {
    fail("the rendered text is longer than " + std::to_string(max_bytes_) + " bytes");
  }
  budget_.step(text.size() / 16);
  budget_.acquire(text.size());
  charged_ += text.size();
  text_ += text;
}

std::string Output::take() {
  budget_.release(std::exchange(charged_, 0));
  return std::move(text_);
}

Interpreter::Depth::Depth(Interpreter& interpreter) : interpreter_(interpreter) {
  if (++interpreter_.depth_ > kMaxDepth) {
    --interpreter_.depth_;
    fail("the template recurses too deeply");
  }
}

Interpreter::Interpreter(const ParsedTemplate& parsed, const RenderLimits& limits)
    : parsed_(parsed), limits_(limits), budget_(limits.max_steps, limits.max_memory_bytes) {}

Interpreter::~Interpreter() {
  for (const Scope& activation : activations_)
    activation->slots.clear();
  for (const auto& ns : namespaces_)
    ns->attributes.clear();
}

std::string Interpreter::render(const Json& context) {
  context_ = from_json(context, 0);
  if (!context_.is(Kind::kDict)) fail("the context of a template must be an object");
  auto scope = std::make_shared<Activation>(&budget_, parsed_.num_slots, nullptr);
  keep_alive(scope);
  enter(parsed_.frame, *scope);
  Output out(budget_, limits_.max_output_bytes);
  run(parsed_.body, scope, out);
  return out.take();
}

Value Interpreter::from_json(const Json& json, int level) {
  if (level > kMaxValueDepth) fail("the context is nested too deeply");
  switch (json.type()) {
    case Json::value_t::null:
      return Value::none();
    case Json::value_t::boolean:
      return Value::boolean(json.get<bool>());
    case Json::value_t::number_integer:
      return Value::integer(json.get<int64_t>());
    case Json::value_t::number_unsigned: {
      const auto number = json.get<uint64_t>();
      if (number > INT64_MAX)
        fail("a number of the context does not fit into 64 bits: " + std::to_string(number));
      return Value::integer(static_cast<int64_t>(number));
    }
    case Json::value_t::number_float: {
      // The JSON reader turns integers beyond 64 bits into floats; such a one cannot be told from
      // a float any more.
      const double number = json.get<double>();
      if (std::fabs(number) >= 9223372036854775808.0)
        fail("a number of the context is too large to be exact: " + float_repr(number));
      return Value::real(number);
    }
    case Json::value_t::string: {
      const auto& text = json.get_ref<const std::string&>();
      if (!is_valid_utf8(text)) fail("a string of the context is not valid UTF-8");
      return make_string(budget_, text);
    }
    case Json::value_t::array: {
      std::vector<Value> items;
      items.reserve(json.size());
      for (const Json& item : json)
        items.push_back(from_json(item, level + 1));
      return make_list(budget_, std::move(items));
    }
    case Json::value_t::object: {
      std::vector<DictObject::Entry> entries;
      entries.reserve(json.size());
      for (const auto& [key, item] : json.items()) {
        if (!is_valid_utf8(key)) fail("a key of the context is not valid UTF-8");
        entries.emplace_back(make_string(budget_, key), from_json(item, level + 1));
      }
      return make_dict(budget_, std::move(entries));
    }
    default:
      fail("the context holds a value that is not JSON");
  }
}

Value Interpreter::look_up(const std::string& name) {
  if (const Value* found = context_.dict().find(std::string_view(name))) return *found;
  return is_global_name(name) ? global(name) : Value();
}

Value Interpreter::global(const std::string& name) {
  for (const auto& [key, value] : globals_) {
    if (key == name) return value;
  }
  FunctionObject::Body body;
  if (name == "range") {
    body = make_range;
  } else if (name == "dict") {
    body = [](Interpreter& in, Arguments& arguments) {
      return make_dict(in.budget(), dict_entries(in, arguments, "dict"));
    };
  } else if (name == "namespace") {
    body = [](Interpreter& in, Arguments& arguments) { return in.make_namespace(arguments); };
  } else if (name == "cycler") {
    body = [](Interpreter& in, Arguments& arguments) {
      if (!arguments.keyword.empty()) fail("cycler() takes no keyword arguments");
      if (arguments.positional.empty()) fail("at least one item has to be provided");
      int depth = 1;
      for (const Value& item : arguments.positional)
        depth = std::max(depth, item.depth() + 1);
      return Value(Kind::kCycler,
                   std::make_shared<CyclerObject>(&in.budget(), arguments.positional, depth));
    };
  } else if (name == "joiner") {
    body = [](Interpreter& in, Arguments& arguments) {
      const BoundArguments bound("joiner", arguments, {"sep"});
      Value separator = bound.find(0) != nullptr ? *bound.find(0) : make_string(in.budget(), ", ");
      return Value(Kind::kJoiner,
                   std::make_shared<JoinerObject>(&in.budget(), std::move(separator)));
    };
  } else if (name == "raise_exception") {
    body = [](Interpreter& in, Arguments& arguments) -> Value {
      const BoundArguments bound("raise_exception", arguments, {"message"}, 1);
      fail(to_text(in.budget(), *bound.find(0)));
    };
  } else if (name == "strftime_now") {
    body = [](Interpreter& in, Arguments& arguments) {
      const BoundArguments bound("strftime_now", arguments, {"format"}, 1);
      return make_string(in.budget(), strftime_now(in, std::string(bound.text(0))));
    };
  } else {
    body = [name](Interpreter&, Arguments&) -> Value {
      fail("the function '" + name + "' is not supported");
    };
  }
  const Value value = make_function(budget_, name, 0, std::move(body));
  globals_.emplace_back(name, value);
  return value;
}

Value Interpreter::make_namespace(Arguments& arguments) {
  auto ns = std::make_shared<NamespaceObject>(&budget_);
  for (auto& [key, value] : dict_entries(*this, arguments, "namespace")) {
    if (!key.is_string()) fail("a namespace needs names that are strings");
    if (key.text().starts_with("_"))
      fail("a namespace cannot have the attribute " + quote(key.text()) + ": it begins with '_'");
    ns->grow(sizeof(Value) + 64);
    ns->depth = std::max(ns->depth, value.depth() + 1);
    if (ns->depth > kMaxValueDepth)
      fail("values are nested deeper than " + std::to_string(kMaxValueDepth) + " levels");
    ns->attributes.emplace_back(std::string(key.text()), value);
  }
  namespaces_.push_back(ns);
  return Value(Kind::kNamespace, std::move(ns));
}

void Interpreter::keep_alive(const Scope& scope) {
  for (Scope each = scope; each != nullptr && !each->registered; each = each->parent) {
    each->registered = true;
    activations_.push_back(each);
  }
}

Value& Interpreter::slot(Activation& activation, const SlotRef& ref) {
  Activation* owner = &activation;
  for (int hops = ref.hops; hops > 0; --hops)
    owner = owner->parent.get();
  return owner->slots[static_cast<size_t>(ref.slot)];
}

void Interpreter::enter(const Frame& frame, Activation& activation) {
  for (const SlotStart& start : frame.starts) {
    budget_.step();
    Value value;
    if (start.kind == SlotStart::Kind::kContext) value = look_up(start.name);
    if (start.kind == SlotStart::Kind::kAlias) value = slot(activation, start.alias);
    activation.slots[static_cast<size_t>(start.slot)] = std::move(value);
  }
}

void Interpreter::leave(const Frame& frame, Activation& activation) {
  for (int slot : frame.slots)
    activation.slots[static_cast<size_t>(slot)] = Value();
}

Flow Interpreter::run(const Body& body, const Scope& scope, Output& out) {
  for (const StmtPtr& stmt : body) {
    const Flow flow = run(*stmt, scope, out);
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Flow Interpreter::run(const Stmt& stmt, const Scope& scope, Output& out) {
  const Depth depth(*this);
  budget_.step();
  line_ = stmt.line;
  switch (stmt.kind) {
    case StmtKind::kText:
      out.append(stmt.text);
      return Flow::kNext;
    case StmtKind::kPrint:
      for (const ExprPtr& expr : stmt.expressions)
        print(eval(*expr, scope), out);
      return Flow::kNext;
    case StmtKind::kFor: {
      const Value iterable = eval(*stmt.value, scope);
      line_ = stmt.line;
      if (!stmt.recursive) return run_loop(stmt, iterable, scope, scope, 0, out);
      print(run_recursive(stmt, iterable, scope, 0), out);
      return Flow::kNext;
    }
    case StmtKind::kIf:
      return run_if(stmt, scope, out);
    case StmtKind::kSet:
      assign(*stmt.target, eval(*stmt.value, scope), scope);
      return Flow::kNext;
    case StmtKind::kSetBlock:
    case StmtKind::kFilterBlock:
      return run_captured(stmt, scope, out);
    case StmtKind::kWith:
      return run_with(stmt, scope, out);
    case StmtKind::kMacro:
      slot(*scope, stmt.macro_slot) = make_macro(stmt, scope);
      return Flow::kNext;
    case StmtKind::kCallBlock:
    case StmtKind::kGeneration:
      run_call_block(stmt, scope, out);
      return Flow::kNext;
    case StmtKind::kBreak:
      return Flow::kBreak;
    case StmtKind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kNext;
}

Flow Interpreter::run_if(const Stmt& stmt, const Scope& scope, Output& out) {
  if (truthy(eval(*stmt.value, scope))) return run(stmt.body, scope, out);
  for (const StmtPtr& branch : stmt.branches) {
    if (truthy(eval(*branch->value, scope))) return run(branch->body, scope, out);
  }
  return run(stmt.other, scope, out);
}

Flow Interpreter::run_captured(const Stmt& stmt, const Scope& scope, Output& out) {
  enter(stmt.frame, *scope);
  Value text;
  {
    Output captured(budget_, limits_.max_output_bytes);
    const Flow flow = run(stmt.body, scope, captured);
    // A loop ended from within: what was captured so far is lost, as in Jinja.
    if (flow != Flow::kNext) return flow;
    text = make_string(budget_, captured.take());
  }
  if (stmt.value != nullptr) text = eval_filter(*stmt.value, scope, &text);
  if (stmt.kind == StmtKind::kFilterBlock) {
    print(text, out);
  } else {
    assign(*stmt.target, text, scope);
  }
  leave(stmt.frame, *scope);
  return Flow::kNext;
}

Flow Interpreter::run_with(const Stmt& stmt, const Scope& scope, Output& out) {
  enter(stmt.frame, *scope);
  for (size_t i = 0; i < stmt.targets.size(); ++i)
    assign(*stmt.targets[i], eval(*stmt.expressions[i], scope), scope);
  const Flow flow = run(stmt.body, scope, out);
  if (flow == Flow::kNext) leave(stmt.frame, *scope);
  return flow;
}

void Interpreter::run_call_block(const Stmt& stmt, const Scope& scope, Output& out) {
  const Value caller = make_macro(stmt, scope);
  if (stmt.kind == StmtKind::kGeneration) {
    Arguments none;
    print(call(caller, none), out);
    return;
  }
  print(eval_call(*stmt.value, scope, &caller), out);
}

IteratorObject::Next Interpreter::filter_items(const Stmt& stmt, IteratorObject::Next next,
                                               const Scope& outer) {
  return [this, &stmt, next = std::move(next), outer, scope = Scope()]() mutable -> Value {
    if (scope == nullptr) {
      scope = std::make_shared<Activation>(&budget_, stmt.test_num_slots, outer);
      enter(stmt.test_frame, *scope);
    }
    for (Value item = next(); item.present(); item = next()) {
      assign(*stmt.test_target, item, scope);
      if (truthy(eval(*stmt.test, scope))) return item;
    }
    return Value();
  };
}

Flow Interpreter::run_loop(const Stmt& stmt, const Value& iterable, const Scope& outer,
                           const Scope& scope, int depth0, Output& out) {
  IteratorObject::Next next = iterate(budget_, iterable);
  if (stmt.test != nullptr) next = filter_items(stmt, std::move(next), outer);
  std::shared_ptr<LoopObject> loop;
  if (stmt.loop_slot >= 0) {
    loop = std::make_shared<LoopObject>(&budget_, iterable, std::move(next), depth0);
    loop->filtered = stmt.test != nullptr;
    if (stmt.recursive) {
      loop->recursive = &stmt;
      loop->closure = outer;
      keep_alive(outer);
    }
  }
  bool completed_one = false;
  const auto advance = [&] { return loop != nullptr ? loop->advance() : next(); };
  for (Value item = advance(); item.present(); item = advance()) {
    assign(*stmt.target, item, scope);
    if (loop != nullptr)
      scope->slots[static_cast<size_t>(stmt.loop_slot)] = Value(Kind::kLoop, loop);
    enter(stmt.frame, *scope);
    const Flow flow = run(stmt.body, scope, out);
    if (flow == Flow::kBreak) break;
    if (flow == Flow::kNext) completed_one = true;
  }
  leave(stmt.frame, *scope);
  if (completed_one || stmt.other.empty()) return Flow::kNext;
  // As compiled by Jinja: the else part runs unless one iteration came to its end.
  enter(stmt.other_frame, *scope);
  const Flow flow = run(stmt.other, scope, out);
  leave(stmt.other_frame, *scope);
  return flow;
}

Value Interpreter::run_recursive(const Stmt& stmt, const Value& iterable, const Scope& outer,
                                 int depth0) {
  const Depth depth(*this);
  auto scope = std::make_shared<Activation>(&budget_, stmt.num_slots, outer);
  Output captured(budget_, limits_.max_output_bytes);
  run_loop(stmt, iterable, outer, scope, depth0, captured);
  return make_string(budget_, captured.take());
}

void Interpreter::assign(const Expr& target, const Value& value, const Scope& scope) {
  switch (target.kind) {
    case ExprKind::kName:
      slot(*scope, target.slot) = value;
      return;
    case ExprKind::kNamespaceRef: {
      const Value& holder = slot(*scope, target.slot);
      line_ = target.line;
      if (!holder.is(Kind::kNamespace)) fail("cannot assign attribute on non-namespace object");
      if (target.text.starts_with("_"))
        fail("a namespace cannot have the attribute " + quote(target.text) +
             ": it begins with '_'");
      auto& ns = holder.object<NamespaceObject>();
      ns.depth = std::max(ns.depth, value.depth() + 1);
      if (ns.depth > kMaxValueDepth)
        fail("values are nested deeper than " + std::to_string(kMaxValueDepth) + " levels");
      if (Value* found = ns.find(target.text)) {
        *found = value;
      } else {
        ns.grow(sizeof(Value) + 64);
        ns.attributes.emplace_back(target.text, value);
      }
      return;
    }
    case ExprKind::kTuple: {
      line_ = target.line;
      const std::vector<Value> items = to_items(budget_, value);
      if (items.size() != target.operands.size()) {
        fail("cannot unpack " + std::to_string(items.size()) + " values into " +
             std::to_string(target.operands.size()) + " names");
      }
      for (size_t i = 0; i < items.size(); ++i)
        assign(*target.operands[i], items[i], scope);
      return;
    }
    default:
      JANGWON_CHECK(false);
  }
}

Value Interpreter::make_macro(const Stmt& stmt, const Scope& scope) {
  keep_alive(scope);
  return Value(Kind::kMacro, std::make_shared<MacroObject>(&budget_, &stmt, scope));
}

Value Interpreter::call_macro(const MacroObject& macro, Arguments& arguments) {
  const Depth depth(*this);
  const Stmt& stmt = *macro.stmt;
  const int call_line = line_;
  const std::string name =
      stmt.kind == StmtKind::kMacro ? "macro '" + stmt.text + "'" : "the body of the call block";
  auto scope = std::make_shared<Activation>(&budget_, stmt.num_slots, macro.closure);
  const auto slot_at = [&scope](int index) -> Value& {
    return scope->slots[static_cast<size_t>(index)];
  };
  const auto take_keyword = [&arguments](const std::string& key) {
    const auto found = std::find_if(arguments.keyword.begin(), arguments.keyword.end(),
                                    [&](const auto& k) { return k.first == key; });
    if (found == arguments.keyword.end()) return Value();
    Value value = std::move(found->second);
    arguments.keyword.erase(found);
    return value;
  };
  const size_t count = stmt.parameters.size();
  for (size_t i = 0; i < count; ++i) {
    const Parameter& parameter = stmt.parameters[i];
    slot_at(parameter.slot) =
        i < arguments.positional.size() ? arguments.positional[i] : take_keyword(parameter.name);
  }
  if (stmt.caller_slot >= 0) {
    Value caller = take_keyword("caller");
    if (caller.is(Kind::kMissing) || caller.is_none())
      caller = Value::undefined("No caller defined");
    slot_at(stmt.caller_slot) = std::move(caller);
  }
  if (stmt.kwargs_slot >= 0) {
    std::vector<DictObject::Entry> entries;
    for (auto& [key, value] : arguments.keyword)
      entries.emplace_back(make_string(budget_, key), value);
    slot_at(stmt.kwargs_slot) = make_dict(budget_, std::move(entries));
  } else if (!arguments.keyword.empty()) {
    fail(name + " takes no keyword argument " + quote(arguments.keyword[0].first));
  }
  if (stmt.varargs_slot >= 0) {
    std::vector<Value> rest;
    for (size_t i = count; i < arguments.positional.size(); ++i)
      rest.push_back(arguments.positional[i]);
    slot_at(stmt.varargs_slot) = make_tuple(budget_, std::move(rest));
  } else if (arguments.positional.size() > count) {
    fail(name + " takes not more than " + std::to_string(count) + " argument(s)");
  }
  enter(stmt.frame, *scope);
  for (const Parameter& parameter : stmt.parameters) {
    if (!slot_at(parameter.slot).is(Kind::kMissing)) continue;
    slot_at(parameter.slot) =
        parameter.default_value != nullptr
            ? eval(*parameter.default_value, scope)
            : Value::undefined("parameter " + quote(parameter.name) + " was not provided");
  }
  Output captured(budget_, limits_.max_output_bytes);
  run(stmt.body, scope, captured);
  line_ = call_line;
  return make_string(budget_, captured.take());
}

void Interpreter::print(const Value& value, Output& out) {
  if (value.is_string()) {
    out.append(value.text());
  } else if (value.is(Kind::kMacro)) {
    const Stmt& stmt = *value.object<MacroObject>().stmt;
    out.append(stmt.kind == StmtKind::kMacro ? "<Macro " + quote(stmt.text) + ">"
                                             : "<Macro anonymous>");
  } else if (!value.is_undefined()) {
    out.append(to_text(budget_, value));
  }
}

Value Interpreter::eval(const Expr& expr, const Scope& scope) {
  const Depth depth(*this);
  budget_.step();
  switch (expr.kind) {
    case ExprKind::kConstant:
      return expr.constant;
    case ExprKind::kName:
      return eval_name(expr, scope);
    case ExprKind::kTuple:
    case ExprKind::kList:
    case ExprKind::kDict:
      return eval_collection(expr, scope);
    case ExprKind::kAttribute: {
      const Value object = eval(*expr.operands[0], scope);
      line_ = expr.line;
      return get_attribute(object, expr.text);
    }
    case ExprKind::kItem:
      return eval_item(expr, scope);
    case ExprKind::kCall:
      return eval_call(expr, scope, nullptr);
    case ExprKind::kFilter:
      return eval_filter(expr, scope, nullptr);
    case ExprKind::kTest: {
      const Value value = eval(*expr.operands[0], scope);
      Arguments arguments = eval_arguments(expr.call, scope);
      line_ = expr.line;
      return Value::boolean(apply_test(expr.text, value, arguments));
    }
    case ExprKind::kUnary: {
      const Value value = eval(*expr.operands[0], scope);
      line_ = expr.line;
      return apply_unary(*this, expr.text, value);
    }
    case ExprKind::kNot:
      return Value::boolean(!truthy(eval(*expr.operands[0], scope)));
    case ExprKind::kBinary:
      return eval_binary(expr, scope);
    case ExprKind::kAnd: {
      Value left = eval(*expr.operands[0], scope);
      return truthy(left) ? eval(*expr.operands[1], scope) : left;
    }
    case ExprKind::kOr: {
      Value left = eval(*expr.operands[0], scope);
      return truthy(left) ? left : eval(*expr.operands[1], scope);
    }
    case ExprKind::kConcat:
      return eval_concat(expr, scope);
    case ExprKind::kCompare:
      return eval_compare(expr, scope);
    case ExprKind::kCondition:
      if (truthy(eval(*expr.operands[0], scope))) return eval(*expr.operands[1], scope);
      if (expr.operands[2] != nullptr) return eval(*expr.operands[2], scope);
      return Value::undefined("the inline if-expression on line " + std::to_string(expr.line) +
                              " evaluated to false and no else section was defined");
    case ExprKind::kSlice:
    case ExprKind::kNamespaceRef:
      break;
  }
  JANGWON_CHECK(false);
}

Value Interpreter::eval_name(const Expr& expr, const Scope& scope) {
  const Value& value = slot(*scope, expr.slot);
  return value.is(Kind::kMissing) ? Value::undefined(quote(expr.text) + " is undefined") : value;
}

Value Interpreter::eval_collection(const Expr& expr, const Scope& scope) {
  if (expr.kind != ExprKind::kDict) {
    std::vector<Value> items;
    items.reserve(expr.operands.size());
    for (const ExprPtr& item : expr.operands)
      items.push_back(eval(*item, scope));
    return expr.kind == ExprKind::kList ? make_list(budget_, std::move(items))
                                        : make_tuple(budget_, std::move(items));
  }
  std::vector<DictObject::Entry> entries;
  for (size_t i = 0; i + 1 < expr.operands.size(); i += 2) {
    const Value key = eval(*expr.operands[i], scope);
    Value value = eval(*expr.operands[i + 1], scope);
    line_ = expr.line;
    set_entry(budget_, entries, key, std::move(value));
  }
  return make_dict(budget_, std::move(entries));
}

Value Interpreter::eval_item(const Expr& expr, const Scope& scope) {
  const Value object = eval(*expr.operands[0], scope);
  if (expr.operands[1]->kind == ExprKind::kSlice)
    return eval_slice(object, *expr.operands[1], scope);
  const Value key = eval(*expr.operands[1], scope);
  line_ = expr.line;
  return get_item(object, key);
}

Value Interpreter::eval_slice(const Value& object, const Expr& slice, const Scope& scope) {
  std::optional<int64_t> parts[3];
  for (size_t i = 0; i < 3; ++i) {
    if (slice.operands[i] == nullptr) continue;
    const Value value = eval(*slice.operands[i], scope);
    line_ = slice.line;
    if (!value.is_none()) parts[i] = to_index(value, "a slice");
  }
  line_ = slice.line;
  require_defined(object);
  const bool is_text = object.is_string(),
             is_list = object.is(Kind::kList) || object.is(Kind::kTuple);
  const bool is_range = object.is(Kind::kRange);
  // Jinja compiles a slice to Python's own, without the leniency of other subscripts.
  if (!is_text && !is_list && !is_range)
    fail("'" + type_name(object) + "' object cannot be sliced");
  const int64_t step = parts[2].value_or(1);
  if (step == 0) fail("slice step cannot be zero");
  const auto size = static_cast<int64_t>(*length_of(object));
  const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  const auto clamp = [&](int64_t i) {
    return std::clamp(i < 0 ? (i < -size ? low - 1 : i + size) : i, low, high);
  };
  const int64_t start = parts[0] ? clamp(*parts[0]) : (step > 0 ? 0 : size - 1);
  const int64_t stop = parts[1] ? clamp(*parts[1]) : (step > 0 ? size : -1);
  if (is_range) {
    const auto& range = object.object<RangeObject>();
    // At most 100000 items: none of these can overflow but the step.
    int64_t stride = 0;
    if (__builtin_mul_overflow(range.step, step, &stride))
      stride = step > 0 ? INT64_MAX : -INT64_MAX;
    return Value(Kind::kRange,
                 std::make_shared<RangeObject>(&budget_, range.start + start * range.step,
                                               range.start + stop * range.step, stride));
  }
  const auto each = [&](const auto& use) {
    if (step > 0) {
      for (int64_t i = start; i<stop; i = step> stop - i ? stop : i + step)
        use(i);
    } else {
      for (int64_t i = start; i > stop; i = step < stop - i ? stop : i + step)
        use(i);
    }
  };
  if (is_list) {
    ListBuilder items(budget_);
    each([&](int64_t i) { items.push(object.items()[static_cast<size_t>(i)]); });
    return object.is(Kind::kList) ? make_list(budget_, items.take())
                                  : make_tuple(budget_, items.take());
  }
  const StringObject& string = object.string();
  const std::string_view text = string.text;
  budget_.check(text.size());
  std::string out;
  if (step == 1) {
    const size_t begin = string.is_ascii() ? static_cast<size_t>(start)
                                           : byte_offset(text, static_cast<size_t>(start));
    const int64_t count = std::max<int64_t>(0, stop - start);
    const size_t length = string.is_ascii()
                              ? static_cast<size_t>(count)
                              : byte_offset(text.substr(begin), static_cast<size_t>(count));
    out = text.substr(begin, length);
  } else {
    std::vector<size_t> offsets;
    budget_.check(text.size() * sizeof(size_t));
    for (size_t position = 0; position < text.size();) {
      offsets.push_back(position);
      next_code_point(text, position);
    }
    offsets.push_back(text.size());
    each([&](int64_t i) {
      const auto k = static_cast<size_t>(i);
      out += text.substr(offsets[k], offsets[k + 1] - offsets[k]);
    });
  }
  return string.markup ? make_markup(budget_, std::move(out))
                       : make_string(budget_, std::move(out));
}

Arguments Interpreter::eval_arguments(const CallArguments& call, const Scope& scope) {
  Arguments arguments;
  arguments.positional.reserve(call.positional.size());
  for (const ExprPtr& expr : call.positional)
    arguments.positional.push_back(eval(*expr, scope));
  for (const auto& [key, expr] : call.keyword)
    arguments.keyword.emplace_back(key, eval(*expr, scope));
  if (call.more_positional != nullptr) {
    for (Value& value : to_items(budget_, eval(*call.more_positional, scope)))
      arguments.positional.push_back(std::move(value));
  }
  if (call.more_keyword != nullptr) {
    const Value more = eval(*call.more_keyword, scope);
    if (!more.is(Kind::kDict))
      fail("the argument after ** must be a mapping, not " + type_name(more));
    for (const auto& [key, value] : more.dict().entries) {
      if (!key.is_string()) fail("keywords must be strings");
      for (const auto& [other, unused] : arguments.keyword) {
        if (other == key.text())
          fail("got multiple values for keyword argument " + quote(key.text()));
      }
      budget_.step(1 + arguments.keyword.size() / 4);
      arguments.keyword.emplace_back(std::string(key.text()), value);
    }
  }
  return arguments;
}

Value Interpreter::eval_call(const Expr& expr, const Scope& scope, const Value* caller) {
  const Value callee = eval(*expr.operands[0], scope);
  Arguments arguments = eval_arguments(expr.call, scope);
  if (caller != nullptr) {
    for (const auto& [key, value] : arguments.keyword) {
      if (key == "caller") fail("got multiple values for keyword argument 'caller'");
    }
    arguments.keyword.emplace_back("caller", *caller);
  }
  line_ = expr.line;
  return call(callee, arguments);
}

Value Interpreter::call(const Value& callee, Arguments& arguments) {
  const Depth depth(*this);
  budget_.step();
  switch (callee.kind()) {
    case Kind::kMacro:
      return call_macro(callee.object<MacroObject>(), arguments);
    case Kind::kFunction:
      return callee.object<FunctionObject>().body(*this, arguments);
    case Kind::kLoop: {
      auto& loop = callee.object<LoopObject>();
      const BoundArguments bound("loop", arguments, {"iterable"}, 1);
      if (loop.recursive == nullptr) fail("the loop must have the 'recursive' marker to be called");
      return run_recursive(*loop.recursive, *bound.find(0), loop.closure, loop.depth0 + 1);
    }
    case Kind::kJoiner: {
      auto& joiner = callee.object<JoinerObject>();
      const BoundArguments bound("joiner", arguments, {});
      if (std::exchange(joiner.used, true)) return joiner.separator;
      return make_string(budget_, "");
    }
    default:
      require_defined(callee);
      fail("'" + type_name(callee) + "' object is not callable");
  }
}

Value Interpreter::eval_filter(const Expr& expr, const Scope& scope, const Value* input) {
  // A filter block gives the chain its input at the innermost end.
  Value value;
  if (expr.operands[0] == nullptr) {
    JANGWON_CHECK(input != nullptr);
    value = *input;
  } else if (expr.operands[0]->kind == ExprKind::kFilter) {
    const Depth depth(*this);
    value = eval_filter(*expr.operands[0], scope, input);
  } else {
    value = eval(*expr.operands[0], scope);
  }
  Arguments arguments = eval_arguments(expr.call, scope);
  line_ = expr.line;
  return apply_filter(expr.text, value, arguments);
}

Value Interpreter::eval_binary(const Expr& expr, const Scope& scope) {
  const Value left = eval(*expr.operands[0], scope);
  const Value right = eval(*expr.operands[1], scope);
  line_ = expr.line;
  return apply_binary(*this, expr.text, left, right);
}

Value Interpreter::eval_compare(const Expr& expr, const Scope& scope) {
  Value left = eval(*expr.operands[0], scope);
  for (size_t i = 0; i < expr.ops.size(); ++i) {
    Value right = eval(*expr.operands[i + 1], scope);
    line_ = expr.line;
    if (!apply_comparison(*this, expr.ops[i], left, right)) return Value::boolean(false);
    left = std::move(right);
  }
  return Value::boolean(true);
}

Value Interpreter::eval_concat(const Expr& expr, const Scope& scope) {
  TextBuilder out(budget_);
  for (const ExprPtr& part : expr.operands) {
    const Value value = eval(*part, scope);
    line_ = expr.line;
    if (value.is_string()) {
      out.append(value.text());
    } else {
      out.append(to_text(budget_, value));
    }
  }
  return make_string(budget_, out.take());
}

Value Interpreter::get_attribute(const Value& object, const std::string& name) {
  budget_.step();
  require_defined(object);
  if (Value found = find_python_attribute(*this, object, name); found.present()) return found;
  if (object.is(Kind::kDict)) {
    if (const Value* value = object.dict().find(std::string_view(name))) return *value;
  }
  return Value::undefined(attribute_message(object, name));
}

Value Interpreter::get_item(const Value& object, const Value& key) {
  budget_.step();
  require_defined(object);
  switch (object.kind()) {
    case Kind::kDict: {
      const bool hashable =
          !key.is(Kind::kList) && !key.is(Kind::kDict) && !key.is(Kind::kDictView);
      if (const Value* value = hashable ? object.dict().find(key) : nullptr) return *value;
      break;
    }
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kString:
    case Kind::kRange: {
      if (!key.is_integral()) break;
      const auto size = static_cast<int64_t>(*length_of(object));
      const int64_t index = key.as_int() < 0 ? key.as_int() + size : key.as_int();
      if (index < 0 || index >= size)
        return Value::undefined(type_name(object) + " object has no element " +
                                std::to_string(key.as_int()));
      if (object.is(Kind::kRange))
        return Value::integer(object.object<RangeObject>().start +
                              object.object<RangeObject>().step * index);
      if (!object.is_string()) return object.items()[static_cast<size_t>(index)];
      const StringObject& string = object.string();
      std::string one;
      if (string.is_ascii()) {
        one = string.text.substr(static_cast<size_t>(index), 1);
      } else {
        budget_.step(string.text.size() / 16);
        const size_t begin = byte_offset(string.text, static_cast<size_t>(index));
        size_t end = begin;
        next_code_point(string.text, end);
        one = string.text.substr(begin, end - begin);
      }
      return string.markup ? make_markup(budget_, std::move(one))
                           : make_string(budget_, std::move(one));
    }
    default:
      break;
  }
  if (key.is_string()) {
    if (Value found = find_python_attribute(*this, object, std::string(key.text()));
        found.present())
      return found;
    return Value::undefined(attribute_message(object, std::string(key.text())));
  }
  return Value::undefined("'" + type_name(object) + " object' has no element " +
                          (key.is_number() ? to_text(budget_, key) : "of that key"));
}

}  // namespace jangwon::jinja
