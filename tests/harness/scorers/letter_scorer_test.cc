#include "harness/scorers/letter_scorer.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/sample.h"
#include "harness/scorers/mmlu_pro_figures.h"
#include "tests/harness/extractors/real_data.h"
#include "tests/harness/scorers/make_scorer.h"

namespace jangwon::harness {
namespace {

datasets::Sample sample_of(const std::string& target, size_t num_options) {
  datasets::Sample sample;
  sample.id = "q1";
  sample.target = {target};
  sample.choices.assign(num_options, "option");
  return sample;
}

std::unique_ptr<Scorer> scorer_of(const std::string& options) {
  auto scorer = make_scorer("letter", options, {});
  EXPECT_TRUE(scorer.ok()) << scorer.status().message();
  return std::move(scorer).value();
}

std::vector<Score> score_of(const Scorer& scorer, const datasets::Sample& sample,
                            const std::string& reply) {
  ScorerInput input;
  input.sample = &sample;
  input.text = input.answer_text = reply;
  return scorer.score(input);
}

TEST(LetterScorer, GivesOneScoreAModeOfficialFirst) {
  const auto scorer = scorer_of(R"({"style":"kmmlu_pro"})");
  const datasets::Sample sample = sample_of("C", 5);
  const std::vector<Score> scores = score_of(*scorer, sample, "정답은 ③번입니다.");
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_EQ(scores[0].mode, ScoreMode::kOfficial);
  EXPECT_EQ(scores[0].verdict, Verdict::kNoAnswer);
  EXPECT_EQ(scores[0].value, 0.0);
  EXPECT_EQ(scores[0].stage, "");
  EXPECT_EQ(scores[1].mode, ScoreMode::kNative);
  EXPECT_EQ(scores[1].verdict, Verdict::kCorrect);
  EXPECT_EQ(scores[1].value, 1.0);
  EXPECT_EQ(scores[1].answer, "C");
  EXPECT_EQ(scores[1].stage, "korean_is");
  for (const Score& score : scores) {
    EXPECT_EQ(score.scorer, "letter");
    EXPECT_FALSE(score.scorer_version.empty());
  }
}

struct Case {
  std::string options;
  std::string reply;
  std::string target;
  size_t num_options;
  std::string official;  // "VERDICT ANSWER"
  std::string native;
};

std::string text_of(const Score& score) {
  return std::string(name_of(score.verdict)) + " " + score.answer.value_or("-");
}

TEST(LetterScorer, JudgesByTheStyleOfTheTask) {
  const std::string mmlu = R"({"style":"mmlu_pro"})";
  const std::string mmlu_chat = R"({"style":"mmlu_pro","match":"last"})";
  const std::string kmmlu = R"({"style":"kmmlu_pro"})";
  const std::string kmmlu_english = R"({"style":"kmmlu_pro","language":"en"})";
  const std::string letters = R"({"style":"answer_letter"})";
  const std::vector<Case> cases = {
      {mmlu, "The answer is (C).", "C", 10, "correct C", "correct C"},
      {mmlu, "The answer is (C).", "D", 10, "incorrect C", "incorrect C"},
      {mmlu, "answer is (A), no, answer is (B)", "B", 10, "incorrect A", "incorrect A"},
      {mmlu_chat, "answer is (A), no, answer is (B)", "B", 10, "incorrect A", "correct B"},
      {mmlu, "The answer is (J).", "A", 4, "incorrect J", "no_answer -"},
      {mmlu, "I have no idea.", "A", 10, "incorrect I", "no_answer -"},
      {mmlu, "no idea", "A", 10, "no_answer -", "no_answer -"},
      {mmlu, "", "A", 10, "no_answer -", "no_answer -"},
      {mmlu, "The answer is (C).", "C", 0, "correct C", "correct C"},
      {kmmlu, "정답: B", "B", 4, "correct B", "correct B"},
      {kmmlu, "정답: E", "B", 4, "incorrect E", "no_answer -"},
      {kmmlu_english, "Answer: B", "B", 5, "correct B", "correct B"},
      {letters, "Answer: B and then Answer: C", "B", 4, "correct B", "incorrect C"},
  };
  for (const Case& c : cases) {
    const datasets::Sample sample = sample_of(c.target, c.num_options);
    const std::vector<Score> scores = score_of(*scorer_of(c.options), sample, c.reply);
    EXPECT_EQ(text_of(scores[0]), c.official) << c.options << c.reply;
    EXPECT_EQ(text_of(scores[1]), c.native) << c.options << c.reply;
  }
}

TEST(LetterScorer, LetsThePromptKindChooseTheMatch) {
  const datasets::Sample sample = sample_of("B", 10);
  ScorerInput input;
  input.sample = &sample;
  input.text = input.answer_text = "answer is (A), no, answer is (B)";
  const auto scorer = scorer_of(R"({"style":"mmlu_pro"})");
  input.prompt_kind = PromptKind::kChat;
  EXPECT_EQ(scorer->score(input)[1].answer, "B");
  input.prompt_kind = PromptKind::kCompletion;
  EXPECT_EQ(scorer->score(input)[1].answer, "A");
  EXPECT_EQ(scorer_of(R"({"style":"mmlu_pro","match":"last"})")->score(input)[1].answer, "B");
}

TEST(LetterScorer, TellsLevelOneAndLabelsBeyondTheOptions) {
  const datasets::Sample sample = sample_of("C", 4);
  const auto scorer = scorer_of(R"({"style":"mmlu_pro"})");
  EXPECT_EQ(score_of(*scorer, sample, "The answer is (C).")[0].metadata->dump(),
            R"({"level_1":"C"})");
  EXPECT_EQ(score_of(*scorer, sample, "Answer: C")[0].metadata->dump(), R"({"level_1":null})");
  EXPECT_EQ(score_of(*scorer, sample, "The answer is (J).")[1].metadata->dump(),
            R"({"labels_beyond_options":1})");
}

TEST(LetterScorer, CallsATargetThatIsNoLetterItsOwnError) {
  const datasets::Sample sample = sample_of("3", 4);
  for (const Score& score : score_of(*scorer_of("{}"), sample, "The answer is (C).")) {
    EXPECT_EQ(score.verdict, Verdict::kInfraError);
    EXPECT_EQ(score.value, std::nullopt);
    EXPECT_NE(score.explanation.find("q1"), std::string::npos);
  }
}

TEST(Scorers, RefuseWrongNamesAndOptionsWithTheNearestRightOne) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"leter", "{}", "letter"},
      {"letter", R"({"stile":"mmlu_pro"})", "style"},
      {"letter", R"({"style":"mmlu_prro"})", "mmlu_pro"},
      {"letter", R"({"match":"lats"})", "last"},
      {"letter", R"({"match":1})", "first"},
      {"integer", R"({"rule":"exakt"})", "exact"},
      {"integer", R"({"rules":"exact"})", "rule"},
      {"integer", "[]", "mapping"},
      {"integer", "7", "options of the scorer"},
      {"option_logprob", R"({"x":1})", "x"},
  };
  for (const auto& [name, options, hint] : cases) {
    const auto scorer = make_scorer(name, options, {});
    ASSERT_FALSE(scorer.ok()) << name << options;
    EXPECT_NE(scorer.status().message().find(hint), std::string::npos) << scorer.status().message();
  }
}

