// Published columns → Sample. The layouts differ only in which columns stand for what, so there is
// one decoder driven by the manifest's ColumnMap, and not one a benchmark. What would change a
// score silently is an error here: an answer that names no option, a pad in front of a real option
// (the letters behind it would shift), a problem without tests (the official checker passes every
// program on an empty list). What a faithful run must keep although it is wrong is a defect: it is
// loaded, and listed. tests/datasets/row_decoder_test.cc.

#include "datasets/row_decoder.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "datasets/code_tests.h"
#include "datasets/integer_gold.h"
#include "datasets/option_list.h"
#include "runtime/base/json.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/sha256.h"

namespace jangwon::datasets {

namespace {

constexpr size_t kMaxOptions = 26;
constexpr size_t kLargeTestBytes = size_t{1} << 20;

// The ASCII blanks that Python's str.strip removes: other harnesses strip options with it.
constexpr std::string_view kBlanks = " \t\n\r\v\f\x1c\x1d\x1e\x1f";

std::string strip(const std::string& text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_blank(char c) {
  return kBlanks.find(c) != std::string_view::npos;
}

std::string letter_of(size_t index) {
  return std::string(1, static_cast<char>('A' + index));
}

Status missing_column(const Json& row, const std::string& column) {
  std::vector<std::string> present;
  for (const auto& [key, value] : row.items())
    present.push_back(key);
  const std::string nearest = nearest_name(column, present);
  std::string listed;
  for (const std::string& name : present)
    listed += (listed.empty() ? "" : ", ") + name;
  if (nearest.empty())
    return invalid_argument("the column \"{column}\" is missing; the row has {list}",
                            {{"column", column}, {"list", listed}});
  return invalid_argument(
      "the column \"{column}\" is missing; the row has {list} (\"{nearest}\" is the nearest)",
      {{"column", column}, {"list", listed}, {"nearest", nearest}});
}

// The first of the names that the row has.
Result<std::string> find_column(const Json& row, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (row.contains(name)) return name;
  }
  return missing_column(row, names.front());
}

bool holds_nothing(const Json& row, const std::string& column) {
  const auto found = row.find(column);
  return found == row.end() || found->is_null();
}

// A column that must be text.
Result<std::string> text_in(const Json& row, const std::string& column) {
  const auto found = row.find(column);
  if (found == row.end()) return missing_column(row, column);
  if (!found->is_string()) {
    return invalid_argument("the column \"{column}\" must be text, not {found}",
                            {{"column", column}, {"found", found->type_name()}});
  }
  return found->get<std::string>();
}

Result<int64_t> integer_in(const Json& row, const std::string& column) {
  JANGWON_ASSIGN_OR_RETURN(const std::string raw, column_text(row, column));
  std::string text = strip(raw);
  // A column of numbers with gaps comes as 2.0 out of tools that know no missing integer.
  if (const size_t point = text.find('.');
      point != std::string::npos && point > 0 && point + 1 < text.size()) {
    if (text.find_first_not_of('0', point + 1) == std::string::npos) text.resize(point);
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return invalid_argument("the column \"{column}\" must be an integer, not \"{raw}\"",
                            {{"column", column}, {"raw", raw}});
  }
  return value;
}

// One column an option. A question with fewer options has null in the last ones.
Result<std::vector<std::string>> options_of_columns(const Json& row,
                                                    const std::vector<std::string>& columns) {
  std::vector<std::string> options;
  std::string null_column;
  for (const std::string& column : columns) {
    if (row.contains(column) && row.at(column).is_null()) {
      null_column = column;
      continue;
    }
    if (!null_column.empty()) {
      return invalid_argument(
          "the option \"{null_column}\" is null before a real option, so the letters behind it are "
          "not sure",
          {{"null_column", null_column}});
    }
    JANGWON_ASSIGN_OR_RETURN(std::string option, column_text(row, column));
    options.push_back(std::move(option));
  }
  return options;
}

// Options in one cell: a list, or texts with a separator between them.
Result<std::vector<std::string>> options_of_cell(const std::string& cell,
                                                 const std::string& separator) {
  if (separator.empty() || strip(cell).starts_with('[')) return parse_option_list(cell);
  std::vector<std::string> options;
  for (size_t begin = 0; begin <= cell.size();) {
    const size_t end = std::min(cell.find(separator, begin), cell.size());
    options.push_back(cell.substr(begin, end - begin));
    begin = end + separator.size();
  }
  return options;
}

Result<std::vector<std::string>> raw_options(const Json& row, const ColumnMap& columns) {
  if (!columns.option_columns.empty()) return options_of_columns(row, columns.option_columns);
  if (columns.options_in_question) {
    JANGWON_ASSIGN_OR_RETURN(const std::string column, find_column(row, columns.question));
    JANGWON_ASSIGN_OR_RETURN(const std::string question, text_in(row, column));
    return find_options_in(question);
  }
  std::vector<std::string> options;
  const auto found = row.find(columns.options);
  if (found == row.end()) return missing_column(row, columns.options);
  if (found->is_string())
    return options_of_cell(found->get<std::string>(), columns.option_separator);
  if (!found->is_array())
    return invalid_argument("the column \"{options}\" must be a list of texts",
                            {{"options", columns.options}});
  for (const Json& item : *found) {
    if (!item.is_string())
      return invalid_argument("an option in \"{options}\" is not a text",
                              {{"options", columns.options}});
    options.push_back(item.get<std::string>());
  }
  return options;
}

Status drop_pads(const std::optional<std::string>& pad, std::vector<std::string>& options) {
  if (!pad) return ok_status();
  while (!options.empty() && options.back() == *pad)
    options.pop_back();
  if (std::find(options.begin(), options.end(), *pad) == options.end()) return ok_status();
  return invalid_argument(
      "a pad \"{pad}\" stands before a real option, so the letters behind it are not sure",
      {{"pad", *pad}});
}

// "C", "(C)", "C.", "C)" → 2; -1 for anything else.
int64_t letter_index(std::string_view text) {
  const bool opened = text.starts_with('(');
  if (opened) text.remove_prefix(1);
  if (text.empty() || text.front() < 'A' || text.front() > 'Z') return -1;
  const int64_t index = text.front() - 'A';
  text.remove_prefix(1);
  const bool ended = opened ? text == ")" : text.empty() || text == "." || text == ")";
  return ended ? index : -1;
}

// The place of the one option that says the same as the answer.
Result<size_t> gold_by_text(const std::string& raw, const std::vector<std::string>& options) {
  const std::string text = strip(raw);
  const auto same = [&](const std::string& option) { return strip(option) == text; };
  const auto count = std::count_if(options.begin(), options.end(), same);
  if (count == 1)
    return static_cast<size_t>(std::find_if(options.begin(), options.end(), same) -
                               options.begin());
  if (count == 0)
    return invalid_argument("the answer \"{raw}\" is the text of none of the options",
                            {{"raw", raw}});
  return invalid_argument(
      "the answer \"{raw}\" is the text of several options, so which one is meant is not sure",
      {{"raw", raw}});
}

// The place of the gold among the options.
Result<size_t> gold_index(const Json& row, const ColumnMap& columns, const std::string& column,
                          const std::vector<std::string>& options) {
  JANGWON_ASSIGN_OR_RETURN(const std::string raw, column_text(row, column));
  if (columns.answer_form == AnswerForm::kOptionText) return gold_by_text(raw, options);
  const size_t num_options = options.size();
  int64_t index = -1;
  if (columns.answer_form == AnswerForm::kLetter) {
    index = letter_index(strip(raw));
  } else {
    JANGWON_ASSIGN_OR_RETURN(index, integer_in(row, column));
    if (columns.answer_form == AnswerForm::kOptionNumber) --index;
  }
  if (index < 0 || index >= static_cast<int64_t>(num_options)) {
    return invalid_argument("the answer \"{raw}\" names none of the {num_options} options",
                            {{"raw", raw}, {"num_options", num_options}});
  }
  return static_cast<size_t>(index);
}

void find_option_defects(const std::vector<std::string>& options, size_t gold,
                         std::vector<DefectKind>& defects) {
  size_t num_leading = 0;
  bool trailing = false;
  std::set<std::string> seen;
  bool equal = false;
  for (const std::string& option : options) {
    if (!option.empty() && is_blank(option.front())) ++num_leading;
    trailing = trailing || (!option.empty() && is_blank(option.back()));
    equal = !seen.insert(strip(option)).second || equal;
  }
  const bool on_gold = !options[gold].empty() && is_blank(options[gold].front());
  if (num_leading > 0) defects.push_back(DefectKind::kLeadingBlankOption);
  if (num_leading == 1 && on_gold) defects.push_back(DefectKind::kLeadingBlankOnGold);
  if (trailing) defects.push_back(DefectKind::kTrailingBlankOption);
  if (equal) defects.push_back(DefectKind::kEqualOptions);
  if (options.size() == 1) defects.push_back(DefectKind::kSingleOption);
}

Status compare_answers(const Json& row, const ColumnMap& columns, size_t gold,
                       DecodedRow& decoded) {
  if (columns.answer_index.empty()) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const int64_t index, integer_in(row, columns.answer_index));
  if (index == static_cast<int64_t>(gold)) return ok_status();
  decoded.defects.push_back(DefectKind::kAnswerConflict);
  decoded.detail = Message("{answer} says {letter}, {answer_index} says {index}; {answer} is used",
                           {{"answer", columns.answer.front()},
                            {"letter", letter_of(gold)},
                            {"answer_index", columns.answer_index},
                            {"index", index}});
  return ok_status();
}

Status decode_options(const Json& row, const ColumnMap& columns, const DecodeOptions& options,
                      DecodedRow& decoded) {
  if (columns.options.empty() && columns.option_columns.empty() && !columns.options_in_question)
    return ok_status();
  JANGWON_ASSIGN_OR_RETURN(std::vector<std::string> raw, raw_options(row, columns));
  JANGWON_RETURN_IF_ERROR(drop_pads(columns.option_pad, raw));
  if (raw.empty() || raw.size() > kMaxOptions) {
    return invalid_argument("the row has {raw} options; 1 to 26 can be told apart by letters",
                            {{"raw", raw.size()}});
  }
  Sample& sample = decoded.sample;
  for (const std::string& option : raw)
    sample.choices.push_back(options.option_text == OptionText::kRaw ? option : strip(option));
  const bool by_option = columns.answer_form == AnswerForm::kLetter ||
                         columns.answer_form == AnswerForm::kOptionNumber ||
                         columns.answer_form == AnswerForm::kOptionIndex ||
                         columns.answer_form == AnswerForm::kOptionText;
  if (!by_option) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const std::string column, find_column(row, columns.answer));
  JANGWON_ASSIGN_OR_RETURN(const size_t gold, gold_index(row, columns, column, raw));
  sample.target = {letter_of(gold)};
  find_option_defects(raw, gold, decoded.defects);
  return compare_answers(row, columns, gold, decoded);
}

