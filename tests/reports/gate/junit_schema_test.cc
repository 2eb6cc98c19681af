// gate_junit against the structure that Jenkins accepts (xunit plugin, schema junit-10): which
// elements may stand in which, which attributes they may and must have. XML libraries are no
// dependency of ours, so a small reader checks that the text is well formed on the way.

#include <gtest/gtest.h>

#include <cctype>
#include <map>
#include <set>
#include <stdexcept>

#include "reports/gate/gate_report.h"
#include "reports/gate/gate_run.h"
#include "tests/reports/gate/synthetic_run.h"

namespace jangwon::reports {
namespace {

struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::vector<Element> children;
  std::string text;
};

// Elements, attributes, text and the five entities; anything else is refused.
class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : text_(text) {}

  Element read_document() {
    expect("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    skip_space();
    Element root = read_element();
    skip_space();
    if (at_ != text_.size()) fail("text after the root");
    return root;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + " at " + std::to_string(at_) + ": " +
                             std::string(text_.substr(at_, 40)));
  }
  bool looking_at(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  void expect(std::string_view what) {
    if (!looking_at(what)) fail("expected " + std::string(what));
    at_ += what.size();
  }
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])))
      ++at_;
  }
  std::string read_name() {
    const size_t begin = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '-'))
      ++at_;
    if (at_ == begin) fail("a name");
    return std::string(text_.substr(begin, at_ - begin));
  }
  char read_character() {
    if (at_ >= text_.size()) fail("unexpected end");
    const auto byte = static_cast<unsigned char>(text_[at_]);
    if (byte < 0x20 && byte != '\n' && byte != '\t' && byte != '\r') fail("a control character");
    if (byte == '<') fail("a bare <");
    if (byte != '&') return text_[at_++];
    for (const auto& [entity, character] : std::map<std::string, char>{
             {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}}) {
      if (!looking_at(entity)) continue;
      at_ += entity.size();
      return character;
    }
    fail("an unknown entity");
  }
  Element read_element() {
    expect("<");
    Element element;
    element.name = read_name();
    for (skip_space(); !looking_at(">") && !looking_at("/>"); skip_space()) {
      const std::string name = read_name();
      expect("=\"");
      std::string value;
      while (!looking_at("\""))
        value += read_character();
      expect("\"");
      if (!element.attributes.emplace(name, value).second) fail("the attribute " + name + " twice");
    }
    if (looking_at("/>")) {
      expect("/>");
      return element;
    }
    expect(">");
    while (!looking_at("</")) {
      if (looking_at("<")) {
        element.children.push_back(read_element());
      } else {
        element.text += read_character();
      }
    }
    expect("</");
    if (read_name() != element.name) fail("the end of " + element.name);
    expect(">");
    return element;
  }

  std::string_view text_;
  size_t at_ = 0;
};

struct Rule {
  std::set<std::string> children;
  std::set<std::string> required;
  std::set<std::string> optional;
  bool may_hold_text;
};

const std::map<std::string, Rule>& rules() {
  static const std::map<std::string, Rule> rules = {
      {"testsuites", {{"testsuite"}, {}, {"name", "time", "tests", "failures", "errors"}, false}},
      {"testsuite",
       {{"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log",
         "url"},
        false}},
      {"properties", {{"property"}, {}, {}, false}},
      {"property", {{}, {"name", "value"}, {}, false}},
      {"testcase",
       {{"skipped", "error", "failure", "system-out", "system-err"},
        {"name"},
        {"time", "classname", "group"},
        false}},
      {"failure", {{}, {}, {"type", "message"}, true}},
      {"error", {{}, {}, {"type", "message"}, true}},
      {"skipped", {{}, {}, {"type", "message"}, true}},
      {"system-out", {{}, {}, {}, true}},
  };
  return rules;
}

void expect_valid(const Element& element) {
  const auto found = rules().find(element.name);
  ASSERT_NE(found, rules().end()) << "no element " << element.name;
  const Rule& rule = found->second;
  for (const auto& [name, value] : element.attributes)
    EXPECT_TRUE(rule.required.contains(name) || rule.optional.contains(name))
        << element.name << "@" << name;
  for (const std::string& name : rule.required)
    EXPECT_TRUE(element.attributes.contains(name)) << element.name << " lacks @" << name;
  if (!rule.may_hold_text) {
    EXPECT_EQ(element.text.find_first_not_of(" \n"), std::string::npos) << element.name;
  }
  for (const Element& child : element.children) {
    EXPECT_TRUE(rule.children.contains(child.name)) << child.name << " in " << element.name;
    expect_valid(child);
  }
}

