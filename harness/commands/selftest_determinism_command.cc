#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/backends/all_backends.h"
#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/standard_streams.h"
#include "runtime/engine/determinism_check.h"

namespace jangwon::harness {

namespace {

using runtime::DeterminismCheck;

struct Options {
  std::string model = "standin-k-exaone";
  runtime::DeterminismOptions checks;
  std::optional<uint64_t> against_seed;
  bool json = false;
};

std::string place_of(const DeterminismCheck& check) {
  return fmt::format("{}, cache in {}, {}", check.numerics, check.kv_cache_dtype, check.what);
}

void print(const DeterminismCheck& check) {
  write_output(
      localized(check.difference.empty()
                    ? Message("same {place}: {num_requests} requests, {num_tokens} tokens",
                              {{"place", place_of(check)},
                               {"num_requests", check.num_requests},
                               {"num_tokens", check.num_tokens}})
                    : Message("FAIL {place}: {difference}",
                              {{"place", place_of(check)}, {"difference", check.difference}})) +
      "\n");
  flush_output();
}

Json to_json(const DeterminismCheck& check) {
  return {{"numerics", check.numerics},
          {"kv_cache_dtype", check.kv_cache_dtype},
          {"what", check.what},
          {"requests", check.num_requests},
          {"tokens", check.num_tokens},
          {"same", check.difference.empty()},
          {"difference", check.difference.empty() ? Json() : Json(check.difference)}};
}

Status selftest_determinism(Options options) {
  JANGWON_ASSIGN_OR_RETURN(const std::string folder, find_model_folder(options.model));
  options.checks.compared_seed = options.against_seed.value_or(options.checks.seed);
  if (!options.json) options.checks.on_check = print;
  JANGWON_ASSIGN_OR_RETURN(const std::vector<DeterminismCheck> checks,
                           runtime::check_determinism(folder, options.checks));
  size_t same = 0;
  const DeterminismCheck* first = nullptr;
  Json list = Json::array();
  for (const DeterminismCheck& check : checks) {
    same += check.difference.empty() ? 1 : 0;
    if (first == nullptr && !check.difference.empty()) first = &check;
    list.push_back(to_json(check));
  }
  if (options.json) {
    write_output(to_json_text(
        {{"model", options.model}, {"same", same}, {"total", checks.size()}, {"checks", list}}));
  } else {
    write_output(localized("{same} of {checks} checks give the same bits",
                           {{"same", same}, {"checks", checks.size()}}) +
                 "\n");
  }
  if (first == nullptr) return ok_status();
  return {StatusCode::kCheckFailed,
          "selftest determinism: {same} of {checks} checks give the same bits; the first that does "
          "not: {place}: "
          "{difference}",
          {{"same", same},
           {"checks", checks.size()},
           {"place", place_of(*first)},
           {"difference", first->difference}}};
}

}  // namespace

void add_selftest_determinism(CLI::App& selftest, CommandContext& context) {
  CLI::App* command = selftest.add_subcommand(
      "determinism",
      "run requests in every way there is and compare the bits with each of them alone");
  const auto options = std::make_shared<Options>();
  command
      ->add_option("--model", options->model,
                   "folder or registered name; it is loaded once a check")
      ->capture_default_str();
  add_arithmetic_options(*command, options->checks.numerics, options->checks.kv_cache_dtype);
  add_device_option(*command, options->checks.device);
  command->add_option("--seed", options->checks.seed, "of prompts and draws")
      ->transform(setting_check("seed"));
  command
      ->add_option("--against-seed", options->against_seed,
                   "draw what is compared from another seed: the checks must then fail")
      ->transform(setting_check("seed"));
  command->add_flag("--json", options->json, "print JSON");
  set_examples(*command, {{"jangwon selftest determinism",
                           "does this machine keep the contract of runtime/README.md?"},
                          {"jangwon selftest determinism --model models/k-exaone --numerics chain",
                           "with a checkpoint of your own"}});
  command->callback([options, &context] { context.status = selftest_determinism(*options); });
}

}  // namespace jangwon::harness
