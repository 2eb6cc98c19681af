// The registry of models and published results: reports/registry/*.yaml, read strictly. What is
// published is about tasks, which say themselves what their benchmark is (tasks/NAME/task.yaml).
//
// What is unknown is absent (std::optional), never guessed; every statement carries a source
// and a confidence.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/task/task_profile.h"
#include "runtime/base/message.h"
#include "runtime/base/status.h"

namespace jangwon::reports {

// How sure we are of a statement: read in the publisher's own document, read in someone else's,
// computed, or not confirmed.
enum class Confidence { kPrimary, kSecondary, kDerived, kUnconfirmed };
const char* name_of(Confidence confidence);

struct RegistrySource {
  std::string id;
  std::string title;
  std::string publisher;
  std::string url;
  std::optional<std::string> dated;
  std::string read;  // the day it was read
};

struct LicenceClause {
  std::string axis;  // commercial_use, commercial_redistribution, …: see licence_axes()
  // allowed, conditional, by_agreement (a separate one), forbidden, unspecified, unconfirmed
  std::string verdict;
  std::optional<std::string> clause;
  std::string source;
  Confidence confidence = Confidence::kUnconfirmed;
  Message text;  // a paraphrase
};

struct LicenceAxis {
  std::string id;
  Message title;
};
const std::vector<LicenceAxis>& licence_axes();

struct Licence {
  std::string name;
  std::string short_name;
  std::string url;
  std::optional<std::string> text_dated;
  std::vector<LicenceClause> clauses;
};

struct PublishedValue {
  std::string task;
  std::string mode;
  std::optional<double> value;  // a fraction; absent when no source states it
  std::string source;
  // absent: the source names the version but not the window
  std::optional<std::string> problem_set;
  std::optional<std::string> window;
  std::optional<std::string> sampling;
  std::optional<int> repeats;
  Confidence confidence = Confidence::kUnconfirmed;
  Message note;  // may be empty
};

// National: passed an evaluation of the national programme. Team: others of its consortia.
// Korean: outside of it.
enum class ModelRole { kNational, kNationalTeam, kKorean, kReference };

struct RegistryModel {
  std::string id;
  std::string name;
  std::vector<std::string> aliases;
  std::string repository;
  std::string organisation;
  ModelRole role = ModelRole::kReference;
  std::optional<double> total_params_b;
  std::optional<double> active_params_b;
  Confidence params_confidence = Confidence::kUnconfirmed;
  std::string params_note;
  std::optional<int64_t> context_tokens;
  Confidence context_confidence = Confidence::kUnconfirmed;
  std::optional<std::string> released;  // YYYY-MM-DD, or YYYY-MM
  Confidence released_confidence = Confidence::kUnconfirmed;
  std::string released_note;
  std::vector<std::string> modes;
  std::string dtype;
  std::optional<double> size_gb;
  Licence licence;
  std::vector<PublishedValue> published;
};

struct Persona {
  std::string id;
  Message name;
  Message rule;
  std::map<std::string, double> weights;  // by task
  std::optional<double> max_total_params_b;
  std::optional<double> max_active_params_b;
  std::map<std::string, std::vector<std::string>> required_clauses;  // axis → verdicts that will do
};

struct ExternalEvaluation {
  std::string id;
  Message name;
  std::string source;
  Confidence confidence = Confidence::kUnconfirmed;
  Message scale;
  Message note;
};

struct Registry {
  std::vector<harness::TaskProfile> tasks;
  std::vector<RegistrySource> sources;
  std::vector<RegistryModel> models;  // by role in the order above, then by file name
  std::vector<Persona> personas;
  std::vector<ExternalEvaluation> external;
};

// Reads a registry folder. Errors name the file and the line: unknown keys, unknown tasks, sources,
// axes or problem sets, a score outside 0 to 100.
Result<Registry> read_registry(const std::string& folder, std::vector<harness::TaskProfile> tasks);

// The registry and the tasks that come with the program.
Result<Registry> read_installed_registry();

// The tasks of which some model has a published value, in the order in which the models name them.
std::vector<const harness::TaskProfile*> published_tasks(const Registry& registry);

const harness::TaskProfile* find_task(const Registry& registry, const std::string& id);
const RegistrySource* find_source(const Registry& registry, const std::string& id);
// The title of a problem set; null where no task knows it.
const Message* find_problem_set(const Registry& registry, const std::string& id);
// By id, name, repository or alias.
const RegistryModel* find_model(const Registry& registry, const std::string& name);
const LicenceClause* find_clause(const RegistryModel& model, const std::string& axis);

// "first" when the source's publisher made the model, else "third".
bool is_first_party(const RegistryModel& model, const RegistrySource& source);

}  // namespace jangwon::reports
