// --model WORD → Backend. A WORD is a folder in Hugging Face format, a registered name (a
// stand-in), openai:URL#MODEL or replay:PATH (a run folder or a file of replies); NAME=WORD gives
// the model a name of the user's choice.

#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/backends/backend.h"
#include "runtime/base/json_value.h"
#include "runtime/base/thinking_markers.h"

namespace jangwon::harness {

// What an embedded model is loaded for. One that is only to score given continuations runs
// layer by layer where it does not fit into memory, or wherever it is (kScoresByLayer); the
// results are the same.
enum class Asked { kReplies, kScores, kScoresByLayer };

struct BackendOptions {
  Asked asked = Asked::kReplies;
  int num_threads = 0;     // of the embedded engine; 0: all
  int max_batch_size = 0;  // 0: the engine's default
  // that the draft module of an embedded model proposes for a step; 0: none
  int num_drafts = 0;
  JsonValue template_arguments = JsonValue::object();  // of the chat template
  std::string name = {};                               // in records and tables; empty: its own
  // of the embedded engine's model, in place of its own
  std::vector<ThinkingMarkers> thinking_markers = {};
  // of the embedded engine; empty: what suits the checkpoint
  std::string numerics = {};
  // of the embedded engine; empty: what suits the numerics
  std::string kv_cache_dtype = {};
  // that the embedded engine makes at load; empty: as they are stored
  std::string weights = {};
  std::string device = {};        // of the embedded engine; empty: the CPU
  std::FILE* progress = nullptr;  // where an embedded model's loading shows how far it is
  // asked while a server's first questions wait; true ends them with an error
  std::function<bool()> stop = {};
};

// What can be said of a model without loading its weights or asking its server.
struct ModelIdentity {
  std::string name;  // in records and tables
  bool stand_in = false;
  std::string place = {};  // of a model on a server: where, and as what; else empty
};

// A WORD apart from the name before it. A folder that is there with all its characters is no name.
struct ModelWord {
  std::string name;  // empty: none given
  std::string word;
};
ModelWord split_model_word(const std::string& word);

// Errors say which of the kinds it looked like and what was missing.
Result<std::unique_ptr<Backend>> make_backend(const std::string& word,
                                              const BackendOptions& options);

// A model of which nothing was loaded and nobody was asked: what an estimate of a run is made from.
struct ModelPreview {
  std::unique_ptr<PromptSide> prompts;
  Status fits;  // or why the embedded engine would refuse to load it now
};

// Errors are those of make_backend that can be known so far. `tokenizer_folder`: of a served model,
// for its prompts; empty: they have no token ids.
Result<ModelPreview> preview_model(const std::string& word, const BackendOptions& options,
                                   const std::string& tokenizer_folder);

// What make_backend would say of the word itself, at once: so that a typo in the third
// model costs no run.
Status check_model(const std::string& word);

// As whom make_backend's result will appear. A recording is read for it.
Result<ModelIdentity> identify_model(const std::string& word);

// Of a model of the embedded engine: a folder as it stands, else a registered name's.
Result<std::string> find_model_folder(const std::string& word);

// The names of the models that come with the program, sorted; empty where its folder is missing.
std::vector<std::string> registered_models();

}  // namespace jangwon::harness
