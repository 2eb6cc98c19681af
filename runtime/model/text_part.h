// The text model inside a multimodal checkpoint. HyperCLOVA X SEED Think 32B is published as a
// vision-language model ("model_type": "vlm", or "hyperclovax_vision_v2" where transformers
// wrote it). Its config holds that of the text model under "text_config", and its tensors
// stand below "model.language_model."; images are never asked here, so what belongs to them is
// named and left alone.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"

namespace jangwon::runtime {

bool is_multimodal_config(const Json& config);

// The architecture that the text model inside has to be.
const char* text_architecture_of(const Json& config);

// The config of the text model as it would stand alone: "text_config", with what the outer config
// says for all parts (dtype, quantisation, end ids, tied head) where the inner one is silent.
// Refuses other multimodal models, and outer keys that are neither known, nor the same inside, nor
// by their name a matter of images, video or sound.
Result<Json> text_config_of(const Json& config, const std::string& place);

// The name of a tensor or module as the text model alone has it; nothing where it belongs to
// another part. Both layouts are read: the published one, model.language_model.{model.,lm_head.},
// and that of transformers, model.language_model. beside lm_head.
std::optional<std::string> name_in_text_model(const std::string& name);

// The names that the checkpoint may have for a module of the text model, its own among them.
std::vector<std::string> names_in_checkpoint(const std::string& module);

// A list of unquantised modules may name parts that the text model lacks: is this pattern
// (ModulePattern) about those?
bool is_about_other_parts(const std::string& pattern);

}  // namespace jangwon::runtime
