// Jinja's built-in filters. Those that Jinja writes as generators are lazy here too: they give each
// value once, and their work (and their errors) happens when somebody takes it.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/jinja/interpreter.h"
#include "runtime/jinja/python_format.h"
#include "runtime/jinja/python_text.h"
#include "runtime/jinja/scopes.h"

namespace jangwon::jinja {

namespace {

using Getter = std::function<Value(const Value&)>;

// soft_str: text stays what it is, anything else is written.
std::string soft_text(Interpreter& in, const Value& value, const char* filter) {
  if (value.is_string() && value.string().markup)
    fail(std::string("the filter '") + filter + "' on text marked safe is not supported");
  return to_text(in.budget(), value);
}

Value lower_if_text(Interpreter& in, const Value& value) {
  return value.is_string() ? make_string(in.budget(), to_lower(value.text())) : value;
}

// "a.b.0" → the item at each part, one after another.
std::vector<Value> attribute_parts(Interpreter& in, const Value& attribute) {
  if (attribute.is_none()) return {};
  if (!attribute.is_string()) return {attribute};
  std::vector<Value> parts;
  std::string_view rest = attribute.text();
  while (true) {
    const size_t dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    const bool digits =
        !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    int64_t number = 0;
    if (digits &&
        std::from_chars(part.data(), part.data() + part.size(), number).ec == std::errc()) {
      parts.push_back(Value::integer(number));
    } else {
      parts.push_back(make_string(in.budget(), std::string(part)));
    }
    if (dot == std::string_view::npos) return parts;
    rest = rest.substr(dot + 1);
  }
}

Getter make_getter(Interpreter& in, const Value& attribute, bool ignore_case,
                   Value default_value = Value()) {
  std::vector<Value> parts = attribute_parts(in, attribute);
  return [&in, parts = std::move(parts), ignore_case,
          default_value = std::move(default_value)](const Value& item) {
    Value value = item;
    for (const Value& part : parts) {
      value = in.get_item(value, part);
      if (default_value.present() && value.is_undefined()) value = default_value;
    }
    return ignore_case ? lower_if_text(in, value) : value;
  };
}

// A stable sort by keys that may not be comparable. Python sorts with "<" only; so does this.
std::vector<Value> sort_by(Interpreter& in, std::vector<Value> items, const Getter& key,
                           bool reverse) {
  std::vector<std::pair<Value, Value>> keyed;
  in.budget().check(items.size() * 2 * sizeof(Value));
  for (Value& item : items)
    keyed.emplace_back(key(item), std::move(item));
  const auto less = [&in](const auto& a, const auto& b) {
    const std::optional<int> order = compare(in.budget(), a.first, b.first, "<");
    if (!order) fail("sorting with a value that is not a number (NaN) is not supported");
    return *order < 0;
  };
  if (keyed.size() == 1) return {std::move(keyed[0].second)};
  if (reverse) std::reverse(keyed.begin(), keyed.end());
  std::stable_sort(keyed.begin(), keyed.end(), less);
  if (reverse) std::reverse(keyed.begin(), keyed.end());
  std::vector<Value> sorted;
  for (auto& [unused, item] : keyed)
    sorted.push_back(std::move(item));
  return sorted;
}

Value attribute_argument(const BoundArguments& bound, size_t i) {
  return bound.find(i) != nullptr ? *bound.find(i) : Value::none();
}

// Generators look at their input when they are first asked; those of map and select end at once if
// it is false in any way.
enum class Empty { kIterate, kEnds };
Value lazy(Interpreter& in, Empty empty, const Value& source,
           std::function<Value(const IteratorObject::Next&)> next) {
  return make_iterator(in.budget(), "generator", source.depth() + 1,
                       [&in, empty, source, next = std::move(next),
                        from = IteratorObject::Next()]() mutable -> Value {
                         const Interpreter::Depth depth(in);
                         if (from == nullptr) {
                           if (empty == Empty::kEnds && !truthy(source)) return Value();
                           from = iterate(in.budget(), source);
                         }
                         return next(from);
                       });
}

Value filter_map(Interpreter& in, const Value& value, Arguments& arguments) {
  auto shared = std::make_shared<Arguments>(std::move(arguments));
  auto function = std::make_shared<Getter>();
  return lazy(
      in, Empty::kEnds, value,
      [&in, value, shared, function](const IteratorObject::Next& from) -> Value {
        if (*function == nullptr) {
          const auto keyword = [&shared](const char* key) {
            return std::find_if(shared->keyword.begin(), shared->keyword.end(),
                                [key](const auto& k) { return k.first == key; });
          };
          if (shared->positional.empty() && keyword("attribute") != shared->keyword.end()) {
            const Value attribute = keyword("attribute")->second;
            const auto found = keyword("default");
            const Value otherwise = found != shared->keyword.end() && !found->second.is_none()
                                        ? found->second
                                        : Value();
            for (const auto& [key, unused] : shared->keyword) {
              if (key != "attribute" && key != "default")
                fail("unexpected keyword argument " + quote(key));
            }
            *function = make_getter(in, attribute, false, otherwise);
          } else {
            if (shared->positional.empty()) fail("map requires a filter argument");
            const Value name = shared->positional[0];
            if (!name.is_string()) fail("map requires the name of a filter");
            shared->positional.erase(shared->positional.begin());
            *function = [&in, shared, filter = std::string(name.text())](const Value& item) {
              Arguments copy = *shared;
              return in.apply_filter(filter, item, copy);
            };
          }
        }
        const Value item = from();
        return item.present() ? (*function)(item) : Value();
      });
}

Value filter_select(Interpreter& in, const Value& value, Arguments& arguments, bool keep,
                    bool by_attribute) {
  auto shared = std::make_shared<Arguments>(std::move(arguments));
  auto accepts = std::make_shared<std::function<bool(const Value&)>>();
  return lazy(in, Empty::kEnds, value, [=, &in](const IteratorObject::Next& from) -> Value {
    if (*accepts == nullptr) {
      Getter getter = [](const Value& item) { return item; };
      if (by_attribute) {
        if (shared->positional.empty()) fail("missing parameter for attribute name");
        getter = make_getter(in, shared->positional[0], false);
        shared->positional.erase(shared->positional.begin());
      }
      if (shared->positional.empty()) {
        *accepts = [getter](const Value& item) { return truthy(getter(item)); };
      } else {
        const Value name = shared->positional[0];
        if (!name.is_string()) fail("the name of a test is needed");
        shared->positional.erase(shared->positional.begin());
        *accepts = [&in, getter, shared, test = std::string(name.text())](const Value& item) {
          Arguments copy = *shared;
          return in.apply_test(test, getter(item), copy);
        };
      }
    }
    for (Value item = from(); item.present(); item = from()) {
      if ((*accepts)(item) == keep) return item;
    }
    return Value();
  });
}

Value filter_unique(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("unique", arguments, {"case_sensitive", "attribute"});
  const Getter getter = make_getter(in, attribute_argument(bound, 1), !bound.boolean(0, false));
  auto seen = std::make_shared<std::unordered_multimap<size_t, Value>>();
  return lazy(in, Empty::kIterate, value,
              [&in, getter, seen](const IteratorObject::Next& from) -> Value {
                for (Value item = from(); item.present(); item = from()) {
                  const Value key = getter(item);
                  const size_t hash = hash_value(key);
                  const auto [first, last] = seen->equal_range(hash);
                  bool known = false;
                  for (auto it = first; it != last && !known; ++it)
                    known = equals(in.budget(), it->second, key);
                  if (known) continue;
                  in.budget().check_memory((seen->size() + 1) * 80);
                  seen->emplace(hash, key);
                  return item;
                }
                return Value();
              });
}

Value filter_batch(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("batch", arguments, {"linecount", "fill_with"}, 1);
  const int64_t size = bound.integer(0, 0);
  const Value fill = attribute_argument(bound, 1);
  return lazy(in, Empty::kIterate, value,
              [&in, size, fill](const IteratorObject::Next& from) -> Value {
                // As Jinja counts: a batch is handed out when it is exactly `size` long as the next
                // item comes.
                ListBuilder batch(in.budget());
                while (size <= 0 || static_cast<int64_t>(batch.size()) < size) {
                  Value item = from();
                  if (!item.present()) break;
                  batch.push(std::move(item));
                }
                if (batch.size() == 0) return Value();
                if (!fill.is_none()) {
                  while (static_cast<int64_t>(batch.size()) < size)
                    batch.push(fill);
                }
                return make_list(in.budget(), batch.take());
              });
}

Value filter_slice(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("slice", arguments, {"slices", "fill_with"}, 1);
  const int64_t slices = bound.integer(0, 0);
  if (slices <= 0) fail("the number of slices must be positive");
  const Value fill = attribute_argument(bound, 1);
  auto items = std::make_shared<std::vector<Value>>();
  auto number = std::make_shared<int64_t>(-1);
  return lazy(in, Empty::kIterate, value, [=, &in](const IteratorObject::Next& from) -> Value {
    if (*number < 0) {
      ListBuilder all(in.budget());
      for (Value item = from(); item.present(); item = from())
        all.push(std::move(item));
      *items = all.take();
      *number = 0;
    }
    if (*number >= slices) return Value();
    const auto length = static_cast<int64_t>(items->size());
    const int64_t each = length / slices, extra = length % slices, i = (*number)++;
    const int64_t begin = i * each + std::min(i, extra), end = begin + each + (i < extra ? 1 : 0);
    std::vector<Value> part(items->begin() + begin, items->begin() + end);
    if (!fill.is_none() && i >= extra) part.push_back(fill);
    return make_list(in.budget(), std::move(part));
  });
}

Value filter_items(Interpreter& in, const Value& value) {
  return make_iterator(in.budget(), "generator", value.depth() + 1,
                       [&in, value, i = size_t{0}]() mutable -> Value {
                         if (value.is_undefined()) return Value();
                         if (!value.is(Kind::kDict)) fail("can only get item pairs from a mapping");
                         const auto& entries = value.dict().entries;
                         if (i >= entries.size()) return Value();
                         in.budget().step();
                         const auto& entry = entries[i++];
                         return make_tuple(in.budget(), {entry.first, entry.second});
                       });
}

Value filter_reverse(Interpreter& in, const Value& value) {
  Budget& budget = in.budget();
  if (value.is_string()) {
    budget.check(value.text().size());
    std::string out;
    const std::string_view text = value.text();
    for (size_t end = text.size(); end > 0;) {
      size_t begin = end - 1;
      while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80)
        --begin;
      out += text.substr(begin, end - begin);
      end = begin;
    }
    return value.string().markup ? make_markup(budget, std::move(out))
                                 : make_string(budget, std::move(out));
  }
  std::vector<Value> items = to_items(budget, value);
  std::reverse(items.begin(), items.end());
  // reversed() of a generator is not possible, and Jinja then makes a list.
  if (value.is(Kind::kIterator)) return make_list(budget, std::move(items));
  const Value list = make_list(budget, std::move(items));
  return make_iterator(budget, "reversed", list.depth() + 1, iterate(budget, list));
}

Value filter_sort(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("sort", arguments, {"reverse", "case_sensitive", "attribute"});
  const bool ignore_case = !bound.boolean(1, false);
  // One key for each attribute that a comma separates, even for none: keys are lists.
  std::vector<Getter> getters;
  const Value attribute = attribute_argument(bound, 2);
  if (attribute.is_string()) {
    std::string_view rest = attribute.text();
    while (true) {
      const size_t comma = rest.find(',');
      getters.push_back(make_getter(
          in, make_string(in.budget(), std::string(rest.substr(0, comma))), ignore_case));
      if (comma == std::string_view::npos) break;
      rest = rest.substr(comma + 1);
    }
  } else {
    getters.push_back(make_getter(in, attribute, ignore_case));
  }
  const Getter key = [&in, &getters](const Value& item) {
    std::vector<Value> keys;
    for (const Getter& getter : getters)
      keys.push_back(getter(item));
    return make_list(in.budget(), std::move(keys));
  };
  return make_list(in.budget(),
                   sort_by(in, to_items(in.budget(), value), key, bound.boolean(0, false)));
}

Value filter_dictsort(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("dictsort", arguments, {"case_sensitive", "by", "reverse"});
  const std::string_view by = bound.find(1) != nullptr ? bound.text(1) : "key";
  if (by != "key" && by != "value") fail("you can only sort by either \"key\" or \"value\"");
  require_defined(value);
  if (!value.is(Kind::kDict)) fail("'" + type_name(value) + "' object has no attribute 'items'");
  std::vector<Value> items;
  for (const auto& [key, item] : value.dict().entries)
    items.push_back(make_tuple(in.budget(), {key, item}));
  const bool ignore_case = !bound.boolean(0, false);
  const Getter key = [&](const Value& item) {
    const Value& part = item.items()[by == "key" ? 0 : 1];
    return ignore_case ? lower_if_text(in, part) : part;
  };
  return make_list(in.budget(), sort_by(in, std::move(items), key, bound.boolean(2, false)));
}

Value filter_groupby(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("groupby", arguments, {"attribute", "default", "case_sensitive"}, 1);
  const Value otherwise =
      bound.find(1) != nullptr && !bound.find(1)->is_none() ? *bound.find(1) : Value();
  const bool ignore_case = !bound.boolean(2, false);
  const Getter key = make_getter(in, *bound.find(0), ignore_case, otherwise);
  const Getter shown = make_getter(in, *bound.find(0), false, otherwise);
  const std::vector<Value> sorted = sort_by(in, to_items(in.budget(), value), key, false);
  std::vector<Value> groups;
  for (size_t begin = 0; begin < sorted.size();) {
    const Value group_key = key(sorted[begin]);
    size_t end = begin + 1;
    while (end < sorted.size() && equals(in.budget(), key(sorted[end]), group_key))
      ++end;
    std::vector<Value> members(sorted.begin() + static_cast<ptrdiff_t>(begin),
                               sorted.begin() + static_cast<ptrdiff_t>(end));
    Value group = make_tuple(in.budget(), {ignore_case ? shown(members[0]) : group_key,
                                           make_list(in.budget(), members)});
    group.object<ListObject>().grouper = true;
    groups.push_back(std::move(group));
    begin = end;
  }
  return make_list(in.budget(), std::move(groups));
}

Value filter_extreme(Interpreter& in, const Value& value, Arguments& arguments, bool want_max) {
  const BoundArguments bound(want_max ? "max" : "min", arguments, {"case_sensitive", "attribute"});
  const Getter key = make_getter(in, attribute_argument(bound, 1), !bound.boolean(0, false));
  const IteratorObject::Next next = iterate(in.budget(), value);
  Value best = next();
  if (!best.present()) return Value::undefined("No aggregated item, sequence was empty.");
  Value best_key = key(best);
  for (Value item = next(); item.present(); item = next()) {
    Value item_key = key(item);
    const bool better = want_max ? apply_comparison(in, ">", item_key, best_key)
                                 : apply_comparison(in, "<", item_key, best_key);
    if (!better) continue;
    best = std::move(item);
    best_key = std::move(item_key);
  }
  return best;
}

Value filter_sum(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("sum", arguments, {"attribute", "start"});
  Value total = bound.find(1) != nullptr ? *bound.find(1) : Value::integer(0);
  if (total.is_string()) fail("sum() can't sum strings [use ''.join(seq) instead]");
  const Value attribute = attribute_argument(bound, 0);
  const Getter getter = make_getter(in, attribute, false);
  const IteratorObject::Next next = iterate(in.budget(), value);
  for (Value item = next(); item.present(); item = next()) {
    total = apply_binary(in, "+", total, attribute.is_none() ? item : getter(item));
  }
  return total;
}

Value filter_join(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("join", arguments, {"d", "attribute"});
  const std::string separator =
      bound.find(0) != nullptr ? to_text(in.budget(), *bound.find(0)) : "";
  const Value attribute = attribute_argument(bound, 1);
  const Getter getter = make_getter(in, attribute, false);
  TextBuilder out(in.budget());
  bool first = true;
  const IteratorObject::Next next = iterate(in.budget(), value);
  for (Value item = next(); item.present(); item = next()) {
    if (!std::exchange(first, false)) out.append(separator);
    const Value part = attribute.is_none() ? item : getter(item);
    if (part.is_string()) {
      out.append(part.text());
    } else {
      out.append(to_text(in.budget(), part));
    }
  }
  return make_string(in.budget(), out.take());
}

Value filter_first(Interpreter& in, const Value& value) {
  const Value first = iterate(in.budget(), value)();
  return first.present() ? first : Value::undefined("No first item, sequence was empty.");
}

Value filter_last(Interpreter& in, const Value& value) {
  if (value.is(Kind::kIterator)) fail("'generator' object is not reversible");
  const std::vector<Value> items =
      value.is_string() ? std::vector<Value>() : to_items(in.budget(), value);
  if (value.is_string()) {
    const std::string_view text = value.text();
    size_t begin = text.size();
    while (begin > 0 &&
           (begin == text.size() || (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80))
      --begin;
    return text.empty() ? Value::undefined("No last item, sequence was empty.")
                        : make_string(in.budget(), std::string(text.substr(begin)));
  }
  return items.empty() ? Value::undefined("No last item, sequence was empty.") : items.back();
}

Value filter_indent(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("indent", arguments, {"width", "first", "blank"});
  if (!value.is_string()) {
    require_defined(value);
    fail("the filter 'indent' needs a str, not " + type_name(value));
  }
  const std::string text = soft_text(in, value, "indent") + "\n";
  std::string indention(4, ' ');
  if (bound.find(0) != nullptr) {
    if (bound.find(0)->is_string()) {
      indention = bound.text(0);
    } else {
      const int64_t width = std::max<int64_t>(bound.integer(0, 4), 0);
      in.budget().check(static_cast<uint64_t>(width));
      indention.assign(static_cast<size_t>(width), ' ');
    }
  }
  const bool blank = bound.boolean(2, false);
  TextBuilder out(in.budget());
  if (bound.boolean(1, false)) out.append(indention);
  bool first = true;
  for (std::string_view line : split_lines(text, false)) {
    if (!std::exchange(first, false)) {
      out.append("\n");
      if (blank || !line.empty()) out.append(indention);
    }
    out.append(line);
  }
  return make_string(in.budget(), out.take());
}

Value filter_truncate(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("truncate", arguments, {"length", "killwords", "end", "leeway"});
  const std::string end(bound.find(2) != nullptr ? bound.text(2) : "...");
  const int64_t length = bound.integer(0, 255);
  const int64_t leeway =
      bound.find(3) != nullptr && !bound.find(3)->is_none() ? bound.integer(3, 5) : 5;
  const auto end_length = static_cast<int64_t>(count_code_points(end));
  if (length < end_length)
    fail("expected length >= " + std::to_string(end_length) + ", got " + std::to_string(length));
  if (leeway < 0) fail("expected leeway >= 0, got " + std::to_string(leeway));
  const std::optional<size_t> size = length_of(value);
  if (!size) fail("object of type '" + type_name(value) + "' has no len()");
  if (static_cast<int64_t>(*size) <= length + leeway) return value;
  if (!value.is_string())
    fail("the filter 'truncate' cannot cut a value of type " + type_name(value));
  const std::string text = soft_text(in, value, "truncate");
  std::string cut = text.substr(0, byte_offset(text, static_cast<size_t>(length - end_length)));
  if (!bound.boolean(1, false)) {
    const size_t space = cut.rfind(' ');
    if (space != std::string::npos) cut.resize(space);
  }
  return make_string(in.budget(), cut + end);
}

// int(text, base) and int(float(text)); nullopt where Python raises ValueError.
std::optional<int64_t> parse_int(std::string_view text, int64_t base) {
  text = strip_space(text);
  std::string digits;
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const auto has_prefix = [&](char mark) {
    return text.size() > 1 && text[0] == '0' && (text[1] | 0x20) == mark;
  };
  bool prefixed = false;
  for (const auto& [mark, radix] : {std::pair('b', 2), std::pair('o', 8), std::pair('x', 16)}) {
    if (has_prefix(mark) && (base == radix || base == 0)) {
      base = radix;
      text.remove_prefix(2);
      if (!text.empty() && text[0] == '_') text.remove_prefix(1);
      prefixed = true;
      break;
    }
  }
  if (base == 0) {
    if (!prefixed && text.size() > 1 && text[0] == '0' &&
        text.find_first_not_of("0_") != std::string_view::npos)
      return std::nullopt;
    base = 10;
  }
  if (base < 2 || base > 36) fail("int() base must be >= 2 and <= 36, or 0");
  for (size_t i = 0; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) >= 0x80) {
      size_t position = i;
      if (is_decimal(next_code_point(text, position)))
        fail("digits other than 0 to 9 are not supported by the filter 'int'");
      return std::nullopt;
    }
    if (text[i] == '_') {
      if (i == 0 || i + 1 == text.size() || text[i + 1] == '_') return std::nullopt;
      continue;
    }
    digits += text[i];
  }
  if (digits.empty()) return std::nullopt;
  if (negative) digits.insert(0, 1, '-');
  int64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, static_cast<int>(base));
  if (end != digits.data() + digits.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) fail("an integer beyond 64 bits");
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<double> parse_float(std::string_view text) {
  text = strip_space(text);
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto is_digit_at = [&](size_t k) {
      return k < text.size() && text[k] >= '0' && text[k] <= '9';
    };
    if (static_cast<unsigned char>(text[i]) >= 0x80) {
      size_t position = i;
      if (is_decimal(next_code_point(text, position)))
        fail("digits other than 0 to 9 are not supported by the filter 'float'");
      return std::nullopt;
    }
    if (text[i] == '_') {
      if (i == 0 || !is_digit_at(i - 1) || !is_digit_at(i + 1)) return std::nullopt;
      continue;
    }
    digits += text[i];
  }
  std::string_view body = digits;
  if (!body.empty() && (body[0] == '+' || body[0] == '-')) body.remove_prefix(1);
  std::string word(body);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool negative = !digits.empty() && digits[0] == '-';
  if (word == "inf" || word == "infinity") return negative ? -HUGE_VAL : HUGE_VAL;
  if (word == "nan") return std::nan("");
  if (word.empty() || word.find_first_not_of("0123456789.e+-") != std::string::npos ||
      word[0] == '+' || word[0] == '-')
    return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(digits.c_str(), &end);
  return *end == '\0' ? std::optional<double>(value) : std::nullopt;
}

