// The registry's reader. One function a kind of entry, each a list of its keys; cross references
// are checked here, so that the tables may take them for granted. tests/reports/registry_test.cc
// reads the shipped files and a broken one of each kind.

#include "reports/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/task/task_catalogue.h"
#include "runtime/base/file.h"
#include "runtime/base/install_paths.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/setting_range.h"
#include "runtime/base/yaml.h"

namespace jangwon::reports {
namespace {

template <typename Enum>
Status read_choice(const YamlNode& node, const std::string& key,
                   const std::vector<std::pair<std::string, Enum>>& choices, Enum& value) {
  std::string name;
  JANGWON_RETURN_IF_ERROR(node.read(key, name));
  std::vector<std::string> known;
  for (const auto& [choice, meaning] : choices) {
    known.push_back(choice);
    if (choice == name) {
      value = meaning;
      return ok_status();
    }
  }
  return node.error(unknown_name_message(Message::value(key), name, known));
}

Status read_confidence(const YamlNode& node, Confidence& value) {
  return read_choice<Confidence>(node, "confidence",
                                 {{"primary", Confidence::kPrimary},
                                  {"secondary", Confidence::kSecondary},
                                  {"derived", Confidence::kDerived},
                                  {"unconfirmed", Confidence::kUnconfirmed}},
                                 value);
}

std::string id_of(const harness::TaskProfile& task) {
  return task.name;
}

template <typename Entry>
std::string id_of(const Entry& entry) {
  return entry.id;
}

template <typename Entry>
Status expect_known(const YamlNode& node, MessageTemplate kind, const std::string& id,
                    const std::vector<Entry>& entries) {
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    if (id_of(entry) == id) return ok_status();
    known.push_back(id_of(entry));
  }
  return node.error(unknown_name_message(kind, id, known));
}

// A task whose benchmark is published, and one of the selections of it that are known.
Status expect_published(const YamlNode& node, const Registry& registry,
                        const PublishedValue& value) {
  JANGWON_RETURN_IF_ERROR(expect_known(node, "task", value.task, registry.tasks));
  const harness::TaskProfile& task = *find_task(registry, value.task);
  if (!task.published || task.published->questions == 0)
    return node.error(
        "the task {task} says nothing of a published benchmark; its task.yaml needs it",
        {{"task", value.task}});
  if (!value.problem_set) return ok_status();
  std::vector<std::string> known;
  for (const auto& [id, title] : task.published->problem_sets) {
    if (id == *value.problem_set) return ok_status();
    known.push_back(id);
  }
  return node.error(unknown_name_message("problem_set", *value.problem_set, known));
}

Status read_source(const YamlNode& node, Registry& registry) {
  RegistrySource source;
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"id", "title", "publisher", "url", "dated", "read"}));
  JANGWON_RETURN_IF_ERROR(node.read("id", source.id));
  JANGWON_RETURN_IF_ERROR(node.read("title", source.title));
  JANGWON_RETURN_IF_ERROR(node.read("publisher", source.publisher));
  JANGWON_RETURN_IF_ERROR(node.read("url", source.url));
  JANGWON_RETURN_IF_ERROR(node.read("dated", source.dated));
  JANGWON_RETURN_IF_ERROR(node.read("read", source.read));
  if (source.url.rfind("https://", 0) != 0)
    return node.error("the url of a source must begin with https://");
  registry.sources.push_back(std::move(source));
  return ok_status();
}

Status read_clause(const YamlNode& node, const Registry& registry, Licence& licence) {
  LicenceClause clause;
  JANGWON_RETURN_IF_ERROR(
      node.expect_keys({"axis", "verdict", "clause", "source", "confidence", "ko", "en"}));
  JANGWON_RETURN_IF_ERROR(node.read("axis", clause.axis));
  std::vector<std::string> axes;
  for (const LicenceAxis& axis : licence_axes())
    axes.push_back(axis.id);
  if (std::find(axes.begin(), axes.end(), clause.axis) == axes.end()) {
    return node.error(unknown_name_message("axis", clause.axis, axes));
  }
  JANGWON_RETURN_IF_ERROR(read_choice<std::string>(node, "verdict",
                                                   {{"allowed", "allowed"},
                                                    {"conditional", "conditional"},
                                                    {"by_agreement", "by_agreement"},
                                                    {"forbidden", "forbidden"},
                                                    {"unspecified", "unspecified"},
                                                    {"unconfirmed", "unconfirmed"}},
                                                   clause.verdict));
  JANGWON_RETURN_IF_ERROR(node.read("clause", clause.clause));
  JANGWON_RETURN_IF_ERROR(node.read("source", clause.source));
  JANGWON_RETURN_IF_ERROR(expect_known(node, "source", clause.source, registry.sources));
  JANGWON_RETURN_IF_ERROR(read_confidence(node, clause.confidence));
  std::string korean, english;
  JANGWON_RETURN_IF_ERROR(node.read("ko", korean));
  JANGWON_RETURN_IF_ERROR(node.read("en", english));
  clause.text = Message::value(std::move(english), std::move(korean));
  licence.clauses.push_back(std::move(clause));
  return ok_status();
}

