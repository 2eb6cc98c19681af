// json.dumps, as the tojson filter of chat templates calls it.

#include <algorithm>
#include <cmath>

#include "runtime/jinja/interpreter.h"
#include "runtime/jinja/python_text.h"

namespace jangwon::jinja {

namespace {

class JsonWriter {
 public:
  JsonWriter(Interpreter& interpreter, const JsonOptions& options)
      : options_(options), out_(interpreter.budget()), budget_(interpreter.budget()) {}

  void write(const Value& value, int level) {
    budget_.step();
    switch (value.kind()) {
      case Kind::kNone:
        return out_.append("null");
      case Kind::kBool:
        return out_.append(value.as_bool() ? "true" : "false");
      case Kind::kInt:
        return out_.append(std::to_string(value.as_int()));
      case Kind::kFloat:
        return out_.append(float_text(value.as_double()));
      case Kind::kString:
        return write_string(value.text());
      case Kind::kList:
      case Kind::kTuple:
        return write_items(value.items(), level);
      case Kind::kDict:
        return write_entries(value.dict().entries, level);
      default:
        fail("Object of type " + type_name(value) + " is not JSON serializable");
    }
  }

  std::string take() { return out_.take(); }

 private:
  static std::string float_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    return float_repr(value);
  }

  void write_string(std::string_view text) {
    std::string quoted;
    append_json_string(quoted, text, options_.ensure_ascii);
    out_.append(quoted);
  }

  void break_line(int level) {
    if (!options_.indent) return;
    out_.append("\n");
    for (int i = 0; i < level; ++i)
      out_.append(*options_.indent);
  }

  // With an indent the separator loses no blank by itself: json.dumps sets it to "," then, and so
  // does the filter.
  void separate(bool first, int level) {
    if (!first) out_.append(options_.item_separator);
    break_line(level);
  }

  void write_items(const std::vector<Value>& items, int level) {
    if (items.empty()) return out_.append("[]");
    out_.append("[");
    bool first = true;
    for (const Value& item : items) {
      separate(std::exchange(first, false), level + 1);
      write(item, level + 1);
    }
    break_line(level);
    out_.append("]");
  }

  void write_entries(const std::vector<DictObject::Entry>& entries, int level) {
    if (entries.empty()) return out_.append("{}");
    std::vector<const DictObject::Entry*> order;
    for (const auto& entry : entries)
      order.push_back(&entry);
    if (options_.sort_keys) {
      std::stable_sort(order.begin(), order.end(), [this](const auto* a, const auto* b) {
        const std::optional<int> c = compare(budget_, a->first, b->first, "<");
        return c && *c < 0;
      });
    }
    out_.append("{");
    bool first = true;
    for (const auto* entry : order) {
      separate(std::exchange(first, false), level + 1);
      write_key(entry->first);
      out_.append(options_.key_separator);
      write(entry->second, level + 1);
    }
    break_line(level);
    out_.append("}");
  }

  void write_key(const Value& key) {
    switch (key.kind()) {
      case Kind::kString:
        return write_string(key.text());
      case Kind::kNone:
        return out_.append("\"null\"");
      case Kind::kBool:
        return out_.append(key.as_bool() ? "\"true\"" : "\"false\"");
      case Kind::kInt:
        return out_.append("\"" + std::to_string(key.as_int()) + "\"");
      case Kind::kFloat:
        return out_.append("\"" + float_text(key.as_double()) + "\"");
      default:
        fail("keys must be str, int, float, bool or None, not " + type_name(key));
    }
  }

  const JsonOptions& options_;
  TextBuilder out_;
  Budget& budget_;
};

}  // namespace

std::string to_json(Interpreter& interpreter, const Value& value, const JsonOptions& options) {
  JsonWriter writer(interpreter, options);
  writer.write(value, 0);
  return writer.take();
}

}  // namespace jangwon::jinja
