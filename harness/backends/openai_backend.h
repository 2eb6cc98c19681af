// A server that speaks the OpenAI API (vLLM, SGLang, TensorRT-LLM, a cloud endpoint) as a backend.

#pragma once

#include <memory>
#include <string>

#include "harness/backends/all_backends.h"

namespace jangwon::harness {

// `model` is the word after --model ("openai:…", see openai_endpoint.h). options.max_batch_size > 0
// is the ceiling of requests in flight. Asks the server what it is (openai_probe.h): no server, a
// refused key or an unknown model is an error here and not in the middle of a run.
Result<std::unique_ptr<Backend>> make_openai_backend(const std::string& model,
                                                     const BackendOptions& options);

// The same of a server that is not asked what it is.
Result<std::unique_ptr<Backend>> make_silent_openai_backend(const std::string& model,
                                                            const BackendOptions& options);

// What can be said of the word without asking the server.
Status check_openai_word(const std::string& model);
Result<ModelIdentity> identify_openai_model(const std::string& model);

}  // namespace jangwon::harness
