// Python's data model for the kinds of value a template meets: truth, equality and order
// across types, hashing, str() and repr(), iteration. The golden expressions and
// tests/runtime/jinja cover it.

#include "runtime/jinja/value.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/jinja/python_text.h"

namespace jangwon::jinja {

namespace {

constexpr size_t kIndexedDictSize = 8;

int depth_of(const std::vector<Value>& values) {
  int depth = 0;
  for (const Value& value : values)
    depth = std::max(depth, value.depth());
  return depth + 1;
}

int depth_of(const std::vector<DictObject::Entry>& entries) {
  int depth = 0;
  for (const auto& [key, value] : entries)
    depth = std::max({depth, key.depth(), value.depth()});
  return depth + 1;
}

// Equality that needs no budget: keys of dicts are shallow.
bool same_key(const Value& a, const Value& b) {
  static thread_local Budget unlimited(UINT64_MAX, UINT64_MAX);
  return equals(unlimited, a, b);
}

// Exact comparison of an integer with a float, as Python has it.
std::optional<int> compare_int_float(int64_t i, double f) {
  if (std::isnan(f)) return std::nullopt;
  if (f >= 9223372036854775808.0) return -1;
  if (f < -9223372036854775808.0) return 1;
  const double whole = std::trunc(f);
  const auto whole_int = static_cast<int64_t>(whole);
  if (i != whole_int) return i < whole_int ? -1 : 1;
  const double rest = f - whole;
  return rest > 0 ? -1 : rest < 0 ? 1 : 0;
}

std::optional<int> compare_numbers(const Value& a, const Value& b) {
  if (a.is_integral() && b.is_integral()) {
    const int64_t x = a.as_int(), y = b.as_int();
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (a.is_integral()) return compare_int_float(a.as_int(), b.as_double());
  if (b.is_integral()) {
    const std::optional<int> order = compare_int_float(b.as_int(), a.as_double());
    return order ? std::optional<int>(-*order) : std::nullopt;
  }
  const double x = a.as_double(), y = b.as_double();
  if (std::isnan(x) || std::isnan(y)) return std::nullopt;
  return x < y ? -1 : x > y ? 1 : 0;
}

Value view_item(Budget& budget, const DictViewObject& view, const DictObject::Entry& entry) {
  switch (view.part) {
    case DictViewObject::Part::kKeys:
      return entry.first;
    case DictViewObject::Part::kValues:
      return entry.second;
    case DictViewObject::Part::kItems:
      break;
  }
  return make_tuple(budget, {entry.first, entry.second});
}

void append_items(TextBuilder& out, const std::vector<Value>& items, int level) {
  bool first = true;
  for (const Value& item : items) {
    if (!first) out.append(", ");
    first = false;
    append_repr(out, item, level + 1);
  }
}

void append_entries(TextBuilder& out, const std::vector<DictObject::Entry>& entries, int level) {
  out.append("{");
  bool first = true;
  for (const auto& [key, value] : entries) {
    if (!first) out.append(", ");
    first = false;
    append_repr(out, key, level + 1);
    out.append(": ");
    append_repr(out, value, level + 1);
  }
  out.append("}");
}

}  // namespace

void fail(std::string message) {
  throw Failure{std::move(message), 0};
}

void Budget::out_of_steps() const {
  fail("the template does too much work (more than " + std::to_string(max_steps_) + " steps)");
}

void Budget::out_of_memory() const {
  fail("the template's values need more than " + std::to_string(max_bytes_) + " bytes");
}

Object::Object(Budget* owner, uint64_t size, int nesting)
    : budget(owner), bytes(size), depth(nesting) {
  if (depth > kMaxValueDepth)
    fail("values are nested deeper than " + std::to_string(kMaxValueDepth) + " levels");
  if (budget != nullptr) budget->acquire(bytes);
}

Object::~Object() {
  if (budget != nullptr) budget->release(bytes);
}

void Object::grow(uint64_t more) {
  if (budget != nullptr) budget->acquire(more);
  bytes += more;
}

Value Value::undefined(std::string message) {
  return Value(Kind::kUndefined, std::make_shared<UndefinedObject>(std::move(message)));
}

Value Value::none() {
  Value value;
  value.kind_ = Kind::kNone;
  return value;
}

Value Value::boolean(bool b) {
  Value value;
  value.kind_ = Kind::kBool;
  value.scalar_.b = b;
  return value;
}

Value Value::integer(int64_t i) {
  Value value;
  value.kind_ = Kind::kInt;
  value.scalar_.i = i;
  return value;
}

Value Value::real(double f) {
  Value value;
  value.kind_ = Kind::kFloat;
  value.scalar_.f = f;
  return value;
}

std::string_view Value::text() const {
  return string().text;
}

const StringObject& Value::string() const {
  JANGWON_CHECK(kind_ == Kind::kString);
  return static_cast<const StringObject&>(*object_);
}

const std::vector<Value>& Value::items() const {
  JANGWON_CHECK(kind_ == Kind::kList || kind_ == Kind::kTuple);
  return static_cast<const ListObject&>(*object_).items;
}

const DictObject& Value::dict() const {
  JANGWON_CHECK(kind_ == Kind::kDict);
  return static_cast<const DictObject&>(*object_);
}

StringObject::StringObject(Budget* owner, std::string value, bool is_markup)
    : Object(owner, sizeof(StringObject) + value.size(), 0),
      text(std::move(value)),
      length(count_code_points(text)),
      markup(is_markup) {}

ListObject::ListObject(Budget* owner, std::vector<Value> values)
    : Object(owner, sizeof(ListObject) + values.size() * sizeof(Value), depth_of(values)),
      items(std::move(values)) {}

DictObject::DictObject(Budget* owner, std::vector<Entry> values)
    : Object(owner, sizeof(DictObject) + values.size() * (sizeof(Entry) + 64), depth_of(values)),
      entries(std::move(values)) {
  if (entries.size() <= kIndexedDictSize) return;
  index.reserve(entries.size());
  for (uint32_t i = 0; i < entries.size(); ++i)
    index.emplace(hash_value(entries[i].first), i);
}

const Value* DictObject::find(const Value& key) const {
  const size_t hash = hash_value(key);
  if (index.empty()) {
    for (const Entry& entry : entries) {
      if (same_key(entry.first, key)) return &entry.second;
    }
    return nullptr;
  }
  const auto [first, last] = index.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    if (same_key(entries[it->second].first, key)) return &entries[it->second].second;
  }
  return nullptr;
}

const Value* DictObject::find(std::string_view key) const {
  if (index.empty()) {
    for (const Entry& entry : entries) {
      if (entry.first.is_string() && entry.first.text() == key) return &entry.second;
    }
    return nullptr;
  }
  return find(make_constant_string(std::string(key)));
}

DictViewObject::DictViewObject(Budget* owner, Value d, Part p)
    : Object(owner, sizeof(DictViewObject), d.depth() + 1), dict(std::move(d)), part(p) {}

RangeObject::RangeObject(Budget* owner, int64_t first, int64_t last, int64_t stride)
    : Object(owner, sizeof(RangeObject), 0), start(first), stop(last), step(stride) {}

int64_t RangeObject::size() const {
  // Unsigned differences cannot overflow.
  const auto a = static_cast<uint64_t>(start), b = static_cast<uint64_t>(stop);
  if (step > 0) {
    if (start >= stop) return 0;
    const uint64_t n = (b - a - 1) / static_cast<uint64_t>(step);
    return n >= INT64_MAX ? INT64_MAX : static_cast<int64_t>(n + 1);
  }
  if (start <= stop) return 0;
  const uint64_t n = (a - b - 1) / (uint64_t{0} - static_cast<uint64_t>(step));
  return n >= INT64_MAX ? INT64_MAX : static_cast<int64_t>(n + 1);
}

IteratorObject::IteratorObject(Budget* owner, const char* type, int nesting, Next function)
    : Object(owner, sizeof(IteratorObject) + 128, nesting),
      type_name(type),
      next(std::move(function)) {}

NamespaceObject::NamespaceObject(Budget* owner) : Object(owner, sizeof(NamespaceObject), 1) {}

Value* NamespaceObject::find(std::string_view name) {
  for (auto& [key, value] : attributes) {
    if (key == name) return &value;
  }
  return nullptr;
}

FunctionObject::FunctionObject(Budget* owner, std::string function_name, int nesting, Body function)
    : Object(owner, sizeof(FunctionObject) + 64, nesting),
      name(std::move(function_name)),
      body(std::move(function)) {}

void TextBuilder::grow(uint64_t bytes) {
  const uint64_t wanted = text_.size() + bytes;
  budget_.check_memory(wanted);
  const uint64_t doubled = std::max<uint64_t>(wanted, 2 * text_.size());
  checked_ = std::max<uint64_t>(wanted, std::min<uint64_t>(doubled, wanted + (1 << 20)));
}

Value make_string(Budget& budget, std::string text) {
  budget.step(text.size() / 16);
  return Value(Kind::kString, std::make_shared<StringObject>(&budget, std::move(text), false));
}

Value make_markup(Budget& budget, std::string text) {
  budget.step(text.size() / 16);
  return Value(Kind::kString, std::make_shared<StringObject>(&budget, std::move(text), true));
}

Value make_constant_string(std::string text) {
  return Value(Kind::kString, std::make_shared<StringObject>(nullptr, std::move(text), false));
}

Value make_list(Budget& budget, std::vector<Value> items) {
  return Value(Kind::kList, std::make_shared<ListObject>(&budget, std::move(items)));
}

Value make_tuple(Budget& budget, std::vector<Value> items) {
  return Value(Kind::kTuple, std::make_shared<ListObject>(&budget, std::move(items)));
}

Value make_dict(Budget& budget, std::vector<DictObject::Entry> entries) {
  return Value(Kind::kDict, std::make_shared<DictObject>(&budget, std::move(entries)));
}

Value make_iterator(Budget& budget, const char* type_name, int depth, IteratorObject::Next next) {
  return Value(Kind::kIterator,
               std::make_shared<IteratorObject>(&budget, type_name, depth, std::move(next)));
}

Value make_function(Budget& budget, std::string name, int depth, FunctionObject::Body body) {
  return Value(Kind::kFunction,
               std::make_shared<FunctionObject>(&budget, std::move(name), depth, std::move(body)));
}

void set_entry(Budget& budget, std::vector<DictObject::Entry>& entries, const Value& key,
               Value value) {
  budget.step(1 + entries.size() / 4);
  budget.check_memory((entries.size() + 1) * sizeof(DictObject::Entry));
  static_cast<void>(hash_value(key));
  for (auto& [existing, old] : entries) {
    if (same_key(existing, key)) {
      old = std::move(value);
      return;
    }
  }
  entries.emplace_back(key, std::move(value));
}

std::string type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::kMissing:
    case Kind::kUndefined:
      return "Undefined";
    case Kind::kNone:
      return "NoneType";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kFloat:
      return "float";
    case Kind::kString:
      return value.string().markup ? "Markup" : "str";
    case Kind::kList:
      return "list";
    case Kind::kTuple:
      return "tuple";
    case Kind::kDict:
      return "dict";
    case Kind::kDictView:
      switch (value.object<DictViewObject>().part) {
        case DictViewObject::Part::kKeys:
          return "dict_keys";
        case DictViewObject::Part::kValues:
          return "dict_values";
        case DictViewObject::Part::kItems:
          return "dict_items";
      }
      return "dict_items";
    case Kind::kRange:
      return "range";
    case Kind::kIterator:
      return value.object<IteratorObject>().type_name;
    case Kind::kNamespace:
      return "Namespace";
    case Kind::kFunction:
      return "function";
    case Kind::kMacro:
      return "Macro";
    case Kind::kLoop:
      return "LoopContext";
    case Kind::kCycler:
      return "Cycler";
    case Kind::kJoiner:
      return "Joiner";
  }
  return "object";
}