// The figures of compute_accuracy.py on the real outputs, to the last item.
TEST(LetterScorer, ReproducesTheOfficialFiguresOfMmluPro) {
  JANGWON_REQUIRE_REAL_DATA("expected_scores.json");
  std::ifstream file(real_data_path("expected_scores.json"));
  const auto expected_scores = nlohmann::ordered_json::parse(file)["mmlu_pro"];
  const auto scorer = scorer_of(R"({"style":"mmlu_pro"})");
  int num_models = 0;
  for (const auto& [model, expected] : expected_scores.items()) {
    MmluProFigureCounter counter;
    std::map<std::string, std::pair<size_t, size_t>> categories;
    for_each_row("mmlu_pro/outputs/" + model + ".jsonl.gz", [&](const nlohmann::ordered_json& row) {
      const datasets::Sample sample = sample_of(row["answer"], row["n_options"].get<size_t>());
      const Score score = score_of(*scorer, sample, row["output"])[0];
      const auto level_1 = score.metadata->at("level_1");
      counter.add(sample.target[0], level_1.is_null() ? "" : level_1.get<std::string>(),
                  score.answer.value_or(""));
      EXPECT_EQ(score.answer.value_or(""),
                row["official_l2"].is_null() ? "" : row["official_l2"].get<std::string>());
      auto& [right, total] = categories[row["category"]];
      right += score.verdict == Verdict::kCorrect;
      ++total;
    });
    const MmluProFigures figures = counter.figures();
    const auto n = static_cast<double>(figures.n);
    EXPECT_EQ(figures.n, expected["n"]) << model;
    EXPECT_EQ(figures.level_1_none, expected["L1_null"]) << model;
    EXPECT_EQ(figures.level_1_correct, expected["L1_correct"]) << model;
    EXPECT_EQ(figures.level_2_none, expected["L2_null"]) << model;
    EXPECT_EQ(figures.level_2_correct, expected["L2_correct"]) << model;
    EXPECT_EQ(static_cast<double>(figures.level_1_correct_with_random) / n,
              expected["official_L1_with_random"])
        << model;
    EXPECT_EQ(static_cast<double>(figures.level_2_correct_with_random) / n,
              expected["official_L2_with_random"])
        << model;
    double macro = 0.0;
    for (const auto& [category, counts] : categories) {
      EXPECT_EQ(counts.first, expected["per_category_L2"][category][0]) << model << category;
      EXPECT_EQ(counts.second, expected["per_category_L2"][category][1]) << model << category;
      macro += static_cast<double>(counts.first) / static_cast<double>(counts.second);
    }
    EXPECT_NEAR(macro / static_cast<double>(categories.size()), expected["macro_L2"].get<double>(),
                1e-12)
        << model;
    ++num_models;
  }
  EXPECT_EQ(num_models, 4);
}

