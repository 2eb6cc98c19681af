// A checkpoint is held to its config in both directions. Each case copies a golden checkpoint and
// spoils its header.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/device/devices.h"
#include "runtime/engine/golden_check.h"
#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/model.h"

namespace jangwon::runtime {
namespace {

using testing::HasSubstr;

class ModelLoaderTest : public testing::Test {
 protected:
  void copy(const std::string& model) {
    dir_ = testing::TempDir() + "/loader_" +
           testing::UnitTest::GetInstance()->current_test_info()->name() + std::to_string(getpid());
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
  struct StoredTensor {
    std::string name;
    std::string dtype;
    Json shape;
    std::string content;
  };
  std::vector<StoredTensor> read_tensors() {
    const Result<std::string> file = read_file(dir_ + "/model.safetensors");
    const std::string& bytes = file.value();
    uint64_t length = 0;
    std::copy_n(bytes.begin(), 8, reinterpret_cast<char*>(&length));
    const Json header = parse_json(std::string_view(bytes).substr(8, length)).value();
    std::vector<StoredTensor> tensors;
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") continue;
      const uint64_t begin = entry["data_offsets"][0];
      const uint64_t end = entry["data_offsets"][1];
      tensors.push_back(
          {name, entry["dtype"], entry["shape"], bytes.substr(8 + length + begin, end - begin)});
    }
    return tensors;
  }
  void write_tensors(const std::vector<StoredTensor>& tensors) {
    Json header = Json::object();
    std::string data;
    for (const StoredTensor& tensor : tensors) {
      header[tensor.name] = {{"dtype", tensor.dtype},
                             {"shape", tensor.shape},
                             {"data_offsets", {data.size(), data.size() + tensor.content.size()}}};
      data += tensor.content;
    }
    const std::string text = header.dump();
    const uint64_t length = text.size();
    std::ofstream out(dir_ + "/model.safetensors", std::ios::binary);
    out.write(reinterpret_cast<const char*>(&length), 8);
    out << text << data;
  }
  // Writes the experts of every layer as two tensors, gate_up_proj [E, 2I, H] and
  // down_proj [E, H, I].
  void fuse_experts(int64_t num_experts) {
    std::map<std::string, StoredTensor> by_name;
    for (StoredTensor& tensor : read_tensors())
      by_name.emplace(tensor.name, std::move(tensor));
    std::vector<StoredTensor> fused;
    for (const auto& [name, tensor] : by_name) {
      const size_t at = name.find(".experts.");
      if (at == std::string::npos) {
        fused.push_back(tensor);
      } else if (name.ends_with(".experts.0.gate_proj.weight")) {
        const std::string prefix = name.substr(0, at + 9);
        const int64_t inner = tensor.shape[0];
        const int64_t hidden = tensor.shape[1];
        StoredTensor gate_up = {
            prefix + "gate_up_proj", tensor.dtype, {num_experts, 2 * inner, hidden}, ""};
        StoredTensor down = {prefix + "down_proj", tensor.dtype, {num_experts, hidden, inner}, ""};
        for (int64_t e = 0; e < num_experts; ++e) {
          for (const char* leaf : {".gate_proj.weight", ".up_proj.weight"})
            gate_up.content += by_name.at(prefix + std::to_string(e) + leaf).content;
          down.content += by_name.at(prefix + std::to_string(e) + ".down_proj.weight").content;
        }
        fused.push_back(std::move(gate_up));
        fused.push_back(std::move(down));
      }
    }
    write_tensors(fused);
  }
  // Puts the checkpoint inside a vision-language model: `new_name` says where each
  // tensor stands there.
  void put_inside(const std::function<std::string(const std::string&)>& new_name) {
    std::vector<StoredTensor> tensors = read_tensors();
    for (StoredTensor& tensor : tensors)
      tensor.name = new_name(tensor.name);
    for (const char* name :
         {"model.vision_model.patch_embed.proj.weight", "model.mm_projector.weight"})
      tensors.push_back({name, "BF16", {2, 3}, std::string(12, 'x')});
    write_tensors(tensors);
    Json inner = read_json_file(dir_ + "/config.json").value();
    const Json outer = {
        {"model_type", "vlm"},        {"architectures", {"HCXVisionV2ForCausalLM"}},
        {"text_config", inner},       {"vision_config", {{"model_type", "qwen2_5_vl"}}},
        {"image_token_id", 3},        {"torch_dtype", "bfloat16"},
        {"tie_word_embeddings", true}};
    std::ofstream(dir_ + "/config.json") << outer.dump();
  }
  const std::string& dir() const { return dir_; }
  void edit_config(const std::string& patch) {
    Json config = read_json_file(dir_ + "/config.json").value();
    config.merge_patch(parse_json(patch).value());
    std::ofstream(dir_ + "/config.json") << config.dump();
  }
  Result<std::unique_ptr<Model>> load() {
    JANGWON_ASSIGN_OR_RETURN(ModelConfig config, read_model_config(dir_));
    JANGWON_ASSIGN_OR_RETURN(std::unique_ptr<Model> model, open_model(dir_, std::move(config)));
    JANGWON_RETURN_IF_ERROR(load_weights(
        *model, dir_,
        one_stage({&fastest_op_table(Numerics::kFloat32), context_.get()}, model->config)));
    return model;
  }
  std::string error() {
    const auto model = load();
    return model.ok() ? "loaded" : model.status().message();
  }