Value filter_int(const Value& value, Arguments& arguments) {
  const BoundArguments bound("int", arguments, {"default", "base"});
  const Value otherwise = bound.find(0) != nullptr ? *bound.find(0) : Value::integer(0);
  const auto from_double = [&](double number) {
    if (!std::isfinite(number)) return otherwise;
    if (std::fabs(number) >= 9.2e18) fail("an integer beyond 64 bits");
    return Value::integer(static_cast<int64_t>(std::trunc(number)));
  };
  if (value.is_integral()) return Value::integer(value.as_int());
  if (value.is(Kind::kFloat)) {
    if (std::isinf(value.as_double())) fail("cannot convert float infinity to integer");
    return from_double(value.as_double());
  }
  if (!value.is_string()) {
    require_defined(value);
    return otherwise;
  }
  if (const std::optional<int64_t> number = parse_int(value.text(), bound.integer(1, 10)))
    return Value::integer(*number);
  const std::optional<double> number = parse_float(value.text());
  return number ? from_double(*number) : otherwise;
}

Value filter_float(const Value& value, Arguments& arguments) {
  const BoundArguments bound("float", arguments, {"default"});
  const Value otherwise = bound.find(0) != nullptr ? *bound.find(0) : Value::real(0.0);
  if (value.is_number()) return Value::real(value.as_double());
  if (!value.is_string()) {
    require_defined(value);
    return otherwise;
  }
  const std::optional<double> number = parse_float(value.text());
  return number ? Value::real(*number) : otherwise;
}