bool truthy(const Value& value) {
  switch (value.kind()) {
    case Kind::kMissing:
    case Kind::kUndefined:
    case Kind::kNone:
      return false;
    case Kind::kBool:
      return value.as_bool();
    case Kind::kInt:
      return value.as_int() != 0;
    case Kind::kFloat:
      return value.as_double() != 0;
    case Kind::kString:
      return !value.text().empty();
    case Kind::kList:
    case Kind::kTuple:
      return !value.items().empty();
    case Kind::kDict:
      return !value.dict().entries.empty();
    case Kind::kDictView:
      return !value.object<DictViewObject>().dict.dict().entries.empty();
    case Kind::kRange:
      return value.object<RangeObject>().size() > 0;
    default:
      return true;
  }
}

size_t hash_value(const Value& value) {
  const auto mix = [](size_t seed, size_t h) {
    return seed ^ (h + 0x9E3779B97F4A7C15ull + (seed << 6) + (seed >> 2));
  };
  switch (value.kind()) {
    case Kind::kBool:
    case Kind::kInt:
      return std::hash<int64_t>()(value.as_int());
    case Kind::kFloat: {
      const double f = value.as_double();
      if (std::trunc(f) == f && std::fabs(f) < 9e18)
        return std::hash<int64_t>()(static_cast<int64_t>(f));
      return std::hash<double>()(f);
    }
    case Kind::kString:
      return std::hash<std::string_view>()(value.text());
    case Kind::kTuple: {
      size_t seed = 7;
      for (const Value& item : value.items())
        seed = mix(seed, hash_value(item));
      return seed;
    }
    case Kind::kRange: {
      const auto& range = value.object<RangeObject>();
      const int64_t size = range.size();
      return mix(mix(static_cast<size_t>(size), size > 0 ? static_cast<size_t>(range.start) : 0),
                 size > 1 ? static_cast<size_t>(range.step) : 0);
    }
    case Kind::kList:
    case Kind::kDict:
    case Kind::kDictView:
      fail("unhashable type: '" + type_name(value) + "'");
    case Kind::kMissing:
    case Kind::kUndefined:
    case Kind::kNone:
      return static_cast<size_t>(value.kind()) * 31;
    default:
      return std::hash<const void*>()(value.address());
  }
}

