// Replies are looked up by what was asked and never by their order, because a run that was
// interrupted, or asked several questions at a time, has written them down in another one.

#include "harness/backends/replay_backend.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/backends/replay_formats.h"
#include "harness/backends/stand_in_name.h"
#include "harness/record/journal.h"
#include "harness/record/run_json.h"
#include "runtime/base/file.h"
#include "runtime/base/folder_name.h"
#include "runtime/base/json.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/sha256.h"

namespace jangwon::harness {

namespace {

struct ReplyKey {
  std::string task;  // empty: any task
  std::string sample_id;
  int repeat = 0;
  auto operator<=>(const ReplyKey&) const = default;
};

struct Reply {
  Completion completion;
  std::string question;  // squeezed; empty: not known
};

using Replies = std::map<ReplyKey, Reply>;

// Whether the parts of a task have files of their own, as lm-eval writes them.
enum class Parts { kHaveFiles, kHaveNone };

class ReplayBackend : public Backend {
 public:
  ReplayBackend(Replies replies, BackendInfo info, Parts parts)
      : replies_(std::move(replies)), info_(std::move(info)), parts_(parts) {
    for (const auto& [key, reply] : replies_)
      tasks_.insert(key.task);
  }

  const BackendInfo& info() const override { return info_; }

  Status prepare(Request& request) const override {
    request.prompt_text = request.raw_prompt;
    for (const ChatMessage& message : request.messages) {
      request.prompt_text += "<" + message.role + ">\n" + message.content + "\n";
    }
    request.prompt_sha256 = sha256_hex(request.prompt_text);
    return ok_status();
  }

  Status serve(const Source& source, const Sink& sink, const std::function<bool()>& stop) override {
    while (!stop()) {
      const std::optional<Request> request = source();
      if (!request) return ok_status();
      sink(*request, reply_to(*request));
    }
    return ok_status();
  }

 private:
  Completion reply_to(const Request& request) const {
    const Reply* reply = find_reply(request);
    if (reply == nullptr) {
      return error_of("no reply is recorded for task " + request.task + ", sample " +
                      request.sample_id + ", repeat " + std::to_string(request.repeat));
    }
    if (!reply->question.empty() &&
        squeezed(request.prompt_text).find(reply->question) == std::string::npos) {
      return error_of(
          "the reply recorded for task " + request.task + ", sample " + request.sample_id +
          " answers another question; the file was made from another copy of the data set");
    }
    return reply->completion;
  }

  const Reply* find_reply(const Request& request) const {
    const auto matches = [&](const std::string& task, TaskMatch match) {
      return match_tasks(task, request.task) == match;
    };
    const bool recorded_itself =
        std::any_of(tasks_.begin(), tasks_.end(),
                    [&](const std::string& task) { return matches(task, TaskMatch::kSame); });
    for (const std::string& task : tasks_) {
      const bool part = matches(task, TaskMatch::kPart);
      if (!task.empty() && !matches(task, TaskMatch::kSame) && (recorded_itself || !part)) continue;
      const auto found = replies_.find({task, request.sample_id, request.repeat});
      if (found == replies_.end()) continue;
      // One task's name may begin another's: a part is known by its own file, or by its question.
      if (!part || parts_ == Parts::kHaveFiles || !found->second.question.empty())
        return &found->second;
    }
    return nullptr;
  }

  static Completion error_of(std::string sentence) {
    Completion missing;
    missing.finish_reason = FinishReason::kError;
    missing.error = std::move(sentence);
    return missing;
  }

