// jangwon bench: tokens a second of prefill and decode, and how near decode comes to what the
// memory can deliver.

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "harness/backends/load_meter.h"
#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "runtime/base/aligned_buffer.h"
#include "runtime/base/counter_rng.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/standard_streams.h"
#include "runtime/base/thread_pool.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/memory_plan.h"
#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/model_config.h"
#include "runtime/model/model_summary.h"

namespace jangwon::harness {
namespace {

using Clock = std::chrono::steady_clock;

struct BenchOptions {
  std::string dir;
  int prefill = 512;
  int decode = 64;
  std::vector<int> batch = {1};
  int speculate = 0;
  int repeats = 3;
  int threads = 0;
  std::string device;
  std::string isa;
  std::string numerics;
  std::string kv_cache_dtype;
  std::string weights;
  bool json = false;
};

// Several passes of one thing. Another process can only make one slower, so the best says what the
// program can do, and the median what it did.
struct Passes {
  std::vector<double> tokens_per_s;

  double best() const {
    return tokens_per_s.empty() ? 0.0 : *std::max_element(tokens_per_s.begin(), tokens_per_s.end());
  }
  double median() const {
    std::vector<double> sorted = tokens_per_s;
    std::sort(sorted.begin(), sorted.end());
    const size_t half = sorted.size() / 2;
    if (sorted.empty()) return 0.0;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2.0;
  }
};

struct BenchRow {
  int batch = 0;
  Passes prefill;
  Passes decode;
  double operations_per_prompt_token = 0.0;
  // weights and cache that a step must read, by the tokens that it gives
  double bytes_per_decoded_token = 0.0;
  Ceilings ceilings;
  int decode_steps = 0;

