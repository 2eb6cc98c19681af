// What loading a model would come to, found out without reading its weights: its text side, its
// sampling, its memory.

#pragma once

#include <memory>
#include <string>

#include "runtime/base/json_value.h"
#include "runtime/base/status.h"
#include "runtime/engine/engine_options.h"
#include "runtime/engine/engine_text.h"
#include "runtime/engine/memory_plan.h"

namespace jangwon::runtime {

struct EnginePreview {
  std::string name;
  std::unique_ptr<EngineText> text;  // null: no tokenizer
  JsonValue sampling;                // as Engine::sampling_defaults()
  Status fits;                       // or why this machine has no room for it now …
  MemoryPlan plan;                   // … and then the plan that it has no room for
};

// Errors are those of Engine::load but for a lack of memory, which leaves everything
// else to be asked.
Result<EnginePreview> preview_engine(const std::string& dir, const EngineOptions& options);

// The memory that a config alone comes to: on a CPU as if it had room for it, on GPUs and on
// several devices what each of them holds, within what they have available now.
Result<MemoryPlan> preview_plan(const ModelConfig& config, const EngineOptions& options);

}  // namespace jangwon::runtime
