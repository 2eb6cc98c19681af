#include "runtime/engine/engine_preview.h"

#include "runtime/base/folder_name.h"
#include "runtime/engine/generation_config.h"
#include "runtime/engine/model_runner.h"
#include "runtime/model/architectures/model_registry.h"

namespace jangwon::runtime {

Result<EnginePreview> preview_engine(const std::string& dir, const EngineOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<ModelRunner> runner,
                           ModelRunner::open(dir, options));
  const ModelConfig& config = runner->config();
  JANGWON_ASSIGN_OR_RETURN(const GenerationConfig generation, read_generation_config(dir, config));
  EnginePreview preview;
  preview.name = name_of_model_folder(dir);
  JANGWON_ASSIGN_OR_RETURN(preview.text,
                           EngineText::load(dir, reasoning_markers(config.architecture->reasoning,
                                                                   options.thinking_markers)));
  preview.sampling = generation.sampling;
  preview.fits = runner->make_plan(dir, options);
  preview.plan =
      preview.fits.ok() ? runner->plan() : plan_memory(runner->model(), options, runner->ops());
  return preview;
}

Result<MemoryPlan> preview_plan(const ModelConfig& announced, const EngineOptions& options) {
  ModelConfig config = announced;
  config.made_weights = made_weights_of(options.weights);
  JANGWON_ASSIGN_OR_RETURN(const std::vector<DeviceId> devices, choose_devices(options.device));
  const Numerics numerics =
      find_numerics(options.numerics).value_or(default_numerics(config, common_kind(devices)));
  config.kv_cache_dtype = options.kv_cache_dtype.empty()         ? default_cache_dtype(numerics)
                          : options.kv_cache_dtype == "bfloat16" ? DType::kBF16
                                                                 : DType::kF32;
  JANGWON_ASSIGN_OR_RETURN(ComputeDevices opened, ComputeDevices::open(options, devices, numerics));
  if (devices == std::vector<DeviceId>{{}})
    return plan_memory(config, options, *opened.ops(0).table);
  opened.look_at_memory();
  return fit_devices(config, options, opened.memory(), opened.host_bytes());
}

}  // namespace jangwon::runtime
