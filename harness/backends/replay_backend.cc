#include "harness/backends/replay_backend.h"

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/backends/replay_formats.h"
#include "harness/record/journal.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"
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

class ReplayBackend : public Backend {
 public:
  ReplayBackend(Replies replies, BackendInfo info) : replies_(std::move(replies)), info_(std::move(info)) {
    for (const auto& [key, reply] : replies_)
      tasks_.insert(key.task);
  }

  const BackendInfo& info() const override { return info_; }

  Status prepare(Request& request) const override {
    request.prompt_text = request.raw_prompt;
    for (const Message& message : request.messages) {
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
      return error_of("no reply is recorded for task " + request.task + ", sample " + request.sample_id + ", repeat " +
                      std::to_string(request.repeat));
    }
    if (!reply->question.empty() && squeezed(request.prompt_text).find(reply->question) == std::string::npos) {
      return error_of("the reply recorded for task " + request.task + ", sample " + request.sample_id +
                      " answers another question; the file was made from another copy of the data set");
    }
    return reply->completion;
  }

  const Reply* find_reply(const Request& request) const {
    for (const std::string& task : tasks_) {
      if (!task.empty() && !is_same_task(task, request.task)) continue;
      const auto found = replies_.find({task, request.sample_id, request.repeat});
      if (found != replies_.end()) return &found->second;
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
};

Status read_run(const std::string& path, Replies& replies, std::string& model) {
  return read_journal(path, [&](SampleRecord record) {
    if (!model.empty() && model != record.key.model) {
      return invalid_argument("the run holds several models (" + model + ", " + record.key.model +
                              "); replay takes a run of one");
    }
    model = record.key.model;
    if (record.completion.finish_reason != FinishReason::kError) {
      replies[{record.key.task, record.key.sample_id, record.key.repeat}] = {std::move(record.completion), ""};
    }
    return ok_status();
  });
}

Status add_reply(RecordedReply reply, Replies& replies, std::string& model) {
  if (!reply.model.empty()) model = reply.model;
  const ReplyKey key{reply.task, reply.sample_id, reply.repeat};
  if (!replies.emplace(key, Reply{std::move(reply.completion), squeezed(reply.question)}).second) {
    return invalid_argument("id " + key.sample_id + ", repeat " + std::to_string(key.repeat) + " stands twice");
  }
  return ok_status();
}

Status read_rows(const std::string& path, Replies& replies, std::string& model) {
  std::vector<RecordedReply> recorded;
  JANGWON_RETURN_IF_ERROR(read_replies(path, recorded));
  for (RecordedReply& reply : recorded) {
    const Status status = add_reply(std::move(reply), replies, model);
    if (!status.ok()) return status.at(path);
  }
  return ok_status();
}

// The samples_TASK_DATE.jsonl of lm-eval in a folder; the latest date of each task.
std::map<std::string, std::string> samples_files(const std::string& folder) {
  std::map<std::string, std::string> latest;
  std::error_code error;
  for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string task = task_of_samples_file(entry.path().filename().string());
    if (!task.empty() && entry.path().string() > latest[task]) latest[task] = entry.path().string();
  }
  return latest;
}

Status read_samples_files(const std::map<std::string, std::string>& files, Replies& replies, std::string& model) {
  for (const auto& [task, path] : files) {
    std::vector<RecordedReply> recorded;
    JANGWON_RETURN_IF_ERROR(read_replies(path, recorded));
    for (RecordedReply& reply : recorded) {
      reply.task = task;
      const Status status = add_reply(std::move(reply), replies, model);
      if (!status.ok()) return status.at(path);
    }
  }
  return ok_status();
}

// Of the bytes that were read.
Result<std::string> hash_of(const std::string& path, const std::map<std::string, std::string>& files) {
  if (!std::filesystem::is_directory(path)) return sha256_of_file(path);
  if (files.empty()) return sha256_of_file(journal_path(path));
  Sha256 all;
  for (const auto& [task, file] : files) {
    JANGWON_ASSIGN_OR_RETURN(const std::string hash, sha256_of_file(file));
    all.update(hash);
  }
  return all.hex();
}

}  // namespace

std::string replay_name(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().stem().string();
}

Result<std::unique_ptr<Backend>> make_replay_backend(const std::string& path) {
  Replies replies;
  BackendInfo info;
  info.kind = "replay";
  std::map<std::string, std::string> files;
  if (!std::filesystem::is_directory(path)) {
    JANGWON_RETURN_IF_ERROR(read_rows(path, replies, info.model));
  } else if (std::filesystem::exists(journal_path(path))) {
    JANGWON_RETURN_IF_ERROR(read_run(path, replies, info.model));
  } else {
    files = samples_files(path);
    if (files.empty()) {
      return not_found("the folder " + path +
                       " is no run and has no samples_*.jsonl of lm-eval; give a run folder or a "
                       "file of replies");
    }
    JANGWON_RETURN_IF_ERROR(read_samples_files(files, replies, info.model));
  }
  if (replies.empty()) return invalid_argument(path + ": no replies are recorded there");
  if (info.model.empty()) info.model = replay_name(path);
  Json settings;
  settings["replayed"] = replies.size();
  JANGWON_ASSIGN_OR_RETURN(settings["sha256"], hash_of(path, files));
  info.settings_json = to_json_line(settings);
  return std::unique_ptr<Backend>(new ReplayBackend(std::move(replies), std::move(info)));
}

}  // namespace jangwon::harness
