// TableInput: what a comparison table shows, before any format is chosen. Built from run
// folders (measured_rows.h) and from the registry (published_rows.h); every renderer reads this
// and nothing else.
//
// All scores are fractions in [0, 1]. An absent value is absent: no renderer may print
// a number for it.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/stats/rank_intervals.h"
#include "reports/language.h"

namespace jangwon::reports {

enum class CellState {
  kAbsent,         // not asked, not published: "·"
  kUndefined,      // asked, but nothing counted: "–"
  kScored,         // a value, with its interval
  kNotComparable,  // a value of another problem set or protocol: "n/c"
};

enum class RowSource { kMeasured, kPublished };

// The score of the mode that is not the headline.
struct OtherMode {
  std::string mode;
  std::optional<double> value;
  std::optional<double> ci_low;
  std::optional<double> ci_high;
  int differs = 0;  // samples on which the two modes give different verdicts
};

// The same verdicts under one named change of rule, e.g. float_tolerance.
struct VariantScore {
  std::string mode;
  std::string name;
  std::optional<double> value;
};

// A figure that the task asks for beside its score: pass@4, majority@4, spread.
struct FurtherScore {
  std::string mode;
  std::string name;
  std::optional<double> value;
  std::optional<double> ci_low;
  std::optional<double> ci_high;
};

// Whether the answers would pass the examination of a professional licence.
struct LicencePass {
  std::string licence;
  bool passed = false;
  double mean_of_subjects = 0.0;  // in percent
  double lowest_subject = 0.0;    // in percent
};

struct LicencePasses {
  std::string mode;
  Message rule;  // when an examination is passed, in words; may be empty
  int passed = 0;
  int of = 0;  // licences of the benchmark, sat or not
  std::vector<LicencePass> licences;
};

// Which questions were asked: the data set's name and the SHA-256 over its rows; empty where a run
// did not record them.
struct QuestionSet {
  std::string dataset;
  std::string dataset_sha256;
};

// Against the questions that published values of the task are about.
enum class QuestionOrigin { kUnknown, kPublished, kOther };

struct TableCell {
  CellState state = CellState::kAbsent;
  std::optional<double> value;
  std::optional<double> ci_low;
  std::optional<double> ci_high;
  std::string ci_method;
  std::optional<double> se_run;
  std::optional<double> se_total;
  std::string metric;
  std::string task_version;
  int n = 0;        // questions; 0: unknown
  int repeats = 0;  // runs a question; 0: unknown
  QuestionSet question_set;
  QuestionOrigin questions = QuestionOrigin::kUnknown;
  int planned = 0;  // n × repeats that were asked for; 0: unknown
  // verdicts and flags; empty for published values, which state none
  std::map<std::string, int> counts;
  std::optional<OtherMode> other_mode;
  std::vector<VariantScore> variants;
  std::vector<FurtherScore> further;
  std::vector<LicencePasses> licences;  // of each mode, the headline's first
  std::map<std::string, std::map<std::string, std::optional<double>>> strata;
  std::optional<harness::RankInterval> rank;  // the ranks that the evidence allows
  // 1: not separated from the best; 2: the next group; 0: unranked
  int tie_group = 0;
  std::string settings;        // sampling, window and the like of a published value
  std::vector<int> footnotes;  // indices into TableInput::footnotes
  // other values of the same row and task, kNotComparable as a rule
  std::vector<TableCell> beside;
};

struct TableRow {
  std::string id;  // unique in the table
  std::string model;
  std::string name;  // for people
  RowSource source = RowSource::kMeasured;
  bool stand_in = false;
  bool national = false;     // one of the models that the table is about, not a reference
  std::string mode;          // thinking, non_thinking, or empty when unknown
  std::string origin;        // the run folder's name, or the id of the published source
  std::string origin_title;  // for people
  std::optional<double> total_params_b;
  std::optional<double> active_params_b;
  std::string licence;
  std::map<std::string, TableCell> cells;  // by task id; a missing key is kAbsent
};

struct TableColumn {
  std::string id;
  Message title;
  Message domain;
  std::string version;  // empty where rows differ
};

struct TableInput {
  Message title;
  std::vector<TableColumn> tasks;
  std::vector<TableRow> rows;
  std::vector<Message> footnotes;
  std::vector<Message> notes;  // below the table: incomplete runs, warnings
  bool complete = true;
};

// Of Korean questions: how many of the texts that could be told are in Korean, by `part`:
// answer or thinking.
struct LanguageShare {
  int korean = 0;
  int other = 0;
  int decided() const { return korean + other; }
};
LanguageShare language_share(const std::map<std::string, int>& counts, const std::string& part);

// Whether of any text on a Korean question the language could be told.
bool has_told_languages(const TableCell& cell);

// The cell, or an absent one.
const TableCell& cell_of(const TableRow& row, const std::string& task);

// Index of a footnote with this text, added when it is new.
int footnote_index(TableInput& table, const Message& text);

// a, b, …, z, aa, ab, …
std::string footnote_letter(int index);

}  // namespace jangwon::reports
