// What the golden expressions leave out. Expected texts were computed with Jinja 3.1.6 in
// transformers' environment.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/jinja/template.h"

namespace jangwon::jinja {
namespace {

std::string render(const std::string& source, const Json& context = Json::object()) {
  Result<Template> parsed = Template::parse(source, "t");
  if (!parsed.ok()) return "ERROR " + parsed.status().message();
  RenderLimits limits;
  limits.now_unix_seconds = 1700000000;
  Result<std::string> text = parsed->render(context, limits);
  return text.ok() ? *text : "ERROR " + text.status().message();
}

struct LanguageCase {
  const char* source;
  const char* expected;
};

TEST(Language, WhiteSpaceAroundTags) {
  const LanguageCase cases[] = {
      {"a\n  {% if true %}\n  b\n  {% endif %}\nc", "a\n  b\nc"},
      {"a {%- if true +%}\nb{% endif %}", "a\nb"},
      {"  {%+ if true %}x{% endif %}", "  x"},
      {"x{# c #}\ny", "xy"},
      {"x{# c +#}\ny", "x\ny"},
      {"a\n {#- c -#} \n b", "ab"},
      {"{% raw -%}  {{ x }}\n{%- endraw %} z", "{{ x }} z"},
      {"a\r\nb\rc\n", "a\nb\nc"},
      {"{{ 1 }}\n{{ 2 }}\n\n", "1\n2\n"},
      {"{{- ' x ' -}}  y", " x y"},
  };
  for (const LanguageCase& c : cases)
    EXPECT_EQ(render(c.source), c.expected) << c.source;
}

TEST(Language, OperatorsBindAsInJinja) {
  const LanguageCase cases[] = {
      {"{{ 2 ** 3 ** 2 }}", "64"},
      {"{{ -2 ** 2 }}", "4"},
      {"{{ 1 + 2 ~ 3 }}", "ERROR t:1: unsupported operand type(s) for +: 'int' and 'str'"},
      {"{{ 'a' ~ 1 * 2 }}", "a2"},
      {"{{ not 1 == 2 and true }}", "True"},
      {"{{ 3 if 0 else 4 if 1 else 5 }}", "4"},
      {"{{ 1 < 2 == true }}", "False"},
      {"{{ 7 // -2 }} {{ -7 % 3 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }}", "-4 2 3.0 0.5"},
      {"{{ 2 ** -1 }} {{ 4 / 2 }}", "0.5 2.0"},
      {"{{ [1, 2] < [1, 3] }} {{ (1,) == [1] }}", "True False"},
  };
  for (const LanguageCase& c : cases)
    EXPECT_EQ(render(c.source), c.expected) << c.source;
}

TEST(Language, RefusesByNameWithTheLine) {
  const LanguageCase cases[] = {
      {"\n\n{{ x | nosuch }}", "ERROR t:3: there is no filter 'nosuch'"},
      {"\n{% include 'a' %}", "ERROR t:2: the tag 'include'"},
      {"{% block a %}{% endblock %}", "ERROR t:1: the tag 'block' is not supported"},
      {"{{ 'a' | urlize }}", "ERROR t:1: the filter 'urlize' is not supported"},
      {"{{ 'a'.encode() }}", "ERROR t:1: the attribute 'encode'"},
      {"{{ 9223372036854775807 + 1 }}", "ERROR t:1: an integer beyond 64 bits"},
      {"{{ [1] | map('upper') }}", "ERROR t:1: a value of type generator has no text"},
      {"{% break %}", "ERROR t:1: 'break' stands outside a loop"},
      {"{{ raise_exception('no') }}", "ERROR t:1: no"},
      {"a\n{% for x in [1] %}\n{{ x.y.z }}{% endfor %}",
       "ERROR t:3: 'int object' has no attribute 'y'"},
  };
  for (const LanguageCase& c : cases)
    EXPECT_EQ(render(c.source).rfind(c.expected, 0), 0u) << c.source << "\n" << render(c.source);
}

TEST(Language, AnUnknownFilterInAnUntakenBranchIsNoError) {
  EXPECT_EQ(render("{% if false %}{{ 1 | nosuch }}{% endif %}x"), "x");
  EXPECT_EQ(render("{{ 1 if true else (2 | nosuch) }}"), "1");
}

TEST(Language, TheClockCanBeSet) {
  EXPECT_EQ(render("{{ strftime_now('%Y') }}"), "2023");
  EXPECT_EQ(render("{{ strftime_now('%Q') }}").rfind("ERROR", 0), 0u);
}

TEST(Language, TextMarkedSafeIsEscapedWhereItMeetsOther) {
  EXPECT_EQ(render("{{ ('<a>' | safe) + '<b>' }}"), "<a>&lt;b&gt;");
  EXPECT_EQ(render("{{ ('<a>' | safe) ~ '<b>' }}"), "<a><b>");
}

}  // namespace
}  // namespace jangwon::jinja
