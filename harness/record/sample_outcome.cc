// Two ways to one SampleOutcome: from a line that is skimmed and from a record that was parsed. The
// skimmer has to give up on anything unusual (an escape in a key, a name that it does not know) and
// leave the line to the strict parser, because a field that it passed over would be a silent zero.
// tests/harness/record/sample_outcome_test.cc puts the same records through both and compares every
// field.

#include "harness/record/sample_outcome.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "harness/record/journal.h"
#include "harness/record/json_skim.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

constexpr int kTimeLimitCode = -3;  // the official checker's code for a program that ran too long
constexpr size_t kDigestLength = 8;

bool wants(const OutcomeFields& fields, const std::string& column) {
  return !fields.columns || fields.columns->contains(column);
}

// A column as text; of those that nobody named only what a table can show.
void keep_column(const OutcomeFields& fields, const std::string& name, const Json& value,
                 SampleOutcome& outcome) {
  if (!wants(fields, name)) return;
  if (!fields.columns && (value.is_null() || !value.is_primitive())) return;
  outcome.columns[name] = value.is_string() ? value.get<std::string>() : value.dump();
}

// The same walk over a line, field by field, without building what is not kept.
class OutcomeSkimmer {
 public:
  OutcomeSkimmer(std::string_view line, const OutcomeFields& fields)
      : skim_(line), fields_(fields) {}

  // Absent where the line is not laid out as this program writes it.
  std::optional<SampleOutcome> read() {
    std::string_view key;
    if (!skim_.enter('{')) return std::nullopt;
    while (skim_.next_key(key))
      read_member(key);
    const bool whole =
        skim_.ok() && skim_.at_end() && good_ && schema_version_ == kRecordSchemaVersion;
    const bool named = !outcome_.key.model.empty() && !outcome_.key.task.empty() && has_verdict_;
    if (!whole || !named || outcome_.scores.empty()) return std::nullopt;
    return std::move(outcome_);
  }

 private:
  void read_member(std::string_view key) {
    if (key == "schema_version") {
      schema_version_ = skim_.integer_value();
    } else if (key == "model") {
      outcome_.key.model = skim_.string_value();
    } else if (key == "task") {
      outcome_.key.task = skim_.string_value();
    } else if (key == "sample_id") {
      outcome_.key.sample_id = skim_.string_value();
    } else if (key == "repeat") {
      outcome_.key.repeat = static_cast<int>(skim_.integer_value());
    } else if (key == "verdict") {
      outcome_.verdict = read_verdict();
      has_verdict_ = true;
    } else if (key == "truncated") {
      outcome_.truncated = skim_.bool_value();
    } else if (key == "unterminated_reasoning") {
      outcome_.unterminated_reasoning = skim_.bool_value();
    } else if (key == "reply_languages") {
      read_languages();
    } else if (key == "scores") {
      read_scores();
    } else if (key == "prompt_sha256") {
      outcome_.prompt_digest = skim_.string_value().substr(0, kDigestLength);
    } else if (key == "completion") {
      read_completion();
    } else if (key == "metadata") {
      read_columns();
    } else if (key == "started_at") {
      outcome_.started_at = skim_.string_value();
    } else if (key == "duration_ms") {
      outcome_.duration_ms = read_number();
    } else {
      skim_.skip_value();
    }
  }

  Verdict read_verdict() {
    const std::optional<Verdict> known = verdict_of_name(skim_.string_value());
    good_ = good_ && known;
    return known.value_or(Verdict::kNoAnswer);
  }

  double read_number() { return std::strtod(std::string(skim_.raw_value()).c_str(), nullptr); }

  // The members of an object, one call each.
  template <typename Read>
  void each_member(const Read& read) {
    std::string_view key;
    if (!skim_.enter('{')) return;
    while (skim_.next_key(key))
      read(key);
  }

  void read_languages() {
    each_member([&](std::string_view key) {
      std::optional<ReplyLanguage>* language = key == "answer" ? &outcome_.reply_languages.answer
                                               : key == "thinking"
                                                   ? &outcome_.reply_languages.thinking
                                                   : nullptr;
      if (language == nullptr || skim_.is_null()) return skim_.skip_value();
      *language = reply_language_of_name(skim_.string_value());
      good_ = good_ && language->has_value();
    });
  }

  void read_scores() {
    if (!skim_.enter('[')) return;
    while (skim_.next_item()) {
      ScoreOutcome score;
      each_member([&](std::string_view key) { read_score_member(key, score); });
      outcome_.scores.push_back(std::move(score));
    }
  }