int count_of(const Element& element, const std::string& name) {
  int count = element.name == name ? 1 : 0;
  for (const Element& child : element.children)
    count += count_of(child, name);
  return count;
}

SyntheticTask build(uint64_t draw_seed) {
  SyntheticTask recipe;
  recipe.items = 60;
  recipe.repeats = 64;
  recipe.draw_seed = draw_seed;
  return recipe;
}

// One gate with every verdict in it.
GateResult every_verdict() {
  auto config = parse_gate_config(
      "version: 1\ngate: \"p<r>&\\\"\"\nmin_power: 0\nchecks:\n"
      "  - {id: good, tier: L2, task: a, margin: 5pt}\n"
      "  - {id: bad, tier: L2, task: b, margin: 5pt}\n"
      "  - {id: open, tier: L2, task: a, margin: 0.1pt}\n"
      "  - {id: strict, tier: L2, task: a, margin: 0.1pt, on_inconclusive: fail}\n"
      "  - {id: slightly, tier: L2, task: b, margin: 60pt, min_effect: 50pt}\n"
      "  - {id: gone, tier: L2, task: c, margin: 5pt}\n"
      "  - {id: skipped, tier: L2, task: c, margin: 5pt, missing: skip}\n"
      "  - {id: other, tier: L2, task: d, margin: 5pt}\n",
      "gates/pr.yaml");
  EXPECT_TRUE(config.ok()) << config.status().message();
  const auto side = [](uint64_t seed, const std::string& dataset, double chance_b) {
    SyntheticTask a = build(seed), b = build(seed), d = build(seed);
    a.task = "a";
    b.task = "b";
    b.chance = [chance_b](int) { return chance_b; };
    d.task = "d";
    d.dataset_sha256 = dataset;
    for (SyntheticTask* task : {&a, &b, &d})
      task->model = "evil\"<&>'\x01\n]]>\xE2\x80\xAE";
    return std::vector{a, b, d};
  };
  auto before = side(1, "d0", 0.9);
  before.push_back(before[0]);
  before.back().task = "c";
  const auto baseline = synthetic_side(before, "main"),
             candidate = synthetic_side(side(2, "d1", 0.6));
  GateInputs inputs;
  inputs.baseline = &baseline;
  inputs.candidate = &candidate;
  auto gate = run_gate(*config, inputs);
  EXPECT_TRUE(gate.ok()) << gate.status().message();
  return std::move(gate).value();
}

TEST(JunitSchemaTest, EveryVerdictHasTheStructureThatJenkinsReads) {
  const GateResult gate = every_verdict();
  std::set<CheckVerdict> verdicts;
  for (const CheckResult& check : gate.checks)
    verdicts.insert(check.verdict);
  ASSERT_EQ(verdicts.size(), 7u);  // all there are

  Element root;
  ASSERT_NO_THROW(root = XmlReader(gate_junit(gate)).read_document());
  EXPECT_EQ(root.name, "testsuites");
  expect_valid(root);

  int tests = 0, failures = 0, errors = 0, skipped = 0;
  std::set<std::pair<std::string, std::string>> names;
  for (const Element& suite : root.children) {
    tests += std::stoi(suite.attributes.at("tests"));
    failures += std::stoi(suite.attributes.at("failures"));
    errors += std::stoi(suite.attributes.at("errors"));
    skipped += std::stoi(suite.attributes.at("skipped"));
    for (const Element& child : suite.children) {
      if (child.name != "testcase") continue;
      EXPECT_LE(child.children.size(), 1u);
      EXPECT_TRUE(
          names.emplace(child.attributes.at("classname"), child.attributes.at("name")).second)
          << "twice";
    }
  }
  EXPECT_EQ(tests, 8);
  EXPECT_EQ(count_of(root, "testcase"), 8);
  EXPECT_EQ(failures, 2);  // bad, and strict, whose policy is to fail
  EXPECT_EQ(count_of(root, "failure"), failures);
  EXPECT_EQ(errors, 2);  // gone, other
  EXPECT_EQ(count_of(root, "error"), errors);
  EXPECT_EQ(skipped, 2);  // open, skipped
  EXPECT_EQ(count_of(root, "skipped"), skipped);
  EXPECT_EQ(count_of(root, "system-out"), 1);  // slightly: passed, and changed
}

}  // namespace
}  // namespace jangwon::reports
