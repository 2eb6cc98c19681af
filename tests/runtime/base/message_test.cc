// The English of a message: what stands in its places, however deep, and what is never read as one.

#include "runtime/base/message.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "runtime/base/status.h"

namespace jangwon {
namespace {

TEST(Message, ArgumentsStandInTheirPlaces) {
  EXPECT_EQ(Message("no place").english(), "no place");
  EXPECT_EQ(Message("{b} before {a}, and {b} again", {{"a", "x"}, {"b", "y"}}).english(),
            "y before x, and y again");
  EXPECT_EQ(Message("{whole} {half} {letter} {text}",
                    {{"whole", -3}, {"half", 0.5}, {"letter", 'c'}, {"text", std::string("t")}})
                .english(),
            "-3 0.5 c t");
  EXPECT_EQ(Message("{{name}} is {name}", {{"name", "x"}}).english(), "{name} is x");
}

TEST(Message, AnArgumentMayBeAMessage) {
  const Message cause("line {line} ends early", {{"line", 7}});
  EXPECT_EQ(Message("cannot read {file}: {cause}", {{"file", "x"}, {"cause", cause}}).english(),
            "cannot read x: line 7 ends early");
  EXPECT_EQ(cause.at("a.json").at(Message("run {run}", {{"run", 2}})).english(),
            "run 2: a.json: line 7 ends early");
  EXPECT_EQ(Message::system_error(ENOENT).english(), "No such file or directory");
}

TEST(Message, AValueIsNeverRead) {
  for (const std::string text : {"{name}", "{", "}", "{{}}", ""}) {
    EXPECT_EQ(Message::value(text).english(), text);
    EXPECT_EQ(Message("<{name}>", {{"name", text}}).english(), "<" + text + ">");
  }
}

TEST(Message, ValuesCanBeChangedWhereverTheyStand) {
  const Message message =
      Message("{a} says {b}", {{"a", "key"}, {"b", Message("the key {key}", {{"key", "key"}})}});
  const Message changed = message.with_values([](std::string) { return std::string("…"); });
  EXPECT_EQ(changed.english(), "… says the key …");
  EXPECT_NE(changed, message);
}

TEST(Message, TemplatesAreChecked) {
  for (const char* text : {"", "x", "{name}", "{{", "}}", "a {b_2} c {{d}}"})
    EXPECT_TRUE(is_template(text)) << text;
  for (const char* text : {"{", "}", "{}", "{Name}", "{a b}", "{a", "a}", "{{}"})
    EXPECT_FALSE(is_template(text)) << text;
}

TEST(Message, AStatusCarriesIt) {
  const Status status = not_found("no {thing}", {{"thing", "task"}}).at("tasks");
  EXPECT_EQ(status.message(), "tasks: no task");
  EXPECT_EQ(status.sentence(), Message("no {thing}", {{"thing", "task"}}).at("tasks"));
  EXPECT_TRUE(ok_status().at("x").sentence().empty());
}

}  // namespace
}  // namespace jangwon
