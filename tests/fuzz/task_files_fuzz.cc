#include <cstdint>
#include <string_view>

#include "datasets/imported_files.h"
#include "datasets/manifest.h"
#include "harness/task/task_spec.h"
#include "runtime/base/check.h"
#include "tests/fuzz/fuzz_folder.h"

// Files that declare a task or a data set; the first byte says which.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  if (size == 0) return 0;
  static const FuzzFolder folder;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Status status = ok_status();
  if (data[0] % 3 == 0) {
    const auto manifest = datasets::read_manifest(folder.write("set.yaml", text));
    status = manifest.status();
    if (manifest.ok()) {
      for (const datasets::Split& split : manifest->splits)
        static_cast<void>(datasets::select_files(*manifest, split, "").ok());
    }
  } else if (data[0] % 3 == 1) {
    folder.write("task.yaml", text);
    const auto task = harness::read_task_spec(folder.path());
    status = task.status();
    if (task.ok()) static_cast<void>(harness::find_style(*task, "").ok());
  } else {
    folder.write("import.json", text);
    static_cast<void>(datasets::read_import_record(folder.path(), "").ok());
    return 0;
  }
  JANGWON_CHECK(status.ok() || !status.message().empty());
  return 0;
}