  double prefill_share_of_peak() const {
    return prefill.best() * operations_per_prompt_token / ceilings.operations_per_s;
  }
  double decode_share_of_bandwidth() const {
    return decode.best() * bytes_per_decoded_token / ceilings.memory_bytes_per_s;
  }
  int64_t verified_drafts = 0;
  int64_t accepted_drafts = 0;
  // Of one more pass; on GPUs alone.
  Json prefill_operators = Json::object();
  Json decode_operators = Json::object();
};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// No two passes have the same prompts: the rows of the embedding and of the cache are as cold as
// those of a request that nobody made before.
void submit_prompts(runtime::Engine& engine, const BenchOptions& options, int batch, int pass) {
  const uint64_t vocab_size = static_cast<uint64_t>(engine.config().vocab_size);
  const int64_t first = int64_t{pass} * batch;
  for (int64_t i = first; i < first + batch; ++i) {
    runtime::EngineRequest request;
    for (int t = 0; t < options.prefill; ++t)
      request.prompt_token_ids.push_back(static_cast<int32_t>(
          combine_keys(static_cast<uint64_t>(i), static_cast<uint64_t>(t)) % vocab_size));
    request.sampling.max_tokens = options.decode;
    request.end_of_sequence = runtime::EndOfSequence::kIgnore;
    engine.submit(std::move(request));
  }
}

// Prompts come first, so these steps compute nothing else; the first token of a reply comes with
// the last of its prompt.
int64_t num_prefill_steps(const BenchOptions& options, int batch) {
  const int64_t step_tokens =
      runtime::limits_of_step({.max_batch_size = batch, .num_drafts = options.speculate}).tokens;
  return (int64_t{batch} * options.prefill + step_tokens - 1) / step_tokens;
}

// The steps of a pass once more, operator by operator.
void time_operators(runtime::Engine& engine, const BenchOptions& options, BenchRow& row) {
  submit_prompts(engine, options, row.batch, options.repeats);
  engine.begin_operator_times();
  for (int64_t i = 0; i < num_prefill_steps(options, row.batch) && engine.has_work(); ++i)
    engine.step();
  row.prefill_operators = engine.end_operator_times();
  engine.begin_operator_times();
  while (engine.has_work())
    engine.step();
  row.decode_operators = engine.end_operator_times();
  engine.take_completed();
}

void print_operators(const Message& phase, const Json& operators) {
  constexpr double kMillion = 1e6;
  write_output(localized(phase) + "\n");
  write_output(fmt::format("  {:<16} {:>8} {:>12} {:>12} {:>12} {:>12}\n", "operator", "calls",
                           "MB", "measured us", "H100 us", "H200 us"));
  for (const auto& entry : operators.items()) {
    const Json& times = entry.value();
    const int64_t calls = times.at("calls");
    const auto of_a_call = [&](const char* what) {
      return times.at(what).get<double>() / static_cast<double>(calls) * kMillion;
    };
    write_output(fmt::format("  {:<16} {:8} {:12.3f} {:12.1f} {:12.1f} {:12.1f}\n", entry.key(),
                             calls, of_a_call("bytes") / kMillion / kMillion, of_a_call("seconds"),
                             of_a_call("h100_seconds"), of_a_call("h200_seconds")));
  }
}

Result<BenchRow> run_batch(const BenchOptions& options, int batch) {
  JANGWON_ASSIGN_OR_RETURN(
      const std::unique_ptr<runtime::Engine> engine,
      runtime::Engine::load(
          options.dir, {.kv_cache_dtype = options.kv_cache_dtype,
                        .numerics = options.numerics,
                        .weights = options.weights,
                        .num_threads = options.threads,
                        .max_batch_size = batch,
                        .kv_cache_tokens = int64_t{batch} * (options.prefill + options.decode + 16),
                        .prefix_cache = runtime::PrefixCache::kOff,
                        .step_order = runtime::StepOrder::kPromptsFirst,
                        .num_drafts = options.speculate,
                        .time_operators = runtime::TimeOperators::kYes,
                        .on_load = make_load_meter(options.json ? nullptr : stderr),
                        .device = options.device,
                        .isa = options.isa}));
  const runtime::ModelConfig& config = engine->config();
  if (options.prefill + options.decode > engine->max_context_tokens()) {
    return invalid_argument(
        "--prefill and --decode together exceed the context of {max_context_tokens} tokens",
        {{"max_context_tokens", engine->max_context_tokens()}});
  }
  BenchRow row;
  row.batch = batch;
  row.operations_per_prompt_token = runtime::operations_per_prompt_token(config, options.prefill);
  row.ceilings = engine->measure_ceilings();
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    submit_prompts(*engine, options, batch, repeat);
    const int64_t prompt_tokens = int64_t{batch} * options.prefill;
    const Clock::time_point begin = Clock::now();
    for (int64_t i = 0; i < num_prefill_steps(options, batch) && engine->has_work(); ++i)
      engine->step();
    const double prefill_s = seconds_since(begin);
    const Clock::time_point middle = Clock::now();
    int steps = 0;
    for (; engine->has_work(); ++steps)
      engine->step();
    const double decode_s = seconds_since(middle);
    // Less the one of each reply that its prompt's step gave.
    int64_t decoded = -batch;
    int64_t verified = 0;
    int64_t accepted = 0;
    for (const auto& [id, completion] : engine->take_completed()) {
      decoded += static_cast<int64_t>(completion.token_ids.size());
      verified += completion.num_drafts;
      accepted += completion.num_accepted_drafts;
    }
    row.prefill.tokens_per_s.push_back(static_cast<double>(prompt_tokens) / prefill_s);
    if (steps == 0) continue;
    const double tokens_per_s = static_cast<double>(decoded) / decode_s;
    if (tokens_per_s > row.decode.best()) {
      const int context_tokens = options.prefill + options.decode / 2;
      const double bytes = static_cast<double>(
          runtime::weight_bytes_per_step(config, batch * (1 + options.speculate)) +
          runtime::cache_bytes_per_step(config, batch, context_tokens));
      row.bytes_per_decoded_token = bytes * steps / static_cast<double>(decoded);
      row.decode_steps = steps;
      row.verified_drafts = verified;
      row.accepted_drafts = accepted;
    }
    row.decode.tokens_per_s.push_back(tokens_per_s);
  }
  if (engine->facts().at("device").get<std::string>().starts_with("cuda"))
    time_operators(*engine, options, row);
  return row;
}

Status bench(const BenchOptions& options) {
  // Measuring the memory takes seconds; a wrong name is told at once.
  JANGWON_ASSIGN_OR_RETURN(const runtime::ModelConfig config,
                           runtime::read_model_config(options.dir));
  if (options.prefill + options.decode > config.max_position_embeddings) {
    return invalid_argument(
        "--prefill and --decode together exceed the context of {max_context_tokens} tokens",
        {{"max_context_tokens", config.max_position_embeddings}});
  }
  const int threads = options.threads > 0 ? options.threads : available_cpus();
  Ceilings ceilings;
  Json rows = Json::array();
  for (const int batch : options.batch) {
    JANGWON_ASSIGN_OR_RETURN(const BenchRow row, run_batch(options, batch));
    // Not before something stands under it: what cannot be measured is an error and nothing else.
    if (!options.json && rows.empty()) {
      write_output(fmt::format("{:>6} {:>26} {:>26}\n", "batch", "prefill tok/s (of peak)",
                               "decode tok/s (of memory)"));
    }
    ceilings.operations_per_s = std::max(ceilings.operations_per_s, row.ceilings.operations_per_s);
    ceilings.memory_bytes_per_s =
        std::max(ceilings.memory_bytes_per_s, row.ceilings.memory_bytes_per_s);
    rows.push_back({{"batch", row.batch},
                    {"prefill_tokens_per_s", row.prefill.best()},
                    {"prefill_tokens_per_s_median", row.prefill.median()},
                    {"prefill_share_of_peak", row.prefill_share_of_peak()},
                    {"decode_tokens_per_s", row.decode.best()},
                    {"decode_tokens_per_s_median", row.decode.median()},
                    {"decode_share_of_bandwidth", row.decode_share_of_bandwidth()},
                    {"decode_steps", row.decode_steps},
                    {"verified_drafts", row.verified_drafts},
                    {"accepted_drafts", row.accepted_drafts}});
    if (!row.prefill_operators.empty()) {
      rows.back()["operators"] = {{"prefill", row.prefill_operators},
                                  {"decode", row.decode_operators}};
    }
    if (!options.json) {
      write_output(fmt::format("{:6} {:16.0f} ({:5.1f} %) {:16.0f} ({:5.1f} %)\n", row.batch,
                               row.prefill.best(), 100.0 * row.prefill_share_of_peak(),
                               row.decode.best(), 100.0 * row.decode_share_of_bandwidth()));
      if (options.speculate > 0) {
        write_output(
            localized(
                "{accepted_drafts} of {verified_drafts} drafts accepted in batches of {batch}",
                {{"accepted_drafts", row.accepted_drafts},
                 {"verified_drafts", row.verified_drafts},
                 {"batch", row.batch}}) +
            "\n");
      }
      if (!row.prefill_operators.empty()) {
        print_operators(Message("prefill, a call of each operator, and what it takes on paper:"),
                        row.prefill_operators);
        print_operators(Message("decode, a call of each operator, and what it takes on paper:"),
                        row.decode_operators);
      }
      flush_output();
    }
  }
  if (options.json) {
    const Json result = {{"model", options.dir},
                         {"prefill", options.prefill},
                         {"decode", options.decode},
                         {"repeats", options.repeats},
                         {"speculate", options.speculate},
                         {"threads", threads},
                         {"peak_flop_per_s", ceilings.operations_per_s},
                         {"memory_gb_per_s", ceilings.memory_bytes_per_s / 1e9},
                         {"rows", rows}};
    write_output(to_json_text(result));
  } else {
    write_output(
        localized("best of {repeats}; peak {operations_per_s} TFLOP/s, memory {memory_bytes_per_s} "
                  "GB/s with "
                  "{threads} threads; prompts of {prefill} tokens, {decode} decoded",
                  {{"repeats", options.repeats},
                   {"operations_per_s", fmt::format("{:.3f}", ceilings.operations_per_s / 1e12)},
                   {"memory_bytes_per_s", fmt::format("{:.1f}", ceilings.memory_bytes_per_s / 1e9)},
                   {"threads", threads},
                   {"prefill", options.prefill},
                   {"decode", options.decode}}) +
        "\n");
  }
  return ok_status();
}

}  // namespace

