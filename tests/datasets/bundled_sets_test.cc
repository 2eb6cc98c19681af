// The bundled sets as the program sees them: the recorded hashes, and the shape that their README promises. That golds
// are right is checked by the scripts that make them.

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
    ++counts[(*parse_json(sample.metadata_json))[column].get<std::string>()];
  return counts;
}

TEST(BundledSets, HaveNoDefects) {
  for (const char* name : {"bundled_aime25", "bundled_kmmlu_pro", "bundled_livecodebench_v6", "bundled_mmlu_pro"})
    EXPECT_THAT(summarize_defects(load(name).defects), testing::IsEmpty()) << name;
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
    const std::string cot = (*parse_json(sample.metadata_json))["cot_content"];
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
  EXPECT_EQ(count_by(dataset, "difficulty"), (std::map<std::string, int>{{"easy", 12}, {"hard", 4}, {"medium", 8}}));
}

}  // namespace
}  // namespace jangwon::datasets
