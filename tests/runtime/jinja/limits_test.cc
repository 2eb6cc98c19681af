// A template is foreign input: it ends, in bounded memory, whatever it says.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/jinja/template.h"

namespace jangwon::jinja {
namespace {

std::string error_of(const std::string& source, const RenderLimits& limits = {}) {
  Result<Template> parsed = Template::parse(source, "t");
  if (!parsed.ok()) return parsed.status().message();
  const Result<std::string> text = parsed->render(Json::object(), limits);
  return text.ok() ? "" : text.status().message();
}

std::string repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i)
    out += text;
  return out;
}

struct LimitCase {
  const char* name;
  std::string source;
  const char* expected;
};

TEST(Limits, HostileTemplatesFailWithAReason) {
  const std::string loop = "{% for i in range(100000) %}";
  const LimitCase cases[] = {
      {"nested loops", loop + loop + "{% endfor %}{% endfor %}", "too much work"},
      {"doubling text",
       "{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(100) %}{% set ns.x = ns.x "
       "~ ns.x %}{% endfor "
       "%}",
       "the template"},
      {"repeated text", "{{ ('a' * 1000000000) | length }}", "bytes"},
      {"repeated list", "{{ ([0] * 1000000000) | length }}", "bytes"},
      {"wide format", "{{ '%1000000000d' % 1 }}", "bytes"},
      {"long output", "{% set x = 'a' * 1000000 %}{% for i in range(1000) %}{{ x }}{% endfor %}",
       "longer than"},
      {"endless macro", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recurses"},
      {"endless loop call", "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "recurses"},
      {"nested list",
       "{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor "
       "%}",
       "nested deeper"},
      {"nested generator",
       "{% set ns = namespace(x=[1]) %}{% for i in range(100000) %}{% set ns.x = ns.x | "
       "map('upper') %}{% endfor %}",
       "nested deeper"},
      {"cyclic namespace",
       "{% set ns = namespace() %}{% set ns.x = ns %}{% set ns.x = [ns] %}{{ ns }}", "nested"},
      {"parentheses", "{{ " + std::string(100000, '(') + "1" + std::string(100000, ')') + " }}",
       "nested deeper"},
      {"long chain", "{{ 1" + repeat(" + 1", 100000) + " }}", "nested or chained"},
      {"nested tags", repeat("{% if true %}", 100000), "nested deeper"},
      {"nots", "{{ " + repeat("not ", 100000) + "1 }}", "nested deeper"},
      {"replacing", "{{ ('a' * 100000) | replace('', 'b' * 100000) }}", "bytes"},
      {"joining", "{{ range(100000) | join('x' * 100000) }}", "bytes"},
      {"power", "{{ 10 ** 1000000000000 }}", "64 bits"},
  };
  for (const LimitCase& c : cases)
    EXPECT_NE(error_of(c.source).find(c.expected), std::string::npos)
        << c.name << ": " << error_of(c.source);
}

TEST(Limits, AChainOfNamespacesIsTakenDownWithoutRecursion) {
  const std::string source =
      "{% set head = namespace(next=none) %}{% set at = namespace(x=head) %}{% for i in "
      "range(90000) %}"
      "{% set n = namespace(next=none) %}{% set t = at.x %}{% set t.next = n %}{% set at.x = n "
      "%}{% endfor %}done";
  EXPECT_EQ(error_of(source), "");
}

TEST(Limits, AreTheCallersToSet) {
  RenderLimits limits;
  limits.max_steps = 100;
  EXPECT_NE(error_of("{% for i in range(1000) %}{% endfor %}", limits).find("100 steps"),
            std::string::npos);
  limits = {};
  limits.max_output_bytes = 10;
  EXPECT_NE(error_of("12345678901", limits), "");
  EXPECT_EQ(error_of("1234567890", limits), "");
}

TEST(Limits, SourceMustBeUtf8) {
  EXPECT_NE(error_of("a\xff"), "");
}

}  // namespace
}  // namespace jangwon::jinja
