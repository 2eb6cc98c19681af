// Values of a template at run time, with Python's meaning: integers apart from floats, tuples apart
// from lists, an undefined that remembers what was missing.
//
// Objects are immutable once made (the sandbox forbids mutation), but for namespaces and loops.
// Every object charges its bytes to the budget of its render and knows how deeply it is nested, so
// that neither memory nor the C++ stack can be exhausted.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace jangwon::jinja {

// Thrown inside the interpreter only; Template::parse and Template::render turn it into a Status.
struct Failure {
  std::string message;
  int line = 0;  // 0: the line where the interpreter stands
};

[[noreturn]] void fail(std::string message);

class Budget {
 public:
  Budget(uint64_t max_steps, uint64_t max_bytes) : max_steps_(max_steps), max_bytes_(max_bytes) {}
  void step(uint64_t count = 1) {
    steps_ += count;
    if (steps_ > max_steps_) out_of_steps();
  }
  void acquire(uint64_t bytes) {
    if (bytes > max_bytes_ - live_bytes_) out_of_memory();
    live_bytes_ += bytes;
  }
  void release(uint64_t bytes) { live_bytes_ -= bytes; }
  // Fails if that much more could not be acquired.
  void check_memory(uint64_t bytes) const {
    if (bytes > max_bytes_ - live_bytes_) out_of_memory();
  }
  // The same, and counts the work of filling it.
  void check(uint64_t bytes) {
    check_memory(bytes);
    step(bytes / 16);
  }

 private:
  [[noreturn]] void out_of_steps() const;
  [[noreturn]] void out_of_memory() const;
  uint64_t max_steps_, max_bytes_;
  uint64_t steps_ = 0, live_bytes_ = 0;
};

enum class Kind : uint8_t {
  kMissing,  // an unset variable; never seen by a template
  kUndefined,
  kNone,
  kBool,
  kInt,
  kFloat,
  kString,
  kList,
  kTuple,
  kDict,
  kDictView,
  kRange,
  kIterator,
  kNamespace,
  kFunction,
  kMacro,
  kLoop,
  kCycler,
  kJoiner,
};

constexpr int kMaxValueDepth = 400;

struct Object {
  Object(Budget* budget, uint64_t bytes, int depth);
  virtual ~Object();
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  void grow(uint64_t bytes);

  Budget* budget;  // null for constants of a template
  uint64_t bytes;
  int depth;
};

struct UndefinedObject;
struct StringObject;
struct ListObject;
struct DictObject;

class Value {
 public:
  Value() = default;  // kMissing
  static Value undefined(std::string message);
  static Value none();
  static Value boolean(bool b);
  static Value integer(int64_t i);
  static Value real(double f);
  Value(Kind kind, std::shared_ptr<Object> object) : kind_(kind), object_(std::move(object)) {}

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool present() const { return kind_ != Kind::kMissing; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_undefined() const { return kind_ == Kind::kUndefined; }
  bool is_none() const { return kind_ == Kind::kNone; }
  bool is_integral() const { return kind_ == Kind::kInt || kind_ == Kind::kBool; }
  bool is_number() const { return is_integral() || kind_ == Kind::kFloat; }

  bool as_bool() const { return scalar_.b; }
  int64_t as_int() const { return kind_ == Kind::kBool ? (scalar_.b ? 1 : 0) : scalar_.i; }
  double as_double() const {
    return kind_ == Kind::kFloat ? scalar_.f : static_cast<double>(as_int());
  }
  std::string_view text() const;            // REQUIRES: kString
  const StringObject& string() const;       // REQUIRES: kString
  const std::vector<Value>& items() const;  // REQUIRES: kList or kTuple
  const DictObject& dict() const;           // REQUIRES: kDict
  template <typename T>
  T& object() const {
    return static_cast<T&>(*object_);
  }
  const Object* address() const { return object_.get(); }
  int depth() const { return object_ ? object_->depth : 0; }

 private:
  union Scalar {
    bool b;
    int64_t i;
    double f;
  };
  Kind kind_ = Kind::kMissing;
  Scalar scalar_{.i = 0};
  std::shared_ptr<Object> object_;
};

struct UndefinedObject : Object {
  explicit UndefinedObject(std::string text) : Object(nullptr, 0, 0), message(std::move(text)) {}
  std::string message;  // what using it says
};

struct StringObject : Object {
  StringObject(Budget* budget, std::string value, bool is_markup);
  std::string text;
  size_t length;  // in code points
  bool markup;    // marked safe: plain text that joins it with "+" is escaped first
  bool is_ascii() const { return length == text.size(); }
};

struct ListObject : Object {  // lists and tuples
  ListObject(Budget* budget, std::vector<Value> values);
  std::vector<Value> items;
  bool grouper = false;  // a tuple of the groupby filter: its items are also .grouper and .list
};

struct DictObject : Object {
  using Entry = std::pair<Value, Value>;
  DictObject(Budget* budget, std::vector<Entry> values);
  const Value* find(const Value& key) const;  // null if absent; fails for an unhashable key
  const Value* find(std::string_view key) const;
  std::vector<Entry> entries;

