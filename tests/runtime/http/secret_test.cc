#include "runtime/http/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"

namespace jangwon {
namespace {

TEST(Secret, IsTakenOutOfTextWhereverItStands) {
  const Secret secret("sk-0123456789");
  EXPECT_EQ(secret.redact("sk-0123456789 and xsk-0123456789x"), "[key] and x[key]x");
  EXPECT_EQ(secret.redact("sk-012345678"), "sk-012345678");
  EXPECT_EQ(Secret().redact("text"), "text");
  EXPECT_EQ(Secret("EMPTY").redact("EMPTY"), "EMPTY") << "a placeholder, not a secret";
}

TEST(Secret, MistakesDoNotRepeatIt) {
  setenv("JANGWON_TEST_SECRET", "two words-secret", 1);
  const Status status = Secret::from_environment("JANGWON_TEST_SECRET").status();
  EXPECT_THAT(status.message(), testing::HasSubstr("JANGWON_TEST_SECRET"));
  EXPECT_THAT(status.message(), testing::Not(testing::HasSubstr("words-secret")));
  unsetenv("JANGWON_TEST_SECRET");
  EXPECT_TRUE(Secret::from_environment("JANGWON_TEST_SECRET")->empty());
}

TEST(Secret, EndOfALineAroundItIsNoPartOfIt) {
  const std::string path = testing::TempDir() + "/secret_end_" + std::to_string(getpid());
  for (const char* text : {"sk-abc", "sk-abc\n", "sk-abc\r\n", "sk-abc\r", "  sk-abc \t\n\n",
                           "\xEF\xBB\xBFsk-abc\r\n"}) {
    setenv("JANGWON_TEST_SECRET", text, 1);
    const Result<Secret> variable = Secret::from_environment("JANGWON_TEST_SECRET");
    ASSERT_TRUE(variable.ok()) << variable.status().message();
    EXPECT_EQ(variable->value(), "sk-abc");
    ASSERT_TRUE(write_file_atomically(path, text).ok());
    const Result<Secret> file = Secret::from_file(path);
    ASSERT_TRUE(file.ok()) << file.status().message();
    EXPECT_EQ(file->value(), "sk-abc");
  }
  setenv("JANGWON_TEST_SECRET", "sk-abc\nsk-def", 1);
  EXPECT_FALSE(Secret::from_environment("JANGWON_TEST_SECRET").ok()) << "two keys are none";
  setenv("JANGWON_TEST_SECRET", " \r\n", 1);
  EXPECT_TRUE(Secret::from_environment("JANGWON_TEST_SECRET")->empty());
  unsetenv("JANGWON_TEST_SECRET");
  std::filesystem::remove(path);
}

TEST(Secret, NamesThatHoldKeysAreKnown) {
  for (const char* name :
       {"api_key", "apiKey", "API-KEY", "x-api-key", "Authorization", "Proxy-Authorization",
        "token", "access_token", "auth-token", "hf_token", "client_secret", "SECRET", "password",
        "key", "bearer", "Cookie", "aws_secret_access_key", "ocp-apim-subscription-key"}) {
    EXPECT_TRUE(is_secret_name(name)) << name;
  }
  for (const char* name :
       {"max_tokens", "eos_token", "stop_token", "reasoning_effort", "cache_salt", "logprobs",
        "keyword", "think_end_token", "author", "min_tokens", "tokenizer"}) {
    EXPECT_FALSE(is_secret_name(name)) << name;
  }
}

TEST(WithheldKeys, AreReplacedByMarksAndComeBackForTheRequestAlone) {
  const Json given = Json::parse(
      R"({"effort": "high", "api_key": "sk-withheld-1", "auth": {"user": "u", "list": ["v"]},
                                     "headers": {"X-Custom": "Bearer withheld-2", "n": 3}, "max_tokens": null})");
  const Json hidden = withheld_keys::hide(given);
  for (const char* key : {"sk-withheld-1", "withheld-2", "\"u\"", "\"v\""})
    EXPECT_THAT(hidden.dump(), testing::Not(testing::HasSubstr(key)));
  EXPECT_EQ(hidden["effort"], "high");
  EXPECT_EQ(withheld_keys::hide(hidden), hidden) << "a mark is no key";
  EXPECT_EQ(withheld_keys::reveal(hidden).value(), given);
  EXPECT_EQ(withheld_keys::hide(given), hidden) << "the same on a resume";
  EXPECT_THAT(withheld_keys::keys_in(hidden), testing::Contains("sk-withheld-1"));
  EXPECT_FALSE(withheld_keys::reveal(Json("[key withheld 1000000]")).ok()) << "of another process";
}

TEST(WithheldKeys, AreTakenOutOfWords) {
  for (const std::string body :
       {"%7B%22api_key%22%3A%22sk-word-1%22%7D", "{\"api_key\":\"sk-word-1\"}"}) {
    for (const std::string before : {"--model=a,openai:http://h/v1#m?", "openai:http://h/v1#m?n=2&",
                                     "name=openai:http://h/v1#m?"}) {
      for (const std::string after : {"", "&n=2", ",standin-axk1"}) {
        const std::string hidden =
            withheld_keys::hide_in_word(before + "extra_body=" + body + after);
        EXPECT_THAT(hidden, testing::Not(testing::HasSubstr("sk-word-1")));
        EXPECT_THAT(hidden, testing::StartsWith(before));
        EXPECT_THAT(hidden, testing::EndsWith(after));
      }
    }
  }
  const std::string plain = "openai:http://h/v1#m?extra_body=%7B%22top_p%22%3Anull%7D&n=2";
  EXPECT_EQ(withheld_keys::hide_in_word(plain), plain);
}

TEST(Secret, FirstLineOfAFile) {
  const std::string path = testing::TempDir() + "/secret_" + std::to_string(getpid());
  ASSERT_TRUE(write_file_atomically(path, "key-one \r\nkey-two\n").ok());
  EXPECT_EQ(Secret::from_file(path)->value(), "key-one");
  ASSERT_TRUE(write_file_atomically(path, "\nkey-two\n").ok());
  EXPECT_FALSE(Secret::from_file(path).ok());
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace jangwon
