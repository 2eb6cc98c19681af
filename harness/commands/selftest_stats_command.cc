#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/stats/golden_cases.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

struct Options {
  std::string golden;
  bool json = false;
};

std::string to_json_report(const std::vector<GoldenOutcome>& outcomes, size_t passed) {
  Json failures = Json::array();
  for (const GoldenOutcome& outcome : outcomes) {
    if (!outcome.passed)
      failures.push_back(
          {{"name", outcome.name}, {"function", outcome.function}, {"detail", outcome.detail}});
  }
  return to_json_text({{"passed", passed}, {"total", outcomes.size()}, {"failures", failures}});
}

Status selftest_stats(const Options& options) {
  JANGWON_ASSIGN_OR_RETURN(const Json golden, options.golden.empty()
                                                  ? parse_json(embedded_stats_golden())
                                                  : read_json_file(options.golden));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<GoldenOutcome> outcomes, run_golden_cases(golden));
  size_t passed = 0;
  for (const GoldenOutcome& outcome : outcomes)
    passed += outcome.passed ? 1 : 0;
  if (options.json) {
    write_output(to_json_report(outcomes, passed));
  } else {
    for (const GoldenOutcome& outcome : outcomes) {
      if (!outcome.passed)
        write_output(localized("FAIL {place}: {difference}",
                               {{"place", outcome.name}, {"difference", outcome.detail}}) +
                     "\n");
    }
    write_output(localized("{passed} of {outcomes} golden cases agree",
                           {{"passed", passed}, {"outcomes", outcomes.size()}}) +
                 "\n");
  }
  if (passed == outcomes.size() && passed > 0) return ok_status();
  return {StatusCode::kCheckFailed,
          "selftest stats: {passed} of {outcomes} golden cases agree; do not trust intervals and "
          "tests of this build",
          {{"passed", passed}, {"outcomes", outcomes.size()}}};
}

}  // namespace

void add_selftest_stats(CLI::App& selftest, CommandContext& context) {
  CLI::App* command =
      selftest.add_subcommand("stats", "compare every statistic with its golden values");
  const auto options = std::make_shared<Options>();
  command->add_option("--golden", options->golden,
                      "a golden file other than the one inside the program");
  command->add_flag("--json", options->json, "print JSON");
  set_examples(*command, {{"jangwon selftest stats", ""},
                          {"jangwon selftest stats --json", "every case, for another program"}});
  command->callback([options, &context] { context.status = selftest_stats(*options); });
}

}  // namespace jangwon::harness