void add_bench_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command =
      app.add_subcommand("bench", "Measure tokens a second of a model on this machine.");
  command->add_option("--model", options->dir, "model folder in Hugging Face format")->required();
  command->add_option("--prefill", options->prefill, "tokens of a prompt")
      ->transform(setting_check("prompt_tokens"))
      ->capture_default_str();
  command->add_option("--decode", options->decode, "tokens of a reply")
      ->transform(setting_check("reply_tokens"))
      ->capture_default_str();
  command
      ->add_option("--repeats", options->repeats,
                   "passes, of which the best and the median are told")
      ->transform(setting_check("repeats"))
      ->capture_default_str();
  command
      ->add_option("--batch", options->batch,
                   "sequences at a time; several values separated by commas")
      ->delimiter(',')
      ->transform(setting_check("batch_size"))
      ->capture_default_str();
  command
      ->add_option("--speculate", options->speculate,
                   "tokens that the model's draft module proposes for a step to verify; changes no "
                   "result (default: 0)")
      ->transform(setting_check("speculate"));
  command->add_option("--threads", options->threads, "threads; default: all this process may use")
      ->transform(setting_check("threads"));
  command->add_option("--isa", options->isa,
                      "portable, avx2, avx512, avx512_bf16 or amx; default: the fastest");
  add_weights_option(*command, options->weights);
  add_arithmetic_options(*command, options->numerics, options->kv_cache_dtype);
  add_device_option(*command, options->device);
  command->add_flag("--json", options->json, "one JSON object on stdout");
  set_examples(*command, {{"jangwon bench --model models/k-exaone", ""},
                          {"jangwon bench --model models/k-exaone --batch 1,8,32 --json",
                           "how speed grows with the batch"},
                          {"jangwon bench --model models/k-exaone --batch 1,8 --speculate 2",
                           "what do drafts cost, right or wrong?"}});
  command->callback([options, &context] { context.status = bench(*options); });
}

}  // namespace jangwon::harness
