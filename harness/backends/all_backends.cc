// The one place that knows all kinds of models. A word is told apart by its look alone (a prefix, a
// folder that is there, a registered name) and never by trying, because trying means loading
// weights or asking a server. So checking, naming, previewing and making a model are four functions
// over the same three questions, and a typo in the third model of a call is told before the first
// is loaded. tests/e2e/cli_test.cc and tests/harness/backends.

#include "harness/backends/all_backends.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "harness/backends/embedded_backend.h"
#include "harness/backends/openai_backend.h"
#include "harness/backends/openai_endpoint.h"
#include "harness/backends/replay_backend.h"
#include "runtime/base/file.h"
#include "runtime/base/install_paths.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/path_kind.h"

namespace jangwon::harness {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReplay = "replay:";

std::vector<std::string> registered_names(const std::string& folder) {
  std::vector<std::string> names;
  const Result<std::vector<std::string>> found = names_in_folder(folder);
  if (!found.ok()) return names;  // they are only named in a refusal
  for (const std::string& name : *found) {
    if (path_exists(fs::path(folder) / name / "config.json")) names.push_back(name);
  }
  return names;
}

}  // namespace

Result<std::string> find_model_folder(const std::string& model) {
  if (path_exists(fs::path(model) / "config.json")) return model;
  if (names_folder(model)) {
    return not_found(
        "the folder {model} has no config.json; a model is a folder in Hugging Face format",
        {{"model", model}});
  }
  JANGWON_ASSIGN_OR_RETURN(const std::string stand_ins, find_installed("runtime/stand_ins"));
  if (model.find('/') == std::string::npos &&
      path_exists(fs::path(stand_ins) / model / "config.json")) {
    return stand_ins + "/" + model;
  }
  if (model.find('/') != std::string::npos) {
    return not_found(
        "no model at {model}; give a folder in Hugging Face format, a registered name, "
        "openai:URL#MODEL or replay:RUN",
        {{"model", model}});
  }
  return not_found(
      "{unknown} (a model is a folder in Hugging Face format, a registered name, openai:URL#MODEL "
      "or replay:RUN)",
      {{"unknown", unknown_name_message("model", model, registered_names(stand_ins))}});
}

std::vector<std::string> registered_models() {
  const Result<std::string> stand_ins = find_installed("runtime/stand_ins");
  return stand_ins.ok() ? registered_names(*stand_ins) : std::vector<std::string>();
}

ModelWord split_model_word(const std::string& word) {
  const size_t equals = word.find('=');
  // Paths, URLs and what stands behind them may hold the sign, too.
  const bool named = equals != std::string::npos && equals > 0 &&
                     word.find_first_of("/:#?") > equals &&
                     !path_exists(fs::path(word) / "config.json");
  return named ? ModelWord{word.substr(0, equals), word.substr(equals + 1)} : ModelWord{"", word};
}

Status check_model(const std::string& named_word) {
  const auto [name, word] = split_model_word(named_word);
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return invalid_argument("the name before = in --model holds a control character");
  }
  if (word.empty())
    return invalid_argument("--model {named_word}: a model must follow the =",
                            {{"named_word", named_word}});
  if (word.starts_with(kReplay)) {
    const std::string path = word.substr(kReplay.size());
    if (path_exists(path)) return ok_status();
    return not_found("nothing to replay at {path}; give a run folder or a JSONL file of replies",
                     {{"path", path}});
  }
  if (is_openai_word(word)) return check_openai_word(word);
  return find_model_folder(word).status();
}

Result<ModelIdentity> identify_model(const std::string& named_word) {
  JANGWON_RETURN_IF_ERROR(check_model(named_word));
  const auto [name, word] = split_model_word(named_word);
  ModelIdentity identity;
  if (word.starts_with(kReplay)) {
    JANGWON_ASSIGN_OR_RETURN(identity, identify_replayed_model(word.substr(kReplay.size())));
  } else if (is_openai_word(word)) {
    JANGWON_ASSIGN_OR_RETURN(identity, identify_openai_model(word));
  } else {
    JANGWON_ASSIGN_OR_RETURN(const std::string folder, find_model_folder(word));
    identity = identify_embedded_model(folder);
  }
  if (!name.empty()) identity.name = name;
  return identity;
}

Result<std::unique_ptr<Backend>> make_backend(const std::string& named_word,
                                              const BackendOptions& options) {
  JANGWON_RETURN_IF_ERROR(check_model(named_word));
  const auto [name, word] = split_model_word(named_word);
  BackendOptions with_name = options;
  if (!name.empty()) with_name.name = name;
  if (word.starts_with(kReplay)) return make_replay_backend(word.substr(kReplay.size()), with_name);
  if (is_openai_word(word)) return make_openai_backend(word, with_name);
  JANGWON_ASSIGN_OR_RETURN(const std::string folder, find_model_folder(word));
  return make_embedded_backend(folder, with_name);
}

Result<ModelPreview> preview_model(const std::string& named_word, const BackendOptions& options,
                                   const std::string& tokenizer_folder) {
  JANGWON_RETURN_IF_ERROR(check_model(named_word));
  const auto [name, word] = split_model_word(named_word);
  BackendOptions with_name = options;
  if (!name.empty()) with_name.name = name;
  ModelPreview preview;
  if (word.starts_with(kReplay)) {
    JANGWON_ASSIGN_OR_RETURN(preview.prompts,
                             make_replay_backend(word.substr(kReplay.size()), with_name));
  } else if (is_openai_word(word)) {
    JANGWON_ASSIGN_OR_RETURN(preview.prompts, make_silent_openai_backend(word, with_name));
  } else {
    JANGWON_ASSIGN_OR_RETURN(const std::string folder, find_model_folder(word));
    return preview_embedded_model(folder, with_name);
  }
  if (tokenizer_folder.empty()) return preview;
  std::string folder = tokenizer_folder;
  if (!path_exists(fs::path(folder) / "tokenizer.json")) {
    JANGWON_ASSIGN_OR_RETURN(folder, find_model_folder(tokenizer_folder));
  }
  JANGWON_ASSIGN_OR_RETURN(preview.prompts,
                           make_tokenizer_prompts(folder, with_name, preview.prompts->info()));
  return preview;
}

}  // namespace jangwon::harness
