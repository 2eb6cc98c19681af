// --model WORD → Backend.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/backends/backend.h"

namespace jangwon::harness {

struct BackendOptions {
  int num_threads = 0;                    // of the embedded engine; 0: all
  int max_batch_size = 0;                 // 0: the engine's default
  std::string template_arguments = "{}";  // of the chat template, a JSON object
};

// `model` is a folder in Hugging Face format, a registered name (a stand-in), or replay:PATH (a run folder or a JSONL
// file of replies). Errors say which of these it looked like and what was missing.
Result<std::unique_ptr<Backend>> make_backend(const std::string& model, const BackendOptions& options);

// What make_backend would say of the word itself, without loading anything: so that a typo in the third model costs no
// run.
Status check_model(const std::string& model);

// The names of the models that come with the program, sorted; empty where its folder is missing.
std::vector<std::string> registered_models();

// The name under which make_backend's result will appear, without loading anything.
std::string backend_name(const std::string& model);

}  // namespace jangwon::harness
