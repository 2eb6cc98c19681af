#include "runtime/base/caught_exception.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <new>
#include <system_error>

namespace jangwon {
namespace {

using testing::HasSubstr;

template <typename Exception>
std::string sentence_of(Exception exception) {
  try {
    throw exception;
  } catch (...) {
    return caught_exception().message();
  }
}

TEST(CaughtException, IsOneSentence) {
  EXPECT_THAT(sentence_of(std::bad_alloc()), HasSubstr("memory does not suffice"));
  EXPECT_EQ(sentence_of(std::filesystem::filesystem_error("status", "/a/b", std::make_error_code(std::errc::io_error))),
            "cannot use /a/b: Input/output error");
  EXPECT_EQ(sentence_of(std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again), "thread")),
            "the system refuses what the program needs: Resource temporarily unavailable");
  EXPECT_THAT(sentence_of(std::out_of_range("map::at")), HasSubstr("(\"map::at\"); please report it"));
  EXPECT_THAT(sentence_of(7), HasSubstr("an error without a name"));
}

}  // namespace
}  // namespace jangwon
