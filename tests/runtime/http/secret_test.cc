#include "runtime/http/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

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
