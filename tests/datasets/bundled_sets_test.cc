// The bundled sets as the program sees them: the recorded hashes, and the shape that their README
// promises. That golds are right is checked by the scripts that make them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "datasets/dataset.h"
#include "runtime/base/json.h"

namespace jangwon::datasets {
namespace {

Dataset load(const std::string& name, const std::string& split = "test") {
  const Result<Manifest> manifest = find_manifest(name);
  JANGWON_CHECK(manifest.ok(), manifest.status().message());
  Result<Dataset> dataset = load_dataset(*manifest, split);
  JANGWON_CHECK(dataset.ok(), dataset.status().message());
  return std::move(*dataset);
}

std::map<std::string, int> count_by(const Dataset& dataset, const std::string& column) {
  std::map<std::string, int> counts;
  for (const Sample& sample : dataset.samples)
    ++counts[sample.columns->at(column).get<std::string>()];
  return counts;
}

TEST(BundledSets, HaveNoDefects) {
  for (const char* name :
       {"bundled_aime25", "bundled_kmmlu_pro", "bundled_livecodebench_v6", "bundled_mmlu_pro"})
    EXPECT_TRUE(load(name).defects.empty()) << name;
  EXPECT_TRUE(load("bundled_mmlu_pro", "validation").defects.empty());
}

TEST(BundledSets, MmluProHasFiveOfEachCategoryInBothSplits) {
  for (const char* split : {"test", "validation"}) {
    const Dataset dataset = load("bundled_mmlu_pro", split);
    EXPECT_EQ(dataset.samples.size(), 70u);
    const auto categories = count_by(dataset, "category");
    EXPECT_EQ(categories.size(), 14u);
    for (const auto& [category, count] : categories)
      EXPECT_EQ(count, 5) << category;
    for (const Sample& sample : dataset.samples)
      EXPECT_EQ(sample.choices.size(), 10u);
  }
}

TEST(BundledSets, MmluProShotsEndWithTheirGold) {
  for (const Sample& sample : load("bundled_mmlu_pro", "validation").samples) {
    const std::string cot = sample.columns->at("cot_content");
    EXPECT_TRUE(cot.starts_with("A: Let's think step by step. ")) << cot;
    EXPECT_TRUE(cot.ends_with(" The answer is (" + sample.target[0] + ").")) << cot;
  }
}

TEST(BundledSets, KmmluProCoversSeveralLicencesWithFourOrFiveOptions) {
  const Dataset dataset = load("bundled_kmmlu_pro");
  EXPECT_EQ(dataset.samples.size(), 60u);
  EXPECT_EQ(count_by(dataset, "license_name").size(), 8u);
  std::set<size_t> num_options;
  for (const Sample& sample : dataset.samples)
    num_options.insert(sample.choices.size());
  EXPECT_EQ(num_options, (std::set<size_t>{4, 5}));
}

TEST(BundledSets, Aime25HasThirtyProblems) {
  EXPECT_EQ(load("bundled_aime25").samples.size(), 30u);
}

TEST(BundledSets, LiveCodeBenchIsHalfStandardInputAndHalfFunctional) {
  const Dataset dataset = load("bundled_livecodebench_v6");
  EXPECT_EQ(dataset.samples.size(), 24u);
  int num_functional = 0;
  for (const Sample& sample : dataset.samples) {
    num_functional += sample.fn_name.empty() ? 0 : 1;
    EXPECT_GE(sample.tests.size(), 10u) << sample.id;
    EXPECT_EQ(sample.fn_name.empty(), sample.starter_code.empty()) << sample.id;
  }
  EXPECT_EQ(num_functional, 12);
  EXPECT_EQ(count_by(dataset, "difficulty"),
            (std::map<std::string, int>{{"easy", 12}, {"hard", 4}, {"medium", 8}}));
}

// Ten further sets, each in the layout of the benchmark that it stands for.
TEST(BundledSets, KoreanSetsAreSmallWholeAndWithoutDefects) {
  const struct {
    const char* name;
    size_t num_options;  // of a question at least; 0: none
    const char* stratum;
    size_t num_strata;
  } cases[] = {
      {"bundled_aime26", 0, nullptr, 0},          {"bundled_hrm8k", 0, "part", 5},
      {"bundled_click", 4, "category", 9},        {"bundled_kobalt", 10, "Class", 5},
      {"bundled_kmmlu", 4, "Category", 3},        {"bundled_kmmlu_redux", 4, "category", 6},
      {"bundled_hae_rae", 5, "part", 13},         {"bundled_kormedmcqa", 5, "profession", 4},
      {"bundled_mmlu_prox_ko", 7, "category", 2}, {"bundled_ifeval_ko", 0, nullptr, 0},
  };
  for (const auto& c : cases) {
    const Dataset dataset = load(c.name);
    EXPECT_TRUE(dataset.defects.empty()) << c.name;
    EXPECT_GE(dataset.samples.size(), 12u) << c.name;
    EXPECT_LE(dataset.samples.size(), 20u) << c.name;
    for (const Sample& sample : dataset.samples) {
      EXPECT_GE(sample.choices.size(), c.num_options) << c.name << " " << sample.id;
      EXPECT_FALSE(sample.target.empty()) << c.name << " " << sample.id;
    }
    if (c.stratum != nullptr) {
      EXPECT_EQ(count_by(dataset, c.stratum).size(), c.num_strata) << c.name;
    }
  }
}

TEST(BundledSets, EveryPublishedSetHasItsColumnsInTheMiniature) {
  for (const char* name : {"aime26", "hrm8k", "click", "kobalt", "kmmlu", "kmmlu_redux", "hae_rae",
                           "kormedmcqa", "mmlu_prox_ko", "ifeval_ko"}) {
    const Result<Manifest> published = find_manifest(name);
    const Result<Manifest> bundled = find_manifest(std::string("bundled_") + name);
    ASSERT_TRUE(published.ok()) << published.status().message();
    ASSERT_TRUE(bundled.ok()) << bundled.status().message();
    EXPECT_EQ(published->columns.question, bundled->columns.question) << name;
    EXPECT_EQ(published->columns.answer, bundled->columns.answer) << name;
    EXPECT_EQ(published->columns.answer_form, bundled->columns.answer_form) << name;
    EXPECT_EQ(published->columns.options, bundled->columns.options) << name;
    EXPECT_EQ(published->columns.option_columns, bundled->columns.option_columns) << name;
    EXPECT_EQ(published->columns.options_in_question, bundled->columns.options_in_question) << name;
    for (const Split& split : bundled->splits)
      EXPECT_TRUE(find_split(*published, split.name).ok()) << name << " " << split.name;
  }
}

TEST(BundledSets, MmluProxShotsEndWithTheirGold) {
  const Dataset shots = load("bundled_mmlu_prox_ko", "validation");
  EXPECT_EQ(count_by(shots, "category"), (std::map<std::string, int>{{"math", 5}, {"physics", 5}}));
  for (const Sample& sample : shots.samples) {
    const std::string cot = sample.columns->at("cot_content");
    EXPECT_TRUE(cot.starts_with("A: 한 단계씩 생각해 봅시다. ")) << cot;
    EXPECT_TRUE(cot.ends_with(" 답은 (" + sample.target[0] + ")입니다.")) << cot;
  }
}

TEST(BundledSets, KmmluHasFiveShotsOfEachSubject) {
  const auto shots = count_by(load("bundled_kmmlu", "dev"), "Category");
  for (const auto& [subject, count] : count_by(load("bundled_kmmlu"), "Category"))
    EXPECT_EQ(shots.at(subject), 5) << subject;
}

}  // namespace
}  // namespace jangwon::datasets
