// Finds a model's template where the published folders have it and renders with the variables that
// apply_chat_template of transformers would give. tests/runtime/chat_template covers it; the
// language itself is runtime/jinja.

#include "runtime/chat_template/chat_template.h"

#include <dirent.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"

namespace jangwon::runtime {

namespace {

constexpr uint64_t kMaxTemplateBytes = 4 << 20;
constexpr uint64_t kMaxConfigBytes = 64 << 20;

using Templates = std::map<std::string, jinja::Template>;

// nullopt: there is no such file.
Result<std::optional<std::string>> read_if_there(const std::string& path, uint64_t max_bytes) {
  Result<std::string> text = read_file(path, max_bytes);
  if (text.ok()) return std::optional<std::string>(std::move(*text));
  if (text.status().code() == StatusCode::kNotFound) return std::optional<std::string>();
  return text.status();
}

Result<std::optional<Json>> read_json_if_there(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const std::optional<std::string> text,
                           read_if_there(path, kMaxConfigBytes));
  if (!text) return std::optional<Json>();
  Result<Json> json = parse_json(*text);
  if (!json.ok()) return json.status().at(path);
  if (!json->is_object()) return invalid_argument("the document is not an object").at(path);
  return std::optional<Json>(std::move(*json));
}

Status add_template(Templates& templates, std::map<std::string, std::string>& sources,
                    const std::string& name, const std::string& source,
                    const std::string& shown_name) {
  JANGWON_ASSIGN_OR_RETURN(jinja::Template parsed, jinja::Template::parse(source, shown_name));
  templates.insert_or_assign(name, std::move(parsed));
  sources.insert_or_assign(name, source);
  return ok_status();
}

// `chat_template` of a config: one template or a list of named ones.
Status add_from_config(Templates& templates, std::map<std::string, std::string>& sources,
                       const Json& config, const std::string& path) {
  const auto found = config.find("chat_template");
  if (found == config.end() || found->is_null()) return ok_status();
  const std::string what = path + ": chat_template";
  if (found->is_string())
    return add_template(templates, sources, "default", found->get<std::string>(), what);
  if (!found->is_array())
    return invalid_argument("chat_template is neither a string nor a list").at(path);
  for (const Json& item : *found) {
    if (!item.is_object() || !item.contains("name") || !item.contains("template") ||
        !item["name"].is_string() || !item["template"].is_string()) {
      return invalid_argument("chat_template: an entry is not a \"name\" with a \"template\"")
          .at(path);
    }
    const auto name = item["name"].get<std::string>();
    JANGWON_RETURN_IF_ERROR(add_template(
        templates, sources, name, item["template"].get<std::string>(), what + "[" + name + "]"));
  }
  return ok_status();
}

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> handle(opendir(directory.c_str()), closedir);
  if (handle == nullptr) return names;
  while (const dirent* entry = readdir(handle.get()))
    names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::map<std::string, std::string>> read_special_tokens(const Json& config,
                                                               const std::string& path) {
  std::map<std::string, std::string> tokens;
  for (const char* name : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                           "cls_token", "mask_token"}) {
    const auto found = config.find(name);
    if (found == config.end() || found->is_null()) continue;
    const Json& value =
        found->is_object() && found->contains("content") ? (*found)["content"] : *found;
    if (!value.is_string())
      return invalid_argument("\"{name}\" is neither a string nor a token", {{"name", name}})
          .at(path);
    tokens.emplace(name, value.get<std::string>());
  }
  return tokens;
}

}  // namespace

