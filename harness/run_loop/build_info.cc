#include "harness/run_loop/build_info.h"

#include <sys/utsname.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "harness/run_loop/git_commit.h"  // made by cmake/jangwon_commit.cmake
#include "runtime/base/file.h"

namespace jangwon::harness {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "clang++ " __clang_version__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

std::string processor() {
  const Result<std::string> text = read_file("/proc/cpuinfo");
  if (!text.ok()) return "unknown";
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

std::string program_version() {
  return std::string(JANGWON_VERSION) + " (" + JANGWON_COMMIT + ", " + kCompiler + ")";
}

Json build_info() {
  utsname system = {};
  uname(&system);
  return Json{{"version", JANGWON_VERSION},
              {"git_commit", JANGWON_COMMIT},
              {"compiler", kCompiler},
              {"system", std::string(system.sysname) + " " + system.release + " " + system.machine},
              {"processor", processor()},
              {"num_processors", std::thread::hardware_concurrency()}};
}

}  // namespace jangwon::harness