  Replies replies_;
  std::set<std::string, std::greater<>> tasks_;  // of the replies; "" (any task) last
  BackendInfo info_;
  Parts parts_;
};

// What lies at a path.
struct Recording {
  Replies replies;
  ModelIdentity model;
  std::map<std::string, std::string> samples_files;  // of lm-eval: task → path
};

// Replies of two models under one name would be one model's score.
Status set_model(const std::string& model, Recording& recording) {
  if (model.empty() || model == recording.model.name) return ok_status();
  if (!recording.model.name.empty()) {
    return invalid_argument(
        "replies of several models ({model}, {model_2}) stand there; replay takes those of one",
        {{"model", recording.model.name}, {"model_2", model}});
  }
  recording.model.name = model;
  return ok_status();
}

// How the recorded run sampled, by its run.json; null where it does not say.
Json recorded_sampling(const std::string& run_folder, const std::string& model) {
  const Result<Json> run = read_json_file(run_folder + "/run.json");
  if (!run.ok() || !run->is_object() || !run->contains("models") || !(*run)["models"].is_array())
    return Json();
  for (const Json& one : (*run)["models"]) {
    if (!one.is_object() || !one.contains("model") || one["model"] != model) continue;
    if (one.contains("sampling") && one["sampling"].is_object()) return one["sampling"];
  }
  return Json();
}

// What its run.json says of the model, where there is one.
Result<bool> was_stand_in(const std::string& run_folder, const std::string& model) {
  const Result<Json> run = read_run_json(run_folder);
  if (!run.ok() && run.status().code() == StatusCode::kNotFound) return false;
  if (!run.ok()) return run.status();
  const Result<std::vector<AskedModel>> models = asked_models(*run);
  if (!models.ok()) return models.status().at(run_folder + "/run.json");
  return std::any_of(models->begin(), models->end(), [&](const AskedModel& asked) {
    return asked.model == model && asked.stand_in;
  });
}

Status read_run(const std::string& path, Recording& recording) {
  JANGWON_RETURN_IF_ERROR(read_journal(path, [&](SampleRecord record) {
    JANGWON_RETURN_IF_ERROR(set_model(record.key.model, recording));
    if (record.completion.finish_reason != FinishReason::kError) {
      recording.replies[{record.key.task, record.key.sample_id, record.key.repeat}] = {
          std::move(record.completion), ""};
    }
    return ok_status();
  }));
  JANGWON_ASSIGN_OR_RETURN(recording.model.stand_in, was_stand_in(path, recording.model.name));
  return ok_status();
}

Status add_reply(RecordedReply reply, Recording& recording) {
  JANGWON_RETURN_IF_ERROR(set_model(reply.model, recording));
  const ReplyKey key{reply.task, reply.sample_id, reply.repeat};
  if (!recording.replies.emplace(key, Reply{std::move(reply.completion), squeezed(reply.question)})
           .second) {
    return invalid_argument("id {sample_id}, repeat {repeat} stands twice",
                            {{"sample_id", key.sample_id}, {"repeat", key.repeat}});
  }
  return ok_status();
}

// `task`: of all its replies; empty: as each says.
Status read_rows(const std::string& path, const std::string& task, Recording& recording) {
  std::vector<RecordedReply> recorded;
  JANGWON_RETURN_IF_ERROR(read_replies(path, recorded));
  for (RecordedReply& reply : recorded) {
    if (!task.empty()) reply.task = task;
    const Status status = add_reply(std::move(reply), recording);
    if (!status.ok()) return status.at(path);
  }
  return ok_status();
}

// The samples_TASK_DATE.jsonl of lm-eval in a folder; the latest date of each task.
Result<std::map<std::string, std::string>> samples_files(const std::string& folder) {
  std::map<std::string, std::string> latest;
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names, names_in_folder(folder));
  for (const std::string& name : names) {
    const std::string task = task_of_samples_file(name);
    // in the order of their names
    if (!task.empty()) latest[task] = (std::filesystem::path(folder) / name).string();
  }
  return latest;
}

Result<Recording> read_recording(const std::string& path) {
  Recording recording;
  const bool is_folder = names_folder(path);
  if (!is_folder) {
    JANGWON_RETURN_IF_ERROR(read_rows(path, "", recording));
  } else if (path_exists(journal_path(path))) {
    JANGWON_RETURN_IF_ERROR(read_run(path, recording));
  } else {
    JANGWON_ASSIGN_OR_RETURN(recording.samples_files, samples_files(path));
    if (recording.samples_files.empty()) {
      return not_found(
          "the folder {path} is no run and has no samples_*.jsonl of lm-eval; give a run folder or "
          "a file of replies",
          {{"path", path}});
    }
    for (const auto& [task, file] : recording.samples_files)
      JANGWON_RETURN_IF_ERROR(read_rows(file, task, recording));
  }
  if (recording.replies.empty()) return invalid_argument("no replies are recorded there").at(path);
  if (recording.model.name.empty()) {
    recording.model.name =
        is_folder ? name_of_folder(path) : std::filesystem::path(path).stem().string();
  }
  recording.model.stand_in = recording.model.stand_in || names_a_stand_in(recording.model.name);
  return recording;
}

// Of the bytes that were read.
Result<std::string> hash_of(const std::string& path,
                            const std::map<std::string, std::string>& files) {
  if (!names_folder(path)) return sha256_of_file(path);
  if (files.empty()) return sha256_of_file(journal_path(path));
  Sha256 all;
  for (const auto& [task, file] : files) {
    JANGWON_ASSIGN_OR_RETURN(const std::string hash, sha256_of_file(file));
    all.update(hash);
  }
  return all.hex();
}

}  // namespace

Result<ModelIdentity> identify_replayed_model(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const Recording recording, read_recording(path));
  return recording.model;
}

Result<std::unique_ptr<Backend>> make_replay_backend(const std::string& path,
                                                     const BackendOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(Recording recording, read_recording(path));
  BackendInfo info;
  info.model = options.name.empty() ? recording.model.name : options.name;
  info.kind = "replay";
  info.stand_in = recording.model.stand_in;
  info.unset_sampling = BackendInfo::Unset::kRecording;
  info.recorded_sampling = recorded_sampling(path, recording.model.name);
  Json settings;
  settings["replayed"] = recording.replies.size();
  JANGWON_ASSIGN_OR_RETURN(settings["sha256"], hash_of(path, recording.samples_files));
  info.settings = std::move(settings);
  const Parts parts = recording.samples_files.empty() ? Parts::kHaveNone : Parts::kHaveFiles;
  return std::unique_ptr<Backend>(
      new ReplayBackend(std::move(recording.replies), std::move(info), parts));
}

}  // namespace jangwon::harness
