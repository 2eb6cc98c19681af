#include "runtime/cache/block_pool.h"

#include <gtest/gtest.h>

namespace jangwon::runtime {
namespace {

PrefixHash hash_of(char name) {
  return {.low = static_cast<uint64_t>(name), .high = 1};
}

// Plays a line of moves and answers with one character or number each. "a" allocates and prints the
// id (or -), "r3" retains, "f3" releases, "p3x" publishes block 3 as x, "?x" finds x (id or -), "n"
// prints how many are free.
std::string play(BlockPool& pool, const std::string& moves) {
  std::string out;
  const auto text_of = [](std::optional<BlockId> id) {
    return id ? std::to_string(*id) : std::string("-");
  };
  for (size_t i = 0; i < moves.size(); ++i) {
    if (moves[i] == ' ') continue;
    if (moves[i] == 'a') {
      out += text_of(pool.allocate());
    } else if (moves[i] == 'n') {
      out += std::to_string(pool.num_free());
    } else if (moves[i] == '?') {
      out += text_of(pool.find(hash_of(moves[++i])));
    } else {
      const char move = moves[i];
      const BlockId id = moves[++i] - '0';
      if (move == 'r') pool.retain(id);
      if (move == 'f') pool.release(id);
      if (move == 'p') pool.publish(id, hash_of(moves[++i]));
    }
  }
  return out;
}

TEST(BlockPoolTest, HandsOutEveryBlockOnce) {
  BlockPool pool(3);
  EXPECT_EQ(play(pool, "n a a a a n"), "3012-0");
  EXPECT_EQ(play(pool, "f1 n a a"), "11-");
}

TEST(BlockPoolTest, ABlockIsFreeWhenItsLastUserIsGone) {
  BlockPool pool(2);
  EXPECT_EQ(play(pool, "a r0 f0 n f0 n"), "012");
  EXPECT_EQ(pool.num_users(0), 0);
}

TEST(BlockPoolTest, APublishedBlockStaysFindableUntilItsPlaceIsNeeded) {
  BlockPool pool(2);
  EXPECT_EQ(play(pool, "a p0x ?x f0 ?x n"), "0002");
  EXPECT_EQ(play(pool, "a ?x"), "10") << "the block that nobody can find goes first";
  EXPECT_EQ(play(pool, "a ?x"), "0-");
}

TEST(BlockPoolTest, AFoundBlockIsTakenOutOfTheFreeOnes) {
  BlockPool pool(2);
  EXPECT_EQ(play(pool, "a p0x f0 r0 n a a ?x"), "011-0");
}

TEST(BlockPoolTest, TheLongestUnusedIsReusedFirst) {
  BlockPool pool(3);
  EXPECT_EQ(play(pool, "a a a p0x p1y p2z f1 f0 f2"), "012");
  EXPECT_EQ(play(pool, "r1 f1"), "");  // used again: now the youngest
  EXPECT_EQ(play(pool, "a ?x ?y a ?z a"), "0-12-1");
}

TEST(BlockPoolTest, TheFirstBlockUnderAHashStays) {
  BlockPool pool(2);
  EXPECT_EQ(play(pool, "a a p0x p1x ?x"), "010");
  EXPECT_FALSE(pool.is_published(1));
  EXPECT_EQ(play(pool, "p0y ?y ?x"), "-0") << "a block has one name";
}

}  // namespace
}  // namespace jangwon::runtime
