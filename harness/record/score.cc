#include "harness/record/score.h"

#include <nlohmann/json.hpp>

namespace jangwon::harness {

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kCorrect:
      return "correct";
    case Verdict::kIncorrect:
      return "incorrect";
    case Verdict::kNoAnswer:
      return "no_answer";
    case Verdict::kInfraError:
      return "infra_error";
    case Verdict::kSandboxError:
      return "sandbox_error";
  }
  return "";
}

std::optional<Verdict> verdict_of_name(const std::string& name) {
  for (Verdict verdict : kAllVerdicts) {
    if (name == name_of(verdict)) return verdict;
  }
  return std::nullopt;
}

const char* name_of(ScoreMode mode) {
  return mode == ScoreMode::kOfficial ? "official" : "native";
}

std::map<std::string, bool> variants_of(const Score& score) {
  constexpr std::string_view kPrefix = "passed_with_";
  std::map<std::string, bool> variants;
  if (score.metadata_json.find(kPrefix) == std::string::npos) return variants;
  const auto metadata =
      nlohmann::ordered_json::parse(score.metadata_json, nullptr, /*allow_exceptions=*/false);
  if (!metadata.is_object()) return variants;
  for (const auto& [key, value] : metadata.items()) {
    if (key.starts_with(kPrefix) && value.is_boolean())
      variants[key.substr(kPrefix.size())] = value.get<bool>();
  }
  return variants;
}

std::map<std::string, Share> shares_of(const Score& score) {
  constexpr std::string_view kPrefix = "share_of_";
  std::map<std::string, Share> shares;
  if (score.metadata_json.find(kPrefix) == std::string::npos) return shares;
  const auto metadata =
      nlohmann::ordered_json::parse(score.metadata_json, nullptr, /*allow_exceptions=*/false);
  if (!metadata.is_object()) return shares;
  for (const auto& [key, value] : metadata.items()) {
    if (!key.starts_with(kPrefix) || !value.is_array() || value.size() != 2) continue;
    if (!value[0].is_number_integer() || !value[1].is_number_integer()) continue;
    shares[key.substr(kPrefix.size())] = {value[0].get<int64_t>(), value[1].get<int64_t>()};
  }
  return shares;
}

Score counted_score(ScoreMode mode, std::string scorer, Verdict verdict) {
  Score score;
  score.mode = mode;
  score.scorer = std::move(scorer);
  score.verdict = verdict;
  if (counts(verdict)) score.value = verdict == Verdict::kCorrect ? 1.0 : 0.0;
  return score;
}

nlohmann::ordered_json to_json(const Score& score) {
  nlohmann::ordered_json json;
  json["mode"] = name_of(score.mode);
  json["scorer"] = score.scorer;
  json["scorer_version"] = score.scorer_version;
  json["verdict"] = name_of(score.verdict);
  json["value"] = score.value ? nlohmann::ordered_json(*score.value) : nlohmann::ordered_json();
  json["answer"] = score.answer ? nlohmann::ordered_json(*score.answer) : nlohmann::ordered_json();
  json["stage"] = score.stage;
  if (!score.explanation.empty()) json["explanation"] = score.explanation;
  if (!score.results.empty()) json["results"] = score.results;
  if (!score.metadata_json.empty())
    json["metadata"] = nlohmann::ordered_json::parse(score.metadata_json);
  return json;
}

}  // namespace jangwon::harness
