// A run folder that somebody gives to report or compare: run.json, results.json and samples.jsonl, with a NUL
// between them.

#include <cstdint>
#include <string_view>

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
  const auto outcomes = reports::read_outcomes(folder.path());
  if (outcomes.ok()) {
    for (const reports::OutcomeTask& task : outcomes->tasks) {
      for (const auto& [model, samples] : task.by_model) {
        for (const reports::SampleOutcome& sample : samples)
          JANGWON_CHECK(sample.item < task.items.size());
        static_cast<void>(reports::question_means(task, model));
      }
    }
  }
  return 0;
}
