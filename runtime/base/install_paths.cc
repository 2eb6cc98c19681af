#include "runtime/base/install_paths.h"
#include "runtime/base/path_kind.h"

#include <sys/auxv.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace jangwon {

std::string own_path() {
  char executable[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", executable, sizeof executable - 1);
  if (size > 0) return std::string(executable, static_cast<size_t>(size));
  const auto* called = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  std::error_code error;
  return called == nullptr ? "" : std::filesystem::canonical(called, error).string();
}

Result<std::string> find_installed(const std::string& relative) {
  std::vector<std::filesystem::path> places;
  if (const char* home = std::getenv("JANGWON_HOME"); home != nullptr && *home != '\0') {
    places.emplace_back(home);  // named by the user: nothing else is tried
  } else {
    if (const std::filesystem::path program = own_path(); !program.empty()) {
      std::filesystem::path folder = program.parent_path();
      places.push_back(folder.parent_path() / "share" / "jangwon");  // PREFIX/bin/jangwon
      // BUILD/jangwon and BUILD/tests/x_test of a build folder inside the source tree.
      for (int up = 0; up < 3 && folder.has_parent_path(); ++up) {
        folder = folder.parent_path();
        if (path_exists(folder / "tasks") && path_exists(folder / "datasets"))
          places.push_back(folder);
      }
    }
    places.emplace_back(JANGWON_SOURCE_DIR);
  }
  for (const std::filesystem::path& place : places) {
    std::error_code error;
    if (std::filesystem::exists(place / relative, error))
      return (place / relative).lexically_normal().string();
  }
  return not_found(
      "the program's own folder \"{relative}\" is not below {places}; set JANGWON_HOME to the "
      "folder that holds tasks/ "
      "and datasets/",
      {{"relative", relative}, {"places", places.front().string()}});
}

}  // namespace jangwon
