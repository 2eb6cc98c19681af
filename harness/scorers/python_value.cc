// marshal's format, version 2: one type byte, then little-endian fields; no references, so a value
// cannot contain itself and the reader needs no memory of what it has seen. Numbers compare
// exactly, whatever their types, as in Python: 2**53 + 1 is not 2.0**53.
// tests/harness/scorers/python_value_test.cc compares with Python's own ==.

#include "harness/scorers/python_value.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unordered_map>

namespace jangwon::harness {
namespace {

using Kind = PythonValue::Kind;

constexpr int kMaxDepth = 2100;              // marshal itself stops at 2,000
constexpr size_t kMaxIntegerDigits = 50000;  // the checker's setting for text

void trim(BigInteger* integer) {
  while (!integer->limbs.empty() && integer->limbs.back() == 0)
    integer->limbs.pop_back();
  if (integer->limbs.empty()) integer->negative = false;
}

BigInteger big_of(int64_t value) {
  BigInteger big;
  big.negative = value < 0;
  uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  for (; magnitude != 0; magnitude >>= 32)
    big.limbs.push_back(static_cast<uint32_t>(magnitude));
  return big;
}

BigInteger big_of_digits(std::string_view digits) {
  BigInteger big;
  for (size_t position = 0; position < digits.size();) {
    const size_t count = std::min<size_t>(9, digits.size() - position);
    uint64_t chunk = 0;
    uint64_t factor = 1;
    for (size_t i = 0; i < count; ++i) {
      chunk = chunk * 10 + static_cast<uint64_t>(digits[position + i] - '0');
      factor *= 10;
    }
    uint64_t carry = chunk;
    for (uint32_t& limb : big.limbs) {
      carry += limb * factor;
      limb = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) big.limbs.push_back(static_cast<uint32_t>(carry));
    position += count;
  }
  trim(&big);
  return big;
}

BigInteger shifted(uint64_t value, int bits, bool negative) {
  BigInteger big;
  big.negative = negative;
  big.limbs.assign(static_cast<size_t>(bits) / 32, 0);
  const int rest = bits % 32;
  const unsigned __int128 wide = static_cast<unsigned __int128>(value) << rest;
  for (int i = 0; i < 4; ++i)
    big.limbs.push_back(static_cast<uint32_t>(wide >> (32 * i)));
  trim(&big);
  return big;
}

// A finite double as numerator / denominator in lowest terms.
void ratio_of(double number, BigInteger* numerator, BigInteger* denominator) {
  int exponent = 0;
  const double fraction = std::frexp(std::abs(number), &exponent);
  auto mantissa = static_cast<uint64_t>(std::ldexp(fraction, 53));
  exponent -= 53;
  while (mantissa != 0 && mantissa % 2 == 0) {
    mantissa /= 2;
    ++exponent;
  }
  if (mantissa == 0) exponent = 0;
  *numerator = shifted(mantissa, std::max(exponent, 0), number < 0);
  *denominator = shifted(1, std::max(-exponent, 0), false);
}

PythonValue make_integer(int64_t value) {
  PythonValue result;
  result.kind = Kind::kInteger;
  result.small = value;
  return result;
}

PythonValue::Rare& rare_of(PythonValue* value) {
  if (!value->rare) value->rare = std::make_shared<PythonValue::Rare>();
  return *value->rare;
}

// Canonical: what fits 64 bits is small.
PythonValue make_integer(BigInteger big) {
  uint64_t magnitude = 0;
  for (size_t i = 0; i < std::min<size_t>(2, big.limbs.size()); ++i)
    magnitude |= static_cast<uint64_t>(big.limbs[i]) << (32 * i);
  if (big.limbs.size() <= 2 && magnitude <= static_cast<uint64_t>(INT64_MAX))
    return make_integer(big.negative ? -static_cast<int64_t>(magnitude)
                                     : static_cast<int64_t>(magnitude));
  PythonValue result;
  result.kind = Kind::kInteger;
  rare_of(&result).integer = std::move(big);
  return result;
}

BigInteger big_of(const PythonValue& value) {
  return value.rare ? value.rare->integer : big_of(value.small);
}

PythonValue make_float(double value) {
  PythonValue result;
  result.kind = Kind::kFloat;
  result.number = value;
  return result;
}

PythonValue make_opaque() {
  PythonValue result;
  result.kind = Kind::kOpaque;
  return result;
}

// --- marshal ---

class MarshalReader {
 public:
  MarshalReader(std::string_view bytes, size_t max_values)
      : rest_(bytes), values_left_(max_values) {}

