#include "runtime/base/yaml.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace jangwon {
namespace {

YamlNode parsed(const std::string& text) {
  Result<YamlNode> node = YamlNode::parse(text, "x.yaml");
  EXPECT_TRUE(node.ok()) << node.status().message();
  return std::move(node).value();
}

TEST(Yaml, ReadsTypedValues) {
  const YamlNode root = parsed("name: 한글\ncount: 3\nratio: 0.5\non: true\nlist: [a, b]\nnothing: null\n");
  std::string name;
  int count = 0;
  double ratio = 0;
  bool on = false;
  std::vector<std::string> list;
  std::optional<int> nothing = 7;
  EXPECT_TRUE(root.read("name", name).ok());
  EXPECT_TRUE(root.read("count", count).ok());
  EXPECT_TRUE(root.read("ratio", ratio).ok());
  EXPECT_TRUE(root.read("on", on).ok());
  EXPECT_TRUE(root.read("list", list).ok());
  EXPECT_TRUE(root.read("nothing", nothing).ok());
  EXPECT_EQ(name, "한글");
  EXPECT_EQ(count, 3);
  EXPECT_EQ(ratio, 0.5);
  EXPECT_TRUE(on);
  EXPECT_EQ(list, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(nothing.has_value());
}

TEST(Yaml, UnknownKeyNamesItsLineAndTheNearestName) {
  const Status status = parsed("name: x\nreapets: 4\n").expect_keys({"name", "repeats"});
  EXPECT_EQ(status.message(), "x.yaml:2: unknown key \"reapets\"; did you mean \"repeats\"?");
}

TEST(Yaml, WrongTypesNameTheirLine) {
  const YamlNode root = parsed("a: 1\nb: \"1\"\nc: yes\nd: 99999999999\ne: [1, {x: 2}]\n");
  int integer = 0;
  bool flag = false;
  std::vector<std::string> list;
  EXPECT_EQ(root.read("b", integer).message(), "x.yaml:2: an integer is expected here");
  EXPECT_EQ(root.read("c", flag).message(), "x.yaml:3: true or false is expected here");
  EXPECT_EQ(root.read("d", integer).message(), "x.yaml:4: the integer is out of range");
  EXPECT_FALSE(root.read("e", list).ok());
  EXPECT_EQ(root.read("missing", integer).message(), "x.yaml:1: the key \"missing\" is missing");
}

TEST(Yaml, RefusesDuplicateKeysAndDamage) {
  EXPECT_NE(YamlNode::parse("a: 1\na: 2\n", "x.yaml").status().message().find("x.yaml:2"), std::string::npos);
  EXPECT_NE(YamlNode::parse("a: [1\n", "x.yaml").status().message().find("not valid YAML"), std::string::npos);
  EXPECT_FALSE(YamlNode::parse(std::string(200, '['), "x.yaml").ok());
}

TEST(Yaml, JsonKeepsQuotedScalarsAsText) {
  EXPECT_EQ(parsed("a: 1\nb: \"1\"\nc: 1.5\nd: true\ne: null\nf: [x]\n").to_json().dump(),
            R"({"a":1,"b":"1","c":1.5,"d":true,"e":null,"f":["x"]})");
}

}  // namespace
}  // namespace jangwon
