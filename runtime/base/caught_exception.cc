#include "runtime/base/caught_exception.h"

#include <exception>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "runtime/base/json.h"

namespace jangwon {

namespace {

// What stands between the first two single quotes of the library's text.
std::string quoted_name(const std::string& text) {
  const size_t begin = text.find('\'');
  const size_t end = text.rfind('\'');
  return begin == end ? "" : text.substr(begin + 1, end - begin - 1);
}

// The numbers are a part of the library's documented interface; its texts are not, so
// nothing rests on them.
Status json_misfit(const Json::exception& error) {
  constexpr int kOtherType = 302;
  constexpr int kNoContainer = 304;
  constexpr int kShortList = 401;
  constexpr int kMissingKey = 403;
  switch (error.id) {
    case kMissingKey:
      return invalid_argument("the key \"{key}\" is missing", {{"key", quoted_name(error.what())}});
    case kShortList:
      return invalid_argument("a list has too few entries");
    case kNoContainer:
      return invalid_argument("a single value stands where a list or an object belongs");
    case kOtherType:
      return invalid_argument("a value is of another type than belongs there");
    default:
      return invalid_argument("a value is not what belongs there");
  }
}

}  // namespace

Status caught_exception() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return unavailable("the memory does not suffice; ask for less at a time, or free some");
  } catch (const Json::exception& error) {
    return json_misfit(error);
  } catch (const std::filesystem::filesystem_error& error) {
    return unavailable(
        "cannot use {path}: {cause}",
        {{"path", error.path1().string()}, {"cause", Message::system_error(error.code())}});
  } catch (const std::system_error& error) {
    return unavailable("the system refuses what the program needs: {cause}",
                       {{"cause", Message::system_error(error.code())}});
  } catch (const std::exception& error) {
    return unavailable(
        "an error that the program does not know (\"{text}\"); please report it with the command "
        "that led to it",
        {{"text", error.what()}});
  } catch (...) {
    return unavailable("an error without a name; please report it with the command that led to it");
  }
}

}  // namespace jangwon