Status decode_free_answer(const Json& row, const ColumnMap& columns, Sample& sample) {
  if (columns.answer_form != AnswerForm::kInteger && columns.answer_form != AnswerForm::kText)
    return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const std::string column, find_column(row, columns.answer));
  if (columns.answer_form == AnswerForm::kInteger) {
    JANGWON_ASSIGN_OR_RETURN(const std::string text, column_text(row, column));
    JANGWON_ASSIGN_OR_RETURN(const int value, parse_integer_gold(text));
    sample.target = {std::to_string(value)};
    return ok_status();
  }
  if (row.at(column).is_array()) {
    for (const Json& item : row.at(column)) {
      if (!item.is_string())
        return invalid_argument("an accepted answer in \"{column}\" is not a text",
                                {{"column", column}});
      sample.target.push_back(item.get<std::string>());
    }
  } else {
    JANGWON_ASSIGN_OR_RETURN(std::string text, column_text(row, column));
    sample.target = {std::move(text)};
  }
  if (sample.target.empty())
    return invalid_argument("the column \"{column}\" holds no answer", {{"column", column}});
  return ok_status();
}

Status decode_code_columns(const Json& row, const ColumnMap& columns, Sample& sample) {
  if (!columns.starter_code.empty()) {
    JANGWON_ASSIGN_OR_RETURN(sample.starter_code, text_in(row, columns.starter_code));
  }
  if (columns.code_metadata.empty()) return ok_status();
  JANGWON_ASSIGN_OR_RETURN(const std::string text, text_in(row, columns.code_metadata));
  const Result<Json> metadata = parse_json(text);
  if (!metadata.ok()) return metadata.status().at("the column \"" + columns.code_metadata + "\"");
  const auto name = metadata->is_object() ? metadata->find("func_name") : metadata->end();
  if (metadata->is_object() && name == metadata->end()) return ok_status();
  if (!metadata->is_object() || !name->is_string() || name->get_ref<const std::string&>().empty()) {
    return invalid_argument("the column \"{code_metadata}\" must be {{}} or name a func_name",
                            {{"code_metadata", columns.code_metadata}});
  }
  sample.fn_name = name->get<std::string>();
  return ok_status();
}

