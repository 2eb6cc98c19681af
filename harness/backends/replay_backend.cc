#include "harness/backends/replay_backend.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

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

using Replies = std::map<ReplyKey, Completion>;

class ReplayBackend : public Backend {
 public:
  ReplayBackend(Replies replies, BackendInfo info) : replies_(std::move(replies)), info_(std::move(info)) {}

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
    for (const std::string& task : {request.task, std::string()}) {
      const auto found = replies_.find({task, request.sample_id, request.repeat});
      if (found != replies_.end()) return found->second;
    }
    Completion missing;
    missing.finish_reason = FinishReason::kError;
    missing.error = "no reply is recorded for task " + request.task + ", sample " + request.sample_id + ", repeat " +
                    std::to_string(request.repeat);
    return missing;
  }

  Replies replies_;
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
      replies[{record.key.task, record.key.sample_id, record.key.repeat}] = std::move(record.completion);
    }
    return ok_status();
  });
}

// An id may be written as a number; it is compared as its text.
std::string id_text(const Json& id) {
  return id.is_string() ? id.get<std::string>() : id.dump();
}

Status read_row(const Json& row, Replies& replies, std::string& model) {
  if (!row.is_object() || !row.contains("id") || !row.contains("output") || !row["output"].is_string()) {
    return invalid_argument("a row needs \"id\" and \"output\", a text");
  }
  try {
    Completion completion;
    completion.text = row["output"].get<std::string>();
    completion.reasoning = row.value("reasoning", "");
    completion.answer_text = completion.text;
    const std::string reason = row.value("finish_reason", "stop");
    completion.finish_reason = reason == "length" ? FinishReason::kLength : FinishReason::kStop;
    if (reason != "length" && reason != "stop") return invalid_argument("unknown finish_reason \"" + reason + "\"");
    if (row.contains("continuation_logprobs")) {
      completion.continuation_logprobs = row["continuation_logprobs"].get<std::vector<double>>();
    }
    if (row.contains("model")) model = row["model"].get<std::string>();
    const ReplyKey key{row.value("task", ""), id_text(row["id"]), row.value("repeat", 0)};
    if (!replies.emplace(key, std::move(completion)).second) {
      return invalid_argument("id " + key.sample_id + ", repeat " + std::to_string(key.repeat) + " stands twice");
    }
    return ok_status();
  } catch (const Json::exception& error) {
    return invalid_argument(std::string("a field has the wrong type: ") + error.what());
  }
}

Status read_rows(const std::string& path, Replies& replies, std::string& model) {
  JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string place = path + ":" + std::to_string(number);
    const Result<Json> row = parse_json(line);
    if (!row.ok()) return row.status().at(place);
    const Status status = read_row(*row, replies, model);
    if (!status.ok()) return status.at(place);
  }
  return ok_status();
}

}  // namespace

std::string replay_name(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().stem().string();
}

Result<std::unique_ptr<Backend>> make_replay_backend(const std::string& path) {
  Replies replies;
  BackendInfo info;
  info.kind = "replay";
  const bool is_run = std::filesystem::is_directory(path);
  JANGWON_RETURN_IF_ERROR(is_run ? read_run(path, replies, info.model) : read_rows(path, replies, info.model));
  if (replies.empty()) return invalid_argument(path + ": no replies are recorded there");
  if (info.model.empty()) info.model = replay_name(path);
  Json settings;
  settings["replayed"] = replies.size();
  JANGWON_ASSIGN_OR_RETURN(settings["sha256"], sha256_of_file(is_run ? journal_path(path) : path));
  info.settings_json = to_json_line(settings);
  return std::unique_ptr<Backend>(new ReplayBackend(std::move(replies), std::move(info)));
}

}  // namespace jangwon::harness