// KMMLU's publisher compares its own parse with the key; that gives the published
// figures on its files.
TEST(LetterScorer, ReproducesThePublishedFiguresOfKmmluOutputs) {
  JANGWON_REQUIRE_REAL_DATA("expected_scores.json");
  std::ifstream file(real_data_path("expected_scores.json"));
  for (const auto& [name, expected] : nlohmann::ordered_json::parse(file)["kmmlu"].items()) {
    size_t n = 0;
    size_t right = 0;
    size_t empty = 0;
    std::map<std::string, std::pair<double, double>> categories;
    for (auto& row : read_csv(real_data_path("kmmlu/outputs/" + name))) {
      ++n;
      right += row["pred"] == row["answer"];
      empty += row["pred"].empty();
      auto& [category_right, total] = categories[row["category"]];
      category_right += row["pred"] == row["answer"];
      ++total;
    }
    double macro = 0.0;
    for (const auto& [category, counts] : categories)
      macro += 100.0 * counts.first / counts.second;
    EXPECT_EQ(n, expected["n"]) << name;
    EXPECT_EQ(right, expected["correct"]) << name;
    EXPECT_EQ(empty, expected["empty_pred"]) << name;
    EXPECT_EQ(categories.size(), expected["categories"]) << name;
    EXPECT_NEAR(100.0 * static_cast<double>(right) / static_cast<double>(n),
                expected["micro"].get<double>(), 0.005);
    EXPECT_NEAR(macro / static_cast<double>(categories.size()), expected["macro"].get<double>(),
                0.005)
        << name;
  }
}

}  // namespace
}  // namespace jangwon::harness
