// The engine in this program as a backend.

#pragma once

#include <memory>
#include <string>

#include "harness/backends/all_backends.h"

namespace jangwon::harness {

// `folder` is in Hugging Face format; a stand_in.json in it marks a stand-in.
ModelIdentity identify_embedded_model(const std::string& folder);
Result<std::unique_ptr<Backend>> make_embedded_backend(const std::string& folder, const BackendOptions& options);

}  // namespace jangwon::harness
