#include "harness/record/licence_figures.h"

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/base/setting_range.h"

namespace jangwon::harness {

namespace {

// What the library gives for an integer is a fraction with its end cut off, or a large number
// wrapped.
Status read_count(const Json& json, const char* key, int& count) {
  return read_setting("num_samples", key, json.at(key), count);
}

}  // namespace

Json to_json(const LicenceFigures& figures) {
  Json licences = Json::array();
  for (const LicenceResult& result : figures.licences) {
    Json subjects = Json::array();
    for (const SubjectResult& subject : result.subjects) {
      subjects.push_back({{"subject", subject.subject},
                          {"n", subject.n},
                          {"percent", subject.percent},
                          {"passed", subject.passed}});
    }
    licences.push_back({{"licence", result.licence},
                        {"n", result.n},
                        {"percent_of_questions", result.percent_of_questions},
                        {"mean_of_subjects", result.mean_of_subjects},
                        {"passed", result.passed},
                        {"subjects", subjects}});
  }
  Json json = Json::object();
  if (!figures.rule.empty()) {
    const Message* korean = figures.rule.find("korean");
    json["rule"] = {{"ko", (korean == nullptr ? figures.rule : *korean).text()},
                    {"en", figures.rule.text()}};
  }
  json["passed"] = figures.passed;
  json["of"] = figures.of;
  json["sat"] = figures.licences.size();
  json["licences"] = std::move(licences);
  return json;
}

Result<LicenceFigures> parse_licence_figures(const Json& json) {
  LicenceFigures figures;
  JANGWON_RETURN_IF_ERROR(read_count(json, "passed", figures.passed));
  JANGWON_RETURN_IF_ERROR(read_count(json, "of", figures.of));
  if (json.contains("rule")) {
    const Json& rule = json.at("rule");
    figures.rule =
        Message::value(rule.at("en").get<std::string>(), rule.at("ko").get<std::string>());
  }
  for (const Json& licence : json.at("licences")) {
    LicenceResult& result = figures.licences.emplace_back();
    result.licence = licence.at("licence").get<std::string>();
    JANGWON_RETURN_IF_ERROR(read_count(licence, "n", result.n));
    result.percent_of_questions = licence.at("percent_of_questions").get<double>();
    result.mean_of_subjects = licence.at("mean_of_subjects").get<double>();
    result.passed = licence.at("passed").get<bool>();
    for (const Json& one : licence.at("subjects")) {
      SubjectResult& subject = result.subjects.emplace_back();
      subject.subject = one.at("subject").get<std::string>();
      JANGWON_RETURN_IF_ERROR(read_count(one, "n", subject.n));
      subject.percent = one.at("percent").get<double>();
      subject.passed = one.at("passed").get<bool>();
    }
  }
  return figures;
}

}  // namespace jangwon::harness