  std::optional<PythonValue> read_whole() {
    PythonValue value = read(0);
    if (failed_ || ended_dict_ || !rest_.empty()) return std::nullopt;
    return value;
  }

 private:
  std::string_view take(size_t size) {
    if (rest_.size() < size) {
      failed_ = true;
      return {};
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  template <typename T>
  T number() {
    T value{};
    const std::string_view bytes = take(sizeof value);
    if (!failed_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  // A count of things that take at least a byte each.
  size_t count() {
    const auto value = number<int32_t>();
    if (value < 0 || static_cast<size_t>(value) > rest_.size()) failed_ = true;
    return failed_ ? 0 : static_cast<size_t>(value);
  }

  std::vector<PythonValue> sequence(int depth) {
    const size_t size = count();
    // Not by what is announced: a list in a list in a list may announce millions each
    // and hold nothing.
    std::vector<PythonValue> items;
    items.reserve(std::min<size_t>(size, 64));
    while (items.size() < size) {
      items.push_back(read(depth + 1));
      if (ended_dict_) failed_ = true;
      if (failed_) return {};
    }
    return items;
  }

  PythonValue read_long() {
    const auto size = number<int32_t>();
    const size_t num_digits =
        size < 0 ? size_t{0} - static_cast<size_t>(size) : static_cast<size_t>(size);
    const std::string_view bytes = take(2 * (num_digits & 0x7fffffff));
    if (failed_) return {};
    BigInteger big;
    big.negative = size < 0;
    uint64_t buffer = 0;
    int bits = 0;
    for (size_t i = 0; i < bytes.size(); i += 2) {
      const uint64_t digit = static_cast<unsigned char>(bytes[i]) |
                             static_cast<uint64_t>(static_cast<unsigned char>(bytes[i + 1])) << 8;
      if (digit >= 1 << 15) failed_ = true;
      buffer |= digit << bits;
      bits += 15;
      if (bits >= 32) {
        big.limbs.push_back(static_cast<uint32_t>(buffer));
        buffer >>= 32;
        bits -= 32;
      }
    }
    big.limbs.push_back(static_cast<uint32_t>(buffer));
    trim(&big);
    return make_integer(std::move(big));
  }

  PythonValue read_dict(int depth) {
    PythonValue value;
    value.kind = Kind::kDict;
    for (;;) {
      PythonValue key = read(depth + 1);
      if (failed_) return value;
      if (ended_dict_) {
        ended_dict_ = false;
        return value;
      }
      rare_of(&value).keys.push_back(std::move(key));
      value.items.push_back(read(depth + 1));
      if (ended_dict_) failed_ = true;
      if (failed_) return value;
    }
  }

  PythonValue read(int depth) {
    PythonValue value;
    const std::string_view type = take(1);
    if (failed_ || depth > kMaxDepth || values_left_ == 0) {
      failed_ = true;
      return value;
    }
    --values_left_;
    switch (type[0]) {
      case '0':
        ended_dict_ = true;
        return value;
      case 'N':
        return value;
      case 'T':
        return make_integer(1);
      case 'F':
        return make_integer(0);
      case 'i':
        return make_integer(number<int32_t>());
      case 'l':
        return read_long();
      case 'g':
        return make_float(number<double>());
      case 'y':
        value.kind = Kind::kComplex;
        value.number = number<double>();
        rare_of(&value).imaginary = number<double>();
        return value;
      case 'u':
      case 't':
        value.kind = Kind::kString;
        value.text = take(count());
        return value;
      case '(':
        value.kind = Kind::kTuple;
        value.items = sequence(depth);
        return value;
      case '[':
        value.kind = Kind::kList;
        value.items = sequence(depth);
        return value;
      case '{':
        return read_dict(depth);
      case '<':
      case '>':
        sequence(depth);
        return make_opaque();
      case 's':
        take(count());
        return make_opaque();
      case '.':
      case 'S':
        return make_opaque();
      default:
        failed_ = true;
        return value;
    }
  }

  std::string_view rest_;
  size_t values_left_;
  bool failed_ = false;
  bool ended_dict_ = false;
};

bool has_tag(const PythonValue& value, const char* tag, size_t size) {
  return value.items.size() == size && value.items[0].kind == Kind::kString &&
         value.items[0].text == tag;
}

// A tree of tagged tuples back into the value; false when it is no such tree.
bool untag(PythonValue* value) {
  if (value->kind != Kind::kTuple) return value->kind <= Kind::kString;
  const auto untag_all = [](std::vector<PythonValue>* items) {
    return std::all_of(items->begin(), items->end(),
                       [](PythonValue& item) { return untag(&item); });
  };
  PythonValue result;
  if (has_tag(*value, "L", 2) || has_tag(*value, "T", 2)) {
    result.kind = value->items[0].text == "L" ? Kind::kList : Kind::kTuple;
    result.items = std::move(value->items[1].items);
    if (!untag_all(&result.items)) return false;
  } else if (has_tag(*value, "D", 3)) {
    result.kind = Kind::kDict;
    std::vector<PythonValue>& keys = rare_of(&result).keys;
    keys = std::move(value->items[1].items);
    result.items = std::move(value->items[2].items);
    if (keys.size() != result.items.size() || !untag_all(&keys) || !untag_all(&result.items))
      return false;
  } else if (has_tag(*value, "Q", 3)) {
    result.kind = Kind::kRational;
    if (value->items[1].kind != Kind::kInteger || value->items[2].kind != Kind::kInteger)
      return false;
    rare_of(&result).integer = big_of(value->items[1]);
    rare_of(&result).denominator = big_of(value->items[2]);
  } else if (has_tag(*value, "A", 3)) {
    result.kind = Kind::kArray;
    result.items = std::move(value->items[1].items);
    if (!untag_all(&result.items)) return false;
    // Foreign bytes: a shape that does not fit its items could make a few of them look
    // like a great many.
    size_t product = 1;
    for (const PythonValue& size : value->items[2].items) {
      if (size.kind != Kind::kInteger || size.rare || size.small < 0 || size.small > INT32_MAX)
        return false;
      rare_of(&result).shape.push_back(size.small);
      product *= static_cast<size_t>(size.small);
      if (product > result.items.size()) return false;
    }
    if (product != result.items.size() || value->items[2].items.size() > 64) return false;
    rare_of(&result);
  } else if (has_tag(*value, "X", 1)) {
    result.kind = Kind::kOpaque;
  } else {
    return false;
  }
  *value = std::move(result);
  return true;
}

// --- JSON as Python reads it ---

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  std::optional<PythonValue> read_whole() {
    skip_blanks();
    PythonValue value = read(0);
    skip_blanks();
    if (failed_ || position_ != text_.size()) return std::nullopt;
    return value;
  }

 private:
  void skip_blanks() {
    while (position_ < text_.size() &&
           std::string_view(" \t\n\r").find(text_[position_]) != std::string_view::npos)
      ++position_;
  }
  // What is left; a broken escape at the end moves position_ beyond it.
  std::string_view rest() const {
    return position_ < text_.size() ? text_.substr(position_) : std::string_view();
  }
  bool accept(std::string_view word) {
    if (!rest().starts_with(word)) return false;
    position_ += word.size();
    return true;
  }
  PythonValue fail() {
    failed_ = true;
    return {};
  }

  PythonValue read(int depth) {
    if (position_ >= text_.size() || depth > kMaxDepth) return fail();
    switch (text_[position_]) {
      case '"':
        return read_string();
      case '[':
        return read_list(depth);
      case '{':
        return read_object(depth);
      default:
        break;
    }
    if (accept("null")) return {};
    if (accept("true")) return make_integer(1);
    if (accept("false")) return make_integer(0);
    if (accept("NaN")) return make_float(std::nan(""));
    if (accept("Infinity")) return make_float(INFINITY);
    if (accept("-Infinity")) return make_float(-INFINITY);
    return read_number();
  }

  size_t digits() {
    const size_t begin = position_;
    while (position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9')
      ++position_;
    return position_ - begin;
  }

  PythonValue read_number() {
    const size_t begin = position_;
    const bool negative = accept("-");
    const size_t first = position_;
    const size_t num_digits = digits();
    if (num_digits == 0 || (num_digits > 1 && text_[first] == '0')) return fail();
    bool is_float = false;
    if (size_t mark = position_; accept(".")) {
      is_float = digits() > 0;
      if (!is_float) position_ = mark;
    }
    if (size_t mark = position_; accept("e") || accept("E")) {
      if (!accept("+")) accept("-");
      if (digits() > 0) {
        is_float = true;
      } else {
        position_ = mark;
      }
    }
    if (is_float)
      return make_float(
          std::strtod(std::string(text_.substr(begin, position_ - begin)).c_str(), nullptr));
    if (num_digits > kMaxIntegerDigits) return fail();
    BigInteger big = big_of_digits(text_.substr(first, num_digits));
    big.negative = negative && !big.limbs.empty();
    return make_integer(std::move(big));
  }

  uint32_t hex4() {
    uint32_t unit = 0;
    for (int i = 0; i < 4; ++i, ++position_) {
      const char c = position_ < text_.size() ? text_[position_] : '?';
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) failed_ = true;
      unit = unit << 4 | static_cast<uint32_t>(digit & 15);
    }
    return unit;
  }

  static void append_utf8(uint32_t point, std::string* out) {
    if (point < 0x80) {
      out->push_back(static_cast<char>(point));
    } else if (point < 0x800) {
      out->push_back(static_cast<char>(0xc0 | point >> 6));
      out->push_back(static_cast<char>(0x80 | (point & 0x3f)));
    } else if (point < 0x10000) {
      out->push_back(static_cast<char>(0xe0 | point >> 12));
      out->push_back(static_cast<char>(0x80 | (point >> 6 & 0x3f)));
      out->push_back(static_cast<char>(0x80 | (point & 0x3f)));
    } else {
      out->push_back(static_cast<char>(0xf0 | point >> 18));
      out->push_back(static_cast<char>(0x80 | (point >> 12 & 0x3f)));
      out->push_back(static_cast<char>(0x80 | (point >> 6 & 0x3f)));
      out->push_back(static_cast<char>(0x80 | (point & 0x3f)));
    }
  }

  void read_escape(std::string* out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char name = position_ < text_.size() ? text_[position_++] : '?';
    if (const size_t index = kNames.find(name); index != std::string_view::npos) {
      out->push_back(kMeanings[index]);
      return;
    }
    if (name != 'u') {
      failed_ = true;
      return;
    }
    uint32_t point = hex4();
    if (point >= 0xd800 && point < 0xdc00 && rest().starts_with("\\u")) {
      const size_t mark = position_;
      position_ += 2;
      const uint32_t low = hex4();
      if (low >= 0xdc00 && low < 0xe000) {
        point = 0x10000 + ((point - 0xd800) << 10 | (low - 0xdc00));
      } else {
        position_ = mark;  // a lone surrogate, then something else
      }
    }
    append_utf8(point, out);
  }

  PythonValue read_string() {
    PythonValue value;
    value.kind = Kind::kString;
    ++position_;
    while (!failed_) {
      if (position_ >= text_.size() || static_cast<unsigned char>(text_[position_]) < 0x20)
        return fail();
      const char c = text_[position_++];
      if (c == '"') return value;
      if (c == '\\') {
        read_escape(&value.text);
      } else {
        value.text.push_back(c);
      }
    }
    return value;
  }

  PythonValue read_list(int depth) {
    PythonValue value;
    value.kind = Kind::kList;
    ++position_;
    skip_blanks();
    if (accept("]")) return value;
    while (!failed_) {
      skip_blanks();
      value.items.push_back(read(depth + 1));
      skip_blanks();
      if (accept("]")) return value;
      if (!accept(",")) return fail();
    }
    return value;
  }

  PythonValue read_object(int depth) {
    PythonValue value;
    value.kind = Kind::kDict;
    ++position_;
    skip_blanks();
    if (accept("}")) return value;
    while (!failed_) {
      skip_blanks();
      if (position_ >= text_.size() || text_[position_] != '"') return fail();
      PythonValue key = read_string();
      skip_blanks();
      if (!accept(":")) return fail();
      skip_blanks();
      PythonValue item = read(depth + 1);
      std::vector<PythonValue>& keys = rare_of(&value).keys;
      const auto same = std::find_if(keys.begin(), keys.end(), [&](const PythonValue& other) {
        return other.text == key.text;
      });
      if (same != keys.end()) {
        value.items[static_cast<size_t>(same - keys.begin())] = std::move(item);
      } else {
        keys.push_back(std::move(key));
        value.items.push_back(std::move(item));
      }
      skip_blanks();
      if (accept("}")) return value;
      if (!accept(",")) return fail();
    }
    return value;
  }

  std::string_view text_;
  size_t position_ = 0;
  bool failed_ = false;
};

// --- comparison ---

bool is_sequence(const PythonValue& value) {
  return value.kind == Kind::kList || value.kind == Kind::kTuple;
}

bool numbers_equal(const PythonValue& a, const PythonValue& b) {
  if (a.kind == Kind::kInteger && b.kind == Kind::kInteger)
    return !a.rare && !b.rare ? a.small == b.small : big_of(a) == big_of(b);
  if (a.kind == Kind::kComplex && !(a.rare->imaginary == 0.0)) return false;
  const bool a_is_float = a.kind == Kind::kFloat || a.kind == Kind::kComplex;
  if (a_is_float && b.kind == Kind::kFloat) return a.number == b.number;
  if ((a_is_float && !std::isfinite(a.number)) ||
      (b.kind == Kind::kFloat && !std::isfinite(b.number)))
    return false;
  BigInteger a_top = big_of(a), a_bottom = big_of(int64_t{1}), b_top = big_of(b),
             b_bottom = big_of(int64_t{1});
  if (a.kind == Kind::kRational) a_bottom = a.rare->denominator;
  if (a_is_float) ratio_of(a.number, &a_top, &a_bottom);
  if (b.kind == Kind::kFloat) ratio_of(b.number, &b_top, &b_bottom);
  return a_top == b_top && a_bottom == b_bottom;
}

class Comparer {
 public:
  explicit Comparer(TupleRule rule) : rule_(rule) {}

  Comparison compare(const PythonValue& a, const PythonValue& b, int depth) const {
    switch (a.kind) {
      case Kind::kNone:
        return b.kind == Kind::kNone ? Comparison::kEqual : Comparison::kDifferent;
      case Kind::kInteger:
      case Kind::kFloat:
      case Kind::kRational:
      case Kind::kComplex:
        if (b.kind != Kind::kInteger && b.kind != Kind::kFloat) return Comparison::kDifferent;
        return numbers_equal(a, b) ? Comparison::kEqual : Comparison::kDifferent;
      case Kind::kString:
        return b.kind == Kind::kString && a.text == b.text ? Comparison::kEqual
                                                           : Comparison::kDifferent;
      case Kind::kTuple:
        if (depth > 0 && rule_ == TupleRule::kTopLevelIsList) return Comparison::kDifferent;
        return b.kind == Kind::kList ? compare_items(a, b, depth) : Comparison::kDifferent;
      case Kind::kList:
        return b.kind == Kind::kList ? compare_items(a, b, depth) : Comparison::kDifferent;
      case Kind::kDict:
        return b.kind == Kind::kDict ? compare_dicts(a, b, depth) : Comparison::kDifferent;
      case Kind::kArray:
        return compare_array(a, b, depth);
      case Kind::kOpaque:
        break;
    }
    return Comparison::kDifferent;
  }

 private:
  Comparison compare_items(const PythonValue& a, const PythonValue& b, int depth) const {
    if (a.items.size() != b.items.size()) return Comparison::kDifferent;
    for (size_t i = 0; i < a.items.size(); ++i) {
      const Comparison result = compare(a.items[i], b.items[i], depth + 1);
      if (result != Comparison::kEqual) return result;
    }
    return Comparison::kEqual;
  }

  Comparison compare_dicts(const PythonValue& a, const PythonValue& b, int depth) const {
    if (a.items.size() != b.items.size()) return Comparison::kDifferent;
    std::unordered_map<std::string_view, const PythonValue*> expected;
    for (size_t i = 0; i < b.items.size(); ++i)
      expected.emplace(b.rare->keys[i].text, &b.items[i]);
    for (size_t i = 0; i < a.items.size(); ++i) {
      const PythonValue& key = a.rare->keys[i];
      const auto found = key.kind == Kind::kString ? expected.find(key.text) : expected.end();
      if (found == expected.end()) return Comparison::kDifferent;
      const Comparison result = compare(a.items[i], *found->second, depth + 1);
      if (result != Comparison::kEqual) return result;
    }
    return Comparison::kEqual;
  }

  // numpy makes an array of the other side, spreads the shapes over each other and compares cell by
  // cell; more than one cell then has no truth value. What it cannot compare so is different.
  Comparison compare_array(const PythonValue& a, const PythonValue& b, int depth) const {
    if (rule_ == TupleRule::kAlwaysList) return compare(nested_lists(a), b, depth);
    std::vector<int64_t> expected_shape;
    if (!read_shape(b, 0, &expected_shape)) return Comparison::kDifferent;
    const auto cells = num_broadcast_cells(a.rare->shape, expected_shape);
    if (!cells || *cells == 0 || !comparable_cells(a, b)) return Comparison::kDifferent;
    if (*cells > 1) return Comparison::kError;
    const PythonValue* other = &b;
    while (is_sequence(*other))
      other = &other->items[0];
    return compare(a.items[0], *other, depth);
  }

  // The shape of nested lists; false where they are ragged.
  static bool read_shape(const PythonValue& value, size_t axis, std::vector<int64_t>* shape) {
    if (!is_sequence(value)) return axis == shape->size();
    const auto size = static_cast<int64_t>(value.items.size());
    if (axis == shape->size()) {
      shape->push_back(size);
      // The first branch says how deep the others must be.
      for (const PythonValue* inner = &value;
           !inner->items.empty() && is_sequence(inner->items[0]);) {
        inner = &inner->items[0];
        shape->push_back(static_cast<int64_t>(inner->items.size()));
      }
    }
    if ((*shape)[axis] != size) return false;
    return std::all_of(value.items.begin(), value.items.end(), [&](const PythonValue& item) {
      return read_item_shape(item, axis + 1, shape);
    });
  }

  static bool read_item_shape(const PythonValue& item, size_t axis, std::vector<int64_t>* shape) {
    if (is_sequence(item) == (axis == shape->size())) return false;
    return !is_sequence(item) || read_shape(item, axis, shape);
  }

  static std::optional<int64_t> num_broadcast_cells(const std::vector<int64_t>& a,
                                                    const std::vector<int64_t>& b) {
    int64_t cells = 1;
    for (size_t back = 1; back <= std::max(a.size(), b.size()); ++back) {
      const int64_t x = back <= a.size() ? a[a.size() - back] : 1;
      const int64_t y = back <= b.size() ? b[b.size() - back] : 1;
      if (x != y && x != 1 && y != 1) return std::nullopt;
      // only 0, 1 and more are told apart
      cells = std::min<int64_t>(cells, 2) * std::min<int64_t>(x == 1 ? y : x, 2);
    }
    return cells;
  }

  static bool has_string(const PythonValue& value) {
    if (value.kind == Kind::kString) return true;
    return std::any_of(value.items.begin(), value.items.end(), has_string);
  }

  // Text against numbers is one answer for the whole array: different.
  static bool comparable_cells(const PythonValue& a, const PythonValue& b) {
    const bool numbers = std::all_of(a.items.begin(), a.items.end(), [](const PythonValue& cell) {
      return cell.kind == Kind::kInteger || cell.kind == Kind::kFloat ||
             cell.kind == Kind::kComplex;
    });
    return !numbers || b.kind == Kind::kDict || !has_string(b);
  }

  static PythonValue nested_lists(const PythonValue& array) {
    PythonValue result;
    size_t position = 0;
    fill(array, 0, &position, &result);
    return result;
  }

  static void fill(const PythonValue& array, size_t axis, size_t* position, PythonValue* out) {
    if (axis == array.rare->shape.size()) {
      if (*position < array.items.size()) *out = array.items[(*position)++];
      return;
    }
    out->kind = Kind::kList;
    out->items.resize(static_cast<size_t>(array.rare->shape[axis]));
    for (PythonValue& item : out->items)
      fill(array, axis + 1, position, &item);
  }

  TupleRule rule_;
};

size_t num_values(const PythonValue& value) {
  size_t number = 1 + (value.rare ? value.rare->keys.size() : 0);
  for (const PythonValue& item : value.items)
    number += num_values(item);
  return number;
}

}  // namespace

size_t max_values_to_equal(const PythonValue& expected) {
  constexpr size_t kPerValue = 4;  // the most that a tag adds, to an empty dict
  return kPerValue * num_values(expected) + (size_t{1} << 18);
}

std::optional<PythonValue> decode_python_value(std::string_view bytes, size_t max_values) {
  if (bytes.empty() || (bytes[0] != 'v' && bytes[0] != 't')) return std::nullopt;
  auto value = MarshalReader(bytes.substr(1), max_values).read_whole();
  if (value && bytes[0] == 't' && !untag(&*value)) return std::nullopt;
  return value;
}

std::optional<PythonValue> parse_python_json(std::string_view text) {
  return JsonReader(text).read_whole();
}

Comparison compare_values(const PythonValue& returned, const PythonValue& expected,
                          TupleRule rule) {
  return Comparer(rule).compare(returned, expected, 0);
}

}  // namespace jangwon::harness
