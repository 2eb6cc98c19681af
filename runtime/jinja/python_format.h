// Python's two ways of formatting text: "%d items" % n and "{} items".format(n).

#pragma once

#include <string>
#include <string_view>

#include "runtime/jinja/value.h"

namespace jangwon::jinja {

// format % argument. Fails where Python does and for "*" widths.
std::string format_percent(Budget& budget, std::string_view format, const Value& argument);

// format.format(*positional, **keyword). Fails where Python does and for fields that look into
// objects ("{0.name}").
std::string format_braces(Budget& budget, std::string_view format, const Arguments& arguments);

}  // namespace jangwon::jinja