bool equals(Budget& budget, const Value& a, const Value& b) {
  budget.step();
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind() != b.kind()) {
    if (a.is(Kind::kDictView) || b.is(Kind::kDictView)) return false;
    return false;
  }
  switch (a.kind()) {
    case Kind::kMissing:
    case Kind::kUndefined:
    case Kind::kNone:
      return true;
    case Kind::kString:
      budget.step(std::min(a.text().size(), b.text().size()) / 64);
      return a.text() == b.text();
    case Kind::kList:
    case Kind::kTuple: {
      if (a.address() == b.address()) return true;
      const auto &x = a.items(), &y = b.items();
      if (x.size() != y.size()) return false;
      for (size_t i = 0; i < x.size(); ++i) {
        if (!equals(budget, x[i], y[i])) return false;
      }
      return true;
    }
    case Kind::kDict: {
      if (a.address() == b.address()) return true;
      const auto &x = a.dict(), &y = b.dict();
      if (x.entries.size() != y.entries.size()) return false;
      for (const auto& [key, value] : x.entries) {
        const Value* other = y.find(key);
        if (other == nullptr || !equals(budget, value, *other)) return false;
      }
      return true;
    }
    case Kind::kDictView:
      if (a.address() == b.address()) return true;
      if (a.object<DictViewObject>().part == DictViewObject::Part::kValues ||
          b.object<DictViewObject>().part == DictViewObject::Part::kValues) {
        return false;
      }
      fail("comparing views of dicts is not supported; compare lists");
    case Kind::kRange: {
      const auto &x = a.object<RangeObject>(), &y = b.object<RangeObject>();
      if (x.size() != y.size()) return false;
      return x.size() == 0 || (x.start == y.start && (x.size() == 1 || x.step == y.step));
    }
    default:
      return a.address() == b.address();
  }
}

