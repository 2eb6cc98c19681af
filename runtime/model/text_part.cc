// Only two families of multimodal models are known, and each is recognised by what its files say of
// themselves: to run the text part of any other would be a guess at which tensors matter. Keys of
// the outer config are passed over when their name is one of images, sound or video, or when the
// inner config says the same; whatever else stands there is refused, because it could be about the
// text after all. tests/runtime/model/config_test.cc.

#include "runtime/model/text_part.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "runtime/model/config_reader.h"
#include "runtime/model/inert_config_keys.h"

namespace jangwon::runtime {
namespace {

constexpr std::string_view kTextModel = "model.language_model.";

// Below "model." in either layout; whatever else stands there is refused as left over when the
// weights are loaded.
constexpr std::string_view kOtherParts[] = {"vision_model.",     "visual.",
                                            "vision_projector.", "mm_projector.",
                                            "projector.",        "discrete_vision_model.",
                                            "audio_model.",      "audio_tower.",
                                            "audio_projector.",  "discrete_audio_model."};

// How images are cut up and projected, and lengths of the training code.
constexpr std::string_view kOtherKeys[] = {"anyres",
                                           "decoder_max_length",
                                           "ignore_index",
                                           "max_num_grids",
                                           "num_queries_vis_abstractor",
                                           "proj_pos_emb",
                                           "proj_prenorm",
                                           "possible_resolutions",
                                           "unpad",
                                           "use_1x1_grid",
                                           "use_nth_layer"};

// Words by which a key of the outer config is recognised as a matter of other parts.
constexpr std::string_view kOtherWords[] = {"vision", "image", "img",      "video",
                                            "audio",  "mm_",   "discrete", "freeze_"};

bool names_other_part(std::string_view key) {
  for (const std::string_view word : kOtherWords) {
    if (key.find(word) != std::string_view::npos) return true;
  }
  return false;
}

// Said once for all parts; the text model's own word goes before.
constexpr const char* kSharedKeys[] = {"torch_dtype", "dtype", "eos_token_id",
                                       "tie_word_embeddings", "quantization_config"};

}  // namespace

namespace {

// VAETKI VL is known by its class: the model_type of its released files was never seen.
enum class Family { kHyperClovaX, kVaetki };

constexpr std::string_view kVaetkiClass = "VaetkiVLForCausalLM";

Family family_of(const Json& config) {
  const Json names = config.value("architectures", Json());
  const bool vaetki =
      names.is_array() && std::find(names.begin(), names.end(), kVaetkiClass) != names.end();
  return vaetki ? Family::kVaetki : Family::kHyperClovaX;
}

void check_family(ConfigReader& reader, Family family) {
  const std::string type = reader.find_string({"model_type"}).value_or("");
  const std::vector<std::string> names =
      reader.find_strings({"architectures"}).value_or(std::vector<std::string>());
  if (family == Family::kVaetki) return;
  if (type != "vlm" && type != "hyperclovax_vision_v2") {
    reader.refuse(
        "\"model_type\" \"{type}\" has a \"text_config\"; of multimodal models HyperCLOVA X SEED "
        "Think (\"vlm\", "
        "\"hyperclovax_vision_v2\") and VAETKI VL are known",
        {{"type", type}});
  }
  for (const std::string& name : names) {
    if (name != "HCXVisionV2ForCausalLM" && !name.starts_with("HyperCLOVAXVisionV2For"))
      reader.refuse("\"architectures\" names {name}, which is not HyperCLOVA X SEED Think",
                    {{"name", name}});
  }
}

}  // namespace

const char* text_architecture_of(const Json& config) {
  return family_of(config) == Family::kVaetki ? "vaetki" : "hyperclovax";
}

bool is_multimodal_config(const Json& config) {
  return config.is_object() && config.contains("text_config");
}

Result<Json> text_config_of(const Json& config, const std::string& place) {
  ConfigReader reader(config, place);
  check_family(reader, family_of(config));
  const Json* inner = reader.find("text_config");
  if (!inner || !inner->is_object()) {
    reader.refuse("\"text_config\" is not an object");
    return reader.status();
  }
  Json text = *inner;
  for (const char* key : kSharedKeys) {
    const Json* shared = reader.find(key);
    if (shared && (!text.contains(key) || text[key].is_null())) text[key] = *shared;
  }
  // Two spellings of one key: the inner one decides.
  if (inner->contains("dtype") && !inner->contains("torch_dtype")) text.erase("torch_dtype");
  if (inner->contains("torch_dtype") && !inner->contains("dtype")) text.erase("dtype");
  skip_inert_keys(reader);
  for (const std::string_view key : kOtherKeys)
    reader.skip(std::string(key));
  for (const auto& [key, value] : config.items()) {
    const bool said_inside_too = text.contains(key) && text[key] == value;
    if (names_other_part(key) || said_inside_too) reader.skip(key);
  }
  JANGWON_RETURN_IF_ERROR(reader.finish());
  return text;
}

std::optional<std::string> name_in_text_model(const std::string& name) {
  const std::string_view whole = name;
  if (whole.starts_with(kTextModel)) {
    const std::string_view rest = whole.substr(kTextModel.size());
    const bool alone = rest.starts_with("model.") || rest.starts_with("lm_head") || rest == "model";
    return (alone ? "" : "model.") + std::string(rest);
  }
  if (!whole.starts_with("model.")) return name;
  for (const std::string_view part : kOtherParts) {
    const std::string_view below = whole.substr(6);
    if (below.starts_with(part) || below == part.substr(0, part.size() - 1)) return std::nullopt;
  }
  return name;
}

std::vector<std::string> names_in_checkpoint(const std::string& module) {
  std::vector<std::string> names = {module, std::string(kTextModel) + module};
  if (module.starts_with("model.")) names.push_back(std::string(kTextModel) + module.substr(6));
  return names;
}

bool is_about_other_parts(const std::string& pattern) {
  return !name_in_text_model(pattern) || names_other_part(pattern) ||
         pattern.find("visual") != std::string::npos;
}

}  // namespace jangwon::runtime
