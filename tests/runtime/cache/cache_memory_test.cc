#include "runtime/cache/cache_memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "runtime/device/devices.h"

namespace jangwon::runtime {
namespace {

// Two groups over three layers, a layer of states between them.
CacheLayout small_layout() {
  return {.groups = {{.window = 0, .bytes_per_block = 64, .layers = {0, 3}},
                     {.window = 20, .bytes_per_block = 128, .layers = {1}}},
          .states = {{.layer = 2, .bytes = 24}, {.layer = 4, .bytes = 40}}};
}

// The CPU's, whose memory the host can look into.
Ops ops() {
  static const std::unique_ptr<OpContext> context = all_op_tables().front()->make_context({});
  return {all_op_tables().front(), context.get()};
}

void fill(std::byte* memory, size_t size, int value) {
  std::memset(memory, value, size);
}

bool holds(const std::byte* memory, size_t size, int value) {
  for (size_t i = 0; i < size; ++i)
    if (memory[i] != static_cast<std::byte>(value)) return false;
  return true;
}

TEST(KvStoreTest, EveryLayerOfAGroupHasItsOwnBlocks) {
  KvStore store(ops(), small_layout(), {5, 3});
  EXPECT_EQ(store.size_bytes(), 2 * 5 * 64 + 3 * 128);
  EXPECT_EQ(store.group_of_layer(0), 0);
  EXPECT_EQ(store.group_of_layer(1), 1);
  EXPECT_EQ(store.group_of_layer(2), -1);
  EXPECT_EQ(store.group_of_layer(3), 0);
  EXPECT_EQ(store.bytes_of_block(0), 128);
  EXPECT_EQ(store.blocks(1).bytes_per_block, 128);
  EXPECT_EQ(store.blocks(0).at(2) - store.blocks(0).at(0), 128);
  EXPECT_NE(store.blocks(0).base, store.blocks(3).base);
}

TEST(KvStoreTest, ABlockIsZeroedAndCopiedInAllLayersAndAlone) {
  KvStore store(ops(), small_layout(), {5, 3});
  for (const int layer : {0, 3})
    fill(store.blocks(layer).base, 5 * 64, 10 + layer);
  std::vector<std::byte> outside(128);
  store.copy_out(0, 2, outside.data());
  EXPECT_TRUE(holds(outside.data(), 64, 10));
  EXPECT_TRUE(holds(outside.data() + 64, 64, 13));
  store.zero(0, 2);
  for (const int layer : {0, 3}) {
    EXPECT_TRUE(holds(store.blocks(layer).at(1), 64, 10 + layer));
    EXPECT_TRUE(holds(store.blocks(layer).at(2), 64, 0));
    EXPECT_TRUE(holds(store.blocks(layer).at(3), 64, 10 + layer));
  }
  store.copy_in(0, 4, outside.data());
  EXPECT_TRUE(holds(store.blocks(3).at(4), 64, 13));
}

TEST(StateStoreTest, ASlotHasAPartInEveryRecurrentLayer) {
  StateStore states(ops(), small_layout(), 3);
  EXPECT_EQ(states.bytes_of_slot(), 64);
  EXPECT_EQ(states.size_bytes(), 3 * 64);
  for (StateSlot slot = 0; slot < 3; ++slot) {
    fill(states.slots(2).at(slot), 24, 1 + slot);
    fill(states.slots(4).at(slot), 40, 11 + slot);
  }
  states.copy(0, 2);
  states.zero(1);
  const int expected[3][2] = {{1, 11}, {0, 0}, {1, 11}};
  for (StateSlot slot = 0; slot < 3; ++slot) {
    EXPECT_TRUE(holds(states.slots(2).at(slot), 24, expected[slot][0])) << slot;
    EXPECT_TRUE(holds(states.slots(4).at(slot), 40, expected[slot][1])) << slot;
  }
  std::vector<std::byte> outside(64);
  states.copy_out(2, outside.data());
  states.copy_in(1, outside.data());
  EXPECT_TRUE(holds(states.slots(2).at(1), 24, 1));
  EXPECT_TRUE(holds(states.slots(4).at(1), 40, 11));
}

TEST(CacheMemoryTest, SwappingBringsBackTheSameBytesElsewhere) {
  CacheMemory memory(ops(), small_layout(), {.blocks_of_group = {5, 3}, .num_state_slots = 2});
  fill(memory.kv().blocks(0).at(4), 64, 1);
  fill(memory.kv().blocks(3).at(4), 64, 2);
  fill(memory.kv().blocks(1).at(0), 128, 3);
  fill(memory.states().slots(2).at(0), 24, 4);
  memory.apply({SwapOut{.ticket = 9, .blocks = {{0, 4}, {1, 0}}, .state = 0}, ZeroBlock{0, 4},
                ZeroBlock{1, 0}, ZeroState{0}});
  EXPECT_EQ(memory.swapped_bytes(), 2 * 64 + 128 + 64);
  EXPECT_TRUE(holds(memory.kv().blocks(3).at(4), 64, 0));
  // The first block was found in the cache: its copy is passed over.
  memory.apply({SwapIn{.ticket = 9, .blocks = {{0, kNoBlock}, {1, 2}}, .state = 1}});
  EXPECT_TRUE(holds(memory.kv().blocks(0).at(4), 64, 0));
  EXPECT_TRUE(holds(memory.kv().blocks(1).at(2), 128, 3));
  EXPECT_TRUE(holds(memory.states().slots(2).at(1), 24, 4));
  EXPECT_EQ(memory.swapped_bytes(), 0);
}

TEST(CacheMemoryTest, WhatNobodyWantsBackIsDropped) {
  CacheMemory memory(ops(), small_layout(), {.blocks_of_group = {5, 3}, .num_state_slots = 2});
  memory.apply(
      {SwapOut{.ticket = 1, .blocks = {{0, 4}}}, SwapOut{.ticket = 2, .blocks = {{1, 0}}}});
  EXPECT_EQ(memory.swapped_bytes(), 128 + 128);
  memory.apply({DropSwapped{1}});
  EXPECT_EQ(memory.swapped_bytes(), 128);
}

}  // namespace
}  // namespace jangwon::runtime
