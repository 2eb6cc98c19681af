#include "runtime/base/caught_exception.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <new>
#include <nlohmann/json.hpp>
#include <system_error>

#include "runtime/base/json.h"

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
  EXPECT_EQ(sentence_of(std::filesystem::filesystem_error(
                "status", "/a/b", std::make_error_code(std::errc::io_error))),
            "cannot use /a/b: Input/output error");
  EXPECT_EQ(sentence_of(std::system_error(
                std::make_error_code(std::errc::resource_unavailable_try_again), "thread")),
            "the system refuses what the program needs: Resource temporarily unavailable");
  EXPECT_THAT(sentence_of(std::out_of_range("map::at")),
              HasSubstr("(\"map::at\"); please report it"));
  EXPECT_THAT(sentence_of(7), HasSubstr("an error without a name"));
}

// Of the library's own text nothing is shown, whatever version of it wrote it.
TEST(CaughtException, AMisfitInJsonIsSaidInOurWords) {
  const Json json = Json::parse(R"({"list": [1], "text": "x", "it's": 0})");
  const auto sentence = [&](const std::function<void()>& use) {
    try {
      use();
    } catch (const Json::exception&) {
      const Status status = caught_exception();
      EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
      EXPECT_THAT(status.message(), testing::Not(HasSubstr("json.exception")));
      return status.message();
    }
    return std::string("nothing was thrown");
  };
  EXPECT_EQ(sentence([&] { (void)json.at("it's not"); }), "the key \"it's not\" is missing");
  EXPECT_EQ(sentence([&] { (void)json.at("list").at(1); }), "a list has too few entries");
  EXPECT_EQ(sentence([&] { (void)json.at("text").at("x"); }),
            "a single value stands where a list or an object belongs");
  EXPECT_EQ(sentence([&] { (void)json.at("text").get<int>(); }),
            "a value is of another type than belongs there");
}

}  // namespace
}  // namespace jangwon
