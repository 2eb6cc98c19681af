// Which variable a name means. Expected texts were computed with Jinja 3.1.6.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/jinja/template.h"

namespace jangwon::jinja {
namespace {

struct ScopeCase {
  const char* source;
  const char* expected;
};

TEST(Scopes, FollowJinjasSymbolTracking) {
  const ScopeCase cases[] = {
      // A loop before an assignment at top level sees the unset variable, not the context.
      {"{% for i in [1] %}{{ g }}{% endfor %}{% set g = 1 %}", ""},
      {"{{ g }}{% set g = 1 %}{{ g }}", "ctx1"},
      {"{% if false %}{% set g = 1 %}{% endif %}{{ g }}", "ctx"},
      {"{% for i in [1, 2] %}{% set g = g ~ i %}{{ g }}{% endfor %}{{ g }}", "ctx1ctx2ctx"},
      {"{% macro m() %}{{ late }}{% endmacro %}{% set late = 5 %}{{ m() }}", "5"},
      {"{% macro m(g=g) %}{{ g }}{% endmacro %}{{ m() }}", ""},
      // The body of a set block has a copy of a variable that the block has not set yet.
      {"{% set g %}{{ g }}!{% endset %}{{ g }}", "!"},
      {"{% with g = 1 %}{% with h = g %}{{ h }}{% endwith %}{% endwith %}{{ g }}", "1ctx"},
      {"{% for i in [1, 2] if i > g.n %}{{ i }}{% else %}none{% endfor %}", "ERR"},
      {"{% for i in [1] %}{% continue %}{% else %}else{% endfor %}", "else"},
      {"{% for i in [1, 2] %}{% if i == 2 %}{% break %}{% endif %}{% else %}else{% endfor %}", ""},
      {"{% filter upper %}{% set g = 'x' %}{{ g }}{% endfilter %}{{ g }}", "Xctx"},
      {"{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, a=2) }}", "(1,){'a': 2}"},
      {"{% macro m() %}{{ caller(1) }}{% endmacro %}{% call(x) m() %}{{ x }}{{ g }}{% endcall %}",
       "1ctx"},
      {"{% generation %}{% set g = 1 %}{{ g }}{% endgeneration %}{{ g }}", "1ctx"},
      {"{% for a in [[1, [2]]] recursive %}{{ loop.depth }}{% if a is iterable %}{{ loop(a) }}{% "
       "endif %}{% endfor %}",
       "1223"},
  };
  for (const ScopeCase& c : cases) {
    Result<Template> parsed = Template::parse(c.source, "t");
    ASSERT_TRUE(parsed.ok()) << c.source << ": " << parsed.status().message();
    const Result<std::string> text = parsed->render({{"g", "ctx"}});
    if (std::string(c.expected) == "ERR") {
      EXPECT_FALSE(text.ok()) << c.source;
    } else {
      ASSERT_TRUE(text.ok()) << c.source << ": " << text.status().message();
      EXPECT_EQ(*text, c.expected) << c.source;
    }
  }
}

TEST(Scopes, LoopCannotBeAssigned) {
  EXPECT_FALSE(Template::parse("{% for x in y %}{% set loop = 1 %}{% endfor %}", "t").ok());
}

}  // namespace
}  // namespace jangwon::jinja
