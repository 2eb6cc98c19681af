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
  const YamlNode root =
      parsed("name: 한글\ncount: 3\nratio: 0.5\non: true\nlist: [a, b]\nnothing: null\n");
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

TEST(Yaml, ATextIsInBothLanguagesOrOneForBoth) {
  const YamlNode root =
      parsed("title: {ko: 퀴즈, en: Quiz}\nname: AIME\nhalf: {en: Quiz}\nlist: [a]\n");
  Message text;
  ASSERT_TRUE(root.read("title", text).ok());
  EXPECT_EQ(text, Message::value("Quiz", "퀴즈"));
  ASSERT_TRUE(root.read("name", text).ok());
  EXPECT_EQ(text, Message::value("AIME"));
  EXPECT_EQ(root.read("half", text).message(), "x.yaml:3: the key \"ko\" is missing");
  EXPECT_FALSE(root.read("list", text).ok());
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
  EXPECT_NE(YamlNode::parse("a: 1\na: 2\n", "x.yaml").status().message().find("x.yaml:2"),
            std::string::npos);
  EXPECT_NE(YamlNode::parse("a: [1\n", "x.yaml").status().message().find("not valid YAML"),
            std::string::npos);
  EXPECT_FALSE(YamlNode::parse(std::string(200, '['), "x.yaml").ok());
}

// What stands there would be lost, and whoever wrote it believes it is read.
TEST(Yaml, ASecondDocumentIsRefusedWhereItBegins) {
  const auto message = [](const std::string& text) {
    return YamlNode::parse(text, "x.yaml").status().message();
  };
  EXPECT_EQ(
      message("a: 1\n---\nb: 2\n"),
      "x.yaml:2: a second document begins here, and only one is read; give each a file of its own");
  for (const char* text :
       {"a: 1\n---\na: 1\n", "---\na: 1\n---\n", "---\n---\na: 1\n", "a: 1\n...\n---\nb: 2\n",
        "a: 1\n--- text\n", "{a: 1}\n---\n[b]\n", "# c\n---\na: 1\n--- # more\nb: 2\n"})
    EXPECT_NE(message(text).find("a second document begins here"), std::string::npos)
        << text << message(text);
  for (const char* text : {"a: 1\n", "---\na: 1\n", "%YAML 1.2\n---\na: 1\n", "---\na: 1\n...\n",
                           "a: '---'\n", "a: |\n  ---\n  b\n", "# ---\na: 1\n# ---\n", ""})
    EXPECT_EQ(message(text), "") << text;
}

TEST(Yaml, WhatFollowsADocumentIsNotPassedOver) {
  for (const char* text : {"{a: 1}\nb: 2\n", "[a]\n[b]\n", "a: 1\n...\nb: 2\n", "a: 1\n...\n}\n"})
    EXPECT_FALSE(YamlNode::parse(text, "x.yaml").ok()) << text;
}

TEST(Yaml, AFewLinesCannotSpellABillionValues) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1), name = "a" + std::to_string(i);
    text += name + ": &" + name + " [";
    for (int j = 0; j < 9; ++j)
      text += before + ", ";
    text += "]\n";
  }
  EXPECT_NE(YamlNode::parse(text, "x.yaml").status().message().find("more than a million values"),
            std::string::npos);
}

TEST(Yaml, NulIsNoCharacterOfAText) {
  for (const char* text : {"a: \"x\\0y\"\n", "\"x\\0y\": a\n", "a: [b, \"\\0\"]\n"})
    EXPECT_NE(YamlNode::parse(text, "x.yaml").status().message().find("NUL"), std::string::npos)
        << text;
}

TEST(Yaml, JsonKeepsQuotedScalarsAsText) {
  EXPECT_EQ(parsed("a: 1\nb: \"1\"\nc: 1.5\nd: true\ne: null\nf: [x]\n").to_json().dump(),
            R"({"a":1,"b":"1","c":1.5,"d":true,"e":null,"f":["x"]})");
}

}  // namespace
}  // namespace jangwon
