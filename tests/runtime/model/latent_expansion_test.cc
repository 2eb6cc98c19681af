// Which latents are expanded together, where they stand, and that both forms of latent attention
// are the same function.

#include "runtime/model/latent_expansion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "runtime/cache/cache_ledger.h"
#include "runtime/device/devices.h"
#include "runtime/engine/model_runner.h"

namespace jangwon::runtime {
namespace {

// What a sequence brings: tokens [first, first + count), of which some meet expanded keys, over
// these blocks.
struct Brought {
  int first;
  int count;
  int num_expanded;
  std::vector<int32_t> blocks;
};

class LatentExpansion : public testing::Test {
 protected:
  static constexpr int kHeads = 3;

  void make(const std::vector<Brought>& brought, int window = 0, int64_t head_block_bytes = 100) {
    sequences_.clear();
    num_expanded_.clear();
    size_t stride = 0;
    int row = 0;
    for (const Brought& one : brought) {
      sequences_.push_back({row, one.count, one.first});
      num_expanded_.push_back(one.num_expanded);
      stride = std::max(stride, one.blocks.size());
      row += one.count;
    }
    table_.assign(brought.size() * stride, -1);
    for (size_t s = 0; s < brought.size(); ++s)
      std::copy(brought[s].blocks.begin(), brought[s].blocks.end(),
                table_.begin() + static_cast<int64_t>(s * stride));
    keys_ = make_expanded_keys({.sequences = sequences_,
                                .num_expanded = num_expanded_,
                                .page_table = table_,
                                .page_stride = static_cast<int64_t>(stride),
                                .window = window,
                                .num_heads = kHeads,
                                .head_block_bytes = head_block_bytes},
                               arena_);
  }

  // The block of the cache at which the sequence finds its block `index` expanded; none: -1.
  int32_t found(size_t sequence, int64_t index) const {
    const int32_t place =
        keys_.page_table[static_cast<int64_t>(sequence) * keys_.page_stride + index];
    if (place < 0) return -1;
    for (const ExpandedGroup& group : keys_.groups)
      if (group.sequences[sequence].num_tokens > 0) return group.block_ids[place];
    return -2;
  }

