// What `report --history` is given beside run folders: the result of a gate, and a baseline of one
// file behind a NUL.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "reports/gate/baseline_file.h"
#include "reports/gate/score_history.h"
#include "runtime/base/check.h"
#include "tests/fuzz/fuzz_folder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  static const FuzzFolder verdicts, baseline;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto next = [&rest] {
    const size_t end = std::min(rest.find('\0'), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
  };
  verdicts.write("gate.json", next());
  baseline.write("baseline.json", next());
  std::filesystem::create_directories(baseline.path() + "/task");
  baseline.write("task/model.json", next());
  for (const FuzzFolder* folder : {&verdicts, &baseline}) {
    const auto history = reports::read_history({folder->path()});
    JANGWON_CHECK(history.ok() || !history.status().message().empty());
  }
  const auto read = reports::read_baseline(baseline.path());
  JANGWON_CHECK(read.ok() || !read.status().message().empty());
  return 0;
}
