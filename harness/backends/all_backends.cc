#include "harness/backends/all_backends.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "harness/backends/embedded_backend.h"
#include "harness/backends/openai_backend.h"
#include "harness/backends/openai_endpoint.h"
#include "harness/backends/replay_backend.h"
#include "runtime/base/install_paths.h"
#include "runtime/base/nearest_name.h"

namespace jangwon::harness {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReplay = "replay:";

std::vector<std::string> registered_names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (fs::exists(entry.path() / "config.json")) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A folder as it stands, else a registered name's.
Result<std::string> model_folder(const std::string& model) {
  if (fs::exists(fs::path(model) / "config.json")) return model;
  if (fs::is_directory(model)) {
    return not_found("the folder " + model + " has no config.json; a model is a folder in Hugging Face format");
  }
  JANGWON_ASSIGN_OR_RETURN(const std::string stand_ins, find_installed("runtime/stand_ins"));
  if (model.find('/') == std::string::npos && fs::exists(fs::path(stand_ins) / model / "config.json")) {
    return stand_ins + "/" + model;
  }
  if (model.find('/') != std::string::npos) {
    return not_found("no model at " + model +
                     "; give a folder in Hugging Face format, a registered name, openai:URL#MODEL or replay:RUN");
  }
  return not_found(unknown_name_message("model", model, registered_names(stand_ins)) +
                   " A model is a folder in Hugging Face format, a registered name, openai:URL#MODEL or replay:RUN.");
}

}  // namespace

std::vector<std::string> registered_models() {
  const Result<std::string> stand_ins = find_installed("runtime/stand_ins");
  return stand_ins.ok() ? registered_names(*stand_ins) : std::vector<std::string>();
}

Status check_model(const std::string& model) {
  if (model.starts_with(kReplay)) {
    const std::string path = model.substr(kReplay.size());
    if (fs::exists(path)) return ok_status();
    return not_found("nothing to replay at " + path + "; give a run folder or a JSONL file of replies");
  }
  if (is_openai_word(model)) return check_openai_word(model);
  return model_folder(model).status();
}

Result<std::unique_ptr<Backend>> make_backend(const std::string& model, const BackendOptions& options) {
  JANGWON_RETURN_IF_ERROR(check_model(model));
  if (model.starts_with(kReplay)) return make_replay_backend(model.substr(kReplay.size()));
  if (is_openai_word(model)) return make_openai_backend(model, options);
  JANGWON_ASSIGN_OR_RETURN(const std::string folder, model_folder(model));
  return make_embedded_backend(folder, options);
}

std::string backend_name(const std::string& model) {
  if (model.starts_with(kReplay)) return replay_name(model.substr(kReplay.size()));
  if (is_openai_word(model)) return openai_name(model);
  return fs::path(model).lexically_normal().filename().empty()
             ? fs::path(model).lexically_normal().parent_path().filename().string()
             : fs::path(model).lexically_normal().filename().string();
}

}  // namespace jangwon::harness