Status read_licence(const YamlNode& node, const Registry& registry, Licence& licence) {
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"name", "short", "url", "text_dated", "clauses"}));
  JANGWON_RETURN_IF_ERROR(node.read("name", licence.name));
  JANGWON_RETURN_IF_ERROR(node.read("short", licence.short_name));
  JANGWON_RETURN_IF_ERROR(node.read("url", licence.url));
  JANGWON_RETURN_IF_ERROR(node.read("text_dated", licence.text_dated));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode clauses, node.at("clauses"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<YamlNode> items, clauses.items());
  for (const YamlNode& item : items)
    JANGWON_RETURN_IF_ERROR(read_clause(item, registry, licence));
  return ok_status();
}

Status read_published(const YamlNode& node, const Registry& registry, RegistryModel& model) {
  PublishedValue published;
  JANGWON_RETURN_IF_ERROR(
      node.expect_keys({"task", "mode", "value", "source", "problem_set", "window", "sampling",
                        "repeats", "confidence", "note_ko", "note_en"}));
  JANGWON_RETURN_IF_ERROR(node.read("task", published.task));
  JANGWON_RETURN_IF_ERROR(node.read("mode", published.mode));
  JANGWON_RETURN_IF_ERROR(node.read("value", published.value));
  if (published.value) {
    if (*published.value < 0.0 || *published.value > 100.0)
      return node.error("a published value must lie in 0 to 100");
    *published.value /= 100.0;
  }
  JANGWON_RETURN_IF_ERROR(node.read("source", published.source));
  JANGWON_RETURN_IF_ERROR(expect_known(node, "source", published.source, registry.sources));
  JANGWON_RETURN_IF_ERROR(node.read("problem_set", published.problem_set));
  JANGWON_RETURN_IF_ERROR(expect_published(node, registry, published));
  JANGWON_RETURN_IF_ERROR(node.read("window", published.window));
  JANGWON_RETURN_IF_ERROR(node.read("sampling", published.sampling));
  JANGWON_RETURN_IF_ERROR(node.read("repeats", published.repeats));
  JANGWON_RETURN_IF_ERROR(read_confidence(node, published.confidence));
  std::string korean, english;
  JANGWON_RETURN_IF_ERROR(node.read_if_present("note_ko", korean));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("note_en", english));
  published.note = Message::value(std::move(english), std::move(korean));
  model.published.push_back(std::move(published));
  return ok_status();
}

Status read_model_facts(const YamlNode& node, RegistryModel& model) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode parameters, node.at("parameters"));
  JANGWON_RETURN_IF_ERROR(parameters.expect_keys({"total_b", "active_b", "confidence", "note"}));
  JANGWON_RETURN_IF_ERROR(parameters.read("total_b", model.total_params_b));
  JANGWON_RETURN_IF_ERROR(parameters.read("active_b", model.active_params_b));
  JANGWON_RETURN_IF_ERROR(read_confidence(parameters, model.params_confidence));
  JANGWON_RETURN_IF_ERROR(parameters.read_if_present("note", model.params_note));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode context, node.at("context_tokens"));
  JANGWON_RETURN_IF_ERROR(context.expect_keys({"value", "confidence"}));
  JANGWON_RETURN_IF_ERROR(context.read("value", model.context_tokens));
  JANGWON_RETURN_IF_ERROR(read_confidence(context, model.context_confidence));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode released, node.at("released"));
  JANGWON_RETURN_IF_ERROR(released.expect_keys({"date", "confidence", "note"}));
  JANGWON_RETURN_IF_ERROR(released.read("date", model.released));
  JANGWON_RETURN_IF_ERROR(read_confidence(released, model.released_confidence));
  JANGWON_RETURN_IF_ERROR(released.read_if_present("note", model.released_note));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode weights, node.at("weights"));
  JANGWON_RETURN_IF_ERROR(weights.expect_keys({"dtype", "size_gb"}));
  JANGWON_RETURN_IF_ERROR(weights.read("dtype", model.dtype));
  return weights.read("size_gb", model.size_gb);
}

