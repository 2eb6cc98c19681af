#include "runtime/model/rope_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace jangwon::runtime {
namespace {

struct RampCase {
  const char* model;
  int dims;
  double theta;
  double original;
  bool truncate;
  double low;
  double high;
};

class YarnRampTest : public testing::TestWithParam<RampCase> {};

TEST_P(YarnRampTest, BeginsAndEndsWherePublishedModelsHaveIt) {
  const RampCase& c = GetParam();
  const YarnScaling yarn{.factor = 4.0,
                         .original_max_position_embeddings = c.original,
                         .attention_factor = {},
                         .truncate = c.truncate};
  const YarnRamp ramp = compute_yarn_ramp(yarn, c.dims, c.theta);
  EXPECT_NEAR(ramp.low, c.low, 5e-4);
  EXPECT_NEAR(ramp.high, c.high, 5e-4);
}

INSTANTIATE_TEST_SUITE_P(Models, YarnRampTest,
                         testing::Values(RampCase{"axk1", 64, 1e4, 32768, false, 17.697, 29.738},
                                         RampCase{"axk1_rounded", 64, 1e4, 32768, true, 17, 30},
                                         RampCase{"deepseek", 64, 1e4, 4096, true, 10, 23},
                                         RampCase{"solar", 128, 1e6, 65536, true, 26, 43},
                                         RampCase{"gpt_oss", 64, 1.5e5, 4096, false, 8.0928,
                                                  17.398}),
                         [](const auto& param) { return std::string(param.param.model); });

RopeConfig read(const std::string& json, Status* status = nullptr) {
  const Json object = parse_json(json).value();
  ConfigReader reader(object, "config");
  RopeConfig rope = read_rope(reader, 64, RotaryPairs::kHalfSplit);
  const Status finished = reader.finish();
  if (status) {
    *status = finished;
  } else {
    EXPECT_TRUE(finished.ok()) << finished.message();
  }
  return rope;
}

TEST(RopeConfigTest, MagnitudesOfPublishedModels) {
  const std::string yarn =
      R"({"rope_theta":10000,"rope_scaling":{"type":"yarn","original_max_position_embeddings":4096,)";
  EXPECT_NEAR(read(yarn + R"("factor":2}})").magnitude, 1.06931, 1e-5);
  EXPECT_NEAR(read(yarn + R"("factor":4,"mscale":1.0,"mscale_all_dim":0.0}})").magnitude, 1.13863,
              1e-5);
  EXPECT_NEAR(read(yarn + R"("factor":32}})").magnitude, 1.34657, 1e-5);
  EXPECT_NEAR(read(yarn + R"("factor":32,"attention_factor":1.25}})").magnitude, 1.25, 1e-6);
  const RopeConfig deepseek = read(yarn + R"("factor":40,"mscale":1.0,"mscale_all_dim":1.0}})");
  EXPECT_NEAR(deepseek.magnitude, 1.0, 1e-6);
  EXPECT_NEAR(deepseek.softmax_scale_factor(), 1.873854, 1e-6);
}

// What the published code computes in fp32 (transformers 5.23, PyTorch), to the bit: an exact
// frequency would not do.
TEST(RopeConfigTest, FrequenciesCarryTheRoundingOfThePublishedCode) {
  const Json plain = parse_json(R"({"rope_theta":1000000})").value();
  ConfigReader plain_reader(plain, "config");
  EXPECT_THAT(
      read_rope(plain_reader, 24, RotaryPairs::kHalfSplit).inverse_frequencies,
      testing::ElementsAre(0x1p+0f, 0x1.43d136p-2f, 0x1.999998p-4f, 0x1.030dc6p-5f, 0x1.47ae12p-7f,
                           0x1.9e7c72p-9f, 0x1.0624dep-10f, 0x1.4b96c4p-12f, 0x1.a36e26p-14f,
                           0x1.094564p-15f, 0x1.4f8b6p-17f, 0x1.a86f02p-19f));
  const Json yarn = parse_json(R"({"rope_theta":10000,"rope_scaling":
      {"type":"yarn","factor":8,"original_max_position_embeddings":64}})")
                        .value();
  ConfigReader yarn_reader(yarn, "config");
  EXPECT_THAT(read_rope(yarn_reader, 20, RotaryPairs::kHalfSplit).inverse_frequencies,
              testing::ElementsAre(0x1p+0f, 0x1.20c2a8p-2f, 0x1.0e7d08p-4f, 0x1.0270aap-7f,
                                   0x1.9b8c26p-9f, 0x1.47ae14p-10f, 0x1.04e748p-11f,
                                   0x1.9f7864p-13f, 0x1.4acda8p-14f, 0x1.0763f4p-15f));
}

TEST(RopeConfigTest, OldAndNewSpellingsMeanTheSame) {
  const RopeConfig a = read(R"({"rope_theta":500000.0,"rope_scaling":null})");
  const RopeConfig b = read(R"({"rope_parameters":{"rope_type":"default","rope_theta":500000.0}})");
  const RopeConfig c = read(
      R"({"rope_theta":500000.0,"rope_parameters":{"rope_type":"default","rope_theta":500000.0}})");
  EXPECT_EQ(a.inverse_frequencies, b.inverse_frequencies);
  EXPECT_EQ(a.inverse_frequencies, c.inverse_frequencies);
  EXPECT_EQ(a.inverse_frequencies.size(), 32u);
  EXPECT_FLOAT_EQ(a.inverse_frequencies[1], static_cast<float>(std::pow(500000.0, -2.0 / 64)));
}

TEST(RopeConfigTest, AFactorOfNullFollowsFromTheLengths) {
  const RopeConfig open = read(R"({"max_position_embeddings":4096,"rope_theta":10000,"rope_scaling":
      {"type":"yarn","factor":null,"original_max_position_embeddings":512}})");
  const RopeConfig told = read(R"({"rope_theta":10000,"rope_scaling":
      {"type":"yarn","factor":8,"original_max_position_embeddings":512}})");
  EXPECT_EQ(open.yarn->factor, 8.0);
  EXPECT_EQ(open.inverse_frequencies, told.inverse_frequencies);
  EXPECT_EQ(open.magnitude, told.magnitude);
}

TEST(RopeConfigTest, ContradictionsAndUnknownKindsAreRefused) {
  for (
      const char* json : {
          R"({})",
          R"({"rope_theta":10000,"rope_parameters":{"rope_type":"default","rope_theta":500000}})",
          R"({"rope_theta":10000,"rope_scaling":{"type":"linear","factor":2}})",
          R"({"rope_theta":10000,"rope_scaling":{"type":"yarn","factor":2}})",
          R"({"rope_theta":10000,"rope_scaling":{"type":"yarn","original_max_position_embeddings":64}})",
          R"({"rope_theta":10000,"rope_scaling":{"type":"yarn","factor":null,"original_max_position_embeddings":64}})",
          R"({"rope_theta":10000,"rope_scaling":{"type":"yarn","factor":2,"original_max_position_embeddings":64,"low_freq":1}})",
          R"({"rope_theta":10000,"rope_scaling":{"type":"yarn","rope_type":"default","factor":2}})",
          R"({"rope_theta":10000,"rope_scaling":{"type":"default"},"rope_parameters":{"rope_type":"yarn"}})",
          R"({"rope_theta":10000,"partial_rotary_factor":1.5})",
          R"({"rope_theta":0.5})",
          R"({"rope_theta":"10000"})",
      }) {
    Status status;
    read(json, &status);
    EXPECT_FALSE(status.ok()) << json;
  }
}

}  // namespace
}  // namespace jangwon::runtime