 private:
  std::unique_ptr<OpContext> context_ = fastest_op_table(Numerics::kFloat32).make_context({});
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
  edit_header(
      [](Json& header) { rename_key(header, "model.norm.weight", "model.layers.9.norm.weight"); });
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
  const auto fused = ModelRunner::load(dir(), {.numerics = "float32"});
  ASSERT_TRUE(fused.ok()) << fused.status().message();
  const auto report = check_golden(*fused.value(), dir() + "/golden.safetensors");
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_TRUE(report.value().passed(1e-4));
  edit_header([](Json& header) {
    header["model.layers.2.mlp.experts.down_proj"]["shape"] = {16, 40, 96};
  });
  EXPECT_THAT(error(), testing::AllOf(HasSubstr("experts.down_proj"), HasSubstr("[16, 96, 40]")));
}

// As HyperCLOVA X SEED Think is published, and as transformers 5.23 saves it; its own forward pass
// gives the same logits there as for the text model alone (at most 6e-6 apart).
TEST_F(ModelLoaderTest, ATextModelInsideAVisionModelMeansTheSame) {
  const std::function<std::string(const std::string&)> layouts[] = {
      [](const std::string& name) { return "model.language_model." + name; },
      [](const std::string& name) {
        return "model.language_model." + (name.starts_with("model.") ? name.substr(6) : name);
      },
      [](const std::string& name) {
        return name.starts_with("model.") ? "model.language_model." + name.substr(6) : name;
      }};
  for (const auto& layout : layouts) {
    copy("hyperclovax");
    put_inside(layout);
    const auto runner = ModelRunner::load(dir(), {.numerics = "float32"});
    ASSERT_TRUE(runner.ok()) << runner.status().message();
    const auto report = check_golden(*runner.value(), dir() + "/golden.safetensors");
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_TRUE(report.value().passed(1e-4));
    const auto model = load();
    ASSERT_EQ(model.value()->audit.unused.size(), 2u);
    EXPECT_EQ(model.value()->audit.unused[0].name, "model.mm_projector.weight");
    EXPECT_EQ(model.value()->audit.num_used,
              static_cast<int>(model.value()->files.tensors().size()));
    EXPECT_FALSE(model.value()->config.tie_word_embeddings)
        << "there is a head, whatever the outer config says";
  }
}

TEST_F(ModelLoaderTest, InsideAVisionModelEveryTensorHasOnePlace) {
  const auto published = [](const std::string& name) { return "model.language_model." + name; };
  copy("hyperclovax");
  put_inside(published);
  std::vector<StoredTensor> tensors = read_tensors();
  tensors.push_back({"model.language_model.norm.weight", "BF16", {1}, "xx"});
  write_tensors(tensors);
  EXPECT_THAT(error(), testing::AllOf(HasSubstr("model.language_model.norm.weight"),
                                      HasSubstr("model.language_model.model.norm.weight")));
  tensors.back().name = "model.surprise.weight";
  write_tensors(tensors);
  EXPECT_THAT(error(), HasSubstr("model.surprise.weight"));
  tensors.pop_back();
  for (StoredTensor& tensor : tensors) {
    if (tensor.name.ends_with("layers.1.mlp.up_proj.weight"))
      tensor.name = "model.visual.up_proj.weight";
  }
  write_tensors(tensors);
  EXPECT_THAT(error(), HasSubstr("model.layers.1.mlp.up_proj.weight"));
}

TEST_F(ModelLoaderTest, NormsThatTheConfigLeavesOpenAreThereInAllLayersOrInNone) {
  copy("hyperclovax");
  edit_config(R"({"use_post_norm":null})");
  const auto runner = ModelRunner::load(dir(), {.numerics = "float32"});
  ASSERT_TRUE(runner.ok()) << runner.status().message();
  EXPECT_TRUE(check_golden(*runner.value(), dir() + "/golden.safetensors").value().passed(1e-4));
  std::vector<StoredTensor> tensors = read_tensors();
  const auto remove = [&](const std::string& part) {
    std::erase_if(tensors, [&](const StoredTensor& tensor) {
      return tensor.name.find(part) != std::string::npos;
    });
    write_tensors(tensors);
  };
  remove("layers.2.post_norm1.");
  EXPECT_THAT(error(), testing::AllOf(HasSubstr("model.layers.2.post_norm1.weight"),
                                      HasSubstr("is missing")));
  remove("post_norm");
  EXPECT_EQ(error(), "loaded");
  edit_config(R"({"use_post_norm":true})");
  EXPECT_THAT(error(), HasSubstr("post_norm1"));
}

TEST_F(ModelLoaderTest, WhatIsKnownAndUnusedIsListed) {
  copy("axk1_groups");
  const auto model = load();
  ASSERT_TRUE(model.ok()) << model.status().message();
  ASSERT_EQ(model.value()->audit.unused.size(), 1u);
  EXPECT_EQ(model.value()->audit.unused[0].name, "model.layers.0.post_mlp_layernorm.weight");
  EXPECT_FALSE(model.value()->audit.unused[0].reason.empty());
  EXPECT_EQ(model.value()->audit.num_used + 1,
            static_cast<int>(model.value()->files.tensors().size()));
}

TEST_F(ModelLoaderTest, MultiTokenPredictionIsListed) {
  copy("exaone_window");
  const auto model = load();
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model.value()->audit.unused.size(), 15u);
  for (const LoadAudit::Unused& unused : model.value()->audit.unused)
    EXPECT_THAT(unused.name, testing::StartsWith("mtp."));
  edit_config(R"({"num_nextn_predict_layers":0})");
  EXPECT_THAT(error(), HasSubstr("mtp."))
      << "tensors of a block that the config does not announce are left over";
}

TEST_F(ModelLoaderTest, ADraftModuleIsReadOnlyWhereDraftsAreAskedFor) {
  copy("deepseek_v3_mtp");
  auto model = load();
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_TRUE(model.value()->weights.draft.final_norm_D.empty());
  EXPECT_TRUE(holds_draft_module(*model.value()));
  std::set<std::string> reasons;
  for (const LoadAudit::Unused& unused : model.value()->audit.unused) {
    EXPECT_THAT(unused.name, testing::StartsWith("model.layers.3."));
    reasons.insert(unused.reason);
  }
  EXPECT_EQ(reasons.size(), 2u) << "the module, and its copies of embedding and head";

  ASSERT_TRUE(ModelRunner::load(dir(), {.num_drafts = 2}).ok());
  const auto runner = ModelRunner::load(dir(), {.num_drafts = 2});
  std::vector<std::string> unused;
  for (const LoadAudit::Unused& left : runner.value()->model().audit.unused)
    unused.push_back(left.name);
  EXPECT_THAT(unused, testing::UnorderedElementsAre("model.layers.3.embed_tokens.weight",
                                                    "model.layers.3.shared_head.head.weight"));
  const auto without = ModelRunner::load(dir(), {});
  EXPECT_GT(runner.value()->plan().weight_bytes + runner.value()->plan().mapped_weight_bytes,
            without.value()->plan().weight_bytes + without.value()->plan().mapped_weight_bytes);
}

TEST_F(ModelLoaderTest, ADraftModuleWithoutTensorsIsRefusedWhereDraftsAreAskedFor) {
  copy("deepseek_v3_mtp");
  std::vector<StoredTensor> tensors = read_tensors();
  std::erase_if(tensors, [](const StoredTensor& tensor) {
    return tensor.name.starts_with("model.layers.3.");
  });
  write_tensors(tensors);
  EXPECT_EQ(error(), "loaded");
  EXPECT_THAT(ModelRunner::load(dir(), {.num_drafts = 1}).status().message(),
              HasSubstr("no tensors of the draft module"));
  EXPECT_TRUE(ModelRunner::load_whole(dir(), {}).ok());
  copy("solar_yarn");
  EXPECT_THAT(ModelRunner::load(dir(), {.num_drafts = 1}).status().message(),
              HasSubstr("has no draft module"));
}

TEST_F(ModelLoaderTest, ATensorOfALoadedDraftModuleThatIsMissingIsNamed) {
  copy("deepseek_v3_mtp");
  std::vector<StoredTensor> tensors = read_tensors();
  std::erase_if(tensors, [](const StoredTensor& tensor) {
    return tensor.name == "model.layers.3.enorm.weight";
  });
  write_tensors(tensors);
  EXPECT_EQ(error(), "loaded") << "nobody asked for drafts";
  EXPECT_THAT(ModelRunner::load(dir(), {.num_drafts = 1}).status().message(),
              HasSubstr("model.layers.3.enorm.weight"));
}

}  // namespace
}  // namespace jangwon::runtime
