// The files are read by programs that are not ours, so what is undefined is null and never 0, and
// every value is held to its type when it is read again. Warnings stand in English for those
// programs, and beside it as templates, so that a report can say them in Korean; files of before
// have the English alone.

#include "harness/record/run_result.h"

#include <nlohmann/json.hpp>

#include "harness/record/message_json.h"
#include "runtime/base/caught_exception.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/setting_range.h"
#include "runtime/base/shown_text.h"

namespace jangwon::harness {

namespace {

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

std::optional<double> optional_number(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional<double>(json.get<double>());
}

// What the value was divided by, so that no reader has to guess: a question's value is the mean of
// its counted runs, the score is the mean over the questions that have one. What was planned and is
// not counted is missing or an error of ours.
Json denominator_json(const MetricResult& metric) {
  int counted = 0;
  for (const Verdict verdict : {Verdict::kCorrect, Verdict::kIncorrect, Verdict::kNoAnswer}) {
    const auto count = metric.counts.find(name_of(verdict));
    if (count != metric.counts.end()) counted += count->second;
  }
  return {{"unit", "question"},
          {"questions", metric.n},
          {"counted_runs", counted},
          {"left_out", metric.planned - counted}};
}

Json metric_json(const MetricResult& metric) {
  Json json;
  json["model"] = metric.model;
  json["stand_in"] = metric.stand_in;
  json["task"] = metric.task;
  json["task_version"] = metric.task_version;
  json["mode"] = name_of(metric.mode);
  json["headline"] = metric.headline;
  json["metric"] = metric.metric;
  json["value"] = optional_json(metric.value);
  json["ci_low"] = optional_json(metric.ci_low);
  json["ci_high"] = optional_json(metric.ci_high);
  json["ci_method"] = metric.ci_method;
  json["se_run"] = optional_json(metric.se_run);
  json["se_total"] = optional_json(metric.se_total);
  json["n"] = metric.n;
  json["repeats"] = metric.repeats;
  json["planned"] = metric.planned;
  json["denominator"] = denominator_json(metric);
  json["counts"] = Json::object();
  for (const auto& [name, count] : metric.counts)
    json["counts"][name] = count;
  json["differs_from_headline"] = metric.differs_from_headline;
  json["strata"] = Json::object();
  for (const auto& [key, values] : metric.strata) {
    json["strata"][key] = Json::object();
    for (const auto& [name, value] : values)
      json["strata"][key][name] = optional_json(value);
  }
  for (const auto& [name, value] : metric.variants)
    json["variants"][name] = optional_json(value);
  for (const FurtherFigure& figure : metric.further) {
    json["further"][figure.name] = {{"value", optional_json(figure.value)},
                                    {"ci_low", optional_json(figure.ci_low)},
                                    {"ci_high", optional_json(figure.ci_high)}};
  }
  if (metric.licences) json["licences"] = to_json(*metric.licences);
  return json;
}

// What the library gives for an integer is a fraction with its end cut off, or a
// large number wrapped.
Status read_count(const Json& json, const char* key, int& count) {
  return read_setting("num_samples", key, json.at(key), count);
}

Result<MetricResult> parse_metric(const Json& json) {
  MetricResult metric;
  metric.model = json.at("model").get<std::string>();
  metric.stand_in = json.at("stand_in").get<bool>();
  metric.task = json.at("task").get<std::string>();
  metric.task_version = json.at("task_version").get<std::string>();
  const std::string mode = json.at("mode").get<std::string>();
  if (mode != "native" && mode != "official")
    return invalid_argument(
        unknown_name_message("mode", shown_value(mode), {"official", "native"}));
  metric.mode = mode == "native" ? ScoreMode::kNative : ScoreMode::kOfficial;
  metric.headline = json.at("headline").get<bool>();
  metric.metric = json.at("metric").get<std::string>();
  metric.value = optional_number(json.at("value"));
  metric.ci_low = optional_number(json.at("ci_low"));
  metric.ci_high = optional_number(json.at("ci_high"));
  metric.ci_method = json.at("ci_method").get<std::string>();
  metric.se_run = optional_number(json.at("se_run"));
  metric.se_total = optional_number(json.at("se_total"));
  JANGWON_RETURN_IF_ERROR(read_count(json, "n", metric.n));
  JANGWON_RETURN_IF_ERROR(read_count(json, "repeats", metric.repeats));
  JANGWON_RETURN_IF_ERROR(read_count(json, "planned", metric.planned));
  for (const Verdict verdict : kAllVerdicts)
    static_cast<void>(json.at("counts").at(name_of(verdict)));
  for (const auto& [name, count] : json.at("counts").items())
    JANGWON_RETURN_IF_ERROR(read_count(json.at("counts"), name.c_str(), metric.counts[name]));
  JANGWON_RETURN_IF_ERROR(read_count(json, "differs_from_headline", metric.differs_from_headline));
  for (const auto& [key, values] : json.at("strata").items()) {
    for (const auto& [name, value] : values.items())
      metric.strata[key][name] = optional_number(value);
  }
  if (json.contains("variants")) {
    for (const auto& [name, value] : json.at("variants").items())
      metric.variants[name] = optional_number(value);
  }
  if (json.contains("further")) {
    for (const auto& [name, figure] : json.at("further").items()) {
      metric.further.push_back({name, optional_number(figure.at("value")),
                                optional_number(figure.at("ci_low")),
                                optional_number(figure.at("ci_high"))});
    }
  }
  if (json.contains("licences")) {
    JANGWON_ASSIGN_OR_RETURN(metric.licences, parse_licence_figures(json.at("licences")));
  }
  return metric;
}

}  // namespace

std::string to_results_json(const RunResult& result) {
  Json json;
  json["schema"] = kResultsSchema;
  json["complete"] = result.complete;
  json["results"] = Json::array();
  for (const MetricResult& metric : result.results)
    json["results"].push_back(metric_json(metric));
  json["settings"] = *result.settings;
  json["warnings"] = Json::array();
  json["warning_messages"] = Json::array();
  for (const Message& warning : result.warnings) {
    json["warnings"].push_back(warning.english());
    json["warning_messages"].push_back(message_json(warning));
  }
  return to_json_text(json);
}

Result<RunResult> parse_results_json(std::string_view text) {
  JANGWON_ASSIGN_OR_RETURN(const Json json, parse_json(text));
  if (!json.is_object() || !json.contains("schema") || json.at("schema") != kResultsSchema) {
    return unsupported(
        "not a results file of this program: \"schema\" must be \"{results_schema}\"",
        {{"results_schema", kResultsSchema}});
  }
  try {
    RunResult result;
    result.complete = json.at("complete").get<bool>();
    for (const Json& row : json.at("results")) {
      JANGWON_ASSIGN_OR_RETURN(MetricResult metric, parse_metric(row));
      result.results.push_back(std::move(metric));
    }
    result.settings = json.at("settings");
    // Files of before hold the English alone.
    const Json messages = json.value("warning_messages", json.at("warnings"));
    for (const Json& warning : messages) {
      JANGWON_ASSIGN_OR_RETURN(Message message, parse_message(warning));
      result.warnings.push_back(std::move(message));
    }
    return result;
  } catch (const Json::exception&) {
    return invalid_argument("not a valid results file: {cause}",
                            {{"cause", caught_exception().sentence()}});
  }
}

}  // namespace jangwon::harness
