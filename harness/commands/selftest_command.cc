// `jangwon selftest`: what this machine can be trusted with.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/sandbox/attack_suite.h"
#include "harness/sandbox/sandbox.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/standard_streams.h"

namespace jangwon::harness {

namespace {

struct Options {
  bool json = false;
  bool all = false;
  std::string tier;
  std::string python = "/usr/bin/python3";
};

Json to_json(const AttackOutcome& outcome) {
  return {{"number", outcome.attack.number},
          {"name", outcome.attack.name},
          {"held", outcome.held},
          {"observed", outcome.observed},
          {"wall_ms", outcome.wall_ms}};
}

Status selftest_sandbox(const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  SandboxOptions sandbox;
  sandbox.python = options.python;
  if (!options.tier.empty())
    sandbox.only_tier = options.tier == "A" ? SandboxTier::kA : SandboxTier::kB;
  JANGWON_ASSIGN_OR_RETURN(const auto pool, SandboxPool::create(sandbox));
  const std::chrono::duration<double, std::milli> setup = std::chrono::steady_clock::now() - begin;
  if (!options.json)
    write_output(localized("sandbox: {description} (ready in {setup} ms)",
                           {{"description", pool->description()},
                            {"setup", fmt::format("{:.0f}", setup.count())}}) +
                 "\n");
  Json attacks = Json::array();
  size_t held = 0;
  for (const Attack& attack : attack_catalogue()) {
    if (!options.all && !attack.quick) continue;
    const AttackOutcome outcome = run_attack(attack, *pool);
    held += outcome.held ? 1 : 0;
    attacks.push_back(to_json(outcome));
    if (!options.json)
      write_output(localized(outcome.held ? Message("held {number} {attack}: {observed}",
                                                    {{"number", fmt::format("{:2}", attack.number)},
                                                     {"attack", attack.name},
                                                     {"observed", outcome.observed}})
                                          : Message("FAIL {number} {attack}: {observed}",
                                                    {{"number", fmt::format("{:2}", attack.number)},
                                                     {"attack", attack.name},
                                                     {"observed", outcome.observed}})) +
                   "\n");
  }
  const size_t total = attacks.size();
  if (options.json) {
    write_output(to_json_text({{"tier", name_of(pool->tier())},
                               {"description", pool->description()},
                               {"python", pool->python_version()},
                               {"numpy", pool->numpy_version()},
                               {"setup_ms", setup.count()},
                               {"held", held},
                               {"total", total},
                               {"attacks", attacks}}));
  } else {
    write_output(localized("{held} of {total} attacks held", {{"held", held}, {"total", total}}) +
                 "\n");
  }
  if (held == total && total > 0) return ok_status();
  return {StatusCode::kCheckFailed,
          "selftest sandbox: {held} of {total} attacks held; do not run model-written programs on "
          "this machine",
          {{"held", held}, {"total", total}}};
}

}  // namespace

void add_selftest_command(CLI::App& app, CommandContext& context) {
  CLI::App* selftest = app.add_subcommand("selftest", "what this machine can be trusted with");
  selftest->require_subcommand(1);
  set_examples(*selftest, {{"jangwon selftest sandbox", ""},
                           {"jangwon selftest stats", ""},
                           {"jangwon selftest determinism", ""}});
  CLI::App* command =
      selftest->add_subcommand("sandbox", "attack the sandbox for model-written programs");
  const auto options = std::make_shared<Options>();
  command->add_flag("--all", options->all, "the whole catalogue instead of its quick part");
  command->add_option("--tier", options->tier, "test this tier instead of the best one")
      ->check(CLI::IsMember({"A", "B"}));
  command->add_option("--python", options->python, "the interpreter of the programs");
  command->add_flag("--json", options->json, "print JSON");
  set_examples(
      *command,
      {{"jangwon selftest sandbox", "before model-written programs are run here"},
       {"jangwon selftest sandbox --all --tier B", "every attack, against the second best tier"}});
  command->callback([options, &context] { context.status = selftest_sandbox(*options); });
  add_selftest_determinism(*selftest, context);
  add_selftest_stats(*selftest, context);
}

}  // namespace jangwon::harness