std::optional<int> compare(Budget& budget, const Value& a, const Value& b, const char* op) {
  budget.step();
  require_defined(a);
  require_defined(b);
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.is_string() && b.is_string()) {
    const int order = a.text().compare(b.text());  // UTF-8 sorts as its code points do
    return order < 0 ? -1 : order > 0 ? 1 : 0;
  }
  if (a.kind() == b.kind() && (a.is(Kind::kList) || a.is(Kind::kTuple))) {
    const auto &x = a.items(), &y = b.items();
    for (size_t i = 0; i < x.size() && i < y.size(); ++i) {
      if (!equals(budget, x[i], y[i])) return compare(budget, x[i], y[i], op);
    }
    return x.size() < y.size() ? -1 : x.size() > y.size() ? 1 : 0;
  }
  if (a.is(Kind::kDictView) && b.is(Kind::kDictView))
    fail("comparing views of dicts is not supported; compare lists");
  fail("'" + std::string(op) + "' not supported between instances of '" + type_name(a) + "' and '" +
       type_name(b) + "'");
}

bool contains(Budget& budget, const Value& container, const Value& item) {
  switch (container.kind()) {
    case Kind::kString:
      if (!item.is_string()) {
        require_defined(item);
        fail("'in <string>' requires string as left operand, not " + type_name(item));
      }
      budget.step(container.text().size() / 16);
      return container.text().find(item.text()) != std::string_view::npos;
    case Kind::kDict:
      return container.dict().find(item) != nullptr;
    case Kind::kDictView: {
      const auto& view = container.object<DictViewObject>();
      if (view.part == DictViewObject::Part::kKeys) return view.dict.dict().find(item) != nullptr;
      break;
    }
    case Kind::kNamespace:
    case Kind::kMacro:
    case Kind::kFunction:
    case Kind::kCycler:
    case Kind::kJoiner:
    case Kind::kNone:
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kFloat:
      fail("argument of type '" + type_name(container) + "' is not iterable");
    default:
      break;
  }
  const IteratorObject::Next next = iterate(budget, container);
  for (Value value = next(); value.present(); value = next()) {
    if (value.address() != nullptr && value.address() == item.address()) return true;
    if (equals(budget, value, item)) return true;
  }
  return false;
}