Status read_model(const YamlNode& node, Registry& registry) {
  RegistryModel model;
  JANGWON_RETURN_IF_ERROR(
      node.expect_keys({"id", "name", "aliases", "repository", "organisation", "role", "parameters",
                        "context_tokens", "released", "modes", "weights", "licence", "published"}));
  JANGWON_RETURN_IF_ERROR(node.read("id", model.id));
  JANGWON_RETURN_IF_ERROR(node.read("name", model.name));
  JANGWON_RETURN_IF_ERROR(node.read("aliases", model.aliases));
  JANGWON_RETURN_IF_ERROR(node.read("repository", model.repository));
  JANGWON_RETURN_IF_ERROR(node.read("organisation", model.organisation));
  JANGWON_RETURN_IF_ERROR(read_choice<ModelRole>(node, "role",
                                                 {{"national", ModelRole::kNational},
                                                  {"national_team", ModelRole::kNationalTeam},
                                                  {"korean", ModelRole::kKorean},
                                                  {"reference", ModelRole::kReference}},
                                                 model.role));
  JANGWON_RETURN_IF_ERROR(read_model_facts(node, model));
  JANGWON_RETURN_IF_ERROR(node.read("modes", model.modes));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode licence, node.at("licence"));
  JANGWON_RETURN_IF_ERROR(read_licence(licence, registry, model.licence));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode published, node.at("published"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<YamlNode> items, published.items());
  for (const YamlNode& item : items)
    JANGWON_RETURN_IF_ERROR(read_published(item, registry, model));
  if (find_model(registry, model.id) != nullptr)
    return node.error("a second model \"{model}\"", {{"model", model.id}});
  registry.models.push_back(std::move(model));
  return ok_status();
}

Status read_persona(const YamlNode& node, Registry& registry) {
  Persona persona;
  JANGWON_RETURN_IF_ERROR(node.expect_keys({"id", "name", "rule", "weights", "max_total_params_b",
                                            "max_active_params_b", "required_clauses"}));
  JANGWON_RETURN_IF_ERROR(node.read("id", persona.id));
  JANGWON_RETURN_IF_ERROR(node.read("name", persona.name));
  JANGWON_RETURN_IF_ERROR(node.read("rule", persona.rule));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode weights, node.at("weights"));
  for (const std::string& task : weights.keys()) {
    JANGWON_RETURN_IF_ERROR(expect_known(weights, "task", task, registry.tasks));
    JANGWON_RETURN_IF_ERROR(
        read_setting_if_present(weights, task, "persona_weight", persona.weights[task]));
  }
  for (const auto& [key, most] : {std::pair("max_total_params_b", &persona.max_total_params_b),
                                  std::pair("max_active_params_b", &persona.max_active_params_b)}) {
    JANGWON_RETURN_IF_ERROR(node.at(key).status());
    JANGWON_RETURN_IF_ERROR(read_setting_if_present(node, key, "billions_of_parameters", *most));
  }
  JANGWON_ASSIGN_OR_RETURN(const YamlNode required, node.at("required_clauses"));
  for (const std::string& axis : required.keys()) {
    JANGWON_RETURN_IF_ERROR(required.read(axis, persona.required_clauses[axis]));
  }
  registry.personas.push_back(std::move(persona));
  return ok_status();
}

Status read_external(const YamlNode& node, Registry& registry) {
  ExternalEvaluation evaluation;
  JANGWON_RETURN_IF_ERROR(
      node.expect_keys({"id", "name", "source", "confidence", "scale", "note"}));
  JANGWON_RETURN_IF_ERROR(node.read("id", evaluation.id));
  JANGWON_RETURN_IF_ERROR(node.read("name", evaluation.name));
  JANGWON_RETURN_IF_ERROR(node.read("source", evaluation.source));
  JANGWON_RETURN_IF_ERROR(expect_known(node, "source", evaluation.source, registry.sources));
  JANGWON_RETURN_IF_ERROR(read_confidence(node, evaluation.confidence));
  JANGWON_RETURN_IF_ERROR(node.read("scale", evaluation.scale));
  JANGWON_RETURN_IF_ERROR(node.read("note", evaluation.note));
  registry.external.push_back(std::move(evaluation));
  return ok_status();
}

Status read_list(const YamlNode& root, const std::string& key, Registry& registry,
                 Status (*read_entry)(const YamlNode&, Registry&)) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode list, root.at(key));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<YamlNode> items, list.items());
  for (const YamlNode& item : items)
    JANGWON_RETURN_IF_ERROR(read_entry(item, registry));
  return ok_status();
}