// The tests of one column, checked for their kind and for not being none.
Status append_tests(const std::string& text, const std::string& column, const Sample& sample,
                    size_t max_bytes, std::vector<Sample::CodeTest>& tests) {
  Result<CodeTestList> list = decode_code_tests(text, max_bytes);
  if (!list.ok()) return list.status().at("the column \"" + column + "\"");
  if (list->tests.empty()) {
    return invalid_argument(
        "the column \"{column}\" holds no test; a program that is never run must not pass",
        {{"column", column}});
  }
  const CodeTestKind expected =
      sample.fn_name.empty() ? CodeTestKind::kStandardInput : CodeTestKind::kFunctional;
  for (size_t i = 0; i < list->kinds.size(); ++i) {
    if (list->kinds[i] == expected) continue;
    return invalid_argument(sample.fn_name.empty()
                                ? Message("the column \"{column}\": test {test} is functional, but "
                                          "no func_name says what to call",
                                          {{"column", column}, {"test", i + 1}})
                                : Message("the column \"{column}\": test {test} is for standard "
                                          "input, but the problem has a func_name",
                                          {{"column", column}, {"test", i + 1}}));
  }
  std::move(list->tests.begin(), list->tests.end(), std::back_inserter(tests));
  return ok_status();
}

std::string hash_tests(const std::vector<Sample::CodeTest>& tests) {
  if (tests.empty()) return {};
  Sha256 hash;
  for (const Sample::CodeTest& test : tests)
    hash.update(to_json_line(Json::array({test.input, test.output})) + "\n");
  return hash.hex();
}

