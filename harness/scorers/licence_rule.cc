// Two steps, as an examination has them: every subject against its minimum, then the mean over the
// subjects (not over the questions) against the threshold. What is exactly 60 must pass although it
// is a sum of quotients, hence the tolerance. The rules are data, because they differ from licence
// to licence. tests/harness/scorers/licence_rule_test.cc has cases on both sides of each threshold.

#include "harness/scorers/licence_rule.h"

#include <algorithm>

#include "runtime/base/nearest_name.h"
#include "runtime/base/setting_range.h"
#include "runtime/base/yaml.h"

namespace jangwon::harness {

namespace {

// Percentages are sums of quotients; a mean of exactly 60 must not fail by its last bit.
constexpr double kTolerance = 1e-9;

Result<LicenceRule> read_rule(const YamlNode& node) {
  LicenceRule rule;
  JANGWON_RETURN_IF_ERROR(node.at("subject_minimum").status());
  JANGWON_RETURN_IF_ERROR(
      read_setting_if_present(node, "subject_minimum", "percent", rule.subject_minimum));
  JANGWON_RETURN_IF_ERROR(node.at("mean_threshold").status());
  JANGWON_RETURN_IF_ERROR(
      read_setting_if_present(node, "mean_threshold", "percent", rule.mean_threshold));
  return rule;
}

Result<LicenceRules> rules_of(const YamlNode& root) {
  JANGWON_RETURN_IF_ERROR(
      root.expect_keys({"version", "columns", "note", "default", "exceptions", "licences"}));
  int version = 0;
  JANGWON_RETURN_IF_ERROR(root.read("version", version));
  if (version != 1)
    return root.error("version 1 of the licence rules is known, not {version}",
                      {{"version", version}});
  LicenceRules rules;
  if (root.has("columns")) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode columns, root.at("columns"));
    JANGWON_RETURN_IF_ERROR(columns.expect_keys({"licence", "subject"}));
    JANGWON_RETURN_IF_ERROR(columns.read_if_present("licence", rules.licence_column));
    JANGWON_RETURN_IF_ERROR(columns.read_if_present("subject", rules.subject_column));
  }
  JANGWON_RETURN_IF_ERROR(root.read_if_present("note", rules.note));
  JANGWON_RETURN_IF_ERROR(root.read("licences", rules.licences));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode fallback, root.at("default"));
  JANGWON_RETURN_IF_ERROR(fallback.expect_keys({"subject_minimum", "mean_threshold"}));
  JANGWON_ASSIGN_OR_RETURN(rules.fallback, read_rule(fallback));
  if (!root.has("exceptions")) return rules;
  JANGWON_ASSIGN_OR_RETURN(const YamlNode exceptions, root.at("exceptions"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<YamlNode> entries, exceptions.items());
  for (const YamlNode& entry : entries) {
    JANGWON_RETURN_IF_ERROR(entry.expect_keys({"licence", "subject_minimum", "mean_threshold"}));
    std::string licence;
    JANGWON_RETURN_IF_ERROR(entry.read("licence", licence));
    if (std::find(rules.licences.begin(), rules.licences.end(), licence) == rules.licences.end()) {
      return entry.error(unknown_name_message("licence", licence, rules.licences));
    }
    JANGWON_ASSIGN_OR_RETURN(rules.exceptions[licence], read_rule(entry));
  }
  return rules;
}

// Sums of one licence while its questions come in.
struct Tally {
  LicenceResult result;
  double sum = 0.0;
  std::vector<double> subject_sums;

  void add(const LicenceQuestion& question) {
    auto& subjects = result.subjects;
    const auto known = std::find_if(
        subjects.begin(), subjects.end(),
        [&](const SubjectResult& subject) { return subject.subject == question.subject; });
    const auto index = static_cast<size_t>(known - subjects.begin());
    if (known == subjects.end()) {
      subjects.push_back({.subject = question.subject});
      subject_sums.push_back(0.0);
    }
    ++subjects[index].n;
    subject_sums[index] += question.value;
    ++result.n;
    sum += question.value;
  }

  LicenceResult finish(const LicenceRule& rule) {
    result.percent_of_questions = 100.0 * sum / result.n;
    double mean = 0.0;
    bool all_subjects_pass = true;
    for (size_t i = 0; i < result.subjects.size(); ++i) {
      SubjectResult& subject = result.subjects[i];
      subject.percent = 100.0 * subject_sums[i] / subject.n;
      subject.passed = subject.percent >= rule.subject_minimum - kTolerance;
      all_subjects_pass &= subject.passed;
      mean += subject.percent;
    }
    result.mean_of_subjects = mean / static_cast<double>(result.subjects.size());
    result.passed =
        all_subjects_pass &&
        (!rule.mean_threshold || result.mean_of_subjects >= *rule.mean_threshold - kTolerance);
    return std::move(result);
  }
};

}  // namespace

const LicenceRule& LicenceRules::rule_of(const std::string& licence) const {
  const auto found = exceptions.find(licence);
  return found == exceptions.end() ? fallback : found->second;
}

Result<LicenceRules> parse_licence_rules(std::string_view yaml, const std::string& source) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::parse(yaml, source));
  return rules_of(root);
}

Result<LicenceRules> read_licence_rules(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::read_file(path));
  return rules_of(root);
}

std::vector<LicenceResult> judge_licences(const LicenceRules& rules,
                                          const std::vector<LicenceQuestion>& questions) {
  std::vector<std::string> order = rules.licences;
  std::map<std::string, Tally> tallies;
  for (const LicenceQuestion& question : questions) {
    if (std::find(order.begin(), order.end(), question.licence) == order.end())
      order.push_back(question.licence);
    Tally& tally = tallies[question.licence];
    tally.result.licence = question.licence;
    tally.add(question);
  }
  std::vector<LicenceResult> results;
  for (const std::string& licence : order) {
    const auto tally = tallies.find(licence);
    if (tally != tallies.end()) results.push_back(tally->second.finish(rules.rule_of(licence)));
  }
  return results;
}

LicenceFigures licence_figures(const LicenceRules& rules,
                               const std::vector<LicenceQuestion>& questions) {
  LicenceFigures figures;
  figures.rule = rules.note;
  figures.of = static_cast<int>(rules.licences.size());
  figures.licences = judge_licences(rules, questions);
  figures.passed =
      static_cast<int>(std::count_if(figures.licences.begin(), figures.licences.end(),
                                     [](const LicenceResult& result) { return result.passed; }));
  return figures;
}

}  // namespace jangwon::harness
