#include "harness/run_loop/sampling_origin.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "runtime/base/counter_rng.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

class Resolver {
 public:
  explicit Resolver(const BackendInfo& info) : info_(info), model_(*info.sampling) {}

  template <typename T>
  void resolve(const char* name, const char* model_key, const std::optional<T>& flag,
               const std::optional<T>& task, T& value, bool& set) {
    const char* origin = nullptr;
    if (flag) {
      value = *flag;
      origin = "flag";
    } else if (task) {
      value = *task;
      origin = "task";
    } else if (model_.contains(model_key)) {
      value = model_[model_key].get<T>();
      origin = "generation_config";
    }
    const auto& left_out = info_.left_out_sampling;
    if (std::find(left_out.begin(), left_out.end(), name) != left_out.end()) {
      origins_[name] = {{"value", Json()}, {"origin", "left out: the server's default"}};
      return;
    }
    set = origin != nullptr;
    if (!set && info_.unset_sampling != BackendInfo::Unset::kEngine) {
      const bool server = info_.unset_sampling == BackendInfo::Unset::kServer;
      origins_[name] = {{"value", Json()},
                        {"origin", server ? "the server's default" : "the recording's"}};
      return;
    }
    origins_[name] = {{"value", value}, {"origin", set ? origin : "default"}};
  }

  Json& origins() { return origins_; }

 private:
  const BackendInfo& info_;
  const Json& model_;
  Json origins_ = Json::object();
};

// -1 and 0 both mean all: one spelling of it, so that a run is the same run by either.
std::optional<int> plain_top_k(std::optional<int> top_k) {
  return top_k ? std::max(*top_k, 0) : top_k;
}

}  // namespace

ResolvedSampling resolve_sampling(const TaskSampling& flags, const TaskSampling& task,
                                  const BackendInfo& model) {
  ResolvedSampling resolved;
  SamplingParams& params = resolved.params;
  SetSampling& set = resolved.set;
  Resolver resolver(model);
  resolver.resolve("temperature", "temperature", flags.temperature, task.temperature,
                   params.temperature, set.temperature);
  resolver.resolve("top_p", "top_p", flags.top_p, task.top_p, params.top_p, set.top_p);
  resolver.resolve("top_k", "top_k", plain_top_k(flags.top_k), plain_top_k(task.top_k),
                   params.top_k, set.top_k);
  resolver.resolve("min_p", "min_p", flags.min_p, task.min_p, params.min_p, set.min_p);
  resolver.resolve<double>("repetition_penalty", "repetition_penalty", {}, {},
                           params.repetition_penalty, set.repetition_penalty);
  resolver.resolve("presence_penalty", "presence_penalty", flags.presence_penalty,
                   task.presence_penalty, params.presence_penalty, set.presence_penalty);
  resolver.resolve("max_tokens", "max_new_tokens", flags.max_tokens, task.max_tokens,
                   params.max_tokens, set.max_tokens);
  params.stop = flags.stop.empty() ? task.stop : flags.stop;
  resolver.origins()["stop"] = {{"value", params.stop},
                                {"origin", flags.stop.empty() ? "task" : "flag"}};
  resolved.origins = std::move(resolver.origins());
  return resolved;
}

Json sampling_flags_json(const TaskSampling& flags) {
  Json json = Json::object();
  const auto add = [&json](const char* name, const auto& value) {
    if (value) json[name] = *value;
  };
  add("temperature", flags.temperature);
  add("top_p", flags.top_p);
  add("top_k", flags.top_k);
  add("min_p", flags.min_p);
  add("presence_penalty", flags.presence_penalty);
  add("max_tokens", flags.max_tokens);
  if (!flags.stop.empty()) json["stop"] = flags.stop;
  return json;
}

uint64_t sample_seed(uint64_t run_seed, const std::string& task, const std::string& sample_id,
                     int repeat) {
  const uint64_t question = combine_keys(key_of_name(task), key_of_name(sample_id));
  return combine_keys(combine_keys(run_seed, question), static_cast<uint64_t>(repeat));
}

}  // namespace jangwon::harness
