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

std::map<std::string, bool> variants_of(const Json& metadata) {
  std::map<std::string, bool> variants;
  if (!metadata.is_object()) return variants;
  for (const auto& [key, value] : metadata.items()) {
    if (key.starts_with(kVariantPrefix) && value.is_boolean())
      variants[key.substr(kVariantPrefix.size())] = value.get<bool>();
  }
  return variants;
}

std::map<std::string, Share> shares_of(const Json& metadata) {
  std::map<std::string, Share> shares;
  if (!metadata.is_object()) return shares;
  for (const auto& [key, value] : metadata.items()) {
    if (!key.starts_with(kSharePrefix) || !value.is_array() || value.size() != 2) continue;
    if (!value[0].is_number_integer() || !value[1].is_number_integer()) continue;
    shares[key.substr(kSharePrefix.size())] = {value[0].get<int64_t>(), value[1].get<int64_t>()};
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

Json to_json(const Score& score) {
  Json json;
  json["mode"] = name_of(score.mode);
  json["scorer"] = score.scorer;
  json["scorer_version"] = score.scorer_version;
  json["verdict"] = name_of(score.verdict);
  json["value"] = score.value ? Json(*score.value) : Json();
  json["answer"] = score.answer ? Json(*score.answer) : Json();
  json["stage"] = score.stage;
  if (!score.explanation.empty()) json["explanation"] = score.explanation;
  if (!score.results.empty()) json["results"] = score.results;
  if (!score.metadata.is_null()) json["metadata"] = *score.metadata;
  return json;
}

}  // namespace jangwon::harness