Status decode_tests(const Json& row, const ColumnMap& columns, const DecodeOptions& options,
                    Sample& sample, std::string& tests_sha256) {
  std::string public_text, private_text;
  if (!columns.public_tests.empty()) {
    JANGWON_ASSIGN_OR_RETURN(public_text, text_in(row, columns.public_tests));
    JANGWON_RETURN_IF_ERROR(append_tests(public_text, columns.public_tests, sample,
                                         options.max_test_bytes, sample.tests));
  }
  if (!columns.private_tests.empty()) {
    JANGWON_ASSIGN_OR_RETURN(private_text, text_in(row, columns.private_tests));
    JANGWON_RETURN_IF_ERROR(append_tests(private_text, columns.private_tests, sample,
                                         options.max_test_bytes, sample.tests));
  }
  tests_sha256 = hash_tests(sample.tests);
  size_t size = 0;
  for (const Sample::CodeTest& test : sample.tests)
    size += test.input.size() + test.output.size();
  if (options.test_storage == TestStorage::kPackedWhenLarge && size > kLargeTestBytes) {
    sample.tests = {};
    sample.packed_public_tests = std::move(public_text);
    sample.packed_private_tests = std::move(private_text);
  }
  return ok_status();
}

Json kept_columns(const Json& row, const ColumnMap& columns) {
  Json kept = Json::object();
  for (const auto& [key, value] : row.items()) {
    const bool tests =
        !key.empty() && (key == columns.public_tests || key == columns.private_tests);
    if (!tests) kept[key] = value;
  }
  return kept;
}

