// The attributes that Python's built-in types have, as templates see them: methods, mostly.
// Those that the sandbox hides read as undefined and fail when used; those that exist in
// Python but not here fail by name when they are touched, since treating them as missing would
// render something else.

#include <algorithm>
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/jinja/interpreter.h"
#include "runtime/jinja/python_format.h"
#include "runtime/jinja/python_text.h"

namespace jangwon::jinja {

namespace {

using Names = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view name, Names names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Value hidden(const Value& object, const std::string& name) {
  return Value::undefined("access to attribute " + quote(name) + " of '" + type_name(object) +
                          "' object is unsafe");
}

[[noreturn]] void fail_unsupported(const Value& object, const std::string& name) {
  fail("the attribute " + quote(name) + " of a value of type " + type_name(object) +
       " is not supported");
}

// What every Python object has between two pairs of underscores, and what containers
// and numbers add.
bool is_special_name(std::string_view name) {
  return name.size() > 4 && name.starts_with("__") && name.ends_with("__") &&
         is_one_of(name.substr(2, name.size() - 4), {"class",
                                                     "delattr",
                                                     "dir",
                                                     "doc",
                                                     "eq",
                                                     "format",
                                                     "ge",
                                                     "getattribute",
                                                     "getstate",
                                                     "gt",
                                                     "hash",
                                                     "init",
                                                     "le",
                                                     "lt",
                                                     "ne",
                                                     "new",
                                                     "reduce",
                                                     "reduce_ex",
                                                     "repr",
                                                     "setattr",
                                                     "sizeof",
                                                     "str",
                                                     "subclasshook",
                                                     "init_subclass",
                                                     "add",
                                                     "contains",
                                                     "getitem",
                                                     "getnewargs",
                                                     "iter",
                                                     "len",
                                                     "mod",
                                                     "mul",
                                                     "rmod",
                                                     "rmul",
                                                     "delitem",
                                                     "iadd",
                                                     "imul",
                                                     "reversed",
                                                     "setitem",
                                                     "class_getitem",
                                                     "ior",
                                                     "or",
                                                     "ror",
                                                     "call",
                                                     "name",
                                                     "qualname",
                                                     "self",
                                                     "module",
                                                     "globals",
                                                     "code",
                                                     "closure",
                                                     "defaults",
                                                     "dict",
                                                     "get",
                                                     "kwdefaults",
                                                     "annotations",
                                                     "bool",
                                                     "abs",
                                                     "int",
                                                     "float",
                                                     "index",
                                                     "neg",
                                                     "pos",
                                                     "next",
                                                     "del",
                                                     "weakref",
                                                     "func",
                                                     "wrapped",
                                                     "text_signature",
                                                     "builtins"});
}

Value method(Interpreter& interpreter, const Value& object, const std::string& name,
             FunctionObject::Body body) {
  return make_function(interpreter.budget(), name, object.depth() + 1, std::move(body));
}

Value text_value(Interpreter& in, std::string_view text) {
  return make_string(in.budget(), std::string(text));
}

// str.split and str.rsplit.
Value split(Interpreter& in, std::string_view text, const Value* separator, int64_t limit,
            bool from_right) {
  std::vector<std::string_view> parts;
  Budget& budget = in.budget();
  const auto add = [&](std::string_view part) {
    budget.step();
    budget.check_memory((parts.size() + 1) * (sizeof(Value) + sizeof(StringObject)));
    parts.push_back(part);
  };
  const auto may_split = [&] { return limit < 0 || static_cast<int64_t>(parts.size()) < limit; };
  budget.step(text.size() / 16);
  if (separator == nullptr || separator->is_none()) {
    const Side near = from_right ? Side::kRight : Side::kLeft;
    for (text = strip_space(text, near); !text.empty(); text = strip_space(text, near)) {
      if (!may_split()) {
        // The rest keeps its inner and far white space.
        add(text);
        break;
      }
      // The longest run of characters that are not white space.
      size_t begin = 0, end = 0;
      if (from_right) {
        begin = end = text.size();
        while (begin > 0) {
          size_t last = begin - 1;
          while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80)
            --last;
          size_t position = last;
          if (is_space(next_code_point(text, position))) break;
          begin = last;
        }
        add(text.substr(begin));
        text = text.substr(0, begin);
      } else {
        while (end < text.size()) {
          size_t next = end;
          if (is_space(next_code_point(text, next))) break;
          end = next;
        }
        add(text.substr(0, end));
        text = text.substr(end);
      }
    }
  } else {
    if (!separator->is_string())
      fail("the separator of split must be str or None, not " + type_name(*separator));
    const std::string_view mark = separator->text();
    if (mark.empty()) fail("empty separator");
    while (may_split()) {
      const size_t at = from_right ? text.rfind(mark) : text.find(mark);
      if (at == std::string_view::npos) break;
      if (from_right) {
        add(text.substr(at + mark.size()));
        text = text.substr(0, at);
      } else {
        add(text.substr(0, at));
        text = text.substr(at + mark.size());
      }
    }
    add(text);
  }
  if (from_right) std::reverse(parts.begin(), parts.end());
  std::vector<Value> items;
  for (std::string_view part : parts)
    items.push_back(text_value(in, part));
  return make_list(budget, std::move(items));
}

Value partition(Interpreter& in, std::string_view text, std::string_view mark, bool from_right) {
  if (mark.empty()) fail("empty separator");
  const size_t at = from_right ? text.rfind(mark) : text.find(mark);
  if (at == std::string_view::npos) {
    return make_tuple(
        in.budget(),
        from_right
            ? std::vector<Value>{text_value(in, ""), text_value(in, ""), text_value(in, text)}
            : std::vector<Value>{text_value(in, text), text_value(in, ""), text_value(in, "")});
  }
  return make_tuple(in.budget(), {text_value(in, text.substr(0, at)), text_value(in, mark),
                                  text_value(in, text.substr(at + mark.size()))});
}

// The part of `text` that optional start and end arguments select, and where it begins in code
// points; nullopt: start lies behind the end.
std::optional<std::pair<std::string_view, size_t>> window(std::string_view text,
                                                          const BoundArguments& bound,
                                                          size_t first) {
  const auto size = static_cast<int64_t>(count_code_points(text));
  const auto resolve = [&](size_t i, int64_t otherwise) {
    if (bound.find(i) == nullptr || bound.find(i)->is_none()) return otherwise;
    const int64_t value = bound.integer(i, 0);
    return value < 0 ? std::max<int64_t>(0, value < -size ? 0 : value + size) : value;
  };
  const int64_t start = resolve(first, 0), end = std::min(resolve(first + 1, size), size);
  if (start > end) return std::nullopt;
  const size_t from = byte_offset(text, static_cast<size_t>(start)),
               to = byte_offset(text, static_cast<size_t>(end));
  return std::pair(text.substr(from, to - from), static_cast<size_t>(start));
}

size_t count_occurrences(std::string_view text, std::string_view needle) {
  if (needle.empty()) return count_code_points(text) + 1;
  size_t count = 0;
  for (size_t at = text.find(needle); at != std::string_view::npos;
       at = text.find(needle, at + needle.size()))
    ++count;
  return count;
}

Value starts_or_ends(Interpreter& in, std::string_view text, const std::string& name,
                     Arguments& arguments) {
  const BoundArguments bound(name, arguments, {"prefix", "start", "end"}, 1, 3);
  const auto part = window(text, bound, 1);
  const auto matches = [&](const Value& value) {
    require_defined(value);
    if (!value.is_string())
      fail(name + " first arg must be str or a tuple of str, not " + type_name(value));
    if (!part) return false;
    return name == "startswith" ? part->first.starts_with(value.text())
                                : part->first.ends_with(value.text());
  };
  static_cast<void>(in);
  const Value& wanted = *bound.find(0);
  if (!wanted.is(Kind::kTuple)) return Value::boolean(matches(wanted));
  for (const Value& value : wanted.items()) {
    if (matches(value)) return Value::boolean(true);
  }
  return Value::boolean(false);
}

Value find_in(std::string_view text, const std::string& name, Arguments& arguments) {
  const BoundArguments bound(name, arguments, {"sub", "start", "end"}, 1, 3);
  const std::string_view needle = bound.text(0);
  const auto part = window(text, bound, 1);
  if (name == "count")
    return Value::integer(part ? static_cast<int64_t>(count_occurrences(part->first, needle)) : 0);
  const bool from_right = name[0] == 'r';
  size_t at = std::string_view::npos;
  if (part) at = from_right ? part->first.rfind(needle) : part->first.find(needle);
  if (at == std::string_view::npos) {
    if (name.ends_with("index")) fail("substring not found");
    return Value::integer(-1);
  }
  return Value::integer(
      static_cast<int64_t>(part->second + count_code_points(part->first.substr(0, at))));
}

Value replace_in(Interpreter& in, std::string_view text, std::string_view from, std::string_view to,
                 int64_t limit) {
  TextBuilder out(in.budget());
  in.budget().step(text.size() / 16);
  int64_t done = 0;
  const auto may = [&] { return limit < 0 || done < limit; };
  if (from.empty()) {
    for (size_t position = 0; may();) {
      out.append(to);
      ++done;
      if (position >= text.size()) {
        position = text.size();
        return make_string(in.budget(), out.take());
      }
      const size_t begin = position;
      next_code_point(text, position);
      out.append(text.substr(begin, position - begin));
      if (!may()) {
        out.append(text.substr(position));
        return make_string(in.budget(), out.take());
      }
    }
    out.append(text);
    return make_string(in.budget(), out.take());
  }
  size_t position = 0;
  while (may()) {
    const size_t at = text.find(from, position);
    if (at == std::string_view::npos) break;
    out.append(text.substr(position, at - position));
    out.append(to);
    position = at + from.size();
    ++done;
  }
  out.append(text.substr(position));
  return make_string(in.budget(), out.take());
}

// str.ljust, rjust, center and zfill.
Value justify(Interpreter& in, std::string_view text, const std::string& name,
              Arguments& arguments) {
  const BoundArguments bound(name, arguments, {"width", "fillchar"}, 1, 2);
  if (name == "zfill" && bound.find(1) != nullptr) fail("zfill() takes exactly one argument");
  const int64_t width = bound.integer(0, 0);
  const std::string_view fill = name == "zfill"            ? "0"
                                : bound.find(1) != nullptr ? bound.text(1)
                                                           : " ";
  if (count_code_points(fill) != 1) fail("the fill character must be exactly one character long");
  const auto length = static_cast<int64_t>(count_code_points(text));
  if (width <= length) return text_value(in, text);
  const int64_t missing = width - length;
  // Python's centre puts the odd one to the left if the width is odd.
  const int64_t left = name == "ljust"    ? 0
                       : name == "center" ? missing / 2 + (missing & width & 1)
                                          : missing;
  TextBuilder out(in.budget());
  if (name == "zfill" && !text.empty() && (text[0] == '+' || text[0] == '-')) {
    out.append(text.substr(0, 1));
    text.remove_prefix(1);
  }
  const auto pad = [&](int64_t count) {
    if (fill.size() == 1) return out.append(static_cast<size_t>(count), fill[0]);
    for (int64_t i = 0; i < count; ++i)
      out.append(fill);
  };
  pad(left);
  out.append(text);
  pad(missing - left);
  return make_string(in.budget(), out.take());
}

// The str.is… family: all characters satisfy it, and there is at least one.
bool all_characters(std::string_view text, bool (*predicate)(uint32_t)) {
  if (text.empty()) return false;
  for (size_t position = 0; position < text.size();) {
    if (!predicate(next_code_point(text, position))) return false;
  }
  return true;
}

bool is_all_cased(std::string_view text, bool upper) {
  bool cased = false;
  for (size_t position = 0; position < text.size();) {
    const uint32_t c = next_code_point(text, position);
    if (is_title(c) || (upper ? is_lower(c) : is_upper(c))) return false;
    cased = cased || (upper ? is_upper(c) : is_lower(c));
  }
  return cased;
}

bool is_string_method(std::string_view name) {
  return is_one_of(
      name,
      {"capitalize",   "casefold",    "center",    "count",      "encode",       "endswith",
       "expandtabs",   "find",        "format",    "format_map", "index",        "isalnum",
       "isalpha",      "isascii",     "isdecimal", "isdigit",    "isidentifier", "islower",
       "isnumeric",    "isprintable", "isspace",   "istitle",    "isupper",      "join",
       "ljust",        "lower",       "lstrip",    "maketrans",  "partition",    "removeprefix",
       "removesuffix", "replace",     "rfind",     "rindex",     "rjust",        "rpartition",
       "rsplit",       "rstrip",      "split",     "splitlines", "startswith",   "strip",
       "swapcase",     "title",       "translate", "upper",      "zfill"});
}

Value call_string_method(Interpreter& in, const Value& self, const std::string& name,
                         Arguments& arguments) {
  Budget& budget = in.budget();
  const std::string_view text = self.text();
  budget.step(1 + text.size() / 16);
  if (self.string().markup) {
    // Markup's methods return Markup; only those that cannot bring in unescaped text are followed.
    if (!is_one_of(name, {"strip", "lstrip", "rstrip", "upper", "lower", "title", "capitalize",
                          "startswith", "endswith", "find", "rfind", "count", "isdigit", "isspace",
                          "isalpha"})) {
      fail("the method " + quote(name) + " of text marked safe is not supported");
    }
  }
  const auto result = [&](std::string out) {
    return self.string().markup ? make_markup(budget, std::move(out))
                                : make_string(budget, std::move(out));
  };
  const auto no_arguments = [&] { const BoundArguments bound(name, arguments, {}); };
  if (name == "strip" || name == "lstrip" || name == "rstrip") {
    const BoundArguments bound(name, arguments, {"chars"}, 0, 1);
    const Side side = name == "strip" ? Side::kBoth : name == "lstrip" ? Side::kLeft : Side::kRight;
    if (bound.find(0) == nullptr || bound.find(0)->is_none())
      return result(std::string(strip_space(text, side)));
    return result(std::string(strip_characters(text, bound.text(0), side)));
  }
  if (name == "split" || name == "rsplit") {
    const BoundArguments bound(name, arguments, {"sep", "maxsplit"});
    if (bound.find(0) != nullptr) require_defined(*bound.find(0));
    return split(in, text, bound.find(0), bound.integer(1, -1), name == "rsplit");
  }
  if (name == "startswith" || name == "endswith") return starts_or_ends(in, text, name, arguments);
  if (is_one_of(name, {"find", "rfind", "index", "rindex", "count"}))
    return find_in(text, name, arguments);
  if (name == "replace") {
    const BoundArguments bound(name, arguments, {"old", "new", "count"}, 2, 3);
    return replace_in(in, text, bound.text(0), bound.text(1), bound.integer(2, -1));
  }
  if (name == "join") {
    const BoundArguments bound(name, arguments, {"iterable"}, 1, 1);
    TextBuilder out(budget);
    bool first = true;
    const IteratorObject::Next next = iterate(budget, *bound.find(0));
    for (Value item = next(); item.present(); item = next()) {
      if (!item.is_string())
        fail("sequence item: expected str instance, " + type_name(item) + " found");
      if (item.string().markup) fail("joining text marked safe is not supported");
      if (!std::exchange(first, false)) out.append(text);
      out.append(item.text());
    }
    return make_string(budget, out.take());
  }
  if (name == "format") {
    return make_string(budget, format_braces(budget, text, arguments));
  }
  if (name == "splitlines") {
    const BoundArguments bound(name, arguments, {"keepends"});
    std::vector<Value> lines;
    for (std::string_view line : split_lines(text, bound.boolean(0, false)))
      lines.push_back(text_value(in, line));
    return make_list(budget, std::move(lines));
  }
  if (name == "partition" || name == "rpartition") {
    const BoundArguments bound(name, arguments, {"sep"}, 1, 1);
    return partition(in, text, bound.text(0), name == "rpartition");
  }
  if (name == "removeprefix" || name == "removesuffix") {
    const BoundArguments bound(name, arguments, {"affix"}, 1, 1);
    const std::string_view affix = bound.text(0);
    if (name == "removeprefix")
      return text_value(in, text.starts_with(affix) ? text.substr(affix.size()) : text);
    return text_value(in,
                      text.ends_with(affix) ? text.substr(0, text.size() - affix.size()) : text);
  }
  if (is_one_of(name, {"center", "ljust", "rjust", "zfill"}))
    return justify(in, text, name, arguments);
  no_arguments();
  budget.check(3 * text.size());
  if (name == "upper") return result(to_upper(text));
  if (name == "lower") return result(to_lower(text));
  if (name == "title") return result(to_title(text));
  if (name == "capitalize") return result(to_capitalized(text));
  if (name == "swapcase") return result(swap_case(text));
  if (name == "isalnum") return Value::boolean(all_characters(text, is_alnum));
  if (name == "isalpha") return Value::boolean(all_characters(text, is_alpha));
  if (name == "isdecimal") return Value::boolean(all_characters(text, is_decimal));
  if (name == "isdigit") return Value::boolean(all_characters(text, is_digit));
  if (name == "isnumeric") return Value::boolean(all_characters(text, is_numeric));
  if (name == "isspace") return Value::boolean(all_characters(text, is_space));
  if (name == "isascii") return Value::boolean(self.string().is_ascii());
  if (name == "isprintable")
    return Value::boolean(text.empty() || all_characters(text, is_printable));
  if (name == "isupper" || name == "islower")
    return Value::boolean(is_all_cased(text, name == "isupper"));
  fail_unsupported(self, name);
}

Value string_attribute(Interpreter& in, const Value& object, const std::string& name) {
  if (!is_string_method(name)) return Value();
  if (is_one_of(name, {"casefold", "encode", "expandtabs", "format_map", "isidentifier", "istitle",
                       "maketrans", "translate"})) {
    fail_unsupported(object, name);
  }
  return method(in, object, name, [object, name](Interpreter& i, Arguments& a) {
    return call_string_method(i, object, name, a);
  });
}

Value sequence_attribute(Interpreter& in, const Value& object, const std::string& name) {
  const bool is_list = object.is(Kind::kList);
  if (is_list &&
      is_one_of(name, {"append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"}))
    return hidden(object, name);
  if (object.is(Kind::kTuple) && object.object<ListObject>().grouper) {
    if (name == "grouper") return object.items()[0];
    if (name == "list") return object.items()[1];
  }
  if (is_list && name == "copy") {
    return method(in, object, name, [object](Interpreter& i, Arguments& a) {
      const BoundArguments bound("copy", a, {});
      return make_list(i.budget(), to_items(i.budget(), object));
    });
  }
  if (name == "count" || name == "index") {
    return method(in, object, name, [object, name](Interpreter& i, Arguments& a) {
      const BoundArguments bound(name, a, {"value"}, 1, 1);
      int64_t count = 0;
      for (size_t k = 0; k < object.items().size(); ++k) {
        if (!equals(i.budget(), object.items()[k], *bound.find(0))) continue;
        if (name == "index") return Value::integer(static_cast<int64_t>(k));
        ++count;
      }
      if (name == "index") fail("the value is not in the " + type_name(object));
      return Value::integer(count);
    });
  }
  return Value();
}

Value dict_attribute(Interpreter& in, const Value& object, const std::string& name) {
  if (is_one_of(name, {"clear", "pop", "popitem", "setdefault", "update"}))
    return hidden(object, name);
  if (name == "fromkeys") fail_unsupported(object, name);
  if (name == "get") {
    return method(in, object, name, [object](Interpreter&, Arguments& a) {
      const BoundArguments bound("get", a, {"key", "default"}, 1, 2);
      if (const Value* found = object.dict().find(*bound.find(0))) return *found;
      return bound.find(1) != nullptr ? *bound.find(1) : Value::none();
    });
  }
  if (name == "copy") {
    return method(in, object, name, [object](Interpreter& i, Arguments& a) {
      const BoundArguments bound("copy", a, {});
      i.budget().check(object.dict().entries.size() * sizeof(DictObject::Entry));
      return make_dict(i.budget(), object.dict().entries);
    });
  }
  if (name == "keys" || name == "values" || name == "items") {
    return method(in, object, name, [object, name](Interpreter& i, Arguments& a) {
      const BoundArguments bound(name, a, {});
      const auto part = name == "keys"     ? DictViewObject::Part::kKeys
                        : name == "values" ? DictViewObject::Part::kValues
                                           : DictViewObject::Part::kItems;
      return Value(Kind::kDictView, std::make_shared<DictViewObject>(&i.budget(), object, part));
    });
  }
  return Value();
}

Value loop_attribute(Interpreter& in, const Value& object, const std::string& name) {
  auto& loop = object.object<LoopObject>();
  const auto length = [&] { return static_cast<int64_t>(loop.length(in)); };
  if (name == "index") return Value::integer(loop.index0 + 1);
  if (name == "index0") return Value::integer(loop.index0);
  if (name == "revindex") return Value::integer(length() - loop.index0);
  if (name == "revindex0") return Value::integer(length() - loop.index0 - 1);
  if (name == "first") return Value::boolean(loop.index0 == 0);
  if (name == "last") return Value::boolean(!loop.peek().present());
  if (name == "length") return Value::integer(length());
  if (name == "depth") return Value::integer(loop.depth0 + 1);
  if (name == "depth0") return Value::integer(loop.depth0);
  if (name == "previtem")
    return loop.index0 == 0 ? Value::undefined("there is no previous item") : loop.before;
  if (name == "nextitem")
    return loop.peek().present() ? loop.peek() : Value::undefined("there is no next item");
  if (name == "cycle") {
    return method(in, object, name, [object](Interpreter&, Arguments& a) {
      if (!a.keyword.empty() || a.positional.empty()) fail("cycle() needs items and no keywords");
      return a.positional[static_cast<size_t>(object.object<LoopObject>().index0) %
                          a.positional.size()];
    });
  }
  if (name == "changed") {
    return method(in, object, name, [object](Interpreter& i, Arguments& a) {
      if (!a.keyword.empty()) fail("changed() takes no keyword arguments");
      auto& self = object.object<LoopObject>();
      const Value now = make_tuple(i.budget(), a.positional);
      const bool same = self.last_changed.present() && equals(i.budget(), self.last_changed, now);
      if (!same) self.last_changed = now;
      return Value::boolean(!same);
    });
  }
  return Value();
}

Value cycler_attribute(Interpreter& in, const Value& object, const std::string& name) {
  auto& cycler = object.object<CyclerObject>();
  if (name == "current") return cycler.items[cycler.position];
  if (name == "next" || name == "reset") {
    return method(in, object, name, [object, name](Interpreter&, Arguments& a) {
      const BoundArguments bound(name, a, {});
      auto& self = object.object<CyclerObject>();
      if (name == "reset") {
        self.position = 0;
        return Value::none();
      }
      const Value item = self.items[self.position];
      self.position = (self.position + 1) % self.items.size();
      return item;
    });
  }
  if (name == "items" || name == "pos") fail_unsupported(object, name);
  return Value();
}

Value macro_attribute(Interpreter& in, const Value& object, const std::string& name) {
  const Stmt& stmt = *object.object<MacroObject>().stmt;
  if (name == "name")
    return stmt.kind == StmtKind::kMacro ? make_string(in.budget(), stmt.text) : Value::none();
  if (name == "arguments") {
    std::vector<Value> names;
    for (const Parameter& parameter : stmt.parameters)
      names.push_back(make_string(in.budget(), parameter.name));
    return make_tuple(in.budget(), std::move(names));
  }
  if (is_one_of(name, {"caller", "catch_kwargs", "catch_varargs", "explicit_caller"}))
    fail_unsupported(object, name);
  return Value();
}

}  // namespace