Result<ChatTemplate> ChatTemplate::load(const std::string& directory) {
  ChatTemplate result;
  std::map<std::string, std::string> sources;
  const std::string config_path = directory + "/tokenizer_config.json";
  JANGWON_ASSIGN_OR_RETURN(const std::optional<Json> config, read_json_if_there(config_path));
  if (config) {
    JANGWON_ASSIGN_OR_RETURN(result.special_tokens_, read_special_tokens(*config, config_path));
    JANGWON_RETURN_IF_ERROR(add_from_config(result.templates_, sources, *config, config_path));
  }
  const std::string json_path = directory + "/chat_template.json";
  JANGWON_ASSIGN_OR_RETURN(const std::optional<Json> json, read_json_if_there(json_path));
  if (json) JANGWON_RETURN_IF_ERROR(add_from_config(result.templates_, sources, *json, json_path));
  // Files of their own win over what the configs say.
  const std::string path = directory + "/chat_template.jinja";
  JANGWON_ASSIGN_OR_RETURN(const std::optional<std::string> source,
                           read_if_there(path, kMaxTemplateBytes));
  if (source)
    JANGWON_RETURN_IF_ERROR(add_template(result.templates_, sources, "default", *source, path));
  const std::string more = directory + "/additional_chat_templates";
  constexpr std::string_view kSuffix = ".jinja";
  for (const std::string& file : files_in(more)) {
    if (!file.ends_with(kSuffix)) continue;
    const std::string file_path = more + "/" + file;
    JANGWON_ASSIGN_OR_RETURN(const std::string text, read_file(file_path, kMaxTemplateBytes));
    JANGWON_RETURN_IF_ERROR(add_template(
        result.templates_, sources, file.substr(0, file.size() - kSuffix.size()), text, file_path));
  }
  if (result.templates_.empty()) {
    return not_found(
        "{directory} has no chat template: neither chat_template.jinja nor \"chat_template\" in "
        "tokenizer_config.json",
        {{"directory", directory}});
  }
  const auto chosen = sources.contains("default") ? sources.find("default") : sources.begin();
  result.source_ = chosen->second;
  return result;
}

Result<ChatTemplate> ChatTemplate::parse(std::string_view source, std::string name,
                                         std::map<std::string, std::string> special_tokens) {
  ChatTemplate result;
  JANGWON_ASSIGN_OR_RETURN(jinja::Template parsed, jinja::Template::parse(source, std::move(name)));
  result.templates_.emplace("default", std::move(parsed));
  result.special_tokens_ = std::move(special_tokens);
  result.source_ = source;
  return result;
}

Result<std::string> ChatTemplate::render(const Json& messages, const Json& variables,
                                         const jinja::RenderLimits& limits) const {
  if (!messages.is_array()) return invalid_argument("the messages of a chat are not a list");
  if (!variables.is_object() && !variables.is_null())
    return invalid_argument("the variables of a chat template are not an object");
  Json context = Json::object();
  context["messages"] = messages;
  context["tools"] = nullptr;
  context["documents"] = nullptr;
  context["add_generation_prompt"] = true;
  for (const auto& [name, text] : special_tokens_)
    context[name] = text;
  if (variables.is_object()) {
    for (const auto& [key, value] : variables.items()) {
      if (key == "messages" || special_tokens_.contains(key))
        return invalid_argument("\"{key}\" is no free variable of a chat template", {{"key", key}});
      context[key] = value;
    }
  }
  auto chosen = templates_.end();
  if (!context["tools"].is_null()) chosen = templates_.find("tool_use");
  if (chosen == templates_.end()) chosen = templates_.find("default");
  if (chosen == templates_.end()) {
    std::string names;
    for (const auto& [name, unused] : templates_)
      names += (names.empty() ? "" : ", ") + name;
    return invalid_argument(
        "the model has several chat templates ({names}) and none of them is the default",
        {{"names", names}});
  }
  JANGWON_ASSIGN_OR_RETURN(std::string text, chosen->second.render(context, limits));
  if (const Status status = check_single_bos(text, special_token("bos_token")); !status.ok())
    return status.at(chosen->second.name());
  return text;
}

std::string ChatTemplate::special_token(const std::string& name) const {
  const auto found = special_tokens_.find(name);
  return found != special_tokens_.end() ? found->second : "";
}

Status check_single_bos(std::string_view text, std::string_view bos_token) {
  if (bos_token.empty() || !text.starts_with(bos_token)) return ok_status();
  if (!text.substr(bos_token.size()).starts_with(bos_token)) return ok_status();
  return invalid_argument(
      "the prompt begins with the BOS token {bos_token} twice; the template or the first message "
      "must leave one out",
      {{"bos_token", bos_token}});
}

Result<std::vector<int32_t>> encode_prompt(const Tokenizer& tokenizer, std::string_view rendered) {
  JANGWON_ASSIGN_OR_RETURN(std::vector<int32_t> ids, tokenizer.encode(rendered, AddSpecial::kNo));
  const std::optional<int32_t> bos = tokenizer.bos_id();
  if (bos && ids.size() > 1 && ids[0] == *bos && ids[1] == *bos) {
    return invalid_argument(
        "the prompt begins with the BOS token twice; the template or the first message must leave "
        "one out");
  }
  return ids;
}

}  // namespace jangwon::runtime
