#include "datasets/row_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::datasets {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ColumnMap columns_of(const char* name) {
  const Result<Manifest> manifest = find_manifest(name);
  JANGWON_CHECK(manifest.ok(), manifest.status().message());
  return manifest->columns;
}

Result<DecodedRow> decode(const ColumnMap& columns, const std::string& row,
                          const DecodeOptions& options = {}) {
  const Result<Json> value = parse_json(row);
  JANGWON_CHECK(value.ok(), row);
  return decode_row(*value, columns, 7, options);
}

const std::string kMmluPro =
    R"({"question_id": 70, "question": "Q?", "options": ["a", "b", "c", "N/A", "N/A"],
  "answer": "C", "answer_index": 2, "cot_content": "", "category": "law", "src": "x"})";

std::string with(const std::string& row, const std::string& column, Json value) {
  Json object = *parse_json(row);
  object[column] = std::move(value);
  return to_json_line(object);
}

std::string without(const std::string& row, const std::string& column) {
  Json object = *parse_json(row);
  object.erase(column);
  return to_json_line(object);
}

TEST(DecodeRow, ReadsMmluProColumns) {
  const Result<DecodedRow> row = decode(columns_of("mmlu_pro"), kMmluPro);
  ASSERT_TRUE(row.ok()) << row.status().message();
  EXPECT_EQ(row->sample.id, "70");
  EXPECT_EQ(row->sample.question, "Q?");
  EXPECT_THAT(row->sample.choices, ElementsAre("a", "b", "c"));
  EXPECT_THAT(row->sample.target, ElementsAre("C"));
  EXPECT_THAT(row->defects, IsEmpty());
  EXPECT_EQ(row->sample.columns->at("category"), "law");
  EXPECT_EQ(row->sample.columns->at("options").size(), 5u);  // as published
}

TEST(DecodeRow, TheLetterCountsWhereTheIndexDisagrees) {
  const Result<DecodedRow> row = decode(columns_of("mmlu_pro"), with(kMmluPro, "answer_index", 1));
  ASSERT_TRUE(row.ok());
  EXPECT_THAT(row->sample.target, ElementsAre("C"));
  EXPECT_THAT(row->defects, ElementsAre(DefectKind::kAnswerConflict));
  EXPECT_EQ(row->detail.english(), "answer says C, answer_index says 1; answer is used");
}

