// Python's arithmetic and comparison operators. Integers are 64 bits wide: a result beyond them is
// an error, never a float or a wrapped number.

#include <algorithm>
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/jinja/interpreter.h"
#include "runtime/jinja/python_format.h"

namespace jangwon::jinja {

namespace {

[[noreturn]] void fail_operands(const std::string& op, const Value& a, const Value& b) {
  require_defined(a);
  require_defined(b);
  if (op == "+" && a.is_string())
    fail("can only concatenate str (not \"" + type_name(b) + "\") to str");
  fail("unsupported operand type(s) for " + op + ": '" + type_name(a) + "' and '" + type_name(b) +
       "'");
}

// `value` by reference: it is set by the overflow check beside it.
int64_t checked(bool overflow, const int64_t& value) {
  if (overflow) fail("an integer beyond 64 bits");
  return value;
}

Value finite_power(double base, double exponent) {
  if (base == 0 && exponent < 0) fail("0.0 cannot be raised to a negative power");
  if (base < 0 && std::isfinite(base) && std::isfinite(exponent) &&
      std::trunc(exponent) != exponent) {
    fail("a power that is a complex number is not supported");
  }
  const double value = std::pow(base, exponent);
  if (std::isinf(value) && std::isfinite(base) && std::isfinite(exponent))
    fail("the result of ** is too large");
  return Value::real(value);
}

Value integer_power(int64_t base, int64_t exponent) {
  if (exponent < 0) {
    if (base == 0) fail("0.0 cannot be raised to a negative power");
    return finite_power(static_cast<double>(base), static_cast<double>(exponent));
  }
  int64_t value = 1;
  if (base == 1 || exponent == 0) return Value::integer(1);
  if (base == 0) return Value::integer(0);
  if (base == -1) return Value::integer(exponent % 2 == 0 ? 1 : -1);
  for (int64_t i = 0; i < exponent; ++i) {
    int64_t product = 0;
    value = checked(__builtin_mul_overflow(value, base, &product), product);
  }
  return Value::integer(value);
}

// Quotient and remainder as CPython computes them for floats.
void float_divmod(double a, double b, double& quotient, double& remainder) {
  if (b == 0) fail("float division by zero");
  remainder = std::fmod(a, b);
  double div = (a - remainder) / b;
  if (remainder != 0) {
    if ((b < 0) != (remainder < 0)) {
      remainder += b;
      div -= 1.0;
    }
  } else {
    remainder = std::copysign(0.0, b);
  }
  if (div != 0) {
    quotient = std::floor(div);
    if (div - quotient > 0.5) quotient += 1.0;
  } else {
    quotient = std::copysign(0.0, a / b);
  }
}

Value integer_arithmetic(const std::string& op, int64_t a, int64_t b) {
  int64_t value = 0;
  if (op == "+") return Value::integer(checked(__builtin_add_overflow(a, b, &value), value));
  if (op == "-") return Value::integer(checked(__builtin_sub_overflow(a, b, &value), value));
  if (op == "*") return Value::integer(checked(__builtin_mul_overflow(a, b, &value), value));
  if (op == "**") return integer_power(a, b);
  if (b == 0) fail(op == "/" ? "division by zero" : "integer division or modulo by zero");
  if (op == "/") {
    constexpr int64_t kExact = int64_t{1} << 53;
    if (a > kExact || a < -kExact || b > kExact || b < -kExact)
      fail("dividing integers beyond 2**53 is not supported");
    return Value::real(static_cast<double>(a) / static_cast<double>(b));
  }
  if (a == INT64_MIN && b == -1)
    return op == "%" ? Value::integer(0) : Value::integer(checked(true, 0));
  const int64_t remainder = a % b;
  const bool adjust = remainder != 0 && (remainder < 0) != (b < 0);
  return Value::integer(op == "%" ? remainder + (adjust ? b : 0) : a / b - (adjust ? 1 : 0));
}

Value float_arithmetic(const std::string& op, double a, double b) {
  if (op == "+") return Value::real(a + b);
  if (op == "-") return Value::real(a - b);
  if (op == "*") return Value::real(a * b);
  if (op == "**") return finite_power(a, b);
  if (op == "/") {
    if (b == 0) fail("float division by zero");
    return Value::real(a / b);
  }
  double quotient = 0, remainder = 0;
  float_divmod(a, b, quotient, remainder);
  return Value::real(op == "%" ? remainder : quotient);
}

Value add_strings(Budget& budget, const Value& a, const Value& b) {
  TextBuilder out(budget);
  const bool markup = a.string().markup || b.string().markup;
  const auto append = [&](const Value& value) {
    if (markup && !value.string().markup) {
      out.append(escape_markup(value.text()));
    } else {
      out.append(value.text());
    }
  };
  append(a);
  append(b);
  return markup ? make_markup(budget, out.take()) : make_string(budget, out.take());
}

Value repeat(Budget& budget, const Value& sequence, int64_t count) {
  const auto times = static_cast<uint64_t>(std::max<int64_t>(count, 0));
  const uint64_t unit =
      sequence.is_string() ? sequence.text().size() : sequence.items().size() * sizeof(Value);
  uint64_t total = 0;
  if (__builtin_mul_overflow(unit, times, &total)) total = UINT64_MAX;
  budget.check(total);
  if (sequence.is_string()) {
    std::string out;
    out.reserve(total);
    for (uint64_t i = 0; i < times && unit > 0; ++i)
      out += sequence.text();
    return sequence.string().markup ? make_markup(budget, std::move(out))
                                    : make_string(budget, std::move(out));
  }
  std::vector<Value> items;
  items.reserve(total / sizeof(Value));
  for (uint64_t i = 0; i < times && unit > 0; ++i)
    items.insert(items.end(), sequence.items().begin(), sequence.items().end());
  return sequence.is(Kind::kList) ? make_list(budget, std::move(items))
                                  : make_tuple(budget, std::move(items));
}

bool is_sequence(const Value& value) {
  return value.is_string() || value.is(Kind::kList) || value.is(Kind::kTuple);
}

}  // namespace

Value apply_binary(Interpreter& interpreter, const std::string& op, const Value& a,
                   const Value& b) {
  Budget& budget = interpreter.budget();
  if (a.is_integral() && b.is_integral()) return integer_arithmetic(op, a.as_int(), b.as_int());
  if (a.is_number() && b.is_number()) return float_arithmetic(op, a.as_double(), b.as_double());
  if (op == "+") {
    if (a.is_string() && b.is_string()) return add_strings(budget, a, b);
    if (a.kind() == b.kind() && (a.is(Kind::kList) || a.is(Kind::kTuple))) {
      budget.check((a.items().size() + b.items().size()) * sizeof(Value));
      std::vector<Value> items = a.items();
      items.insert(items.end(), b.items().begin(), b.items().end());
      return a.is(Kind::kList) ? make_list(budget, std::move(items))
                               : make_tuple(budget, std::move(items));
    }
  }
  if (op == "*") {
    if (is_sequence(a) && b.is_integral()) return repeat(budget, a, b.as_int());
    if (a.is_integral() && is_sequence(b)) return repeat(budget, b, a.as_int());
  }
  if (op == "%" && a.is_string()) {
    if (a.string().markup) fail("formatting text marked safe is not supported");
    return make_string(budget, format_percent(budget, a.text(), b));
  }
  if (a.is(Kind::kDictView) || b.is(Kind::kDictView))
    fail("set operations on views of dicts are not supported");
  fail_operands(op, a, b);
}

Value apply_unary(Interpreter& interpreter, const std::string& op, const Value& a) {
  static_cast<void>(interpreter);
  if (a.is_integral()) {
    if (op == "+") return Value::integer(a.as_int());
    return Value::integer(
        checked(a.as_int() == INT64_MIN, a.as_int() == INT64_MIN ? 0 : -a.as_int()));
  }
  if (a.is(Kind::kFloat)) return Value::real(op == "-" ? -a.as_double() : a.as_double());
  require_defined(a);
  fail("bad operand type for unary " + op + ": '" + type_name(a) + "'");
}

bool apply_comparison(Interpreter& interpreter, const std::string& op, const Value& a,
                      const Value& b) {
  Budget& budget = interpreter.budget();
  if (op == "==") return equals(budget, a, b);
  if (op == "!=") return !equals(budget, a, b);
  if (op == "in") return contains(budget, b, a);
  if (op == "not in") return !contains(budget, b, a);
  const std::optional<int> order = compare(budget, a, b, op.c_str());
  if (!order) return false;
  if (op == "<") return *order < 0;
  if (op == "<=") return *order <= 0;
  if (op == ">") return *order > 0;
  JANGWON_CHECK(op == ">=");
  return *order >= 0;
}

}  // namespace jangwon::jinja