std::optional<size_t> length_of(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return 0;
    case Kind::kString:
      return value.string().length;
    case Kind::kList:
    case Kind::kTuple:
      return value.items().size();
    case Kind::kDict:
      return value.dict().entries.size();
    case Kind::kDictView:
      return value.object<DictViewObject>().dict.dict().entries.size();
    case Kind::kRange:
      return static_cast<size_t>(value.object<RangeObject>().size());
    default:
      return std::nullopt;
  }
}

bool is_iterable(const Value& value) {
  return value.is(Kind::kIterator) || value.is(Kind::kLoop) || length_of(value).has_value();
}

std::string to_text(Budget& budget, const Value& value) {
  if (value.is_string()) return std::string(value.text());
  if (value.is_undefined()) return {};
  TextBuilder out(budget);
  append_repr(out, value);
  return out.take();
}

void append_repr(TextBuilder& out, const Value& value, int level) {
  if (level > kMaxValueDepth) fail("a value is nested too deeply to be written");
  switch (value.kind()) {
    case Kind::kMissing:
    case Kind::kUndefined:
      return out.append("Undefined");
    case Kind::kNone:
      return out.append("None");
    case Kind::kBool:
      return out.append(value.as_bool() ? "True" : "False");
    case Kind::kInt:
      return out.append(std::to_string(value.as_int()));
    case Kind::kFloat:
      return out.append(float_repr(value.as_double()));
    case Kind::kString:
      if (value.string().markup) return out.append("Markup(" + quote(value.text()) + ")");
      return out.append(quote(value.text()));
    case Kind::kList:
      out.append("[");
      append_items(out, value.items(), level);
      return out.append("]");
    case Kind::kTuple:
      out.append("(");
      append_items(out, value.items(), level);
      return out.append(value.items().size() == 1 ? ",)" : ")");
    case Kind::kDict:
      return append_entries(out, value.dict().entries, level);
    case Kind::kDictView: {
      const auto& view = value.object<DictViewObject>();
      out.append(type_name(value) + "([");
      bool first = true;
      for (const auto& [key, item] : view.dict.dict().entries) {
        if (!first) out.append(", ");
        first = false;
        if (view.part == DictViewObject::Part::kItems) out.append("(");
        if (view.part != DictViewObject::Part::kValues) append_repr(out, key, level + 1);
        if (view.part == DictViewObject::Part::kItems) out.append(", ");
        if (view.part != DictViewObject::Part::kKeys) append_repr(out, item, level + 1);
        if (view.part == DictViewObject::Part::kItems) out.append(")");
      }
      return out.append("])");
    }
    case Kind::kRange: {
      const auto& range = value.object<RangeObject>();
      out.append("range(" + std::to_string(range.start) + ", " + std::to_string(range.stop));
      if (range.step != 1) out.append(", " + std::to_string(range.step));
      return out.append(")");
    }
    case Kind::kNamespace: {
      out.append("<Namespace {");
      bool first = true;
      for (const auto& [key, item] : value.object<NamespaceObject>().attributes) {
        if (!first) out.append(", ");
        first = false;
        out.append(quote(key) + ": ");
        append_repr(out, item, level + 1);
      }
      return out.append("}>");
    }
    default:
      break;
  }
  fail("a value of type " + type_name(value) +
       " has no text that is the same in every run; use its items or call it");
}