TEST(DecodeRow, StripsOptionsUnlessAskedForRawText) {
  const std::string row = with(kMmluPro, "options", {"a", "b", " c ", "d"});
  const ColumnMap columns = columns_of("mmlu_pro");
  EXPECT_THAT(decode(columns, row)->sample.choices, ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(decode(columns, row, {.option_text = OptionText::kRaw})->sample.choices,
              ElementsAre("a", "b", " c ", "d"));
}

TEST(DecodeRow, FindsOptionDefects) {
  const struct {
    std::vector<std::string> options;  // the gold is C
    std::vector<DefectKind> defects;
  } cases[] = {
      {{"a", "b", "c"}, {}},
      {{"a", "b", " c"}, {DefectKind::kLeadingBlankOption, DefectKind::kLeadingBlankOnGold}},
      {{" a", "b", " c"}, {DefectKind::kLeadingBlankOption}},
      {{" a", "b", "c"}, {DefectKind::kLeadingBlankOption}},
      {{"a", "b\n", "c"}, {DefectKind::kTrailingBlankOption}},
      {{"a", "c ", "c"}, {DefectKind::kTrailingBlankOption, DefectKind::kEqualOptions}},
  };
  for (const auto& c : cases)
    EXPECT_EQ(decode(columns_of("mmlu_pro"), with(kMmluPro, "options", c.options))->defects,
              c.defects);
  const Result<DecodedRow> single = decode(
      columns_of("mmlu_pro"),
      R"({"question_id": 1, "question": "Q", "options": ["a"], "answer": "A", "answer_index": 0})");
  EXPECT_THAT(single->defects, ElementsAre(DefectKind::kSingleOption));
}

TEST(DecodeRow, ReadsOptionsFromOneCellAndFromOneColumnEach) {
  const Result<DecodedRow> cell =
      decode(columns_of("mmlu_pro"),
             with(with(kMmluPro, "options", "['a', \"b\", 'c', 'N/A']"), "answer_index", "2"));
  ASSERT_TRUE(cell.ok()) << cell.status().message();
  EXPECT_THAT(cell->sample.choices, ElementsAre("a", "b", "c"));
  ColumnMap columns;
  columns.question = {"question"};
  columns.option_columns = {"A", "B", "C", "D"};
  columns.answer = {"answer"};
  columns.answer_form = AnswerForm::kOptionNumber;
  const Result<DecodedRow> each =
      decode(columns, R"({"question": "Q", "A": "w", "B": "x", "C": 3, "D": "z", "answer": 4})");
  ASSERT_TRUE(each.ok()) << each.status().message();
  EXPECT_THAT(each->sample.choices, ElementsAre("w", "x", "3", "z"));
  EXPECT_THAT(each->sample.target, ElementsAre("D"));
  EXPECT_EQ(each->sample.id, "7");  // the number of the row
}

TEST(DecodeRow, ReadsKmmluProSolutionsFrom1) {
  const ColumnMap columns = columns_of("kmmlu_pro");
  const std::string row =
      R"({"question": "옳은 것은?", "options": ["ㄱ", "ㄴ", "ㄷ", "ㄹ"], "solution": "4", "license_name": "세무사", "subject": "재정학"})";
  EXPECT_THAT(decode(columns, row)->sample.target, ElementsAre("D"));
  EXPECT_THAT(decode(columns, with(row, "solution", 1))->sample.target, ElementsAre("A"));
  for (const char* solution : {"0", "5", "D", "", "1.5", "3번"})
    EXPECT_FALSE(decode(columns, with(row, "solution", solution)).ok()) << solution;
}

TEST(DecodeRow, NormalisesAimeGolds) {
  const ColumnMap columns = columns_of("aime25");
  EXPECT_THAT(decode(columns, R"({"problem_idx": 3, "problem": "P", "answer": 16})")->sample.target,
              ElementsAre("16"));
  EXPECT_THAT(decode(columns, R"({"id": "I-3", "question": "P", "answer": "016"})")->sample.target,
              ElementsAre("16"));
  EXPECT_THAT(
      decode(columns, R"({"id": "II-5", "question": "P", "answer": "336^\\circ"})")->sample.target,
      ElementsAre("336"));
  EXPECT_THAT(decode(columns, R"({"id": 5, "problem": "P", "answer": 70.0})")->sample.target,
              ElementsAre("70"));
  EXPECT_FALSE(decode(columns, R"({"id": 5, "problem": "P", "answer": 70.5})").ok());
  EXPECT_FALSE(decode(columns, R"({"id": 5, "problem": "P", "answer": 1000})").ok());
  EXPECT_FALSE(decode(columns, R"({"id": 5, "problem": "P", "answer": null})").ok());
}

TEST(DecodeRow, RefusesWhatWouldChangeAScoreSilently) {
  const ColumnMap columns = columns_of("mmlu_pro");
  const std::pair<std::string, const char*> cases[] = {
      {with(kMmluPro, "answer", "D"), "the answer \"D\" names none of the 3 options"},
      {with(kMmluPro, "answer", "c"), "names none of"},
      {with(kMmluPro, "answer", ""), "names none of"},
      {with(kMmluPro, "answer", "AB"), "names none of"},
      {with(kMmluPro, "options", {"a", "N/A", "c"}), "stands before a real option"},
      {with(kMmluPro, "options", Json::array()), "0 options"},
      {with(kMmluPro, "options", {"N/A"}), "0 options"},
      {with(kMmluPro, "options", {"a", 2, "c"}), "not a text"},
      {with(kMmluPro, "options", std::vector<std::string>(27, "x")), "27 options"},
      {with(kMmluPro, "question", " "), "holds no question"},
      {with(kMmluPro, "question", 5), "must be text"},
      {with(kMmluPro, "question_id", ""), "holds no id"},
      {with(kMmluPro, "question_id", nullptr), "must be text or a number"},
      {with(kMmluPro, "answer_index", "two"), "must be an integer"},
      {without(kMmluPro, "answer"),
       "the column \"answer\" is missing; the row has question_id, question, options"},
      {without(kMmluPro, "question_id"), "the column \"question_id\" is missing"},
  };
  for (const auto& [row, expected] : cases) {
    const Result<DecodedRow> decoded = decode(columns, row);
    ASSERT_FALSE(decoded.ok()) << row;
    EXPECT_THAT(decoded.status().message(), HasSubstr(expected));
  }
}

const std::string kProblem =
    R"({"question_title": "T", "question_content": "Q", "platform": "atcoder",
  "question_id": "abc_a", "contest_id": "abc", "contest_date": "2025-02-01T00:00:00", "starter_code": "",
  "difficulty": "easy", "metadata": "{}",
  "public_test_cases": "[{\"input\": \"1\", \"output\": \"2\", \"testtype\": \"stdin\"}]",
  "private_test_cases": "[{\"input\": \"3\", \"output\": \"4\", \"testtype\": \"stdin\"}]"})";