  std::unique_ptr<OpContext> context_ = all_op_tables().front()->make_context({});
  DeviceArena arena_{{all_op_tables().front(), context_.get()}};
  std::vector<SequenceRows> sequences_;
  std::vector<int> num_expanded_;
  std::vector<int32_t> table_;
  ExpandedKeys keys_;
};

TEST_F(LatentExpansion, ABlockOfSeveralSequencesIsExpandedOnce) {
  make({{32, 9, 9, {7, 4, 9}}, {40, 1, 0, {1, 2, 3}}, {32, 20, 16, {7, 4, 5, 6}}});
  ASSERT_EQ(keys_.groups.size(), 1u);
  const ExpandedGroup& group = keys_.groups[0];
  EXPECT_EQ(group.num_blocks, 4) << "7, 4, 9 and 5: nobody's expanded tokens see 6";
  EXPECT_EQ(std::set<int32_t>(group.block_ids, group.block_ids + 4),
            (std::set<int32_t>{4, 5, 7, 9}));
  for (const int64_t index : {0, 1, 2}) {
    EXPECT_EQ(found(0, index), table_[static_cast<size_t>(index)]);
    EXPECT_EQ(found(1, index), -1) << "it has no such tokens";
    EXPECT_EQ(found(2, index), table_[static_cast<size_t>(2 * keys_.page_stride + index)]);
  }
  EXPECT_EQ(group.sequences[0].num_tokens, 9);
  EXPECT_EQ(group.sequences[1].num_tokens, 0);
  EXPECT_EQ(group.sequences[2].first_row, 9);
  EXPECT_EQ(group.sequences[2].num_tokens, 16);
  EXPECT_EQ(group.sequences[2].first_position, 32);
}

TEST_F(LatentExpansion, WhatLiesBehindAWindowIsLeftOut) {
  make({{40, 5, 5, {-1, 8, 3}}}, 20);
  EXPECT_EQ(keys_.groups[0].num_blocks, 2);
  EXPECT_EQ(found(0, 0), -1);
  EXPECT_EQ(found(0, 1), 8);
  EXPECT_EQ(found(0, 2), 3);
}

TEST_F(LatentExpansion, SequencesWithoutRoomTogetherAreGroups) {
  // Room for five blocks of one head, and for the seven of the longest sequence.
  constexpr int64_t kBlockBytes = kExpandedBytes / 5;
  make({{0, 40, 40, {0, 1, 2}},
        {0, 30, 30, {3, 4}},
        {0, 16, 16, {5}},
        {0, 100, 96, {6, 7, 8, 9, 10, 11, 12}}},
       0, kBlockBytes);
  ASSERT_EQ(keys_.groups.size(), 2u);
  EXPECT_EQ(keys_.groups[0].num_blocks, 6);
  EXPECT_EQ(keys_.groups[1].num_blocks, 6) << "its seventh block has no expanded token";
  EXPECT_EQ(keys_.groups[0].first_row, 0);
  EXPECT_EQ(keys_.groups[1].first_row, 86);
  EXPECT_EQ(keys_.scratch_bytes, 7 * kBlockBytes);
  for (const ExpandedGroup& group : keys_.groups)
    EXPECT_LE(group.num_blocks * kBlockBytes, keys_.scratch_bytes);
  EXPECT_EQ(found(1, 1), 4);
  EXPECT_EQ(found(2, 0), 5);
  EXPECT_EQ(found(3, 5), 11);
}

TEST_F(LatentExpansion, FewKeysTakeNoMoreMemoryThanAllHeadsOfThem) {
  make({{0, 20, 16, {1, 2}}, {0, 3, 0, {3}}});
  EXPECT_EQ(keys_.scratch_bytes, 2 * 2 * kHeads * 100);
}

// Logits of all tokens at once, those before `absorbed_from` over expanded keys.
std::vector<float> logits_of(ModelRunner& runner, const std::vector<int32_t>& ids,
                             int absorbed_from) {
  CacheLedger ledger(runner.plan().cache_layout, runner.plan().cache_capacity, {});
  SequenceCache cache;
  EXPECT_TRUE(ledger.reserve(cache, static_cast<int>(ids.size())));
  runner.pipeline().apply(ledger.take_commands());
  const SequenceStep step{.token_ids = ids,
                          .block_tables = cache.block_tables,
                          .state = cache.state,
                          .absorbed_from = absorbed_from};
  const StepOutput output = runner.pipeline().run({&step, 1});
  return ModelRunner::download(runner.bound_ops(), output.logits_TV, output.num_rows,
                               runner.config().vocab_size);
}

TEST(LatentForms, AreTheSameFunctionAndRoundDifferently) {
  for (const char* name : {"axk1_groups", "vaetki", "deepseek_v3_mtp"}) {
    const std::string dir = std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/" + name;
    const auto runner = ModelRunner::load(dir, {.numerics = "float32", .num_threads = 2});
    ASSERT_TRUE(runner.ok()) << runner.status().message();
    std::vector<int32_t> ids;
    for (int i = 0; i < 50; ++i)
      ids.push_back(3 + i * 7 % 40);
    const std::vector<float> absorbed = logits_of(*runner.value(), ids, 0);
    const size_t vocab = static_cast<size_t>(runner.value()->config().vocab_size);
    // A lone key gets all of the probability, and then both forms are the same products.
    for (const int from : {2, 17, 50}) {
      const std::vector<float> mixed = logits_of(*runner.value(), ids, from);
      ASSERT_EQ(mixed.size(), absorbed.size());
      for (size_t i = 0; i < mixed.size(); ++i)
        ASSERT_NEAR(mixed[i], absorbed[i], 1e-3) << name << ", from " << from << ", " << i / vocab;
      EXPECT_NE(mixed, absorbed) << name << ": no token met expanded keys";
    }
  }
}

}  // namespace
}  // namespace jangwon::runtime
