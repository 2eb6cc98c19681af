// Numbers are written by snprintf, which rounds as Python does (exactly); padding counts code
// points. Widths are bounded by the budget before anything is made.
// tests/runtime/jinja/python_format_test.cc covers it.

#include "runtime/jinja/python_format.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "runtime/jinja/python_text.h"

namespace jangwon::jinja {

namespace {

constexpr int kMaxPrecision = 500;

struct Spec {
  std::string fill = " ";
  char align = '\0';  // '<' '>' '^' '='
  char sign = '-';    // '+' ' ' '-'
  bool alternate = false;
  int64_t width = 0;
  int precision = -1;
  char grouping = '\0';
  char type = '\0';
};

std::string printf_double(const char* flags, int precision, char type, double value) {
  const std::string format = std::string("%") + flags + ".*" + type;
  char buffer[1200];
  const int length = std::snprintf(buffer, sizeof(buffer), format.c_str(), precision, value);
  if (length < 0 || static_cast<size_t>(length) >= sizeof(buffer))
    fail("a formatted number is too long");
  return std::string(buffer, static_cast<size_t>(length));
}

// Digits of a float without its sign, as the conversion asks.
std::string float_digits(double magnitude, char type, int precision, bool alternate) {
  if (std::isnan(magnitude)) return std::isupper(static_cast<unsigned char>(type)) ? "NAN" : "nan";
  if (std::isinf(magnitude)) return std::isupper(static_cast<unsigned char>(type)) ? "INF" : "inf";
  if (precision < 0) precision = 6;
  if (precision > kMaxPrecision)
    fail("a precision above " + std::to_string(kMaxPrecision) + " is not supported");
  return printf_double(alternate ? "#" : "", precision, type, magnitude);
}

std::string integer_digits(uint64_t magnitude, char type) {
  if (type == 'b') {
    std::string bits;
    do {
      bits += static_cast<char>('0' + (magnitude & 1));
      magnitude >>= 1;
    } while (magnitude != 0);
    std::reverse(bits.begin(), bits.end());
    return bits;
  }
  char buffer[32];
  const char* format = type == 'o' ? "%llo" : type == 'x' ? "%llx" : type == 'X' ? "%llX" : "%llu";
  std::snprintf(buffer, sizeof(buffer), format, static_cast<unsigned long long>(magnitude));
  return buffer;
}

uint64_t magnitude_of(int64_t value) {
  return value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

std::string pad(Budget& budget, const std::string& prefix, const std::string& body,
                const Spec& spec, char default_align) {
  const auto length = static_cast<int64_t>(count_code_points(prefix) + count_code_points(body));
  if (spec.width <= length) return prefix + body;
  const auto missing = static_cast<uint64_t>(spec.width - length);
  budget.check(missing * spec.fill.size());
  const auto filled = [&spec](uint64_t count) {
    std::string out;
    for (uint64_t i = 0; i < count; ++i)
      out += spec.fill;
    return out;
  };
  switch (spec.align != '\0' ? spec.align : default_align) {
    case '<':
      return prefix + body + filled(missing);
    case '^':
      return filled(missing / 2) + prefix + body + filled(missing - missing / 2);
    case '=':
      return prefix + filled(missing) + body;
    default:
      return filled(missing) + prefix + body;
  }
}

// Thousands separators in the digits before the point.
std::string group(std::string digits, char separator) {
  const size_t point = digits.find_first_not_of("0123456789");
  for (size_t i = point == std::string::npos ? digits.size() : point; i > 3; i -= 3)
    digits.insert(i - 3, 1, separator);
  return digits;
}

std::string sign_of(bool negative, char sign) {
  return negative ? "-" : sign == '+' ? "+" : sign == ' ' ? " " : "";
}

int64_t parse_number(std::string_view text, size_t& i) {
  int64_t value = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    value = value * 10 + (text[i] - '0');
    if (value > INT32_MAX) fail("a number in a format is too large");
  }
  return value;
}

std::string ascii_repr(std::string_view text) {
  std::string out;
  for (size_t position = 0; position < text.size();) {
    const uint32_t c = next_code_point(text, position);
    char buffer[16];
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else {
      std::snprintf(buffer, sizeof(buffer),
                    c < 0x100     ? "\\x%02x"
                    : c < 0x10000 ? "\\u%04x"
                                  : "\\U%08x",
                    c);
      out += buffer;
    }
  }
  return out;
}

std::string repr(Budget& budget, const Value& value) {
  TextBuilder out(budget);
  append_repr(out, value);
  return out.take();
}

int64_t integer_from(const Value& value, char type) {
  if (value.is_integral()) return value.as_int();
  require_defined(value);
  if (value.is(Kind::kFloat) && (type == 'd' || type == 'i' || type == 'u')) {
    const double whole = std::trunc(value.as_double());
    if (!(std::fabs(whole) < 9.2e18)) fail("a float is too large for %" + std::string(1, type));
    return static_cast<int64_t>(whole);
  }
  fail(std::string("%") + type + " format: a number is required, not " + type_name(value));
}

double double_from(const Value& value) {
  require_defined(value);
  if (!value.is_number()) fail("must be real number, not " + type_name(value));
  return value.as_double();
}

// One conversion of "%": `spec.type` and its flags applied to `value`.
std::string convert_percent(Budget& budget, const Spec& spec, bool zero, bool left,
                            const Value& value) {
  Spec padding = spec;
  padding.align = left ? '<' : zero ? '=' : '>';
  padding.fill = zero && !left ? "0" : " ";
  switch (spec.type) {
    case 's':
    case 'r':
    case 'a': {
      if (value.is_string() && value.string().markup)
        fail("formatting text marked safe is not supported");
      std::string text = spec.type == 's'   ? to_text(budget, value)
                         : spec.type == 'r' ? repr(budget, value)
                                            : ascii_repr(repr(budget, value));
      if (spec.precision >= 0) text.resize(byte_offset(text, static_cast<size_t>(spec.precision)));
      padding.align = left ? '<' : '>';
      padding.fill = " ";
      return pad(budget, "", text, padding, '>');
    }
    case 'c': {
      std::string text;
      if (value.is_integral()) {
        const int64_t c = value.as_int();
        if (c < 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
          fail("%c argument is not a character");
        append_code_point(text, static_cast<uint32_t>(c));
      } else if (value.is_string() && value.string().length == 1) {
        text = value.text();
      } else {
        fail("%c requires int or char");
      }
      padding.fill = " ";
      padding.align = left ? '<' : '>';
      return pad(budget, "", text, padding, '>');
    }
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': {
      const int64_t number = integer_from(value, spec.type);
      std::string digits = integer_digits(magnitude_of(number), spec.type);
      if (spec.precision > kMaxPrecision)
        fail("a precision above " + std::to_string(kMaxPrecision) + " is not supported");
      if (spec.precision > static_cast<int>(digits.size())) {
        digits.insert(0, static_cast<size_t>(spec.precision) - digits.size(), '0');
      }
      std::string prefix = sign_of(number < 0, spec.sign);
      if (spec.alternate && spec.type != 'd' && spec.type != 'i' && spec.type != 'u')
        prefix += std::string("0") + spec.type;
      return pad(budget, prefix, digits, padding, '>');
    }
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      const double number = double_from(value);
      if (!std::isfinite(number)) padding.fill = " ";
      if (!std::isfinite(number) && padding.align == '=') padding.align = '>';
      return pad(budget, sign_of(std::signbit(number) && !std::isnan(number), spec.sign),
                 float_digits(std::fabs(number), spec.type, spec.precision, spec.alternate),
                 padding, '>');
    }
    default:
      fail(std::string("unsupported format character '") + spec.type + "'");
  }
}

Spec parse_spec(std::string_view text) {
  Spec spec;
  size_t i = 0;
  const auto is_align = [](char c) { return c == '<' || c == '>' || c == '=' || c == '^'; };
  if (!text.empty()) {
    size_t after_fill = 0;
    next_code_point(text, after_fill);
    if (after_fill < text.size() && is_align(text[after_fill])) {
      spec.fill = text.substr(0, after_fill);
      spec.align = text[after_fill];
      i = after_fill + 1;
    } else if (is_align(text[0])) {
      spec.align = text[0];
      i = 1;
    }
  }
  if (i < text.size() && (text[i] == '+' || text[i] == '-' || text[i] == ' '))
    spec.sign = text[i++];
  if (i < text.size() && text[i] == '#') {
    spec.alternate = true;
    ++i;
  }
  if (i < text.size() && text[i] == '0') {
    if (spec.align == '\0') {
      spec.fill = "0";
      spec.align = '0';  // resolved per type: '=' for numbers, '<' for text
    }
    ++i;
  }
  spec.width = parse_number(text, i);
  if (i < text.size() && (text[i] == ',' || text[i] == '_')) spec.grouping = text[i++];
  if (i < text.size() && text[i] == '.') {
    ++i;
    const size_t begin = i;
    spec.precision = static_cast<int>(parse_number(text, i));
    if (i == begin) fail("format specifier missing precision");
  }
  if (i < text.size()) spec.type = text[i++];
  if (i != text.size()) fail("invalid format specifier '" + std::string(text) + "'");
  return spec;
}

std::string format_value(Budget& budget, const Value& value, std::string_view text) {
  if (value.is_string() && value.string().markup)
    fail("formatting text marked safe is not supported");
  if (text.empty()) return to_text(budget, value);
  Spec spec = parse_spec(text);
  const bool zero_align = spec.align == '0';
  if (value.is_string()) {
    if (zero_align) spec.align = '<';
    if ((spec.type != '\0' && spec.type != 's') || spec.sign != '-' || spec.alternate ||
        spec.grouping != '\0' || spec.align == '=') {
      fail("invalid format specifier '" + std::string(text) + "' for a string");
    }
    std::string body(value.text());
    if (spec.precision >= 0) body.resize(byte_offset(body, static_cast<size_t>(spec.precision)));
    return pad(budget, "", body, spec, '<');
  }
  require_defined(value);
  if (!value.is_number()) {
    fail("a format specifier for a value of type " + type_name(value) + " is not supported");
  }
  if (zero_align) spec.align = '=';
  if (zero_align && spec.grouping != '\0')
    fail("zero padding with a thousands separator is not supported");
  const bool as_integer =
      value.is_integral() &&
      (spec.type == '\0' || std::string_view("dboxX").find(spec.type) != std::string_view::npos);
  std::string prefix, digits;
  if (as_integer) {
    if (spec.precision >= 0) fail("precision not allowed in integer format specifier");
    const int64_t number = value.as_int();
    prefix = sign_of(number < 0, spec.sign);
    if (spec.alternate && spec.type != '\0' && spec.type != 'd')
      prefix += std::string("0") + spec.type;
    digits = integer_digits(magnitude_of(number), spec.type == '\0' ? 'd' : spec.type);
    if (spec.grouping != '\0' && spec.type != '\0' && spec.type != 'd')
      fail("a separator in this number format is not supported");
  } else {
    const double number = value.as_double();
    prefix = sign_of(std::signbit(number) && !std::isnan(number), spec.sign);
    if (spec.type == '\0' && spec.precision < 0 && !spec.alternate) {
      digits = float_repr(std::fabs(number));
    } else if (spec.type == '%') {
      digits = float_digits(std::fabs(number) * 100, 'f', spec.precision, spec.alternate) + "%";
    } else if (std::string_view("eEfFgG").find(spec.type) != std::string_view::npos &&
               spec.type != '\0') {
      digits = float_digits(std::fabs(number), spec.type, spec.precision, spec.alternate);
    } else {
      fail("the format specifier '" + std::string(text) + "' for a number is not supported");
    }
  }
  if (spec.grouping != '\0') digits = group(std::move(digits), spec.grouping);
  return pad(budget, prefix, digits, spec, '>');
}

}  // namespace