IteratorObject::Next iterate(Budget& budget, const Value& iterable) {
  switch (iterable.kind()) {
    case Kind::kUndefined:
      return [] { return Value(); };
    case Kind::kString:
      return [&budget, iterable, position = size_t{0}]() mutable -> Value {
        const std::string_view text = iterable.text();
        if (position >= text.size()) return Value();
        budget.step();
        const size_t begin = position;
        next_code_point(text, position);
        return make_string(budget, std::string(text.substr(begin, position - begin)));
      };
    case Kind::kList:
    case Kind::kTuple:
      return [&budget, iterable, i = size_t{0}]() mutable -> Value {
        const auto& items = iterable.items();
        if (i >= items.size()) return Value();
        budget.step();
        return items[i++];
      };
    case Kind::kDict:
      return [&budget, iterable, i = size_t{0}]() mutable -> Value {
        const auto& entries = iterable.dict().entries;
        if (i >= entries.size()) return Value();
        budget.step();
        return entries[i++].first;
      };
    case Kind::kDictView:
      return [&budget, iterable, i = size_t{0}]() mutable -> Value {
        const auto& view = iterable.object<DictViewObject>();
        const auto& entries = view.dict.dict().entries;
        if (i >= entries.size()) return Value();
        budget.step();
        return view_item(budget, view, entries[i++]);
      };
    case Kind::kRange:
      return [&budget, iterable, i = int64_t{0}]() mutable -> Value {
        const auto& range = iterable.object<RangeObject>();
        if (i >= range.size()) return Value();
        budget.step();
        return Value::integer(range.start + range.step * i++);
      };
    case Kind::kIterator:
      return [&budget, iterable]() -> Value {
        budget.step();
        return iterable.object<IteratorObject>().next();
      };
    case Kind::kLoop:
      fail("iterating over the loop variable is not supported");
    default:
      fail("'" + type_name(iterable) + "' object is not iterable");
  }
}

std::vector<Value> to_items(Budget& budget, const Value& iterable) {
  if (iterable.is(Kind::kList) || iterable.is(Kind::kTuple)) {
    budget.check(iterable.items().size() * sizeof(Value));
    return iterable.items();
  }
  ListBuilder items(budget);
  const IteratorObject::Next next = iterate(budget, iterable);
  for (Value value = next(); value.present(); value = next())
    items.push(std::move(value));
  return items.take();
}

void require_defined(const Value& value) {
  if (value.is_undefined()) fail(value.object<UndefinedObject>().message);
}

}  // namespace jangwon::jinja