Value filter_round(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("round", arguments, {"precision", "method"});
  const std::string_view method = bound.find(1) != nullptr ? bound.text(1) : "common";
  if (method != "common" && method != "ceil" && method != "floor")
    fail("method must be common, ceil or floor");
  require_defined(value);
  if (!value.is_number()) fail("type " + type_name(value) + " doesn't define __round__ method");
  const int64_t precision = bound.integer(0, 0);
  if (method == "common") {
    if (value.is_integral()) {
      if (precision < 0) fail("rounding an integer to a negative precision is not supported");
      return Value::integer(value.as_int());
    }
    if (precision < 0 || precision > 300) fail("rounding to this precision is not supported");
    const double number = value.as_double();
    if (!std::isfinite(number)) return value;
    char buffer[700];
    std::snprintf(buffer, sizeof(buffer), "%.*f", static_cast<int>(precision), number);
    return Value::real(std::strtod(buffer, nullptr));
  }
  if (precision < 0 || precision > 18) fail("rounding to this precision is not supported");
  const Value power = apply_binary(in, "**", Value::integer(10), Value::integer(precision));
  const Value scaled = apply_binary(in, "*", value, power);
  double whole = scaled.as_double();
  if (!std::isfinite(whole)) fail("cannot round an infinite number");
  if (!scaled.is_integral()) whole = method == "ceil" ? std::ceil(whole) : std::floor(whole);
  if (std::fabs(whole) > 9007199254740992.0)
    fail("rounding a number beyond 2**53 is not supported");
  return apply_binary(in, "/", Value::integer(static_cast<int64_t>(whole)), power);
}

