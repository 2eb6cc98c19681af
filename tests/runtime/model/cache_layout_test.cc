#include "runtime/model/cache_layout.h"

#include <gtest/gtest.h>

#include "runtime/device/devices.h"
#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/attention_blocks.h"

namespace jangwon::runtime {
namespace {

const OpTable& table() {
  return *all_op_tables().front();
}

ModelConfig config_of(const std::string& name) {
  const auto config =
      read_model_config(std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/" + name);
  EXPECT_TRUE(config.ok()) << config.status().message();
  return config.value();
}

// "0:1,3 8:0,2": window and layers of each group.
std::string drawing(const CacheLayout& layout) {
  std::string text;
  for (const KvGroup& group : layout.groups) {
    text += (text.empty() ? "" : " ") + std::to_string(group.window) + ":";
    for (size_t i = 0; i < group.layers.size(); ++i)
      text += (i > 0 ? "," : "") + std::to_string(group.layers[i]);
  }
  return text;
}

TEST(CacheLayoutTest, LayersWithTheSameNeedsShareBlocks) {
  EXPECT_EQ(drawing(make_cache_layout(config_of("solar_yarn"), table())).substr(0, 4), "0:0,");
  EXPECT_EQ(drawing(make_cache_layout(config_of("exaone_window"), table())), "8:0,1,2,4 0:3");
}

TEST(CacheLayoutTest, EveryWindowHasAGroupOfItsOwn) {
  ModelConfig config = config_of("exaone_window");
  config.layers[0].window = 100;
  config.layers[2].window = 33;
  config.layers[4].window = 100;
  EXPECT_EQ(drawing(make_cache_layout(config, table())), "100:0,4 8:1 33:2 0:3");
}

TEST(CacheLayoutTest, LayersOfAnotherSizeHaveAGroupOfTheirOwn) {
  ModelConfig config = config_of("axk1_groups");
  ASSERT_EQ(config.layers[1].attention, AttentionKind::kLatent);
  config.attention.num_key_value_heads = config.attention.num_attention_heads;
  config.layers[1].attention = AttentionKind::kGrouped;
  const CacheLayout layout = make_cache_layout(config, table());
  EXPECT_EQ(drawing(layout), "0:0,2,3 0:1");
  EXPECT_NE(layout.groups[0].bytes_per_block, layout.groups[1].bytes_per_block);
}

TEST(CacheLayoutTest, ADraftLayerAndAHiddenStateStandBehindTheOthersWhereDraftsAreAskedFor) {
  ModelConfig config = config_of("exaone_mtp");
  EXPECT_EQ(drawing(make_cache_layout(config, table())), "8:0,1,2 0:3");
  config.draft->loaded = true;
  EXPECT_EQ(drawing(make_cache_layout(config, table())), "8:0,1,2,4 0:3 2:5");
  config = config_of("exaone2");
  config.draft->loaded = true;
  EXPECT_EQ(drawing(make_cache_layout(config, table())), "8:0,1,2 0:3,5 24:4 2:6");
}

TEST(CacheLayoutTest, ALayerOfLinearAttentionHasAStateAndNoBlocks) {
  const ModelConfig config = config_of("solar_open2");
  const CacheLayout layout = make_cache_layout(config, table());
  EXPECT_EQ(drawing(layout), "0:0,4");
  std::string states;
  for (const StateLayer& state : layout.states) {
    states += std::to_string(state.layer);
    EXPECT_GE(state.bytes,
              4 * config.state_floats(config.layers[static_cast<size_t>(state.layer)]));
  }
  EXPECT_EQ(states, "1235");
}

TEST(CacheLayoutTest, KeysOfAnIndexerStandInTheBlocks) {
  ModelConfig config = config_of("axk2");
  const int64_t with = make_cache_layout(config, table()).groups[0].bytes_per_block;
  EXPECT_EQ(config.cache_floats_per_token(config.layers[0]), 32 + 16 + 32);
  config.attention.index_topk = 0;
  const int64_t without = make_cache_layout(config, table()).groups[0].bytes_per_block;
  EXPECT_EQ(with - without, 4 * kBlockTokens * 32);
}

TEST(CacheLayoutTest, ABlockIsAsLargeAsTheDevicesKernelsWant) {
  const ModelConfig config = config_of("exaone_window");
  for (const OpTable* ops : all_op_tables()) {
    const CacheLayout layout = make_cache_layout(config, *ops);
    for (const KvGroup& group : layout.groups) {
      const LayerConfig& layer = config.layers[static_cast<size_t>(group.layers[0])];
      EXPECT_EQ(group.bytes_per_block, ops->kv_block_bytes(attention_shape_of(config, layer)));
      EXPECT_EQ(group.bytes_of_block(),
                group.bytes_per_block * static_cast<int64_t>(group.layers.size()));
    }
  }
}

}  // namespace
}  // namespace jangwon::runtime