TEST(DecodeRow, ReadsLiveCodeBenchColumns) {
  const Result<DecodedRow> row = decode(columns_of("livecodebench_v6"), kProblem);
  ASSERT_TRUE(row.ok()) << row.status().message();
  const Sample& sample = row->sample;
  EXPECT_EQ(sample.id, "abc_a");
  EXPECT_TRUE(sample.fn_name.empty());
  ASSERT_EQ(sample.tests.size(), 2u);  // public first
  EXPECT_EQ(sample.tests[0].input, "1");
  EXPECT_EQ(sample.tests[1].output, "4");
  const Json metadata = *sample.columns;
  EXPECT_EQ(metadata["difficulty"], "easy");
  EXPECT_FALSE(metadata.contains("private_test_cases"));
  EXPECT_TRUE(sample.target.empty());
}

TEST(DecodeRow, ReadsFunctionalProblems) {
  const char* tests = R"([{"input": "[1]\n2", "output": "3", "testtype": "functional"}])";
  std::string row = with(kProblem, "metadata", R"({"func_name": "twoSum"})");
  row = with(with(row, "public_test_cases", tests), "private_test_cases", tests);
  const Result<DecodedRow> decoded =
      decode(columns_of("livecodebench_v6"), with(row, "starter_code", "class Solution:\n"));
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(decoded->sample.fn_name, "twoSum");
  EXPECT_EQ(decoded->sample.starter_code, "class Solution:\n");
}

TEST(DecodeRow, RefusesProblemsThatWouldPassUnseen) {
  const std::pair<std::string, const char*> cases[] = {
      {with(kProblem, "private_test_cases", "[]"), "\"private_test_cases\" holds no test"},
      {with(kProblem, "private_test_cases", ""), "\"private_test_cases\""},
      {with(kProblem, "private_test_cases", "eJxrYJkq"), "\"private_test_cases\""},
      {with(kProblem, "public_test_cases", "[]"), "\"public_test_cases\" holds no test"},
      {with(kProblem, "metadata", "not json"), "\"metadata\""},
      {with(kProblem, "metadata", "[]"), "must be {} or name a func_name"},
      {with(kProblem, "metadata", R"({"func_name": 5})"), "must be {} or name a func_name"},
      {with(kProblem, "metadata", R"({"func_name": "f"})"),
       "for standard input, but the problem has a func_name"},
      {with(kProblem, "public_test_cases",
            R"([{"input": "1", "output": "2", "testtype": "functional"}])"),
       "functional, but no func_name"},
  };
  for (const auto& [row, expected] : cases) {
    const Result<DecodedRow> decoded = decode(columns_of("livecodebench_v6"), row);
    ASSERT_FALSE(decoded.ok()) << row;
    EXPECT_THAT(decoded.status().message(), HasSubstr(expected));
  }
}

TEST(DecodeRow, KeepsLargeTestsPackedWhenAskedTo) {
  const Json tests = Json::array(
      {Json{{"input", std::string(2 << 20, '7')}, {"output", "1"}, {"testtype", "stdin"}}});
  const std::string row = with(kProblem, "private_test_cases", to_json_line(tests));
  const ColumnMap columns = columns_of("livecodebench_v6");
  const Result<DecodedRow> decoded = decode(columns, row);
  const Result<DecodedRow> packed =
      decode(columns, row, {.test_storage = TestStorage::kPackedWhenLarge});
  ASSERT_TRUE(decoded.ok() && packed.ok());
  EXPECT_TRUE(packed->sample.tests.empty());
  EXPECT_EQ(packed->canonical, decoded->canonical);
  const auto unpacked = code_tests_of(packed->sample);
  ASSERT_TRUE(unpacked.ok()) << unpacked.status().message();
  ASSERT_EQ(unpacked->size(), 2u);
  EXPECT_EQ((*unpacked)[1].input, decoded->sample.tests[1].input);
  EXPECT_EQ(code_tests_of(decoded->sample)->size(), 2u);
  EXPECT_EQ(decode(columns, kProblem, {.test_storage = TestStorage::kPackedWhenLarge})
                ->sample.tests.size(),
            2u);
}