Value filter_tojson(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("tojson", arguments,
                             {"ensure_ascii", "indent", "separators", "sort_keys"});
  JsonOptions options;
  options.ensure_ascii = bound.boolean(0, false);
  options.sort_keys = bound.boolean(3, false);
  if (const Value* indent = bound.find(1); indent != nullptr && !indent->is_none()) {
    if (indent->is_string()) {
      options.indent = std::string(indent->text());
    } else {
      const int64_t width = std::max<int64_t>(to_index(*indent, "the indent of tojson"), 0);
      in.budget().check(static_cast<uint64_t>(width));
      options.indent = std::string(static_cast<size_t>(width), ' ');
    }
    options.item_separator = ",";
  }
  if (const Value* separators = bound.find(2); separators != nullptr && !separators->is_none()) {
    const std::vector<Value> pair = to_items(in.budget(), *separators);
    if (pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string())
      fail("the separators of tojson must be two strings");
    options.item_separator = pair[0].text();
    options.key_separator = pair[1].text();
  }
  return make_string(in.budget(), to_json(in, value, options));
}

std::string title_words(std::string_view text) {
  // Words begin after runs of these and of white space.
  const auto separates = [](uint32_t c) {
    return c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || is_space(c);
  };
  std::string out;
  for (size_t position = 0; position < text.size();) {
    const size_t begin = position;
    size_t next = position;
    const bool separator = separates(next_code_point(text, next));
    position = next;
    while (position < text.size()) {
      next = position;
      if (separates(next_code_point(text, next)) != separator) break;
      position = next;
    }
    size_t after_first = begin;
    next_code_point(text, after_first);
    out += to_upper(text.substr(begin, after_first - begin));
    out += to_lower(text.substr(after_first, position - after_first));
  }
  return out;
}

