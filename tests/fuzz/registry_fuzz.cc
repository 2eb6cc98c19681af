#include "reports/registry.h"

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "runtime/base/check.h"
#include "tests/fuzz/fuzz_folder.h"

// A registry folder: a task's profile and four files with a NUL between them. What is read may be
// taken for granted, cross references among it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  static const FuzzFolder folder;
  std::filesystem::create_directories(folder.path() + "/models");
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<harness::TaskProfile> tasks;
  const size_t first = std::min(rest.find('\0'), rest.size());
  if (const Result<YamlNode> root = YamlNode::parse(rest.substr(0, first), "task.yaml");
      root.ok()) {
    const Result<harness::TaskProfile> task = harness::read_task_profile(*root);
    if (task.ok()) tasks.push_back(*task);
  }
  rest.remove_prefix(std::min(first + 1, rest.size()));
  for (const char* name : {"sources.yaml", "external.yaml", "personas.yaml", "models/one.yaml"}) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    folder.write(name, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto registry = reports::read_registry(folder.path(), std::move(tasks));
  JANGWON_CHECK(registry.ok() || !registry.status().message().empty());
  if (!registry.ok()) return 0;
  for (const reports::RegistryModel& model : registry->models) {
    for (const reports::PublishedValue& published : model.published) {
      JANGWON_CHECK(reports::find_task(*registry, published.task) != nullptr);
      const reports::RegistrySource* source = reports::find_source(*registry, published.source);
      JANGWON_CHECK(source != nullptr);
      static_cast<void>(reports::is_first_party(model, *source));
      JANGWON_CHECK(!published.value || (*published.value >= 0 && *published.value <= 1));
    }
  }
  return 0;
}
