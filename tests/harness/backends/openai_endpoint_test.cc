#include "harness/backends/openai_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/backends/all_backends.h"
#include "runtime/base/file.h"

namespace jangwon::harness {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(OpenAiEndpoint, WordNamesServerModelAndOptions) {
  const auto endpoint = parse_openai_word(
      "openai:https://api.example.com/v1/#org/"
      "K-EXAONE?api=completions&stream=false&n=8&concurrency=300&key_env=MY_KEY&"
      "timeout_s=60&attempts=3&retry_ms=20&extra_body=%7B%22top_a%22%3A1%7D&prompt=token_ids&name="
      "kx");
  ASSERT_TRUE(endpoint.ok()) << endpoint.status().message();
  EXPECT_EQ(endpoint->url, "https://api.example.com/v1");
  EXPECT_EQ(endpoint->model, "org/K-EXAONE");
  EXPECT_EQ(endpoint->name, "kx");
  EXPECT_EQ(endpoint->api, OpenAiApi::kCompletions);
  EXPECT_EQ(endpoint->delivery, OpenAiDelivery::kWhole);
  EXPECT_EQ(endpoint->prompt, OpenAiPrompt::kTokenIds);
  EXPECT_EQ(endpoint->max_choices, 8);
  EXPECT_EQ(endpoint->max_concurrency, 300);
  EXPECT_EQ(endpoint->key_variable, "MY_KEY");
  EXPECT_EQ(endpoint->patience, std::chrono::seconds(60));
  EXPECT_EQ(endpoint->retry.max_attempts, 3);
  EXPECT_EQ(endpoint->extra_body->dump(), R"({"top_a":1})");
}

TEST(OpenAiEndpoint, NameIsTheLastPartOfTheModel) {
  EXPECT_EQ(identify_model("openai:http://h/v1#org/K-EXAONE")->name, "K-EXAONE");
  EXPECT_EQ(identify_model("openai:http://h/v1#/models/solar/")->name, "solar");
  EXPECT_EQ(identify_model("openai:http://h/v1#m?name=other")->name, "other");
}

TEST(OpenAiEndpoint, AKeyThatCouldNotBeTakenOutOfAnEchoIsRefused) {
  const auto read = [](const std::string& settings) {
    const auto endpoint = parse_openai_word("openai:http://h/v1#m?" + settings);
    EXPECT_TRUE(endpoint.ok()) << endpoint.status().message();
    return read_key(*endpoint);
  };
  for (const char* settings : {"extra_body=%7B%22api_key%22%3A%22abc1234%22%7D",
                               "headers=%7B%22X-Api-Key%22%3A%22abc%22%7D"}) {
    const auto key = read(settings);
    ASSERT_FALSE(key.ok()) << settings;
    EXPECT_THAT(key.status().message(), HasSubstr("fewer than 8 characters"));
    EXPECT_THAT(key.status().message(), Not(HasSubstr("abc")));
  }
  EXPECT_TRUE(read("extra_body=%7B%22api_key%22%3A%22EMPTY%22%7D").ok()) << "a placeholder";
  const auto key = read("extra_body=%7B%22api_key%22%3A%22abcd1234%22%7D");
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->redact("echo: abcd1234."), "echo: [key].");
}

TEST(OpenAiEndpoint, MistakesAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"openai:http://h/v1", "names no model"},
      {"openai:http://h/v1#", "has no name"},
      {"openai:h/v1#m", "begins with http:// or https://"},
      {"openai:http://h#m", "http://h:80/v1"},
      {"openai:http://h:99999/v1#m", "port"},
      {"openai:http://h/v1#m?strem=true", "did you mean \"stream\"?"},
      {"openai:http://h/v1#m?stream=maybe", "true or false"},
      {"openai:http://h/v1#m?n=0", "from 1"},
      {"openai:http://h/v1#m?n", "key=value"},
      {"openai:http://h/v1#m?extra_body=7", "a JSON object"},
      {"openai:http://h/v1#m?extra_body=%7B%22temperature%22%3A0%7D",
       "may not hold \"temperature\""},
      {"openai:http://h/v1#m?extra_body=%7B%22messages%22%3Anull%7D", "may not hold \"messages\""},
      {"openai:http://h/v1#m?headers=%7B%22a%22%3A1%7D", "JSON object of texts"},
      {"openai:http://h/v1#m?headers=%7B%22a%22%3A%22x%5Cr%5Cny%22%7D", "one line"},
      {"openai:http://h/v1#m?thinking_markers=thinc", "did you mean \"think\"?"},
      {"openai:http://h/v1#m?name=a%1B%5B31m", "control characters"},
      {"openai:http://h/v1#m\u202egpj", "control characters"},
      {"openai:http://h/v1#m?name=%zz", "%25"},
      {"openai:/nowhere/model.yaml", "/nowhere/model.yaml"},
  };
  for (const auto& [word, expected] : cases)
    EXPECT_THAT(parse_openai_word(word).status().message(), HasSubstr(expected)) << word;
}

TEST(OpenAiEndpoint, KeyInTheUrlIsRefusedAndNotRepeated) {
  for (const char* word :
       {"openai:http://user:sk-secret-123@h/v1#m", "openai:http://h/v1?api-key=sk-secret-123#m"}) {
    const std::string message = check_model(word).message();
    EXPECT_THAT(message, HasSubstr("OPENAI_API_KEY")) << word;
    EXPECT_THAT(message, Not(HasSubstr("secret")));
  }
}

TEST(OpenAiEndpoint, NamedVariableMustBeSet) {
  EXPECT_THAT(check_model("openai:http://h/v1#m?key_env=JANGWON_NO_SUCH_VARIABLE").message(),
              HasSubstr("JANGWON_NO_SUCH_VARIABLE"));
}

TEST(OpenAiEndpoint, FileHoldsTheSameOptions) {
  const std::string path = testing::TempDir() + "/endpoint_" + std::to_string(getpid()) + ".yaml";
  ASSERT_TRUE(write_file_atomically(
                  path,
                  "url: http://127.0.0.1:8000/v1\nmodel: solar\nn: 4\nstream: false\n"
                  "extra_body:\n  reasoning_effort: high\n  chat_template_kwargs: {think: true}\n")
                  .ok());
  const auto endpoint = parse_openai_word("openai:" + path);
  ASSERT_TRUE(endpoint.ok()) << endpoint.status().message();
  EXPECT_EQ(endpoint->model, "solar");
  EXPECT_EQ(endpoint->max_choices, 4);
  EXPECT_EQ(endpoint->delivery, OpenAiDelivery::kWhole);
  EXPECT_EQ(endpoint->extra_body->dump(),
            R"({"reasoning_effort":"high","chat_template_kwargs":{"think":true}})");
  ASSERT_TRUE(
      write_file_atomically(path, "url: http://127.0.0.1:8000/v1\nmodel: solar\nstrem: false\n")
          .ok());
  EXPECT_THAT(parse_openai_word("openai:" + path).status().message(), HasSubstr(":3"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace jangwon::harness