  void read_score_member(std::string_view key, ScoreOutcome& score) {
    if (key == "mode") {
      const std::string mode = skim_.string_value();
      good_ =
          good_ && (mode == name_of(ScoreMode::kOfficial) || mode == name_of(ScoreMode::kNative));
      score.mode = mode == name_of(ScoreMode::kNative) ? ScoreMode::kNative : ScoreMode::kOfficial;
    } else if (key == "verdict") {
      score.verdict = read_verdict();
    } else if (key == "value" && !skim_.is_null()) {
      score.value = read_number();
    } else if (key == "answer" && fields_.answers && !skim_.is_null()) {
      score.answer = skim_.string_value();
    } else if (key == "scorer_version") {
      score.scorer_version = skim_.string_value();
    } else if (key == "results") {
      if (!skim_.enter('[')) return;
      while (skim_.next_item())
        score.timed_out |= skim_.integer_value() == kTimeLimitCode;
    } else if (key == "metadata") {
      read_figures(skim_.raw_value(), score);
    } else {
      skim_.skip_value();
    }
  }

  // Only metadata that names a figure is parsed: that of a program holds kilobytes of its output.
  static void read_figures(std::string_view raw, ScoreOutcome& score) {
    const bool has_figures = raw.find(kVariantPrefix) != std::string_view::npos ||
                             raw.find(kSharePrefix) != std::string_view::npos;
    if (!has_figures) return;
    const Json metadata = Json::parse(raw, nullptr, /*allow_exceptions=*/false);
    score.variants = variants_of(metadata);
    score.shares = shares_of(metadata);
  }

  void read_completion() {
    std::optional<int64_t> counted;
    int64_t ids = 0;
    each_member([&](std::string_view key) {
      if (key == "num_prompt_tokens") {
        outcome_.num_prompt_tokens = skim_.integer_value();
      } else if (key == "num_completion_tokens") {
        counted = skim_.integer_value();
      } else if (key == "token_ids") {
        const std::string_view list = skim_.raw_value();
        ids = list.find_first_of("0123456789") == std::string_view::npos
                  ? 0
                  : 1 + std::count(list.begin(), list.end(), ',');
      } else if (key == "server_finish_reason") {
        outcome_.server_finish_reason = skim_.string_value();
      } else if (key == "prefill_ms" || key == "decode_ms") {
        outcome_.generation_ms += read_number();
      } else {
        skim_.skip_value();
      }
    });
    outcome_.num_completion_tokens = counted.value_or(ids);
  }

  void read_columns() {
    each_member([&](std::string_view key) {
      const std::string name(key);
      const std::string_view raw = skim_.raw_value();
      if (!wants(fields_, name) || raw.empty()) return;
      keep_column(fields_, name, Json::parse(raw, nullptr, /*allow_exceptions=*/false), outcome_);
    });
  }

  JsonSkimmer skim_;
  const OutcomeFields& fields_;
  SampleOutcome outcome_;
  int64_t schema_version_ = 0;
  bool has_verdict_ = false;
  bool good_ = true;  // every name is a known one
};

}  // namespace

const ScoreOutcome* find_score(const SampleOutcome& outcome, ScoreMode mode) {
  for (const ScoreOutcome& score : outcome.scores) {
    if (score.mode == mode) return &score;
  }
  return nullptr;
}

SampleOutcome outcome_of(const SampleRecord& record, const OutcomeFields& fields) {
  SampleOutcome outcome;
  outcome.key = record.key;
  outcome.verdict = record.verdict;
  outcome.truncated = record.truncated;
  outcome.unterminated_reasoning = record.unterminated_reasoning;
  outcome.reply_languages = record.reply_languages;
  for (const Score& score : record.scores) {
    const bool timed_out = std::find(score.results.begin(), score.results.end(), kTimeLimitCode) !=
                           score.results.end();
    outcome.scores.push_back({score.mode, score.verdict, score.value,
                              fields.answers ? score.answer.value_or("") : std::string(),
                              variants_of(*score.metadata), shares_of(*score.metadata), timed_out,
                              score.scorer_version});
  }
  for (const auto& [name, value] : record.metadata->items())
    keep_column(fields, name, value, outcome);
  outcome.prompt_digest = record.prompt_sha256.substr(0, kDigestLength);
  const Completion& completion = record.completion;
  outcome.server_finish_reason = completion.server_finish_reason;
  outcome.num_prompt_tokens = completion.num_prompt_tokens;
  outcome.num_completion_tokens = num_output_tokens(completion);
  outcome.generation_ms = completion.prefill_ms + completion.decode_ms;
  outcome.duration_ms = record.duration_ms;
  outcome.started_at = record.started_at;
  return outcome;
}

Status read_outcomes(const std::string& run_folder, const OutcomeFields& fields,
                     const std::function<Status(SampleOutcome)>& visit) {
  return read_journal_lines(run_folder, [&](std::string_view line, uint64_t offset) -> Status {
    std::optional<SampleOutcome> outcome = OutcomeSkimmer(line, fields).read();
    if (!outcome) {
      JANGWON_ASSIGN_OR_RETURN(const SampleRecord record, parse_journal_line(line));
      outcome = outcome_of(record, fields);
    }
    outcome->offset = offset;
    outcome->length = line.size();
    return visit(std::move(*outcome));
  });
}

}  // namespace jangwon::harness