Value find_python_attribute(Interpreter& interpreter, const Value& object,
                            const std::string& name) {
  if (object.is(Kind::kNamespace)) {
    if (is_special_name(name)) return hidden(object, name);
    const Value* found = object.object<NamespaceObject>().find(name);
    return found != nullptr ? *found : Value();
  }
  if (is_special_name(name)) return hidden(object, name);
  switch (object.kind()) {
    case Kind::kString:
      return string_attribute(interpreter, object, name);
    case Kind::kList:
    case Kind::kTuple:
      return sequence_attribute(interpreter, object, name);
    case Kind::kDict:
      return dict_attribute(interpreter, object, name);
    case Kind::kLoop:
      return loop_attribute(interpreter, object, name);
    case Kind::kCycler:
      return cycler_attribute(interpreter, object, name);
    case Kind::kMacro:
      return macro_attribute(interpreter, object, name);
    case Kind::kBool:
    case Kind::kInt:
      if (is_one_of(name, {"as_integer_ratio", "bit_count", "bit_length", "conjugate",
                           "denominator", "from_bytes", "imag", "numerator", "real", "to_bytes"})) {
        fail_unsupported(object, name);
      }
      return Value();
    case Kind::kFloat:
      if (is_one_of(name, {"as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer",
                           "real"}))
        fail_unsupported(object, name);
      return Value();
    case Kind::kRange:
      if (name == "start") return Value::integer(object.object<RangeObject>().start);
      if (name == "stop") return Value::integer(object.object<RangeObject>().stop);
      if (name == "step") return Value::integer(object.object<RangeObject>().step);
      if (name == "count" || name == "index") fail_unsupported(object, name);
      return Value();
    case Kind::kDictView:
      if (name == "isdisjoint" || name == "mapping") fail_unsupported(object, name);
      return Value();
    case Kind::kIterator:
      if (is_one_of(name, {"close", "send", "throw"}) || name.starts_with("gi_"))
        fail_unsupported(object, name);
      return Value();
    case Kind::kFunction:
      if (object.object<FunctionObject>().name == "dict" && name == "fromkeys")
        fail_unsupported(object, name);
      return Value();
    default:
      return Value();
  }
}

}  // namespace jangwon::jinja