template <typename Entry>
const Entry* find_by_id(const std::vector<Entry>& entries, const std::string& id) {
  auto found = std::find_if(entries.begin(), entries.end(),
                            [&](const Entry& entry) { return id_of(entry) == id; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

const char* name_of(Confidence confidence) {
  switch (confidence) {
    case Confidence::kPrimary:
      return "primary";
    case Confidence::kSecondary:
      return "secondary";
    case Confidence::kDerived:
      return "derived";
    case Confidence::kUnconfirmed:
      return "unconfirmed";
  }
  return "";
}

const std::vector<LicenceAxis>& licence_axes() {
  static const std::vector<LicenceAxis> axes = {
      {"commercial_use", Message("Commercial use")},
      {"commercial_redistribution", Message("Offering to third parties for profit")},
      {"derivative_name", Message("Names of derivatives")},
      {"attribution", Message("Attribution")},
      {"use_limits", Message("Limits on use")},
      {"outputs", Message("Rights in outputs")},
      {"patents", Message("Patents")},
      {"termination", Message("Termination")},
  };
  return axes;
}

Result<Registry> read_registry(const std::string& folder, std::vector<harness::TaskProfile> tasks) {
  Registry registry;
  registry.tasks = std::move(tasks);
  JANGWON_ASSIGN_OR_RETURN(const YamlNode sources, YamlNode::read_file(folder + "/sources.yaml"));
  JANGWON_RETURN_IF_ERROR(sources.expect_keys({"sources"}));
  JANGWON_RETURN_IF_ERROR(read_list(sources, "sources", registry, read_source));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode external, YamlNode::read_file(folder + "/external.yaml"));
  JANGWON_RETURN_IF_ERROR(external.expect_keys({"evaluations"}));
  JANGWON_RETURN_IF_ERROR(read_list(external, "evaluations", registry, read_external));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode personas, YamlNode::read_file(folder + "/personas.yaml"));
  JANGWON_RETURN_IF_ERROR(personas.expect_keys({"version", "personas"}));
  JANGWON_RETURN_IF_ERROR(read_list(personas, "personas", registry, read_persona));

  std::vector<std::string> files;
  JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                           names_in_folder(folder + "/models"));
  for (const std::string& name : names) {
    if (name.ends_with(".yaml")) files.push_back(folder + "/models/" + name);
  }
  for (const std::string& file : files) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode model, YamlNode::read_file(file));
    JANGWON_RETURN_IF_ERROR(read_model(model, registry));
  }
  std::stable_sort(registry.models.begin(), registry.models.end(),
                   [](const RegistryModel& a, const RegistryModel& b) { return a.role < b.role; });
  return registry;
}

Result<Registry> read_installed_registry() {
  JANGWON_ASSIGN_OR_RETURN(const std::string folder, find_installed("reports/registry"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<harness::TaskSpec> specs, harness::list_tasks(""));
  std::vector<harness::TaskProfile> tasks;
  for (const harness::TaskSpec& spec : specs)
    tasks.push_back(spec.profile);
  return read_registry(folder, std::move(tasks));
}

std::vector<const harness::TaskProfile*> published_tasks(const Registry& registry) {
  std::vector<const harness::TaskProfile*> tasks;
  for (const RegistryModel& model : registry.models) {
    for (const PublishedValue& published : model.published) {
      const harness::TaskProfile* task = find_task(registry, published.task);
      if (std::find(tasks.begin(), tasks.end(), task) == tasks.end()) tasks.push_back(task);
    }
  }
  return tasks;
}

const harness::TaskProfile* find_task(const Registry& registry, const std::string& id) {
  return find_by_id(registry.tasks, id);
}

const RegistrySource* find_source(const Registry& registry, const std::string& id) {
  return find_by_id(registry.sources, id);
}

const Message* find_problem_set(const Registry& registry, const std::string& id) {
  for (const harness::TaskProfile& task : registry.tasks) {
    if (!task.published) continue;
    for (const auto& [known, title] : task.published->problem_sets) {
      if (known == id) return &title;
    }
  }
  return nullptr;
}

const RegistryModel* find_model(const Registry& registry, const std::string& name) {
  for (const RegistryModel& model : registry.models) {
    if (model.id == name || model.name == name || model.repository == name) return &model;
    if (std::find(model.aliases.begin(), model.aliases.end(), name) != model.aliases.end())
      return &model;
  }
  return nullptr;
}

const LicenceClause* find_clause(const RegistryModel& model, const std::string& axis) {
  for (const LicenceClause& clause : model.licence.clauses) {
    if (clause.axis == axis) return &clause;
  }
  return nullptr;
}

bool is_first_party(const RegistryModel& model, const RegistrySource& source) {
  return model.organisation == source.publisher;
}

}  // namespace jangwon::reports
