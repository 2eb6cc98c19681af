// A page opened from disk may not fetch, but it may load a script; so a chunk is a script that
// calls one function with its records. Chunks are small because a viewer opens one question at a
// time, and each is rebuilt from the lines of the journal, so that the whole of the transcripts is
// never in memory. The lines are skimmed: token ids and scores make up most of a line, and of those
// only the answer is shown.
//
// Everything a model wrote passes visible_text and json_for_script. Chunks of an earlier selection
// are removed first: otherwise questions that are no longer asked for would stay beside the page.
// tests/reports/site_test.cc, tests/reports/browser.

#include "reports/site/sample_chunks.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/record/journal.h"
#include "harness/record/json_skim.h"
#include "reports/escape.h"
#include "reports/site/pages.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::reports {
namespace {

constexpr size_t kQuestionsPerChunk = 32;

std::string chunk_name(size_t row, size_t task, size_t item) {
  return fmt::format("r{}/t{}-{:04}", row, task, item / kQuestionsPerChunk);
}

std::vector<bool> selected_items(const OutcomeStrings& strings, SampleSelection selection) {
  std::vector<bool> selected(strings.ids.size(), selection == SampleSelection::kAll);
  if (selection == SampleSelection::kNone || selection == SampleSelection::kIds) return selected;
  for (size_t i = 0; i < strings.ids.size(); ++i) {
    bool failed = false, differs = false;
    char first = 0;
    for (const std::string& outcomes : strings.outcomes) {
      char outcome = outcomes[i];
      if (outcome == '-') continue;
      failed = failed || outcome != '2';
      differs = differs || outcome == '1' || (first != 0 && outcome != first);
      if (first == 0) first = outcome;
    }
    // With a single row nothing can flip, so its failures are what a reader looks for.
    bool flips = strings.outcomes.size() == 1 ? failed : differs;
    if ((selection == SampleSelection::kFlips && flips) ||
        (selection == SampleSelection::kFailures && failed))
      selected[i] = true;
  }
  return selected;
}

// Direction overrides and other invisible characters are written out, so that a reader sees
// that they are there.
std::string shown(const std::string& text) {
  return visible_text(text, LineBreaks::kKeep);
}

Json shown_strings(Json value) {
  if (value.is_string()) return shown(value.get<std::string>());
  if (!value.is_structured()) return value;
  for (Json& item : value)
    item = shown_strings(std::move(item));
  return value;
}

// The extracted answer of the headline score, which is the first.
Json answer_of(harness::JsonSkimmer& skim) {
  Json answer;
  bool first = true;
  if (!skim.enter('[')) return answer;
  while (skim.next_item()) {
    std::string_view key;
    if (!skim.enter('{')) return answer;
    while (skim.next_key(key)) {
      if (first && key == "answer" && !skim.is_null()) {
        answer = shown(skim.string_value());
      } else {
        skim.skip_value();
      }
    }
    first = false;
  }
  return answer;
}

// What the viewer shows of one journal line. Token ids and scores make up most of a line and
// are passed over.
Json record_json(std::string_view line, const SampleOutcome& outcome, const std::string& id,
                 SampleText level) {
  Json json;
  json["id"] = id;
  json["repeat"] = outcome.repeat;
  json["verdict"] = harness::name_of(outcome.verdict);
  json["answer"] = Json();
  json["tokens"] = outcome.num_completion_tokens;
  json["truncated"] = outcome.truncated;
  json["unterminated"] = outcome.unterminated_reasoning;
  harness::JsonSkimmer skim(line);
  std::string_view key;
  if (!skim.enter('{')) return json;
  while (skim.next_key(key)) {
    if (key == "scores") {
      json["answer"] = answer_of(skim);
    } else if (key == "error") {
      std::string error = skim.string_value();
      if (!error.empty()) json["error"] = shown(error);
    } else if (key == "prompt_text" && level == SampleText::kFull) {
      json["prompt"] = shown(skim.string_value());
    } else if (key == "target" && level == SampleText::kFull) {
      json["target"] =
          shown_strings(Json::parse(skim.raw_value(), nullptr, /*allow_exceptions=*/false));
    } else if (key == "completion" && level != SampleText::kNone) {
      std::string_view part;
      if (!skim.enter('{')) return json;
      while (skim.next_key(part)) {
        if (part == "text") {
          json["text"] = shown(skim.string_value());
        } else {
          skim.skip_value();
        }
      }
    } else {
      skim.skip_value();
    }
  }
  return json;
}

struct WantedSample {
  size_t item;  // position in OutcomeStrings::ids
  const SampleOutcome* outcome;
};

Status write_row_chunks(const ReportData& data, const ReportOptions& options,
                        const std::string& site_dir, size_t row_index, size_t task_index,
                        const OutcomeStrings& strings, const std::vector<bool>& selected) {
  const TableRow& row = data.table.rows[row_index];
  RowOutcomes outcomes = outcomes_of(data, row, data.table.tasks[task_index].id);
  std::map<std::string, size_t> position;
  for (size_t i = 0; i < strings.ids.size(); ++i) {
    if (selected[i]) position[strings.ids[i]] = i;
  }
  std::map<std::string, std::vector<WantedSample>> chunks;
  for (const SampleOutcome& sample : *outcomes.samples) {
    auto found = position.find(outcomes.task->items[sample.item].id);
    if (found == position.end()) continue;
    chunks[chunk_name(row_index, task_index, found->second)].push_back({found->second, &sample});
  }
  if (chunks.empty()) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const FileReader journal,
                           FileReader::open(harness::journal_path(outcomes.run->path)));
  for (auto& [name, wanted] : chunks) {
    std::stable_sort(
        wanted.begin(), wanted.end(), [](const WantedSample& a, const WantedSample& b) {
          return std::pair(a.item, a.outcome->repeat) < std::pair(b.item, b.outcome->repeat);
        });
    std::string text = fmt::format("__jangwon(\"{}\",[", name);
    for (size_t i = 0; i < wanted.size(); ++i) {
      JANGWON_ASSIGN_OR_RETURN(const std::string line, journal.read_at(wanted[i].outcome->offset,
                                                                       wanted[i].outcome->length));
      Json json =
          record_json(line, *wanted[i].outcome, strings.ids[wanted[i].item], options.sample_text);
      json["model"] = row.name;
      text += i > 0 ? ",\n" : "\n";
      text += json_for_script(to_json_line(json));
    }
    text += "\n]);\n";
    std::string path = fmt::format("{}/data/samples/{}.js", site_dir, name);
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    if (error) return unavailable(Message::system_error(error)).at(path);
    JANGWON_RETURN_IF_ERROR(write_file_atomically(path, text));
  }
  return ok_status();
}

}  // namespace

