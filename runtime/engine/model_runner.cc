// Choices are made in an order in which each can refuse with its own sentence: type of weights,
// device, numerics, type of the cache, instruction set. Only then are files opened, a plan of
// memory made, and weights read last, because reading takes minutes and all the rest an instant. A
// wish for an instruction set is a wish for the CPU, so `auto` must not find a GPU then.
// tests/runtime/engine/engine_test.cc, tests/e2e/device_test.cc.

#include "runtime/engine/model_runner.h"

#include <algorithm>

#include "runtime/base/nearest_name.h"
#include "runtime/device/devices.h"
#include "runtime/model/architectures/model_registry.h"

namespace jangwon::runtime {
namespace {

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
  JANGWON_ASSIGN_OR_RETURN(const std::vector<DeviceId> devices,
                           choose_devices(wants_cpu ? "cpu" : options.device));
  JANGWON_ASSIGN_OR_RETURN(const Numerics numerics,
                           choose_numerics(options.numerics, config, common_kind(devices)));
  if (config.made_weights.bits != 0 && numerics == Numerics::kFloat32)
    return invalid_argument(
        "--weights {weights} goes with the numerics chain, amx and tensor, not with float32",
        {{"weights", options.weights}});
  JANGWON_ASSIGN_OR_RETURN(config.kv_cache_dtype,
                           choose_cache_dtype(options.kv_cache_dtype, numerics));
  JANGWON_ASSIGN_OR_RETURN(runner->devices_, ComputeDevices::open(options, devices, numerics));
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
  const MemoryPlan& plan = runner->plan_;
  std::vector<Ops> ops;
  std::vector<StageOps> stages;
  for (const StagePlan& stage : plan.stages) {
    ops.push_back(runner->devices_.ops(static_cast<size_t>(stage.entry)));
    stages.push_back({ops.back(), stage.first_layer, stage.end_layer, stage.first_streamed_layer});
  }
  if (plan.residence == Residence::kOneLayer) {
    JANGWON_ASSIGN_OR_RETURN(runner->loader_, WeightLoader::open(*runner->model_, dir, stages));
    runner->loader_->load({WeightPart::Kind::kEmbedding});
    runner->layer_decoder_ = std::make_unique<Decoder>(*runner->model_, ops.front());
    runner->layer_decoder_->reserve(plan.workspace);
  } else {
    JANGWON_RETURN_IF_ERROR(load_weights(*runner->model_, dir, stages, options.on_load));
    runner->pipeline_ = std::make_unique<Pipeline>(*runner->model_, plan, ops);
  }
  return runner;
}

Ops ModelRunner::bound_ops() const {
  return devices_.ops(plan_.stages.empty() ? 0 : static_cast<size_t>(plan_.stages.back().entry));
}

void ModelRunner::choose_tokens(const StepOutput& output, std::span<const TokenWish> wishes,
                                std::span<TokenChoice> choices) const {
  ops().choose_tokens(context(), {.logits_TV = output.logits_TV,
                                  .num_rows = output.num_rows,
                                  .vocab_size = config().vocab_size,
                                  .wishes = wishes.data(),
                                  .choices = choices.data()});
}

// Before anything large is read: a model that does not fit is refused at once, and not by
// the machine later.
Status ModelRunner::make_plan(const std::string& dir, const EngineOptions& options) {
  devices_.look_at_memory();
  // Layers that come and go need no more than one device.
  const DeviceMemory& first = devices_.memory().front();
  const auto one_layer = [&] {
    return fit_one_layer(*model_, options, *first.ops, first.available_bytes);
  };
  const auto all_layers = [&](Streaming streaming) {
    return fit_devices(*model_, options, devices_.memory(), devices_.host_bytes(), streaming);
  };
  Result<MemoryPlan> plan = options.layer_major == LayerMajor::kAlways ? one_layer()
                            : options.layer_major == LayerMajor::kWhereNeeded
                                ? all_layers(Streaming::kNo)
                                : all_layers(Streaming::kWhereNeeded);
  if (!plan.ok() && options.layer_major == LayerMajor::kWhereNeeded) plan = one_layer();
  if (plan.ok() && plan->residence == Residence::kOneLayer && options.num_drafts > 0)
    return invalid_argument(
               "drafts are for replies; scoring layer by layer runs without --speculate")
        .at(dir);
  if (!plan.ok()) return plan.status().at(dir);
  plan_ = std::move(plan).value();
  return ok_status();
}

std::vector<float> ModelRunner::download(Ops ops, ConstRows rows, int64_t count, int64_t size) {
  std::vector<float> values(static_cast<size_t>(count * size));
  for (int64_t row = 0; row < count; ++row)
    ops->download(*ops.context, values.data() + row * size, rows.row(row),
                  static_cast<size_t>(size) * sizeof(float));
  return values;
}

std::string ModelRunner::names_of_tables(std::string (*name)(const OpTable&)) const {
  std::vector<std::string> names;
  for (const StagePlan& stage : plan_.stages) {
    const std::string of_stage = name(*devices_.ops(static_cast<size_t>(stage.entry)).table);
    if (std::find(names.begin(), names.end(), of_stage) == names.end()) names.push_back(of_stage);
  }
  std::string joined;
  for (const std::string& one : names)
    joined += (joined.empty() ? "" : ",") + one;
  return joined;
}

std::string ModelRunner::device() const {
  return names_of_tables([](const OpTable& table) {
    const std::string name = table.name;
    return table.numerics == Numerics::kTensor ? name : name.substr(0, name.find('/'));
  });
}

std::string ModelRunner::isa() const {
  return names_of_tables([](const OpTable& table) {
    const std::string name = table.name;
    return name.substr(name.find('/') + 1);
  });
}

}  // namespace jangwon::runtime
