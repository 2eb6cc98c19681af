#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/jinja/interpreter.h"
#include "runtime/jinja/python_text.h"

namespace jangwon::jinja {

BoundArguments::BoundArguments(const std::string& function, Arguments& arguments,
                               std::initializer_list<const char*> names, size_t required,
                               size_t positional_only)
    : function_(function), values_(names.size()) {
  if (arguments.positional.size() > names.size()) {
    fail(function + "() takes at most " + std::to_string(names.size()) + " argument(s), got " +
         std::to_string(arguments.positional.size()));
  }
  std::copy(arguments.positional.begin(), arguments.positional.end(), values_.begin());
  for (const auto& [key, value] : arguments.keyword) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&given = key](const char* name) { return given == name; });
    const auto index = static_cast<size_t>(found - names.begin());
    if (found == names.end() || index < positional_only)
      fail(function + "() got an unexpected keyword argument " + quote(key));
    if (values_[index].present())
      fail(function + "() got multiple values for argument " + quote(key));
    values_[index] = value;
  }
  for (size_t i = 0; i < required; ++i) {
    if (!values_[i].present())
      fail(function + "() missing required argument " + quote(names.begin()[i]));
  }
}

bool BoundArguments::boolean(size_t i, bool otherwise) const {
  return find(i) != nullptr ? truthy(*find(i)) : otherwise;
}

int64_t BoundArguments::integer(size_t i, int64_t otherwise) const {
  return find(i) != nullptr ? to_index(*find(i), function_.c_str()) : otherwise;
}

std::string_view BoundArguments::text(size_t i) const {
  JANGWON_CHECK(find(i) != nullptr);
  const Value& value = values_[i];
  require_defined(value);
  if (!value.is_string()) fail(function_ + "() needs a str argument, not " + type_name(value));
  if (value.string().markup) fail(function_ + "() with text marked safe is not supported");
  return value.text();
}

int64_t to_index(const Value& value, const char* what) {
  require_defined(value);
  if (!value.is_integral()) fail(std::string(what) + " needs an integer, not " + type_name(value));
  return value.as_int();
}

}  // namespace jangwon::jinja