bool is_mapped(const std::string& column, const ColumnMap& columns) {
  const auto among = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), column) != names.end();
  };
  for (const std::string* name :
       {&columns.options, &columns.answer_index, &columns.public_tests, &columns.private_tests,
        &columns.starter_code, &columns.code_metadata}) {
    if (!name->empty() && column == *name) return true;
  }
  return among(columns.id) || among(columns.question) || among(columns.option_columns) ||
         among(columns.answer);
}

// What the manifest gave the row: a new rule in it must not look like a change of
// the published rows.
bool is_added(const std::string& column, const ColumnMap& columns) {
  return std::any_of(columns.made.begin(), columns.made.end(),
                     [&](const MadeColumn& made) { return made.name == column; }) ||
         std::any_of(columns.added.begin(), columns.added.end(),
                     [&](const auto& entry) { return entry.first == column; });
}

// One row for the data set's hash: the same content gives the same line whatever the file format
// was, so columns that the manifest does not name stand as text, in the order of their names.
std::string canonical_row(const Json& row, const ColumnMap& columns, const Sample& sample,
                          std::string tests_sha256) {
  std::vector<std::pair<std::string, std::string>> others;
  for (const auto& [key, value] : row.items()) {
    if (is_mapped(key, columns) || is_added(key, columns)) continue;
    others.emplace_back(key, value.is_string() ? value.get<std::string>() : to_json_line(value));
  }
  std::sort(others.begin(), others.end());
  Json line =
      Json::array({sample.id, sample.question, sample.choices, sample.target, sample.fn_name,
                   sample.starter_code, std::move(tests_sha256), Json::array()});
  for (const auto& [key, value] : others)
    line.back().push_back(Json::array({key, value}));
  return to_json_line(line);
}

}  // namespace

const char* name_of(DefectKind kind) {
  switch (kind) {
    case DefectKind::kAnswerConflict:
      return "answer_conflict";
    case DefectKind::kLeadingBlankOnGold:
      return "leading_blank_on_gold";
    case DefectKind::kLeadingBlankOption:
      return "leading_blank_option";
    case DefectKind::kTrailingBlankOption:
      return "trailing_blank_option";
    case DefectKind::kEqualOptions:
      return "equal_options";
    case DefectKind::kSingleOption:
      return "single_option";
    case DefectKind::kDuplicateQuestion:
      return "duplicate_question";
    case DefectKind::kDuplicateRow:
      return "duplicate_row";
    case DefectKind::kRowCount:
      return "row_count";
  }
  return "";
}

Result<std::string> column_text(const nlohmann::ordered_json& row, const std::string& column) {
  const auto found = row.find(column);
  if (found == row.end()) return missing_column(row, column);
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number() || found->is_boolean()) return to_json_line(*found);
  return invalid_argument("the column \"{column}\" must be text or a number, not {found}",
                          {{"column", column}, {"found", found->type_name()}});
}

