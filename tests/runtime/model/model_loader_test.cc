// A checkpoint is held to its config in both directions. Each case copies a golden checkpoint and spoils its header.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/golden_check.h"
#include "runtime/model/model.h"

namespace jangwon::runtime {
namespace {

using testing::HasSubstr;

class ModelLoaderTest : public testing::Test {
 protected:
  void copy(const std::string& model) {
    dir_ = testing::TempDir() + "/loader_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    std::filesystem::copy(std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/" + model, dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  void edit_header(const std::function<void(Json&)>& edit) {
    const std::string path = dir_ + "/model.safetensors";
    const Result<std::string> file = read_file(path);
    const std::string& bytes = file.value();
    uint64_t length = 0;
    std::copy_n(bytes.begin(), 8, reinterpret_cast<char*>(&length));
    Json header = parse_json(std::string_view(bytes).substr(8, length)).value();
    edit(header);
    const std::string text = header.dump();
    const uint64_t new_length = text.size();
    std::ofstream out(path + ".new", std::ios::binary);
    out.write(reinterpret_cast<const char*>(&new_length), 8);
    out << text << std::string_view(bytes).substr(8 + length);
    out.close();
    std::filesystem::rename(path + ".new", path);
  }
  // Writes the experts of every layer as two tensors, gate_up_proj [E, 2I, H] and down_proj [E, H, I], BF16.
  void fuse_experts(int64_t num_experts) {
    const std::string path = dir_ + "/model.safetensors";
    const Result<std::string> file = read_file(path);
    const std::string& bytes = file.value();
    uint64_t length = 0;
    std::copy_n(bytes.begin(), 8, reinterpret_cast<char*>(&length));
    const Json header = parse_json(std::string_view(bytes).substr(8, length)).value();
    const auto part = [&](const std::string& name) {
      const Json& offsets = header.at(name).at("data_offsets");
      const uint64_t begin = offsets[0].get<uint64_t>();
      return std::string_view(bytes).substr(8 + length + begin, offsets[1].get<uint64_t>() - begin);
    };
    Json fused_header = Json::object();
    std::string data;
    const auto append = [&](const std::string& name, const std::string& dtype, const Json& shape,
                            const std::string& content) {
      fused_header[name] = {
          {"dtype", dtype}, {"shape", shape}, {"data_offsets", {data.size(), data.size() + content.size()}}};
      data += content;
    };
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") continue;
      const size_t at = name.find(".experts.");
      if (at == std::string::npos) {
        append(name, entry["dtype"], entry["shape"], std::string(part(name)));
      } else if (name.ends_with(".experts.0.gate_proj.weight")) {
        const std::string prefix = name.substr(0, at + 9);
        std::string gate_up;
        std::string down;
        for (int64_t e = 0; e < num_experts; ++e) {
          for (const char* leaf : {".gate_proj.weight", ".up_proj.weight"})
            gate_up += part(prefix + std::to_string(e) + leaf);
          down += part(prefix + std::to_string(e) + ".down_proj.weight");
        }
        const int64_t inner = entry["shape"][0];
        const int64_t hidden = entry["shape"][1];
        append(prefix + "gate_up_proj", "BF16", {num_experts, 2 * inner, hidden}, gate_up);
        append(prefix + "down_proj", "BF16", {num_experts, hidden, inner}, down);
      }
    }
    const std::string text = fused_header.dump();
    const uint64_t new_length = text.size();
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(&new_length), 8);
    out << text << data;
  }
  const std::string& dir() const { return dir_; }
  void edit_config(const std::string& patch) {
    Json config = read_json_file(dir_ + "/config.json").value();
    config.merge_patch(parse_json(patch).value());
    std::ofstream(dir_ + "/config.json") << config.dump();
  }
  Result<std::unique_ptr<Model>> load() {
    ThreadPool pool(1);
    return load_model(dir_, pool);
  }
  std::string error() {
    const auto model = load();
    return model.ok() ? "loaded" : model.status().message();
  }

