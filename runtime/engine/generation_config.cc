#include "runtime/engine/generation_config.h"

#include <nlohmann/json.hpp>

#include "runtime/base/path_kind.h"
#include "runtime/base/setting_range.h"
#include "runtime/model/config_reader.h"

namespace jangwon::runtime {
namespace {

Status read_sampling(ConfigReader& reader, Json& sampling) {
  const std::optional<bool> samples = reader.find_boolean({"do_sample"});
  for (const char* key :
       {"temperature", "top_p", "min_p", "repetition_penalty", "presence_penalty"}) {
    const Json* value = reader.find(key);
    double number = 0;
    if (value == nullptr) continue;
    if (const Status status = read_setting(key, key, *value, number); !status.ok())
      reader.refuse(status.sentence());
    sampling[key] = number;
  }
  for (const auto& [key, range] :
       {std::pair("top_k", "top_k"), std::pair("max_new_tokens", "max_tokens")}) {
    const Json* value = reader.find(key);
    int number = 0;
    if (value == nullptr) continue;
    if (const Status status = read_setting(range, key, *value, number); !status.ok())
      reader.refuse(status.sentence());
    sampling[key] = std::max(number, 0);  // a top_k of -1 is all, as 0 is
  }
  // Without do_sample a temperature counts, as in vLLM; with it, one that is missing is 1, as
  // in transformers.
  if (samples == false) sampling["temperature"] = 0.0;
  if (samples == true && !sampling.contains("temperature")) sampling["temperature"] = 1.0;
  return reader.status();
}

}  // namespace

Result<GenerationConfig> read_generation_config(const std::string& dir, const ModelConfig& config) {
  GenerationConfig generation;
  generation.eos_token_ids = config.eos_token_ids;
  const std::string path = dir + "/generation_config.json";
  if (!path_exists(path)) return generation;
  JANGWON_ASSIGN_OR_RETURN(const Json json, read_json_file(path));
  ConfigReader reader(json, path);
  if (const auto ids = reader.find_integers({"eos_token_id"})) {
    generation.eos_token_ids.clear();
    for (const int64_t id : *ids) {
      if (id < 0 || id >= config.vocab_size)
        reader.refuse("\"eos_token_id\" {id} is no token", {{"id", id}});
      generation.eos_token_ids.push_back(static_cast<int32_t>(id));
    }
  }
  Json sampling = Json::object();
  JANGWON_RETURN_IF_ERROR(read_sampling(reader, sampling));
  generation.sampling = std::move(sampling);
  return generation;
}

}  // namespace jangwon::runtime