 private:
  std::unordered_multimap<size_t, uint32_t> index;  // by hash, for dicts that are not small
};

struct DictViewObject : Object {
  enum class Part { kKeys, kValues, kItems };
  DictViewObject(Budget* budget, Value d, Part p);
  Value dict;
  Part part;
};

struct RangeObject : Object {
  RangeObject(Budget* budget, int64_t first, int64_t last, int64_t stride);
  int64_t start, stop, step;
  int64_t size() const;
};

// Gives its values once, one by one: what filters such as `map` and `select` return.
struct IteratorObject : Object {
  using Next = std::function<Value()>;  // kMissing: no more
  IteratorObject(Budget* budget, const char* type, int depth, Next function);
  const char* type_name;
  Next next;
};

struct NamespaceObject : Object {
  explicit NamespaceObject(Budget* budget);
  std::vector<std::pair<std::string, Value>> attributes;
  Value* find(std::string_view name);
};

class Interpreter;

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> keyword;
};

// Built-in functions and bound methods.
struct FunctionObject : Object {
  using Body = std::function<Value(Interpreter&, Arguments&)>;
  FunctionObject(Budget* budget, std::string function_name, int depth, Body function);
  std::string name;
  Body body;
};

// Makes a list or a text of unknown size without outgrowing the budget.
class ListBuilder {
 public:
  explicit ListBuilder(Budget& budget) : budget_(budget) {}
  void push(Value value) {
    budget_.step();
    if (items_.size() == items_.capacity())
      budget_.check_memory(2 * (items_.size() + 1) * sizeof(Value));
    items_.push_back(std::move(value));
  }
  std::vector<Value> take() { return std::move(items_); }
  size_t size() const { return items_.size(); }

 private:
  Budget& budget_;
  std::vector<Value> items_;
};

class TextBuilder {
 public:
  explicit TextBuilder(Budget& budget) : budget_(budget) {}
  void append(std::string_view text) {
    budget_.step(text.size() / 16);
    if (text_.size() + text.size() > checked_) grow(text.size());
    text_ += text;
  }
  void append(size_t count, char c) {
    budget_.step(count / 16);
    if (text_.size() + count > checked_) grow(count);
    text_.append(count, c);
  }
  std::string& text() { return text_; }
  std::string take() { return std::move(text_); }

 private:
  void grow(uint64_t bytes);
  Budget& budget_;
  std::string text_;
  uint64_t checked_ = 0;
};

Value make_string(Budget& budget, std::string text);
Value make_markup(Budget& budget, std::string text);
Value make_constant_string(std::string text);
Value make_list(Budget& budget, std::vector<Value> items);
Value make_tuple(Budget& budget, std::vector<Value> items);
Value make_dict(Budget& budget, std::vector<DictObject::Entry> entries);
Value make_iterator(Budget& budget, const char* type_name, int depth, IteratorObject::Next next);
Value make_function(Budget& budget, std::string name, int depth, FunctionObject::Body body);

// Adds or replaces an entry, as d[key] = value does.
void set_entry(Budget& budget, std::vector<DictObject::Entry>& entries, const Value& key,
               Value value);

// The name Python gives the type: "str", "dict", "NoneType", "Undefined", …
std::string type_name(const Value& value);

bool truthy(const Value& value);
size_t hash_value(const Value& value);  // fails for what Python cannot hash
bool equals(Budget& budget, const Value& a, const Value& b);
// -1, 0, 1 for a < b, a == b, a > b; fails where Python's "<" does. NaN compares as
// unordered: nullopt.
std::optional<int> compare(Budget& budget, const Value& a, const Value& b, const char* op);
bool contains(Budget& budget, const Value& container, const Value& item);  // item in container
std::optional<size_t> length_of(const Value& value);                       // nullopt: no len()
bool is_iterable(const Value& value);

std::string to_text(Budget& budget, const Value& value);                // str(value)
void append_repr(TextBuilder& out, const Value& value, int level = 0);  // repr(value)

// A function that gives the values of `iterable` one by one; fails if it has none. Kinds that the
// interpreter owns (loops) are handled by Interpreter::iterate.
IteratorObject::Next iterate(Budget& budget, const Value& iterable);
std::vector<Value> to_items(Budget& budget, const Value& iterable);

// Fails with the message of an undefined value; for uses that an undefined value does not have.
void require_defined(const Value& value);

}  // namespace jangwon::jinja
