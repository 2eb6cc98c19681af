#include "runtime/cache/prefix_index.h"

#include <gtest/gtest.h>

#include <string>

namespace jangwon::runtime {
namespace {

// A chain of hashes, one a letter: "abc" and "abd" have two in common.
std::vector<PrefixHash> chain(const std::string& letters) {
  std::vector<PrefixHash> hashes;
  PrefixHash hash;
  for (const char letter : letters) {
    const int32_t id = letter;
    hash = extend_prefix(hash, &id, 1);
    hashes.push_back(hash);
  }
  return hashes;
}

// Pools of groups with the given windows; a drawing says which blocks of one chain each
// group has: "xx.x".
class Drawing {
 public:
  explicit Drawing(const std::vector<int>& windows) {
    for (const int window : windows) {
      layout_.groups.push_back({.window = window, .bytes_per_block = 1, .layers = {0}});
      pools_.emplace_back(32);
    }
  }
  void draw(size_t group, const std::string& drawing) {
    const std::vector<PrefixHash> hashes =
        chain(std::string("abcdefghijklmnop").substr(0, drawing.size()));
    for (size_t i = 0; i < drawing.size(); ++i)
      if (drawing[i] == 'x') pools_[group].publish(pools_[group].allocate().value(), hashes[i]);
  }
  void snapshot(const std::string& letters) {
    snapshots_.publish(snapshots_.allocate().value(), chain(letters).back());
  }
  int match(const std::string& letters, bool with_states = false) const {
    return PrefixIndex(layout_, pools_, with_states ? &snapshots_ : nullptr).match(chain(letters));
  }

 private:
  CacheLayout layout_;
  std::vector<BlockPool> pools_;
  BlockPool snapshots_{4};
};

TEST(PrefixIndexTest, WithoutAWindowEveryBlockIsNeeded) {
  Drawing drawing({0});
  drawing.draw(0, "xxx.x");
  EXPECT_EQ(drawing.match("abcde"), 3);
  EXPECT_EQ(drawing.match("ab"), 2);
  EXPECT_EQ(drawing.match("abz"), 2);
  EXPECT_EQ(drawing.match("z"), 0);
  EXPECT_EQ(drawing.match(""), 0);
}

TEST(PrefixIndexTest, AWindowNeedsOnlyItsLastBlocks) {
  // A query at position 64 with 20 keys sees 45 to 64: blocks 2 and 3.
  Drawing drawing({0, 20});
  drawing.draw(0, "xxxxx");
  drawing.draw(1, "..xx.");
  EXPECT_EQ(drawing.match("abcde"), 4);
  EXPECT_EQ(drawing.match("abc"), 0) << "block 1 is gone";
}

TEST(PrefixIndexTest, SeveralWindowsAgreeOnOneLength) {
  // At 5 blocks the larger window lacks block 1, at 4 the smaller one lacks block 3, at 3 both
  // have what they need.
  Drawing drawing({0, 20, 60});
  drawing.draw(0, "xxxxx");
  drawing.draw(1, ".xx.x");
  drawing.draw(2, "xxx..");
  EXPECT_EQ(drawing.match("abcde"), 3);
}

TEST(PrefixIndexTest, AWindowOfOneKeySeesNoEarlierBlock) {
  Drawing drawing({1});
  EXPECT_EQ(drawing.match("abc"), 3);
}

TEST(PrefixIndexTest, StatesAreTakenOnlyWhereASnapshotStands) {
  Drawing drawing({0});
  drawing.draw(0, "xxxx");
  EXPECT_EQ(drawing.match("abcd", true), 0);
  drawing.snapshot("ab");
  EXPECT_EQ(drawing.match("abcd", true), 2);
  EXPECT_EQ(drawing.match("a", true), 0);
  EXPECT_EQ(drawing.match("abcd", false), 4);
}

TEST(PrefixIndexTest, TellsWhatIsBeingComputed) {
  const CacheLayout layout;
  const std::vector<BlockPool> pools;
  PrefixIndex index(layout, pools, nullptr);
  const std::vector<PrefixHash> longer = chain("abcd");
  const std::vector<PrefixHash> other = chain("abx");
  index.begin_computing(std::span(longer).subspan(1));  // b c d; a is published
  EXPECT_EQ(index.find_computing(longer, 1), longer[3]);
  EXPECT_EQ(index.find_computing(other, 1), other[1]) << "the last one in common";
  EXPECT_EQ(index.find_computing(other, 2), std::nullopt);

  index.begin_computing(std::span(other).subspan(1));  // b again, and x
  index.end_computing(std::span(longer).subspan(1, 1));
  EXPECT_EQ(index.find_computing(chain("ab"), 1), longer[1]) << "the other one still computes it";
  index.end_computing(std::span(other).subspan(1));
  EXPECT_EQ(index.find_computing(chain("abx"), 1), std::nullopt);
  EXPECT_EQ(index.take_settled(), (std::vector<PrefixHash>{longer[1], other[1], other[2]}));
  EXPECT_TRUE(index.take_settled().empty());
}

TEST(PrefixIndexTest, AHashCoversEverythingBeforeIt) {
  std::vector<int32_t> ids(40, 7);
  std::vector<PrefixHash> hashes;
  extend_block_hashes(ids, hashes);
  ASSERT_EQ(hashes.size(), 2u);
  EXPECT_NE(hashes[0], hashes[1]) << "the same tokens behind others are another block";
  ids.resize(48, 7);
  std::vector<PrefixHash> grown = hashes;
  extend_block_hashes(ids, grown);
  ASSERT_EQ(grown.size(), 3u);
  EXPECT_EQ(grown[1], hashes[1]);
  ids[0] = 8;
  std::vector<PrefixHash> changed;
  extend_block_hashes(ids, changed);
  EXPECT_NE(changed[2], grown[2]);
}

}  // namespace
}  // namespace jangwon::runtime
