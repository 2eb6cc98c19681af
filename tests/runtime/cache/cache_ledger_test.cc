// Drawings: a table is one character a block, "012" for blocks 0 1 2, '.' behind the window;
// tables of several groups stand side by side, commands in the order in which the memory has
// to carry them out.

#include "runtime/cache/cache_ledger.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace jangwon::runtime {
namespace {

CacheLayout layout_of(const std::vector<int>& windows, int64_t state_bytes = 0) {
  CacheLayout layout;
  for (size_t i = 0; i < windows.size(); ++i)
    layout.groups.push_back(
        {.window = windows[i], .bytes_per_block = 100, .layers = {static_cast<int>(i)}});
  if (state_bytes > 0)
    layout.states.push_back({.layer = static_cast<int>(windows.size()), .bytes = state_bytes});
  return layout;
}

std::string tables(const SequenceCache& cache) {
  std::string text;
  for (const std::vector<BlockId>& table : cache.block_tables) {
    if (!text.empty()) text += " ";
    for (const BlockId id : table)
      text += id == kNoBlock ? "." : id < 0 ? "s" : std::to_string(id);
  }
  return text;
}

std::string text_of(const std::vector<GroupBlock>& blocks) {
  std::string text;
  for (const GroupBlock& held : blocks)
    text += " " + std::to_string(held.group) + ":" +
            (held.block == kNoBlock ? "-" : std::to_string(held.block));
  return text;
}

struct Printer {
  std::string operator()(const ZeroBlock& c) const {
    return "zero " + std::to_string(c.group) + ":" + std::to_string(c.block);
  }
  std::string operator()(const ZeroState& c) const {
    return "zero state " + std::to_string(c.slot);
  }
  std::string operator()(const CopyState& c) const {
    return "copy state " + std::to_string(c.from) + " " + std::to_string(c.to);
  }
  std::string operator()(const SwapOut& c) const {
    return "out" + text_of(c.blocks) +
           (c.state == kNoSlot ? "" : " state " + std::to_string(c.state));
  }
  std::string operator()(const SwapIn& c) const {
    return "in" + text_of(c.blocks) +
           (c.state == kNoSlot ? "" : " state " + std::to_string(c.state));
  }
  std::string operator()(const DropSwapped&) const { return "drop"; }
};

std::string commands(CacheLedger& ledger) {
  std::string text;
  for (const CacheCommand& command : ledger.take_commands())
    text += (text.empty() ? "" : ", ") + std::visit(Printer(), command);
  return text;
}

SequenceCache with_tokens(int first, int count) {
  std::vector<int32_t> ids(static_cast<size_t>(count));
  std::iota(ids.begin(), ids.end(), first);
  SequenceCache cache;
  extend_block_hashes(ids, cache.hashes);
  return cache;
}

TEST(CacheLedgerTest, GrowsByZeroedBlocksInEveryGroup) {
  CacheLedger ledger(layout_of({0, 20}), {.blocks_of_group = {4, 3}}, {});
  SequenceCache a = with_tokens(0, 40);
  ASSERT_TRUE(ledger.start(a, 0, 17));
  EXPECT_EQ(tables(a), "01 01");
  EXPECT_EQ(commands(ledger), "zero 0:0, zero 0:1, zero 1:0, zero 1:1");
  EXPECT_TRUE(ledger.reserve(a, 32));
  EXPECT_EQ(commands(ledger), "");
  EXPECT_TRUE(ledger.reserve(a, 33));
  EXPECT_EQ(tables(a), "012 012");
}

TEST(CacheLedgerTest, WhereThereIsNoRoomNothingChanges) {
  CacheLedger ledger(layout_of({0, 20}), {.blocks_of_group = {4, 2}}, {});
  SequenceCache a = with_tokens(0, 64);
  ASSERT_TRUE(ledger.start(a, 0, 16));
  commands(ledger);
  EXPECT_FALSE(ledger.reserve(a, 48));  // the second group has two blocks
  EXPECT_EQ(tables(a), "0 0");
  EXPECT_EQ(ledger.pool(0).num_free(), 3);
  SequenceCache b = with_tokens(100, 64);
  EXPECT_FALSE(ledger.start(b, 0, 48));
  EXPECT_EQ(tables(b), "");
  EXPECT_EQ(commands(ledger), "");
}

TEST(CacheLedgerTest, LetsGoOfWhatLiesBehindAWindow) {
  CacheLedger ledger(layout_of({0, 20}), {.blocks_of_group = {8, 8}}, {});
  SequenceCache a = with_tokens(0, 80);
  ASSERT_TRUE(ledger.start(a, 0, 80));
  ledger.commit(a, 35);  // the next query sees 16 to 35
  EXPECT_EQ(tables(a), "01234 .1234");
  ledger.commit(a, 80);  // 61 to 80
  EXPECT_EQ(tables(a), "01234 ...34");
}

TEST(CacheLedgerTest, SharesWhatOthersHavePublished) {
  CacheLedger ledger(layout_of({0, 20}), {.blocks_of_group = {8, 8}}, {});
  SequenceCache a = with_tokens(0, 64);
  ASSERT_TRUE(ledger.start(a, 0, 64));
  EXPECT_EQ(ledger.match(a, 4), 0);
  ledger.commit(a, 50);
  SequenceCache b = with_tokens(0, 70);
  EXPECT_EQ(ledger.match(b, 4), 3);
  EXPECT_EQ(ledger.match(b, 2), 2);
  commands(ledger);
  ASSERT_TRUE(ledger.start(b, 3, 64));
  EXPECT_EQ(tables(b), "0124 .124");
  EXPECT_EQ(commands(ledger), "zero 0:4, zero 1:4");
  ledger.release(a);
  ledger.release(b);
  EXPECT_EQ(ledger.pool(0).num_free(), 8);
  EXPECT_EQ(ledger.pool(1).num_free(), 8);
  EXPECT_EQ(ledger.match(b, 4), 3) << "free and still there";
}

TEST(CacheLedgerTest, TellsWhatASequenceComputesUntilItIsPublishedOrGivenUp) {
  CacheLedger ledger(layout_of({0}), {.blocks_of_group = {8}}, {});
  SequenceCache a = with_tokens(0, 64);
  const SequenceCache b = with_tokens(0, 48);
  ASSERT_TRUE(ledger.start(a, 0, 64));
  ledger.begin_computing(a, 4);
  EXPECT_EQ(ledger.find_computing(b, 0, 3), b.hashes[2]);
  ledger.commit(a, 32);
  EXPECT_EQ(ledger.take_settled(), (std::vector<PrefixHash>{a.hashes[0], a.hashes[1]}));
  EXPECT_EQ(ledger.find_computing(b, 2, 3), b.hashes[2]);
  ledger.release(a);
  EXPECT_EQ(ledger.find_computing(b, 2, 3), std::nullopt);
  EXPECT_EQ(ledger.take_settled().size(), 2u);
}

TEST(CacheLedgerTest, CutsBackToAPosition) {
  CacheLedger ledger(layout_of({0, 40}), {.blocks_of_group = {8, 8}}, {.max_truncated_tokens = 16});
  SequenceCache a = with_tokens(0, 20);  // one full block has a hash; a reply's blocks have none
  ASSERT_TRUE(ledger.start(a, 0, 70));
  ledger.commit(a, 70);
  EXPECT_EQ(tables(a), "01234 01234");
  EXPECT_EQ(ledger.truncate(a, 55, 70), 55);
  EXPECT_EQ(tables(a), "0123 0123");
  EXPECT_EQ(ledger.pool(0).num_free(), 4);
  EXPECT_EQ(ledger.truncate(a, 48, 55), 48);
  EXPECT_EQ(tables(a), "012 012");
  EXPECT_EQ(ledger.truncate(a, 60, 48), 48) << "nothing is computed there";
}

TEST(CacheLedgerTest, APublishedBlockIsNeverCutInTwo) {
  CacheLedger ledger(layout_of({0}), {.blocks_of_group = {8}}, {});
  SequenceCache a = with_tokens(0, 64);
  ASSERT_TRUE(ledger.start(a, 0, 64));
  ledger.commit(a, 60);
  EXPECT_EQ(ledger.truncate(a, 40, 60), 32)
      << "block 2 is published: others may read it, so it is left";
  EXPECT_EQ(tables(a), "01");
  EXPECT_EQ(a.hashes.size(), 2u);
  EXPECT_EQ(ledger.match(with_tokens(0, 64), 4), 3);
}

TEST(CacheLedgerTest, WhatAWindowHasLostIsComputedAgain) {
  CacheLedger ledger(layout_of({0, 20}), {.blocks_of_group = {8, 8}}, {.max_truncated_tokens = 4});
  SequenceCache a;
  ASSERT_TRUE(ledger.start(a, 0, 100));
  ledger.commit(a, 100);  // keeps what a query at 96 sees: 77 to 96
  EXPECT_EQ(tables(a), "0123456 ....456");
  SequenceCache b = a;
  EXPECT_EQ(ledger.truncate(a, 96, 100), 96);
  EXPECT_EQ(ledger.truncate(a, 70, 96), 0);
  EXPECT_EQ(tables(a), "");
  EXPECT_EQ(ledger.pool(1).num_free(), 8);
}

TEST(CacheLedgerTest, SwapsOutWithinABudgetAndIn) {
  CacheLedger ledger(layout_of({0, 20}), {.blocks_of_group = {6, 6}}, {.max_swapped_bytes = 700});
  SequenceCache a;
  ASSERT_TRUE(ledger.start(a, 0, 60));
  ledger.commit(a, 45);
  commands(ledger);
  ASSERT_TRUE(ledger.swap_out(a, 45));
  EXPECT_EQ(commands(ledger), "out 0:0 0:1 0:2 1:1 1:2")
      << "blocks that hold nothing yet stay behind";
  EXPECT_EQ(tables(a), "sss .ss");
  EXPECT_EQ(ledger.swapped_bytes(), 500);
  EXPECT_EQ(ledger.pool(0).num_free(), 6);

  SequenceCache b;
  ASSERT_TRUE(ledger.start(b, 0, 40));
  ledger.commit(b, 40);
  EXPECT_FALSE(ledger.swap_out(b, 40)) << "500 + 500 is over the budget";
  commands(ledger);
  EXPECT_FALSE(ledger.swap_in(a, 64)) << "three blocks are free, four are needed";
  EXPECT_EQ(tables(a), "sss .ss");
  ASSERT_TRUE(ledger.swap_in(a, 46));
  EXPECT_EQ(tables(a), "345 .03") << "of the second group b has let go of a block";
  EXPECT_EQ(ledger.swapped_bytes(), 0);
}

TEST(CacheLedgerTest, ASwappedSequenceFindsItsPublishedBlocks) {
  CacheLedger ledger(layout_of({0}), {.blocks_of_group = {6}}, {.max_swapped_bytes = 10000});
  SequenceCache a = with_tokens(0, 40);
  ASSERT_TRUE(ledger.start(a, 0, 40));
  ledger.commit(a, 40);
  SequenceCache b = with_tokens(0, 40);
  ASSERT_TRUE(ledger.start(b, 1, 33));  // holds block 0
  ASSERT_TRUE(ledger.swap_out(a, 40));
  commands(ledger);
  ASSERT_TRUE(ledger.swap_in(a, 48));
  EXPECT_EQ(commands(ledger), "in 0:- 0:- 0:2") << "both published blocks were still there";
  EXPECT_EQ(tables(a), "012");
  EXPECT_EQ(ledger.pool(0).num_users(0), 2);
}

TEST(CacheLedgerTest, ReleasingASwappedSequenceDropsTheCopy) {
  CacheLedger ledger(layout_of({0}), {.blocks_of_group = {4}}, {.max_swapped_bytes = 400});
  SequenceCache a;
  ASSERT_TRUE(ledger.start(a, 0, 20));
  ASSERT_TRUE(ledger.swap_out(a, 20));
  commands(ledger);
  ledger.release(a);
  EXPECT_EQ(commands(ledger), "drop");
  EXPECT_EQ(ledger.swapped_bytes(), 0);
  EXPECT_EQ(ledger.pool(0).num_free(), 4);
}

TEST(CacheLedgerTest, AStateStartsAtZeroOrFromASnapshot) {
  CacheLedger ledger(layout_of({0}, 50), {.blocks_of_group = {8}, .num_state_slots = 3}, {});
  SequenceCache a = with_tokens(0, 40);
  ASSERT_TRUE(ledger.start(a, 0, 32));
  EXPECT_EQ(commands(ledger), "zero 0:0, zero 0:1, zero state 0");
  ledger.commit(a, 20);
  EXPECT_EQ(commands(ledger), "") << "not at the end of a block";
  EXPECT_EQ(ledger.match(a, 2), 0);
  ledger.commit(a, 32);
  EXPECT_EQ(commands(ledger), "copy state 0 1");
  SequenceCache b = with_tokens(0, 40);
  EXPECT_EQ(ledger.match(b, 1), 0);
  EXPECT_EQ(ledger.match(b, 2), 2);
  ASSERT_TRUE(ledger.start(b, 2, 33));
  EXPECT_EQ(commands(ledger), "copy state 1 2, zero 0:2");
  SequenceCache c = with_tokens(500, 16);
  ASSERT_TRUE(ledger.start(c, 0, 16)) << "a snapshot gives way";
  EXPECT_EQ(ledger.match(b, 2), 0);
  SequenceCache d = with_tokens(900, 16);
  EXPECT_FALSE(ledger.start(d, 0, 16));
}

TEST(CacheLedgerTest, AStateDoesNotRunBackwards) {
  CacheLedger ledger(layout_of({0}, 50), {.blocks_of_group = {8}, .num_state_slots = 3}, {});
  SequenceCache a;
  ASSERT_TRUE(ledger.start(a, 0, 40));
  ledger.commit(a, 40);
  EXPECT_EQ(ledger.truncate(a, 39, 40), 0);
  EXPECT_EQ(a.state, kNoSlot);
  commands(ledger);
  ASSERT_TRUE(ledger.reserve(a, 16));
  EXPECT_EQ(commands(ledger), "zero 0:0, zero state 0");
}

TEST(CacheLedgerTest, AStateIsSwappedWithTheBlocks) {
  CacheLedger ledger(layout_of({0}, 50), {.blocks_of_group = {8}, .num_state_slots = 3},
                     {.max_swapped_bytes = 150});
  SequenceCache a;
  ASSERT_TRUE(ledger.start(a, 0, 16));
  ledger.commit(a, 10);
  commands(ledger);
  ASSERT_TRUE(ledger.swap_out(a, 10));
  EXPECT_EQ(ledger.swapped_bytes(), 150);
  ASSERT_TRUE(ledger.swap_in(a, 16));
  EXPECT_EQ(commands(ledger), "out 0:0 state 0, in 0:0 state 0");
}

}  // namespace
}  // namespace jangwon::runtime
