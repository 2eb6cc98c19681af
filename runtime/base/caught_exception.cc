#include "runtime/base/caught_exception.h"

#include <exception>
#include <filesystem>
#include <new>
#include <system_error>

namespace jangwon {

Status caught_exception() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return unavailable("the memory does not suffice; ask for less at a time, or free some");
  } catch (const std::filesystem::filesystem_error& error) {
    return unavailable("cannot use " + error.path1().string() + ": " + error.code().message());
  } catch (const std::system_error& error) {
    return unavailable("the system refuses what the program needs: " + error.code().message());
  } catch (const std::exception& error) {
    return unavailable(std::string("an error that the program does not know (\"") + error.what() +
                       "\"); please report it with the command that led to it");
  } catch (...) {
    return unavailable("an error without a name; please report it with the command that led to it");
  }
}

}  // namespace jangwon
