#include "harness/scorers/scorer_options.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/setting_range.h"

namespace jangwon::harness {

namespace {

constexpr const char* kExtractor = "extractor";

Message place_of(const std::string& scorer) {
  return Message("options of the scorer \"{scorer}\"", {{"scorer", scorer}});
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Result<size_t> index_of(const std::string& scorer, const Json& value, const std::string& key,
                        const std::vector<std::string>& values) {
  const std::string text = text_of(value);
  const auto found = std::find(values.begin(), values.end(), text);
  if (value.is_string() && found != values.end())
    return static_cast<size_t>(found - values.begin());
  return invalid_argument(unknown_name_message(Message::value(key), text, values))
      .at(place_of(scorer));
}

}  // namespace

Result<ScorerOptions> ScorerOptions::parse(const std::string& scorer, const Json& options,
                                           const std::vector<ScorerOption>& known,
                                           std::optional<AnswerKind> reads) {
  const Message place = place_of(scorer);
  ScorerOptions out;
  if (options.is_null()) return out;
  if (!options.is_object())
    return invalid_argument("a mapping is expected, not {options}", {{"options", options.dump()}})
        .at(place);
  std::vector<std::string> names;
  for (const ScorerOption& option : known)
    names.emplace_back(option.name);
  if (reads) names.emplace_back(kExtractor);
  for (const auto& [key, value] : options.items()) {
    if (std::find(names.begin(), names.end(), key) == names.end())
      return invalid_argument(unknown_name_message("option", key, names)).at(place);
  }
  for (const ScorerOption& option : known) {
    if (!options.contains(option.name)) continue;
    const Json& value = options.at(option.name);
    if (option.range != nullptr) {
      double number = 0;
      const Status status = read_setting(option.range, option.name, value, number);
      if (!status.ok()) return status.at(place);
      out.numbers_[option.name] = number;
      continue;
    }
    JANGWON_ASSIGN_OR_RETURN(out.words_[option.name],
                             index_of(scorer, value, option.name, option.values));
  }
  if (options.contains(kExtractor)) {
    const std::string name = text_of(options.at(kExtractor));
    out.extractor_ = find_extractor(*reads, name);
    if (out.extractor_ == nullptr)
      return invalid_argument(unknown_name_message("extractor", name, extractor_names(*reads)))
          .at(place);
  }
  return out;
}

size_t ScorerOptions::choice(const std::string& name) const {
  const auto found = words_.find(name);
  return found == words_.end() ? 0 : found->second;
}

double ScorerOptions::number(const std::string& name, double fallback) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? fallback : found->second;
}

}  // namespace jangwon::harness
