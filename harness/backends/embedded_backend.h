// The engine in this program as a backend.

#pragma once

#include <memory>
#include <string>

#include "harness/backends/all_backends.h"

namespace jangwon::harness {

// `folder` is in Hugging Face format; a stand_in.json in it marks a stand-in.
ModelIdentity identify_embedded_model(const std::string& folder);
Result<std::unique_ptr<Backend>> make_embedded_backend(const std::string& folder,
                                                       const BackendOptions& options);
Result<ModelPreview> preview_embedded_model(const std::string& folder,
                                            const BackendOptions& options);

// The prompts of a model that is elsewhere, by a folder with its tokenizer and its chat template.
Result<std::unique_ptr<PromptSide>> make_tokenizer_prompts(const std::string& folder,
                                                           const BackendOptions& options,
                                                           BackendInfo info);

}  // namespace jangwon::harness