Json make_sample_index(const ReportData& data, const ReportOptions& options) {
  Json index = Json::object();
  if (options.samples == SampleSelection::kNone) return index;
  for (size_t t = 0; t < data.table.tasks.size(); ++t) {
    OutcomeStrings strings = make_outcome_strings(data, data.table.tasks[t].id);
    if (strings.rows.empty()) continue;
    std::vector<bool> selected = selected_items(strings, options.samples);
    Json entry;
    entry["models"] = Json::array();
    entry["ids"] = strings.ids;
    entry["categories"] = strings.categories;
    entry["outcomes"] = strings.outcomes;
    entry["chunks"] = Json::array();
    for (size_t k = 0; k < strings.rows.size(); ++k) {
      entry["models"].push_back(data.table.rows[strings.rows[k]].name);
      Json names = Json::array();
      for (size_t i = 0; i < strings.ids.size(); ++i) {
        bool included = selected[i] && strings.outcomes[k][i] != '-';
        names.push_back(included ? Json(chunk_name(strings.rows[k], t, i)) : Json());
      }
      entry["chunks"].push_back(std::move(names));
    }
    index[data.table.tasks[t].id] = std::move(entry);
  }
  return index;
}

Status write_sample_chunks(const ReportData& data, const ReportOptions& options,
                           const std::string& site_dir) {
  std::error_code error;
  std::filesystem::remove_all(site_dir + "/data/samples", error);  // chunks of an earlier selection
  for (size_t t = 0; t < data.table.tasks.size(); ++t) {
    OutcomeStrings strings = make_outcome_strings(data, data.table.tasks[t].id);
    std::vector<bool> selected = selected_items(strings, options.samples);
    for (size_t row : strings.rows) {
      JANGWON_RETURN_IF_ERROR(write_row_chunks(data, options, site_dir, row, t, strings, selected));
    }
  }
  return ok_status();
}

}  // namespace jangwon::reports