std::string format_percent(Budget& budget, std::string_view format, const Value& argument) {
  const bool is_tuple = argument.is(Kind::kTuple);
  const bool is_mapping =
      argument.is(Kind::kDict) || argument.is(Kind::kList) || argument.is(Kind::kRange);
  size_t used = 0;
  const size_t count = is_tuple ? argument.items().size() : 1;
  const auto next_argument = [&]() -> Value {
    if (used >= count) fail("not enough arguments for format string");
    ++used;
    return is_tuple ? argument.items()[used - 1] : argument;
  };
  TextBuilder out(budget);
  bool used_key = false;
  for (size_t i = 0; i < format.size();) {
    if (format[i] != '%') {
      const size_t end = std::min(format.find('%', i), format.size());
      out.append(format.substr(i, end - i));
      i = end;
      continue;
    }
    ++i;
    std::optional<Value> keyed;
    if (i < format.size() && format[i] == '(') {
      if (!argument.is(Kind::kDict)) fail("format requires a mapping");
      const size_t begin = ++i;
      int open = 1;
      for (; i < format.size() && open > 0; ++i)
        open += format[i] == '(' ? 1 : format[i] == ')' ? -1 : 0;
      if (open > 0) fail("incomplete format key");
      const std::string key(format.substr(begin, i - 1 - begin));
      const Value* found = argument.dict().find(std::string_view(key));
      if (found == nullptr) fail("KeyError: " + quote(key));
      keyed = *found;
      used_key = true;
    }
    Spec spec;
    bool zero = false, left = false;
    for (; i < format.size() && std::string_view("-+ #0").find(format[i]) != std::string_view::npos;
         ++i) {
      switch (format[i]) {
        case '-':
          left = true;
          break;
        case '+':
          spec.sign = '+';
          break;
        case ' ':
          if (spec.sign != '+') spec.sign = ' ';
          break;
        case '#':
          spec.alternate = true;
          break;
        default:
          zero = true;
      }
    }
    if (i < format.size() && format[i] == '*') fail("'*' in a format is not supported");
    spec.width = parse_number(format, i);
    if (i < format.size() && format[i] == '.') {
      ++i;
      if (i < format.size() && format[i] == '*') fail("'*' in a format is not supported");
      spec.precision = static_cast<int>(parse_number(format, i));
    }
    if (i < format.size() && (format[i] == 'l' || format[i] == 'h' || format[i] == 'L')) ++i;
    if (i >= format.size()) fail("incomplete format");
    spec.type = format[i++];
    if (spec.type == '%') {
      out.append("%");
      continue;
    }
    out.append(convert_percent(budget, spec, zero, left, keyed ? *keyed : next_argument()));
  }
  if (!is_mapping && !used_key && used < count)
    fail("not all arguments converted during string formatting");
  return out.take();
}

