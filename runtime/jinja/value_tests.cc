// The tests behind "is".

#include "runtime/base/check.h"
#include "runtime/jinja/interpreter.h"
#include "runtime/jinja/python_text.h"
#include "runtime/jinja/scopes.h"

namespace jangwon::jinja {

namespace {

bool has_case(Budget& budget, const Value& value, bool upper) {
  const std::string text = to_text(budget, value);
  bool cased = false;
  for (size_t position = 0; position < text.size();) {
    const uint32_t c = next_code_point(text, position);
    if (is_title(c) || (upper ? is_lower(c) : is_upper(c))) return false;
    cased = cased || (upper ? is_upper(c) : is_lower(c));
  }
  return cased;
}

const char* comparison_of(const std::string& name) {
  static constexpr std::pair<const char*, const char*> kNames[] = {
      {"==", "=="},      {"eq", "=="}, {"equalto", "=="}, {"!=", "!="},
      {"ne", "!="},      {">", ">"},   {"gt", ">"},       {"greaterthan", ">"},
      {">=", ">="},      {"ge", ">="}, {"<", "<"},        {"lt", "<"},
      {"lessthan", "<"}, {"<=", "<="}, {"le", "<="},      {"in", "in"}};
  for (const auto& [test, op] : kNames) {
    if (name == test) return op;
  }
  return nullptr;
}

bool is_callable(const Value& value) {
  switch (value.kind()) {
    case Kind::kFunction:
    case Kind::kMacro:
    case Kind::kLoop:
    case Kind::kJoiner:
      return true;
    case Kind::kUndefined:  // its class has __call__, which raises
      return true;
    default:
      return false;
  }
}

bool is_same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kNone:
      return true;
    case Kind::kBool:
      return a.as_bool() == b.as_bool();
    case Kind::kInt:
      // CPython keeps one object for each small integer only.
      if (a.as_int() != b.as_int()) return false;
      if (a.as_int() >= -5 && a.as_int() <= 256) return true;
      fail("the test 'sameas' of two equal large integers is not supported");
    case Kind::kFloat:
      if (a.as_double() != b.as_double()) return false;
      fail("the test 'sameas' of two equal floats is not supported");
    case Kind::kString:
      if (a.address() == b.address()) return true;
      if (a.text() != b.text()) return false;
      fail("the test 'sameas' of two equal strings is not supported");
    default:
      return a.address() == b.address();
  }
}

}  // namespace

bool Interpreter::apply_test(const std::string& name, const Value& value, Arguments& arguments) {
  budget_.step();
  if (!is_test_name(name)) fail("there is no test " + quote(name));
  if (const char* op = comparison_of(name)) {
    const BoundArguments bound(name, arguments, {"other"}, 1);
    return apply_comparison(*this, op, value, *bound.find(0));
  }
  if (name == "divisibleby") {
    const BoundArguments bound(name, arguments, {"num"}, 1);
    return truthy(apply_comparison(*this, "==", apply_binary(*this, "%", value, *bound.find(0)),
                                   Value::integer(0))
                      ? Value::boolean(true)
                      : Value::boolean(false));
  }
  if (name == "sameas") {
    const BoundArguments bound(name, arguments, {"other"}, 1);
    return is_same(value, *bound.find(0));
  }
  const BoundArguments none(name, arguments, {});
  if (name == "odd" || name == "even") {
    const Value rest = apply_binary(*this, "%", value, Value::integer(2));
    return equals(budget_, rest, Value::integer(name == "odd" ? 1 : 0));
  }
  if (name == "defined") return !value.is_undefined();
  if (name == "undefined") return value.is_undefined();
  if (name == "none") return value.is_none();
  if (name == "boolean") return value.is(Kind::kBool);
  if (name == "true") return value.is(Kind::kBool) && value.as_bool();
  if (name == "false") return value.is(Kind::kBool) && !value.as_bool();
  if (name == "integer") return value.is(Kind::kInt);
  if (name == "float") return value.is(Kind::kFloat);
  if (name == "number") return value.is_number();
  if (name == "string") return value.is_string();
  if (name == "mapping") return value.is(Kind::kDict);
  if (name == "iterable") return is_iterable(value);
  if (name == "callable") return is_callable(value);
  if (name == "escaped") return value.is_string() && value.string().markup;
  if (name == "upper" || name == "lower") return has_case(budget_, value, name == "upper");
  if (name == "sequence") {
    switch (value.kind()) {
      case Kind::kString:
      case Kind::kList:
      case Kind::kTuple:
      case Kind::kDict:
      case Kind::kRange:
      case Kind::kUndefined:
        return true;
      default:
        return false;
    }
  }
  if (name == "filter") return value.is_string() && is_filter_name(value.text());
  if (name == "test") return value.is_string() && is_test_name(value.text());
  JANGWON_CHECK(false, name);
}

}  // namespace jangwon::jinja