namespace {

std::string to_lower_ascii(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Result<std::string> made_value(const Json& row, const MadeColumn& made) {
  JANGWON_ASSIGN_OR_RETURN(const std::string column, find_column(row, made.from));
  JANGWON_ASSIGN_OR_RETURN(std::string text, column_text(row, column));
  if (made.rules.empty()) return text;
  const std::string lower = to_lower_ascii(text);
  for (const MadeColumn::Rule& rule : made.rules) {
    const bool fits =
        std::any_of(rule.holds.begin(), rule.holds.end(), [&](const std::string& part) {
          return lower.find(to_lower_ascii(part)) != std::string::npos;
        });
    if (fits) return rule.is;
  }
  if (made.otherwise) return *made.otherwise;
  return invalid_argument("no rule of the made column \"{made}\" fits the {column} \"{text}\"",
                          {{"made", made.name}, {"column", column}, {"text", text}});
}

Status add_column(Json& row, const std::string& column, const std::string& text) {
  if (row.contains(column) && row.at(column) != text) {
    return invalid_argument(
        "the row has a column \"{column}\" of its own, which the manifest would replace",
        {{"column", column}});
  }
  row[column] = text;
  return ok_status();
}

}  // namespace

Status complete_row(nlohmann::ordered_json& row, const ColumnMap& columns) {
  for (const auto& [column, text] : columns.added)
    JANGWON_RETURN_IF_ERROR(add_column(row, column, text));
  for (const MadeColumn& made : columns.made) {
    JANGWON_ASSIGN_OR_RETURN(const std::string text, made_value(row, made));
    JANGWON_RETURN_IF_ERROR(add_column(row, made.name, text));
  }
  return ok_status();
}

namespace {

Result<DecodedRow> decode_completed_row(const Json& row, const ColumnMap& columns,
                                        size_t row_number, const DecodeOptions& options) {
  DecodedRow decoded;
  Sample& sample = decoded.sample;
  sample.id = std::to_string(row_number);
  if (!columns.id.empty()) {
    JANGWON_ASSIGN_OR_RETURN(const std::string column, find_column(row, columns.id));
    JANGWON_ASSIGN_OR_RETURN(sample.id, column_text(row, column));
    if (strip(sample.id).empty())
      return invalid_argument("the column \"{column}\" holds no id", {{"column", column}});
  }
  JANGWON_ASSIGN_OR_RETURN(const std::string question, find_column(row, columns.question));
  JANGWON_ASSIGN_OR_RETURN(sample.question, text_in(row, question));
  if (strip(sample.question).empty())
    return invalid_argument("the column \"{question}\" holds no question",
                            {{"question", question}});
  if (!columns.context.empty() && !holds_nothing(row, columns.context)) {
    JANGWON_ASSIGN_OR_RETURN(sample.context, text_in(row, columns.context));
  }
  JANGWON_RETURN_IF_ERROR(decode_options(row, columns, options, decoded));
  JANGWON_RETURN_IF_ERROR(decode_free_answer(row, columns, sample));
  JANGWON_RETURN_IF_ERROR(decode_code_columns(row, columns, sample));
  std::string tests_sha256;
  JANGWON_RETURN_IF_ERROR(decode_tests(row, columns, options, sample, tests_sha256));
  sample.columns = kept_columns(row, columns);
  decoded.canonical = canonical_row(row, columns, sample, std::move(tests_sha256));
  return decoded;
}

}  // namespace

Result<DecodedRow> decode_row(const nlohmann::ordered_json& row, const ColumnMap& columns,
                              size_t row_number, const DecodeOptions& options) {
  if (columns.made.empty() && columns.added.empty())
    return decode_completed_row(row, columns, row_number, options);
  Json completed = row;
  JANGWON_RETURN_IF_ERROR(complete_row(completed, columns));
  return decode_completed_row(completed, columns, row_number, options);
}

Result<std::vector<Sample::CodeTest>> code_tests_of(const Sample& sample) {
  if (sample.packed_public_tests.empty() && sample.packed_private_tests.empty())
    return sample.tests;
  // They were decoded once, within the caller's bound, when the sample was loaded.
  constexpr size_t kNoBound = SIZE_MAX;
  std::vector<Sample::CodeTest> tests;
  for (const std::string* packed : {&sample.packed_public_tests, &sample.packed_private_tests}) {
    if (packed->empty()) continue;
    JANGWON_RETURN_IF_ERROR(append_tests(*packed, "tests", sample, kNoBound, tests));
  }
  return tests;
}

}  // namespace jangwon::datasets
