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

}  // namespace jangwon::runtime
