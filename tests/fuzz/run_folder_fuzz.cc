// A run folder that somebody gives to report, compare, export or run: run.json, results.json and
// samples.jsonl, with a NUL between them.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/run_loop/run_manifest.h"
#include "harness/run_loop/sample_limit.h"
#include "reports/exports/export.h"
#include "reports/gate/evaluation_side.h"
#include "reports/run_folder.h"
#include "runtime/base/check.h"
#include "tests/fuzz/fuzz_folder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  static const FuzzFolder folder;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (const char* name : {"run.json", "results.json", "samples.jsonl"}) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    folder.write(name, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto run = reports::read_run_folder(folder.path());
  JANGWON_CHECK(run.ok() || !run.status().message().empty());
  const auto outcomes = reports::read_outcomes(folder.path(), {"category", "license_name"});
  if (outcomes.ok()) {
    for (const reports::OutcomeTask& task : outcomes->tasks) {
      for (const auto& [model, samples] : task.by_model) {
        for (const reports::SampleOutcome& sample : samples)
          JANGWON_CHECK(sample.item < task.items.size());
        static_cast<void>(reports::question_means(task, model));
      }
    }
  }
  const auto manifest = harness::RunManifest::read(folder.path());
  JANGWON_CHECK(manifest.ok() || !manifest.status().message().empty());
  if (manifest.ok()) {
    static_cast<void>(manifest->shard());
    static_cast<void>(manifest->settings());
    static_cast<void>(manifest->settings_difference(*manifest));
    const auto& frozen = manifest->json().at("frozen");
    if (frozen.contains("limit"))
      static_cast<void>(harness::sample_limit_of(frozen.at("limit")).ok());
  }
  const auto side = reports::read_run_side(folder.path());
  JANGWON_CHECK(side.ok() || !side.status().message().empty());
  if (run.ok()) {
    reports::ExportOptions options;
    options.run_folder = folder.path();
    options.output_folder = folder.path() + "/exported";
    for (const std::string& name : reports::export_format_names()) {
      const auto written = reports::export_run(*reports::export_format_of_name(name), options);
      JANGWON_CHECK(written.ok() || !written.status().message().empty());
    }
    std::filesystem::remove_all(options.output_folder);
  }
  return 0;
}
