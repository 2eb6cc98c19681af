#include "runtime/chat_template/chat_template.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace jangwon::runtime {
namespace {

namespace fs = std::filesystem;

class ChatTemplateFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/chat_template_" +
              testing::UnitTest::GetInstance()->current_test_info()->name() +
              std::to_string(getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << text;
  }
  std::string render(const Json& variables = Json::object()) {
    const Result<ChatTemplate> loaded = ChatTemplate::load(folder_);
    if (!loaded.ok()) return "ERROR " + loaded.status().message();
    const Result<std::string> text =
        loaded->render(Json::parse(R"([{"role": "user", "content": "안녕"}])"), variables);
    return text.ok() ? *text : "ERROR " + text.status().message();
  }
  std::string folder_;
};

TEST_F(ChatTemplateFolder, TheTemplateMayStandInTheConfig) {
  write(
      "tokenizer_config.json",
      R"({"bos_token": {"content": "<s>"}, "chat_template": "{{ bos_token }}{{ messages[0].content }}"})");
  EXPECT_EQ(render(), "<s>안녕");
}

TEST_F(ChatTemplateFolder, AFileOfItsOwnWins) {
  write("tokenizer_config.json", R"({"chat_template": "config"})");
  write("chat_template.jinja", "file");
  EXPECT_EQ(render(), "file");
}

TEST_F(ChatTemplateFolder, NamedTemplatesAreChosenByTools) {
  write(
      "tokenizer_config.json",
      R"({"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools"}]})");
  EXPECT_EQ(render(), "plain");
  EXPECT_EQ(render({{"tools", Json::array()}}), "tools");
  write("additional_chat_templates/tool_use.jinja", "other tools");
  EXPECT_EQ(render({{"tools", Json::array()}}), "other tools");
}

TEST_F(ChatTemplateFolder, VariablesAreThoseOfApplyChatTemplate) {
  write("chat_template.jinja",
        "{{ tools is none }}{{ documents is none }}{{ add_generation_prompt }}{{ enable_thinking "
        "is defined }}");
  EXPECT_EQ(render(), "TrueTrueTrueFalse");
  EXPECT_EQ(render({{"add_generation_prompt", false}, {"enable_thinking", false}}),
            "TrueTrueFalseTrue");
}

TEST_F(ChatTemplateFolder, ASecondBosIsAnError) {
  write("tokenizer_config.json", R"({"bos_token": "<s>", "chat_template": "{{ bos_token }}<s>x"})");
  EXPECT_NE(render().find("BOS token <s> twice"), std::string::npos) << render();
}

TEST_F(ChatTemplateFolder, FailuresNameThePlace) {
  EXPECT_NE(render().find("has no chat template"), std::string::npos);
  write("chat_template.jinja", "a\n{{ raise_exception('no system role') }}");
  EXPECT_NE(render().find("chat_template.jinja:2: no system role"), std::string::npos) << render();
  write("chat_template.jinja", "a\n\n{{ x | nosuch }}");
  EXPECT_NE(render().find("chat_template.jinja:3: there is no filter 'nosuch'"), std::string::npos)
      << render();
}

TEST(EncodePrompt, RefusesTwoBosIds) {
  const std::string document =
      R"({"added_tokens": [{"id": 1, "content": "<s>", "special": true, "normalized": false}],
    "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}})";
  const Result<Tokenizer> tokenizer = Tokenizer::parse(document, R"({"bos_token": "<s>"})");
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  EXPECT_EQ(*encode_prompt(*tokenizer, "<s>a"), (std::vector<int32_t>{1, 0}));
  EXPECT_FALSE(encode_prompt(*tokenizer, "<s><s>a").ok());
}

}  // namespace
}  // namespace jangwon::runtime
