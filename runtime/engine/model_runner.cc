// Choices are made in an order in which each can refuse with its own sentence: type of weights,
// device, numerics, type of the cache, instruction set. Only then are files opened, a plan of
// memory made, and weights read last, because reading takes minutes and all the rest an instant. A
// wish for an instruction set is a wish for the CPU, so `auto` must not find a GPU then.
// tests/runtime/engine/engine_test.cc, tests/e2e/device_test.cc.

#include "runtime/engine/model_runner.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "runtime/base/nearest_name.h"
#include "runtime/base/thread_pool.h"
#include "runtime/device/devices.h"
#include "runtime/engine/machine_memory.h"
#include "runtime/model/architectures/model_registry.h"

namespace jangwon::runtime {
namespace {

constexpr std::string_view kCpu = "cpu/";

Result<MadeWeights> choose_weights(const std::string& wish, const ModelConfig& config) {
  if (wish.empty()) return MadeWeights{};
  const std::vector<std::string> known = made_weights_names();
  if (std::find(known.begin(), known.end(), wish) == known.end())
    return invalid_argument(unknown_name_message("type of weights", wish, known));
  if (config.quantization.format != WeightFormat::kPlain) {
    return invalid_argument(
        "the checkpoint's weights are quantised already ({method}); leave --weights out",
        {{"method", config.quantization.method}});
  }
  return made_weights_of(wish);
}

Result<Numerics> choose_numerics(const std::string& name, const ModelConfig& config,
                                 DeviceKind device) {
  if (name.empty()) return default_numerics(config, device);
  if (const std::optional<Numerics> numerics = find_numerics(name)) return *numerics;
  return invalid_argument(unknown_name_message("numerics", name, numerics_names()));
}

Result<DType> choose_cache_dtype(const std::string& name, Numerics numerics) {
  if (name.empty()) return default_cache_dtype(numerics);
  if (name == "float32") return DType::kF32;
  if (name == "bfloat16") return DType::kBF16;
  return invalid_argument(unknown_name_message("type of the cache", name, cache_dtype_names()));
}

Result<const OpTable*> choose_ops(const std::string& isa, Numerics numerics, DeviceKind device) {
  if (device == DeviceKind::kGpu && !isa.empty())
    return invalid_argument("an instruction set is a CPU's; leave --isa out, or use --device cpu");
  if (isa.empty()) return choose_op_table(device, numerics);
  if (const OpTable* table = find_op_table(std::string(kCpu) + isa, numerics)) return table;
  for (const Numerics other : all_numerics()) {
    if (find_op_table(std::string(kCpu) + isa, other)) {
      return invalid_argument(
          "the instruction set {isa} goes with the numerics {other}, not with {numerics}",
          {{"isa", isa}, {"other", name_of(other)}, {"numerics", name_of(numerics)}});
    }
  }
  std::vector<std::string> known;
  for (const OpTable* table : all_op_tables()) {
    if (table->numerics == numerics && std::string(table->name).starts_with(kCpu))
      known.push_back(std::string(table->name).substr(kCpu.size()));
  }
  if (isa == "avx2" || isa == "avx512" || isa == "avx512_bf16" || isa == "amx")
    return invalid_argument("this machine does not have the instruction set {isa}", {{"isa", isa}});
  return invalid_argument(unknown_name_message("instruction set", isa, known));
}

Status no_draft_module(const std::string& dir, const Model& model) {
  if (!model.config.draft)
    return invalid_argument("this model has no draft module; it runs without --speculate").at(dir);
  return invalid_argument(
             "the files hold no tensors of the draft module that the config announces; the model "
             "runs without "
             "--speculate")
      .at(dir);
}

}  // namespace

Result<std::unique_ptr<ModelRunner>> ModelRunner::load_whole(const std::string& dir,
                                                             EngineOptions options) {
  JANGWON_ASSIGN_OR_RETURN(ModelConfig config, read_model_config(dir));
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, open_model(dir, std::move(config)));
  options.num_drafts = holds_draft_module(*model) ? std::max(1, options.num_drafts) : 0;
  return load(dir, options);
}