 private:
  std::string dir_;
};

void rename_key(Json& header, const std::string& from, const std::string& to) {
  Json renamed = Json::object();
  for (const auto& [key, value] : header.items())
    renamed[key == from ? to : key] = value;
  header = renamed;
}

TEST_F(ModelLoaderTest, AMissingAndALeftOverTensorAreNamed) {
  copy("solar_yarn");
  edit_header([](Json& header) { rename_key(header, "model.norm.weight", "model.layers.9.norm.weight"); });
  EXPECT_THAT(error(), HasSubstr("model.norm.weight [96]"));
  edit_header([](Json& header) {
    rename_key(header, "model.layers.9.norm.weight", "model.norm.weight");
    rename_key(header, "model.layers.3.mlp.gate.e_score_correction_bias", "surplus.weight");
  });
  EXPECT_THAT(error(), HasSubstr("model.layers.3.mlp.gate.e_score_correction_bias"));
}

TEST_F(ModelLoaderTest, ALeftOverTensorIsRefused) {
  copy("solar_yarn");
  edit_config(R"({"num_hidden_layers":3})");
  EXPECT_THAT(error(), testing::AllOf(HasSubstr("no place for"), HasSubstr("model.layers.3.")));
}

TEST_F(ModelLoaderTest, AMisshapenTensorShowsBothSides) {
  copy("solar_yarn");
  edit_config(R"({"moe_intermediate_size":48})");
  EXPECT_THAT(error(), testing::AllOf(HasSubstr("BF16[40, 96]"), HasSubstr("[48, 96]")));
}

TEST_F(ModelLoaderTest, AWrongDtypeShowsBothSides) {
  copy("solar_yarn");
  edit_header([](Json& header) { header["model.norm.weight"]["dtype"] = "I16"; });
  EXPECT_THAT(error(), testing::AllOf(HasSubstr("I16[96]"), HasSubstr("BF16")));
}

TEST_F(ModelLoaderTest, ABiasThatTheConfigDeniesIsLeftOver) {
  copy("axk1_groups");
  edit_config(R"({"topk_method":"noaux_tc"})");
  EXPECT_THAT(error(), HasSubstr("e_score_correction_bias")) << "announced and missing";
}

TEST_F(ModelLoaderTest, ExpertsInOneTensorMeanTheSame) {
  copy("solar_yarn");
  fuse_experts(16);
  const auto fused = ModelRunner::load(dir(), {});
  ASSERT_TRUE(fused.ok()) << fused.status().message();
  const auto report = check_golden(*fused.value(), dir() + "/golden.safetensors");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report.value().passed(1e-4));
  edit_header([](Json& header) { header["model.layers.2.mlp.experts.down_proj"]["shape"] = {16, 40, 96}; });
  EXPECT_THAT(error(), testing::AllOf(HasSubstr("experts.down_proj"), HasSubstr("[16, 96, 40]")));
}

TEST_F(ModelLoaderTest, WhatIsKnownAndUnusedIsListed) {
  copy("axk1_groups");
  const auto model = load();
  ASSERT_TRUE(model.ok()) << model.status().message();
  ASSERT_EQ(model.value()->audit.unused.size(), 1u);
  EXPECT_EQ(model.value()->audit.unused[0].name, "model.layers.0.post_mlp_layernorm.weight");
  EXPECT_FALSE(model.value()->audit.unused[0].reason.empty());
  EXPECT_EQ(model.value()->audit.num_used + 1, static_cast<int>(model.value()->files.tensors().size()));
}

TEST_F(ModelLoaderTest, MultiTokenPredictionIsListed) {
  copy("exaone_window");
  const auto model = load();
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model.value()->audit.unused.size(), 15u);
  for (const LoadAudit::Unused& unused : model.value()->audit.unused)
    EXPECT_THAT(unused.name, testing::StartsWith("mtp."));
  edit_config(R"({"num_nextn_predict_layers":0})");
  EXPECT_THAT(error(), HasSubstr("mtp.")) << "tensors of a block that the config does not announce are left over";
}

}  // namespace
}  // namespace jangwon::runtime
