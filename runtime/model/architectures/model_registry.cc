#include "runtime/model/architectures/model_registry.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/nearest_name.h"
#include "runtime/base/path_kind.h"
#include "runtime/model/text_part.h"

namespace jangwon::runtime {

const std::vector<Architecture>& all_architectures() {
  static const std::vector<Architecture> architectures = {
      axk1_architecture(),       axk2_architecture(),       deepseek_v3_architecture(),
      exaone_moe_architecture(), gpt_oss_architecture(),    hyperclovax_architecture(),
      qwen3_moe_architecture(),  solar_open_architecture(), solar_open2_architecture(),
      vaetki_architecture(),
  };
  return architectures;
}

namespace {

Result<const Architecture*> find_architecture(ConfigReader& reader, ModelConfig& config) {
  const std::optional<std::string> type = reader.find_string({"model_type"});
  if (!reader.status().ok()) return reader.status();
  if (!type) {
    reader.refuse("\"model_type\" is missing");
    return reader.status();
  }
  config.model_type = *type;
  std::vector<std::string> known;
  for (const Architecture& architecture : all_architectures()) {
    for (const std::string& spelling : architecture.model_types) {
      if (spelling == *type) return &architecture;
      known.push_back(spelling);
    }
  }
  reader.refuse(unknown_name_message("model_type", *type, known));
  return reader.status();
}

void check_class_names(ConfigReader& reader, const Architecture& architecture) {
  const auto names = reader.find_strings({"architectures"});
  for (const std::string& name : names.value_or(std::vector<std::string>())) {
    if (std::find(architecture.class_names.begin(), architecture.class_names.end(), name) ==
        architecture.class_names.end()) {
      reader.refuse(
          "\"architectures\" names {name}, which is not what \"model_type\" {architecture} stands "
          "for",
          {{"name", name}, {"architecture", architecture.name}});
    }
  }
}

}  // namespace

namespace {

// The largest published models have some 20,000 experts over all layers. A forged config must not
// make us build a table of millions of tensors.
void check_table_size(ConfigReader& reader, const ModelConfig& config) {
  const int64_t layers = config.num_hidden_layers + config.num_nextn_predict_layers;
  if (layers * config.moe.num_experts > 1 << 17) {
    reader.refuse(
        "\"num_hidden_layers\" and the number of experts describe more than 131072 experts");
  }
}

}  // namespace

Result<ModelConfig> parse_model_config(const Json& json, const std::string& place) {
  if (is_multimodal_config(json)) {
    JANGWON_ASSIGN_OR_RETURN(const Json text, text_config_of(json, place));
    const std::string inner = place + ": \"text_config\"";
    if (is_multimodal_config(text))
      return unsupported("\"text_config\" has a \"text_config\" of its own").at(place);
    JANGWON_ASSIGN_OR_RETURN(ModelConfig config, parse_model_config(text, inner));
    const std::string expected = text_architecture_of(json);
    if (config.architecture->name != expected) {
      return unsupported(
                 "\"text_config\": \"model_type\" is \"{model_type}\"; only {expected} is known "
                 "inside",
                 {{"model_type", config.model_type}, {"expected", expected}})
          .at(place);
    }
    config.model_type = json.value("model_type", std::string("?")) + "/" + config.model_type;
    config.text_part = true;
    config.quantization.within_multimodal = true;
    return config;
  }
  ConfigReader reader(json, place);
  ModelConfig config;
  JANGWON_ASSIGN_OR_RETURN(const Architecture* architecture, find_architecture(reader, config));
  config.architecture = architecture;
  check_class_names(reader, *architecture);
  architecture->read_config(reader, config);
  check_table_size(reader, config);
  JANGWON_RETURN_IF_ERROR(reader.finish());
  return config;
}

Result<ModelConfig> read_model_config(const std::string& path) {
  const std::string file = names_folder(path) ? path + "/config.json" : path;
  JANGWON_ASSIGN_OR_RETURN(const Json json, read_json_file(file));
  return parse_model_config(json, file);
}

}  // namespace jangwon::runtime