Result<std::unique_ptr<ModelRunner>> ModelRunner::open(const std::string& dir,
                                                       const EngineOptions& options) {
  std::unique_ptr<ModelRunner> runner(new ModelRunner());
  JANGWON_ASSIGN_OR_RETURN(ModelConfig config, read_model_config(dir));
  JANGWON_ASSIGN_OR_RETURN(config.made_weights, choose_weights(options.weights, config));
  // An instruction set is a wish for the CPU.
  const bool wants_cpu =
      !options.isa.empty() && (options.device.empty() || options.device == "auto");
  JANGWON_ASSIGN_OR_RETURN(const DeviceKind device,
                           choose_device(wants_cpu ? "cpu" : options.device));
  JANGWON_ASSIGN_OR_RETURN(const Numerics numerics,
                           choose_numerics(options.numerics, config, device));
  if (config.made_weights.bits != 0 && numerics == Numerics::kFloat32)
    return invalid_argument(
        "--weights {weights} goes with the numerics chain, amx and tensor, not with float32",
        {{"weights", options.weights}});
  JANGWON_ASSIGN_OR_RETURN(config.kv_cache_dtype,
                           choose_cache_dtype(options.kv_cache_dtype, numerics));
  JANGWON_ASSIGN_OR_RETURN(runner->ops_, choose_ops(options.isa, numerics, device));
  runner->context_ = runner->ops_->make_context(
      {.num_threads = options.num_threads > 0 ? options.num_threads : available_cpus()});
  JANGWON_ASSIGN_OR_RETURN(runner->model_, open_model(dir, std::move(config)));
  if (options.num_drafts > 0 && !options.propose) {
    if (!holds_draft_module(*runner->model_)) return no_draft_module(dir, *runner->model_);
    runner->model_->config.draft->loaded = true;
  }
  return runner;
}

Result<std::unique_ptr<ModelRunner>> ModelRunner::load(const std::string& dir,
                                                       const EngineOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(std::unique_ptr<ModelRunner> runner, open(dir, options));
  JANGWON_RETURN_IF_ERROR(runner->make_plan(dir, options));
  const Ops ops = runner->bound_ops();
  if (runner->plan_.residence == Residence::kOneLayer) {
    JANGWON_ASSIGN_OR_RETURN(runner->loader_, WeightLoader::open(*runner->model_, dir, ops));
    runner->loader_->load({WeightPart::Kind::kAround});
  } else {
    JANGWON_RETURN_IF_ERROR(load_weights(*runner->model_, dir, ops, options.on_load));
    runner->cache_ = std::make_unique<CacheMemory>(ops, runner->plan_.cache_layout,
                                                   runner->plan_.cache_capacity);
  }
  runner->decoder_ = std::make_unique<Decoder>(*runner->model_, ops);
  runner->decoder_->reserve(runner->plan_.workspace);
  return runner;
}

void ModelRunner::choose_tokens(const StepOutput& output, std::span<const TokenWish> wishes,
                                std::span<TokenChoice> choices) const {
  ops_->choose_tokens(*context_, {.logits_TV = output.logits_TV,
                                  .num_rows = output.num_rows,
                                  .vocab_size = config().vocab_size,
                                  .wishes = wishes.data(),
                                  .choices = choices.data()});
}

// Before anything large is read: a model that does not fit is refused at once, and not by
// the machine later.
Status ModelRunner::make_plan(const std::string& dir, const EngineOptions& options) {
  const std::optional<int64_t> of_device = ops_->free_memory_bytes(*context_);
  const int64_t available =
      of_device ? *of_device
                : available_memory_bytes().value_or(std::numeric_limits<int64_t>::max());
  Result<MemoryPlan> plan = options.layer_major == LayerMajor::kAlways
                                ? fit_one_layer(*model_, options, *ops_, available)
                                : fit_memory(*model_, options, *ops_, available);
  if (!plan.ok() && options.layer_major == LayerMajor::kWhereNeeded)
    plan = fit_one_layer(*model_, options, *ops_, available);
  if (plan.ok() && plan->residence == Residence::kOneLayer && options.num_drafts > 0)
    return invalid_argument(
               "drafts are for replies; scoring layer by layer runs without --speculate")
        .at(dir);
  if (!plan.ok()) return plan.status().at(dir);
  plan_ = std::move(plan).value();
  return ok_status();
}

std::vector<float> ModelRunner::download(ConstRows rows, int64_t count, int64_t size) const {
  std::vector<float> values(static_cast<size_t>(count * size));
  for (int64_t row = 0; row < count; ++row)
    ops_->download(*context_, values.data() + row * size, rows.row(row),
                   static_cast<size_t>(size) * sizeof(float));
  return values;
}

std::string ModelRunner::device() const {
  const std::string_view name = ops_->name;
  return std::string(ops_->numerics == Numerics::kTensor ? name : name.substr(0, name.find('/')));
}

std::string ModelRunner::isa() const {
  const std::string_view name = ops_->name;
  return std::string(name.substr(name.find('/') + 1));
}

}  // namespace jangwon::runtime