std::string format_braces(Budget& budget, std::string_view format, const Arguments& arguments) {
  TextBuilder out(budget);
  size_t automatic = 0;
  bool manual = false;
  for (size_t i = 0; i < format.size();) {
    const char c = format[i];
    if (c != '{' && c != '}') {
      const size_t end = std::min(format.find_first_of("{}", i), format.size());
      out.append(format.substr(i, end - i));
      i = end;
      continue;
    }
    if (i + 1 < format.size() && format[i + 1] == c) {
      out.append(format.substr(i, 1));
      i += 2;
      continue;
    }
    if (c == '}') fail("single '}' encountered in format string");
    const size_t end = format.find('}', i);
    if (end == std::string_view::npos) fail("expected '}' before end of string");
    std::string_view field = format.substr(i + 1, end - i - 1);
    if (field.find('{') != std::string_view::npos)
      fail("a field inside a format specifier is not supported");
    i = end + 1;
    std::string_view spec;
    if (const size_t colon = field.find(':'); colon != std::string_view::npos) {
      spec = field.substr(colon + 1);
      field = field.substr(0, colon);
    }
    char conversion = '\0';
    if (const size_t mark = field.find('!'); mark != std::string_view::npos) {
      if (mark + 2 != field.size()) fail("a conversion of a format field is not understood");
      conversion = field[mark + 1];
      field = field.substr(0, mark);
    }
    if (field.find_first_of(".[") != std::string_view::npos)
      fail("a format field that looks into an object is not supported");
    Value value;
    const bool numeric =
        !field.empty() && field.find_first_not_of("0123456789") == std::string_view::npos;
    if (field.empty() || numeric) {
      if (numeric ? automatic > 0 : manual)
        fail("cannot switch between automatic and manual field numbering");
      size_t position = 0;
      const size_t index =
          numeric ? static_cast<size_t>(parse_number(field, position)) : automatic++;
      manual = manual || numeric;
      if (index >= arguments.positional.size())
        fail("replacement index " + std::to_string(index) + " out of range");
      value = arguments.positional[index];
    } else {
      const auto found = std::find_if(arguments.keyword.begin(), arguments.keyword.end(),
                                      [field](const auto& entry) { return entry.first == field; });
      if (found == arguments.keyword.end()) fail("KeyError: " + quote(field));
      value = found->second;
    }
    switch (conversion) {
      case '\0':
        break;
      case 's':
        value = make_string(budget, to_text(budget, value));
        break;
      case 'r':
        value = make_string(budget, repr(budget, value));
        break;
      case 'a':
        value = make_string(budget, ascii_repr(repr(budget, value)));
        break;
      default:
        fail(std::string("unknown conversion '") + conversion + "' in a format");
    }
    out.append(format_value(budget, value, spec));
  }
  return out.take();
}

}  // namespace jangwon::jinja
