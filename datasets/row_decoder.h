// RowDecoder: a row in published columns → a Sample, and what is wrong with the row.

#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "datasets/manifest.h"
#include "datasets/sample.h"
#include "runtime/base/status.h"

namespace jangwon::datasets {

// A row that can be used but is not what it should be. Which rule was applied stands in the detail.
enum class DefectKind {
  // two columns state the answer and differ; the one that the manifest calls answer counts
  kAnswerConflict,
  kLeadingBlankOnGold,   // the gold is the only option with a leading blank: it can be read off
  kLeadingBlankOption,   // some option has a leading blank
  kTrailingBlankOption,  // some option has a trailing blank
  kEqualOptions,         // two options say the same
  kSingleOption,         // there is nothing to choose from
  kDuplicateQuestion,    // an earlier row asks the same, with other options or another answer
  kDuplicateRow,         // an earlier row has the same question, options and answer
  kRowCount,             // a file has more or fewer rows than its manifest says
};

const char* name_of(DefectKind kind);  // "answer_conflict", …

struct RowDefect {
  DefectKind kind = DefectKind::kAnswerConflict;
  std::string sample_id;  // empty for a whole file
  std::string place;      // "test.jsonl:12"
  Message detail;         // one sentence
};

enum class OptionText {
  kStripped,  // blanks at both ends removed: a leading blank can give the gold away
  kRaw,       // as published, to repeat what others did
};

enum class TestStorage {
  kDecoded,  // Sample::tests holds them
  // tests above 1 MiB stay packed in the sample, checked; code_tests_of gives them
  kPackedWhenLarge,
};

struct DecodeOptions {
  OptionText option_text = OptionText::kStripped;
  TestStorage test_storage = TestStorage::kDecoded;
  size_t max_test_bytes = size_t{1} << 30;  // of one problem's inflated private tests
};

struct DecodedRow {
  Sample sample;
  std::vector<DefectKind> defects;  // of this row alone
  Message detail;                   // on the conflict of two answers
  // see canonical_row in datasets/README.md: one line without its end
  std::string canonical;
};

// The text of a column: a string as it is, a number or a truth value as JSON writes it; an error
// when the row lacks it.
Result<std::string> column_text(const nlohmann::ordered_json& row, const std::string& column);

// Adds the columns that the file gives its rows and those that are made of others
// (ColumnMap::added, made). Error: the row has a column of that name with another text, it lacks
// what a column is made of, no rule fits.
Status complete_row(nlohmann::ordered_json& row, const ColumnMap& columns);

// `row_number` counts from 0 and is the id where the manifest names no id column. A row that was
// not completed is completed here.
Result<DecodedRow> decode_row(const nlohmann::ordered_json& row, const ColumnMap& columns,
                              size_t row_number, const DecodeOptions& options);

}  // namespace jangwon::datasets