int64_t count_words(std::string_view text) {
  int64_t count = 0;
  bool inside = false;
  for (size_t position = 0; position < text.size();) {
    const uint32_t c = next_code_point(text, position);
    const bool word = c == '_' || is_alnum(c);
    if (word && !inside) ++count;
    inside = word;
  }
  return count;
}

Value filter_attr(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments bound("attr", arguments, {"name"}, 1);
  const std::string name(bound.text(0));
  require_defined(value);
  const Value found = find_python_attribute(in, value, name);
  return found.present() ? found
                         : Value::undefined("'" + type_name(value) + " object' has no attribute " +
                                            quote(name));
}

using Filter = Value (*)(Interpreter&, const Value&, Arguments&);

struct NamedFilter {
  std::string_view name;
  Filter apply;
};

// A filter without arguments on the text of a value.
template <std::string (*Convert)(std::string_view)>
Value text_filter(Interpreter& in, const Value& value, Arguments& arguments) {
  const BoundArguments none("the filter", arguments, {});
  const std::string text = soft_text(in, value, "upper, lower, title or capitalize");
  in.budget().check(3 * text.size());
  return make_string(in.budget(), Convert(text));
}

constexpr NamedFilter kFilters[] = {
    {"abs",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("abs", arguments, {});
       if (value.is_integral())
         return value.as_int() < 0 ? apply_unary(in, "-", value) : Value::integer(value.as_int());
       if (value.is(Kind::kFloat)) return Value::real(std::fabs(value.as_double()));
       require_defined(value);
       fail("bad operand type for abs(): '" + type_name(value) + "'");
     }},
    {"attr", filter_attr},
    {"batch", filter_batch},
    {"capitalize", text_filter<to_capitalized>},
    {"center",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments bound("center", arguments, {"width"});
       Arguments width;
       width.positional.push_back(Value::integer(bound.integer(0, 80)));
       const Value text = make_string(in.budget(), soft_text(in, value, "center"));
       return in.call(find_python_attribute(in, text, "center"), width);
     }},
    {"default",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments bound("default", arguments, {"default_value", "boolean"});
       if (!value.is_undefined() && !(bound.boolean(1, false) && !truthy(value))) return value;
       return bound.find(0) != nullptr ? *bound.find(0) : make_string(in.budget(), "");
     }},
    {"dictsort", filter_dictsort},
    {"escape",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("escape", arguments, {});
       if (value.is_string() && value.string().markup) return value;
       return make_markup(in.budget(), escape_markup(to_text(in.budget(), value)));
     }},
    {"first",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("first", arguments, {});
       return filter_first(in, value);
     }},
    {"float", [](Interpreter&, const Value& value,
                 Arguments& arguments) { return filter_float(value, arguments); }},
    {"forceescape",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("forceescape", arguments, {});
       return make_markup(in.budget(), escape_markup(to_text(in.budget(), value)));
     }},
    {"format",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       if (!arguments.positional.empty() && !arguments.keyword.empty()) {
         fail("can't handle positional and keyword arguments at the same time");
       }
       const std::string text = soft_text(in, value, "format");
       if (arguments.keyword.empty()) {
         return make_string(
             in.budget(),
             format_percent(in.budget(), text, make_tuple(in.budget(), arguments.positional)));
       }
       std::vector<DictObject::Entry> entries;
       for (const auto& [key, item] : arguments.keyword)
         entries.emplace_back(make_string(in.budget(), key), item);
       return make_string(in.budget(), format_percent(in.budget(), text,
                                                      make_dict(in.budget(), std::move(entries))));
     }},
    {"groupby", filter_groupby},
    {"indent", filter_indent},
    {"int", [](Interpreter&, const Value& value,
               Arguments& arguments) { return filter_int(value, arguments); }},
    {"items",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("items", arguments, {});
       return filter_items(in, value);
     }},
    {"join", filter_join},
    {"last",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("last", arguments, {});
       return filter_last(in, value);
     }},
    {"length",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("length", arguments, {});
       if (value.is(Kind::kLoop))
         return Value::integer(static_cast<int64_t>(value.object<LoopObject>().length(in)));
       const std::optional<size_t> length = length_of(value);
       if (!length) fail("object of type '" + type_name(value) + "' has no len()");
       return Value::integer(static_cast<int64_t>(*length));
     }},
    {"list",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("list", arguments, {});
       return make_list(in.budget(), to_items(in.budget(), value));
     }},
    {"lower", text_filter<to_lower>},
    {"map", filter_map},
    {"max", [](Interpreter& in, const Value& value,
               Arguments& arguments) { return filter_extreme(in, value, arguments, true); }},
    {"min", [](Interpreter& in, const Value& value,
               Arguments& arguments) { return filter_extreme(in, value, arguments, false); }},
    {"reject",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       return filter_select(in, value, arguments, false, false);
     }},
    {"rejectattr",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       return filter_select(in, value, arguments, false, true);
     }},
    {"replace",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments bound("replace", arguments, {"old", "new", "count"}, 2);
       Arguments call;
       call.positional = {make_string(in.budget(), to_text(in.budget(), *bound.find(0))),
                          make_string(in.budget(), to_text(in.budget(), *bound.find(1)))};
       if (bound.find(2) != nullptr && !bound.find(2)->is_none())
         call.positional.push_back(*bound.find(2));
       const Value text = make_string(in.budget(), to_text(in.budget(), value));
       return in.call(find_python_attribute(in, text, "replace"), call);
     }},
    {"reverse",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("reverse", arguments, {});
       return filter_reverse(in, value);
     }},
    {"round", filter_round},
    {"safe",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("safe", arguments, {});
       return make_markup(in.budget(), to_text(in.budget(), value));
     }},
    {"select",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       return filter_select(in, value, arguments, true, false);
     }},
    {"selectattr",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       return filter_select(in, value, arguments, true, true);
     }},
    {"slice", filter_slice},
    {"sort", filter_sort},
    {"string",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("string", arguments, {});
       return value.is_string() ? value : make_string(in.budget(), to_text(in.budget(), value));
     }},
    {"sum", filter_sum},
    {"title", text_filter<title_words>},
    {"tojson", filter_tojson},
    {"trim",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments bound("trim", arguments, {"chars"});
       const bool markup = value.is_string() && value.string().markup;
       const std::string text = to_text(in.budget(), value);
       const bool chars = bound.find(0) != nullptr && !bound.find(0)->is_none();
       std::string out(chars ? strip_characters(text, bound.text(0), Side::kBoth)
                             : strip_space(text));
       return markup ? make_markup(in.budget(), std::move(out))
                     : make_string(in.budget(), std::move(out));
     }},
    {"truncate", filter_truncate},
    {"unique", filter_unique},
    {"upper", text_filter<to_upper>},
    {"wordcount",
     [](Interpreter& in, const Value& value, Arguments& arguments) {
       const BoundArguments none("wordcount", arguments, {});
       return Value::integer(count_words(soft_text(in, value, "wordcount")));
     }},
};

std::string_view canonical_name(std::string_view name) {
  if (name == "count") return "length";
  if (name == "d") return "default";
  if (name == "e") return "escape";
  return name;
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Value Interpreter::apply_filter(const std::string& name, const Value& value, Arguments& arguments) {
  const Depth depth(*this);
  budget_.step();
  const std::string_view canonical = canonical_name(name);
  const auto found = std::find_if(std::begin(kFilters), std::end(kFilters),
                                  [&](const NamedFilter& f) { return f.name == canonical; });
  if (found != std::end(kFilters)) return found->apply(*this, value, arguments);
  if (is_filter_name(name)) fail("the filter " + quote(name) + " is not supported");
  fail("there is no filter " + quote(name));
}

}  // namespace jangwon::jinja
