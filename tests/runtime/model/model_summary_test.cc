#include "runtime/model/model_summary.h"
#include "runtime/model/architectures/model_registry.h"

#include <gtest/gtest.h>

namespace jangwon::runtime {
namespace {

struct Published {
  const char* file;
  int64_t total;
  int64_t bytes_per_weight;
  int64_t kv_bytes_per_token;  // bf16, layers that keep every token
  int64_t kv_window_bytes;     // bf16
};

class PublishedSizes : public testing::TestWithParam<Published> {};

TEST_P(PublishedSizes, FollowFromTheConfig) {
  const std::string path = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/published/" +
                           GetParam().file + ".json";
  const auto config = read_model_config(path);
  ASSERT_TRUE(config.ok()) << config.status().message();
  const auto summary = summarize_model(config.value());
  ASSERT_TRUE(summary.ok()) << summary.status().message();
  EXPECT_EQ(summary.value().total_parameters, GetParam().total);
  EXPECT_EQ(summary.value().stored_weight_bytes, GetParam().bytes_per_weight * GetParam().total);
  EXPECT_EQ(summary.value().kv_growing_bytes_per_token_bf16, GetParam().kv_bytes_per_token);
  EXPECT_EQ(summary.value().kv_window_bytes_fp32, 2 * GetParam().kv_window_bytes);
  EXPECT_LT(summary.value().active_parameters, summary.value().total_parameters / 8);
}

INSTANTIATE_TEST_SUITE_P(
    Models, PublishedSizes,
    testing::Values(Published{"axk1", 518'983'052'288, 2, 70'272, 0},
                    Published{"k_exaone", 237'099'669'632, 2, 49'152, 18'874'368},
                    Published{"solar_open", 102'651'799'552, 2, 196'608, 0},
                    Published{"solar_open2", 250'287'810'304, 2, 49'152, 0},
                    Published{"vaetki", 112'191'900'672, 4, 9'216, 23'592'960}),
    [](const auto& param) { return std::string(param.param.file); });

}  // namespace
}  // namespace jangwon::runtime
