// Source → syntax tree with every name resolved.

#pragma once

#include <string>
#include <string_view>

#include "runtime/jinja/ast.h"

namespace jangwon::jinja {

// Throws Failure.
void parse_template(std::string_view source, ParsedTemplate& parsed);

}  // namespace jangwon::jinja
