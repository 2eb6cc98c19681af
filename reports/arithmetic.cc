#include "reports/arithmetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::reports {

namespace {

// Models by name, in order, of a run's results.json.
std::vector<std::pair<std::string, Arithmetic>> models_of(const RunFolder& run) {
  std::vector<std::pair<std::string, Arithmetic>> models;
  const Json& settings = *run.result.settings;
  if (!settings.is_object()) return models;
  const Json list = settings.value("models", Json());
  if (!list.is_array()) return models;
  for (const Json& model : list) {
    if (model.is_object() && model.contains("model") && model["model"].is_string())
      models.emplace_back(model["model"].get<std::string>(), arithmetic_of(model));
  }
  return models;
}

}  // namespace

const std::vector<std::string>& arithmetic_names() {
  static const std::vector<std::string> names = {"numerics", "kv_cache_dtype", "weight_format"};
  return names;
}

Arithmetic arithmetic_of(const Json& model) {
  Arithmetic arithmetic;
  const auto settings = model.find("settings");
  if (settings == model.end() || !settings->is_object()) return arithmetic;
  for (const std::string& name : arithmetic_names()) {
    const auto value = settings->find(name);
    if (value != settings->end() && value->is_string())
      arithmetic[name] = value->get<std::string>();
  }
  return arithmetic;
}

std::vector<ArithmeticDifference> arithmetic_differences(const Arithmetic& before,
                                                         const Arithmetic& now) {
  std::vector<ArithmeticDifference> differences;
  for (const std::string& name : arithmetic_names()) {
    const auto first = before.find(name), second = now.find(name);
    if (first != before.end() && second != now.end() && first->second != second->second)
      differences.push_back({name, first->second, second->second});
  }
  return differences;
}

Message arithmetic_note(const std::string& model,
                        const std::vector<ArithmeticDifference>& differences) {
  if (differences.empty()) return {};
  std::string list;
  for (const ArithmeticDifference& difference : differences)
    list += fmt::format("{}{} {} → {}", list.empty() ? "" : ", ", difference.name,
                        difference.before, difference.now);
  return Message(
      "{model}: the same model, computed differently ({differences}); part of the difference is "
      "rounding.",
      {{"model", model}, {"differences", list}});
}

std::vector<Message> arithmetic_notes(const std::vector<RunFolder>& runs) {
  std::vector<Message> notes;
  std::map<std::string, Arithmetic> first_of_model;
  for (const RunFolder& run : runs) {
    for (const auto& [model, arithmetic] : models_of(run)) {
      const auto [first, fresh] = first_of_model.try_emplace(model, arithmetic);
      const Message note =
          arithmetic_note(model, arithmetic_differences(first->second, arithmetic));
      if (!fresh && !note.empty() && std::find(notes.begin(), notes.end(), note) == notes.end())
        notes.push_back(note);
    }
  }
  return notes;
}

}  // namespace jangwon::reports