TEST(DecodeRow, CanonicalLineIsWhatTheReadmeSays) {
  EXPECT_EQ(
      decode(columns_of("mmlu_pro"), kMmluPro)->canonical,
      R"(["70","Q?",["a","b","c"],["C"],"","","",[["category","law"],["cot_content",""],["src","x"]]])");
}

TEST(DecodeRow, CanonicalLineDoesNotDependOnTheFileFormat) {
  // As a CSV file gives the row: every value is text.
  const std::string from_csv =
      R"({"src": "x", "category": "law", "cot_content": "", "answer_index": "2", "answer": "C",
    "options": "['a' 'b' 'c' 'N/A' 'N/A']", "question": "Q?", "question_id": "70"})";
  const ColumnMap columns = columns_of("mmlu_pro");
  EXPECT_EQ(decode(columns, from_csv)->canonical, decode(columns, kMmluPro)->canonical);
}

// --- layouts of the Korean sets

ColumnMap choice_columns(AnswerForm form) {
  ColumnMap columns;
  columns.question = {"question"};
  columns.options = "options";
  columns.answer = {"answer"};
  columns.answer_form = form;
  return columns;
}

TEST(DecodeRow, ALetterMayStandInParentheses) {
  const ColumnMap columns = choice_columns(AnswerForm::kLetter);
  for (const char* answer : {"C", "(C)", " (C) ", "C.", "C)"}) {
    const auto row =
        decode(columns, with(R"({"question": "Q", "options": ["a", "b", "c"]})", "answer", answer));
    ASSERT_TRUE(row.ok()) << answer << ": " << row.status().message();
    EXPECT_THAT(row->sample.target, ElementsAre("C")) << answer;
  }
  for (const char* answer : {"", "()", "(C", "c", "(C).", "CC", "D", "(3)"}) {
    const auto row =
        decode(columns, with(R"({"question": "Q", "options": ["a", "b", "c"]})", "answer", answer));
    EXPECT_THAT(row.status().message(), HasSubstr("names none of the 3 options")) << answer;
  }
}

TEST(DecodeRow, TheTextOfAnOptionNamesItWhereItStandsOnce) {
  const ColumnMap columns = choice_columns(AnswerForm::kOptionText);
  const auto row =
      decode(columns, R"({"question": "Q", "options": ["가", " 나", "다"], "answer": "나 "})");
  ASSERT_TRUE(row.ok()) << row.status().message();
  EXPECT_THAT(row->sample.target, ElementsAre("B"));
  EXPECT_THAT(decode(columns, R"({"question": "Q", "options": ["가", "나"], "answer": "다"})")
                  .status()
                  .message(),
              HasSubstr("the answer \"다\" is the text of none of the options"));
  EXPECT_THAT(decode(columns, R"({"question": "Q", "options": ["가", "가 "], "answer": "가"})")
                  .status()
                  .message(),
              HasSubstr("is the text of several options"));
}

TEST(DecodeRow, AnOptionNumberMayBeADecimalWithoutAFraction) {
  const ColumnMap columns = choice_columns(AnswerForm::kOptionNumber);
  for (const char* answer : {"2", "\"2\"", "2.0", "\"2.00\""}) {
    const auto row = decode(columns, R"({"question": "Q", "options": ["a", "b"], "answer": )" +
                                         std::string(answer) + "}");
    ASSERT_TRUE(row.ok()) << answer << ": " << row.status().message();
    EXPECT_THAT(row->sample.target, ElementsAre("B")) << answer;
  }
  EXPECT_FALSE(decode(columns, R"({"question": "Q", "options": ["a", "b"], "answer": 1.5})").ok());
}

TEST(DecodeRow, OptionsInOneCellMayBeSeparated) {
  ColumnMap columns = choice_columns(AnswerForm::kLetter);
  const std::string row = R"({"question": "Q", "options": "가|나|다", "answer": "C"})";
  EXPECT_THAT(decode(columns, row).status().message(), HasSubstr("the options are not a list"));
  columns.option_separator = "|";
  EXPECT_THAT(decode(columns, row)->sample.choices, ElementsAre("가", "나", "다"));
  EXPECT_THAT(decode(columns, R"({"question": "Q", "options": "['가', '나|다']", "answer": "B"})")
                  ->sample.choices,
              ElementsAre("가", "나|다"))
      << "a list stays one";
}

