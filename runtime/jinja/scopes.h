// Which variable a name means.

#pragma once

#include "runtime/jinja/ast.h"

namespace jangwon::jinja {

// Fills the slots and frames of the tree. Throws Failure for an unknown filter or test and for an
// assignment to `loop`.
void resolve_scopes(ParsedTemplate& parsed);

// The names Jinja has; some of them are refused when used (interpreter.cc).
bool is_filter_name(std::string_view name);
bool is_test_name(std::string_view name);

}  // namespace jangwon::jinja
