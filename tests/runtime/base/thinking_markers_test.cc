#include "runtime/base/thinking_markers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

namespace jangwon {
namespace {

TEST(ThinkingMarkers, EveryFormOfAUserNamesThem) {
  const ThinkingMarkers pair = parse_thinking_markers("<a>...</a>").value().front();
  EXPECT_EQ(pair.begin, "<a>");
  EXPECT_EQ(pair.end, "</a>");
  EXPECT_EQ(parse_thinking_markers("...END").value().front().begin, "")
      << "the prompt opens the thinking";
  EXPECT_EQ(parse_thinking_markers("[[...]]").value().front().end, "]]");
  EXPECT_EQ(parse_thinking_markers("{{...}}").value().front().begin, "{{");
  EXPECT_EQ(parse_thinking_markers("[('<a>', '</a>'), ('<b>', '</b>')]").value().at(1).end, "</b>");
  EXPECT_EQ(parse_thinking_markers("seed").value().front().begin, "<seed:think>");
  const auto list =
      parse_thinking_markers(
          R"json([{"name": "mine", "begin": "((", "end": "))", "answer_begin": "=", "answer_ends": ["."],
                             "models": ["a"]}, {"name": "think"}])json")
          .value();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].answer_ends, std::vector<std::string>{"."});
  EXPECT_EQ(list[1].end, "</think>");
  EXPECT_EQ(markers_of_model(list, "a").size(), 2u);
  EXPECT_EQ(markers_of_model(list, "b").size(), 1u);
  EXPECT_EQ(thinking_markers_of(to_json(list)).value()[0].begin, "((")
      << "what run.json says is read again";
  EXPECT_EQ(to_json(thinking_markers_of(to_json(list)).value()), to_json(list));

  const std::string path = testing::TempDir() + "/markers_" + std::to_string(getpid()) + ".yaml";
  std::ofstream(path) << "- name: mine\n  begin: '<<'\n  end: '>>'\n- name: seed\n";
  EXPECT_EQ(parse_thinking_markers(path).value().size(), 2u);
}

TEST(ThinkingMarkers, MistakesAreNamed) {
  const std::pair<const char*, const char*> cases[] = {{"thinc", "think"},
                                                       {"<a>...", "\"end\""},
                                                       {"{\"begin\": \"<a>\"}", "\"end\""},
                                                       {"{\"start\": \"<a>\"}", "start"},
                                                       {"{\"end\": 7}", "\"end\""},
                                                       {"[7]", "known name"},
                                                       {"nothing/here.yaml", "here.yaml"}};
  for (const auto& [text, part] : cases) {
    const Result<std::vector<ThinkingMarkers>> markers = parse_thinking_markers(text);
    ASSERT_FALSE(markers.ok()) << text;
    EXPECT_THAT(markers.status().message(), testing::HasSubstr(part));
  }
}

TEST(ThinkingMarkers, KnownNamesAreDistinct) {
  std::set<std::string> names, begins;
  for (const ThinkingMarkers& markers : known_thinking_markers()) {
    EXPECT_TRUE(names.insert(markers.name).second) << markers.name;
    EXPECT_TRUE(begins.insert(markers.begin).second) << markers.begin;
    EXPECT_FALSE(markers.end.empty());
  }
}

}  // namespace
}  // namespace jangwon
