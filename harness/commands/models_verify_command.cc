// jangwon models verify DIR: does this engine compute what another implementation computed with
// the same weights?

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/backends/load_meter.h"
#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "runtime/base/json.h"
#include "runtime/base/standard_streams.h"
#include "runtime/engine/golden_check.h"

namespace jangwon::harness {
namespace {

struct VerifyOptions {
  std::string dir;
  std::string golden;
  double tolerance = 1e-4;
  int threads = 0;
  std::string device;
  std::string isa;
  // What golden files hold is computed in float32.
  std::string numerics = name_of(runtime::Numerics::kFloat32);
  std::string kv_cache_dtype;
  std::string weights;
  bool json = false;
};

// JSON has no infinity; a distance that is not a number comes as null.
Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json to_json(const runtime::GoldenReport& report, const VerifyOptions& options,
             const runtime::ModelRunner& runner) {
  Json cases = Json::array();
  for (const runtime::GoldenCase& result : report.cases) {
    cases.push_back({{"name", result.name},
                     {"num_tokens", result.num_tokens},
                     {"max_abs_dlogp", number_or_null(result.max_abs_dlogp)},
                     {"num_hidden_layers", result.num_hidden_layers},
                     {"max_abs_dhidden", number_or_null(result.max_abs_dhidden)}});
  }
  return {
      {"max_abs_dlogp", number_or_null(report.max_abs_dlogp)},
      {"greedy_equal", report.greedy_equal},
      {"greedy_total", report.greedy_total},
      {"choice_max_abs", number_or_null(report.choice_max_abs)},
      {"draft_max_abs_dlogp",
       report.num_draft_cases > 0 ? number_or_null(report.draft_max_abs_dlogp) : Json()},
      {"draft_equal", report.draft_equal},
      {"draft_total", report.draft_total},
      {"logits_sha256", report.logits_sha256},
      {"max_abs_dhidden", number_or_null(report.max_abs_dhidden)},
      {"passed", report.passed(options.tolerance)},
      {"tolerance", options.tolerance},
      {"compute_dtype",
       runner.ops().numerics == runtime::Numerics::kFloat32 ? "float32" : "bfloat16"},
      {"numerics", name_of(runner.ops().numerics)},
      {"kv_cache_dtype", runner.config().kv_cache_dtype == DType::kBF16 ? "bfloat16" : "float32"},
      {"isa", runner.isa()},
      {"cases", cases}};
}

void print(const runtime::GoldenReport& report, const runtime::ModelRunner& runner) {
  write_output(
      fmt::format("numerics {}, cache in {}\n", name_of(runner.ops().numerics),
                  runner.config().kv_cache_dtype == DType::kBF16 ? "bfloat16" : "float32"));
  for (const runtime::GoldenCase& result : report.cases) {
    std::string line = fmt::format("{:<10} {:4} tokens  max_abs_dlogp {:.3e}", result.name,
                                   result.num_tokens, result.max_abs_dlogp);
    if (result.num_hidden_layers > 0) {
      line += fmt::format("  max_abs_dhidden {:.3e} over {} layers", result.max_abs_dhidden,
                          result.num_hidden_layers);
    }
    write_output(line + "\n");
  }
  write_output(
      fmt::format("max_abs_dlogp {:.3e}\ngreedy_equal {} of greedy_total {}\nchoice_max_abs "
                  "{:.3e}\nlogits_sha256 {}\n",
                  report.max_abs_dlogp, report.greedy_equal, report.greedy_total,
                  report.choice_max_abs, report.logits_sha256));
  if (report.num_draft_cases == 0) return;
  write_output(fmt::format("draft_max_abs_dlogp {:.3e}\ndraft_equal {} of draft_total {}\n",
                           report.draft_max_abs_dlogp, report.draft_equal, report.draft_total));
}

Status verify(const VerifyOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(
      const std::unique_ptr<runtime::ModelRunner> runner,
      runtime::ModelRunner::load_whole(options.dir,
                                       {.kv_cache_dtype = options.kv_cache_dtype,
                                        .numerics = options.numerics,
                                        .weights = options.weights,
                                        .num_threads = options.threads,
                                        .on_load = make_load_meter(options.json ? nullptr : stderr),
                                        .device = options.device,
                                        .isa = options.isa}));
  const std::string golden =
      options.golden.empty() ? options.dir + "/golden.safetensors" : options.golden;
  JANGWON_ASSIGN_OR_RETURN(const runtime::GoldenReport report,
                           runtime::check_golden(*runner, golden));
  if (options.json) {
    write_output(to_json_text(to_json(report, options, *runner)));
  } else {
    print(report, *runner);
  }
  if (report.passed(options.tolerance)) return ok_status();
  if (report.model_agrees(options.tolerance)) {
    return Status(StatusCode::kCheckFailed,
                  "{dir}: the draft module does not agree with the golden file "
                  "(draft_max_abs_dlogp {draft_max_abs_dlogp}, "
                  "tolerance {tolerance}; {draft_equal} of {draft_total} drafts in chains equal)",
                  {{"dir", options.dir},
                   {"draft_max_abs_dlogp", fmt::format("{:.3e}", report.draft_max_abs_dlogp)},
                   {"tolerance", fmt::format("{:g}", options.tolerance)},
                   {"draft_equal", report.draft_equal},
                   {"draft_total", report.draft_total}});
  }
  return Status(StatusCode::kCheckFailed,
                "{dir}: the model does not agree with the golden file (max_abs_dlogp "
                "{max_abs_dlogp}, choice_max_abs "
                "{choice_max_abs}, tolerance {tolerance}; greedy {greedy_equal} of {greedy_total} "
                "tokens equal)",
                {{"dir", options.dir},
                 {"max_abs_dlogp", fmt::format("{:.3e}", report.max_abs_dlogp)},
                 {"choice_max_abs", fmt::format("{:.3e}", report.choice_max_abs)},
                 {"tolerance", fmt::format("{:g}", options.tolerance)},
                 {"greedy_equal", report.greedy_equal},
                 {"greedy_total", report.greedy_total}});
}

}  // namespace

void add_models_verify_command(CLI::App& models, CommandContext& context) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* command = models.add_subcommand("verify",
                                            "Compare logits, greedy continuations, choices and "
                                            "drafts with a golden file; exit 0 only if all agree.");
  command->add_option("DIR", options->dir, "model folder in Hugging Face format")->required();
  command->add_option("--golden", options->golden, "golden file; default DIR/golden.safetensors");
  command
      ->add_option("--tolerance", options->tolerance,
                   "largest accepted difference of a log-probability")
      ->capture_default_str()
      ->transform(setting_check("tolerance"));
  command->add_option("--threads", options->threads, "threads; default: all this process may use")
      ->transform(setting_check("threads"));
  command->add_option("--isa", options->isa,
                      "portable, avx2, avx512, avx512_bf16 or amx; default: the fastest");
  add_weights_option(*command, options->weights);
  add_arithmetic_options(*command, options->numerics, options->kv_cache_dtype);
  add_device_option(*command, options->device);
  command->add_flag("--json", options->json, "one JSON object on stdout");
  set_examples(*command,
               {{"jangwon models verify models/k-exaone", "with the golden file of the folder"},
                {"jangwon models verify models/k-exaone --golden other.safetensors --json",
                 "for another program"}});
  command->callback([options, &context] { context.status = verify(*options); });
}

}  // namespace jangwon::harness