TEST(DecodeRow, OptionsInTheQuestionLeaveItWhole) {
  ColumnMap columns = choice_columns(AnswerForm::kLetter);
  columns.options.clear();
  columns.options_in_question = true;
  const auto row = decode(columns, R"({"question": "Q?\nA: x\nB: y", "answer": "B"})");
  ASSERT_TRUE(row.ok()) << row.status().message();
  EXPECT_THAT(row->sample.choices, ElementsAre("x", "y"));
  EXPECT_EQ(row->sample.question, "Q?\nA: x\nB: y");
  EXPECT_THAT(decode(columns, R"({"question": "Q?", "answer": "B"})").status().message(),
              HasSubstr("the question's text holds no options"));
}

TEST(DecodeRow, NullOptionsAreNone) {
  ColumnMap columns = choice_columns(AnswerForm::kLetter);
  columns.options.clear();
  columns.option_columns = {"o0", "o1", "o2"};
  EXPECT_THAT(
      decode(columns, R"({"question": "Q", "o0": "a", "o1": "b", "o2": null, "answer": "B"})")
          ->sample.choices,
      ElementsAre("a", "b"));
  EXPECT_THAT(
      decode(columns, R"({"question": "Q", "o0": "a", "o1": null, "o2": "c", "answer": "C"})")
          .status()
          .message(),
      HasSubstr("is null before a real option"));
  EXPECT_THAT(decode(columns, R"({"question": "Q", "o0": "a", "o1": "b", "answer": "B"})")
                  .status()
                  .message(),
              HasSubstr("the column \"o2\" is missing"));
}

TEST(DecodeRow, AContextBelongsToTheQuestion) {
  ColumnMap columns = choice_columns(AnswerForm::kLetter);
  columns.context = "paragraph";
  const std::string row = R"({"question": "Q", "options": ["a", "b"], "answer": "A"})";
  EXPECT_EQ(decode(columns, with(row, "paragraph", "글"))->sample.context, "글");
  EXPECT_EQ(decode(columns, with(row, "paragraph", nullptr))->sample.context, "");
  EXPECT_EQ(decode(columns, row)->sample.context, "");
  EXPECT_NE(decode(columns, with(row, "paragraph", "글"))->canonical,
            decode(columns, row)->canonical);
}

ColumnMap with_category(const char* otherwise) {
  ColumnMap columns = choice_columns(AnswerForm::kLetter);
  MadeColumn made{"category",
                  {"code", "id"},
                  {{{"history", "khb"}, "History"}, {{"law"}, "Law"}},
                  std::nullopt};
  if (otherwise != nullptr) made.otherwise = otherwise;
  columns.made = {made};
  return columns;
}

TEST(DecodeRow, MakesAColumnOfOneThatTheRowHas) {
  const std::string row = R"({"question": "Q", "options": ["a", "b"], "answer": "A"})";
  const struct {
    const char* id;
    const char* category;
  } cases[] = {
      {"x_History_1", "History"}, {"KHB_2", "History"}, {"LAW-3", "Law"}, {"other", "Language"}};
  for (const auto& c : cases) {
    const auto decoded = decode(with_category("Language"), with(row, "id", c.id));
    ASSERT_TRUE(decoded.ok()) << decoded.status().message();
    EXPECT_EQ(decoded->sample.columns->at("category"), c.category) << c.id;
    EXPECT_EQ(decoded->canonical,
              decode(choice_columns(AnswerForm::kLetter), with(row, "id", c.id))->canonical)
        << "a rule of ours is no change of the set";
  }
  EXPECT_EQ(decode(with_category("x"), with(with(row, "id", "law"), "code", "history"))
                ->sample.columns->at("category"),
            "History")
      << "the first column that the row has";
  EXPECT_THAT(decode(with_category(nullptr), with(row, "id", "other")).status().message(),
              HasSubstr("no rule of the made column \"category\" fits the id \"other\""));
  EXPECT_THAT(decode(with_category("x"), row).status().message(),
              HasSubstr("the column \"code\" is missing"));
  EXPECT_THAT(decode(with_category("x"), with(with(row, "id", "law"), "category", "Sports"))
                  .status()
                  .message(),
              HasSubstr("the row has a column \"category\" of its own"));
}

TEST(DecodeRow, IsGivenTheColumnsOfItsFile) {
  ColumnMap columns = choice_columns(AnswerForm::kLetter);
  columns.added = {{"part", "KSM"}};
  const std::string row = R"({"question": "Q", "options": ["a", "b"], "answer": "A"})";
  EXPECT_EQ(decode(columns, row)->sample.columns->at("part"), "KSM");
  EXPECT_THAT(decode(columns, with(row, "part", "MATH")).status().message(),
              HasSubstr("of its own"));
}

}  // namespace
}  // namespace jangwon::datasets
