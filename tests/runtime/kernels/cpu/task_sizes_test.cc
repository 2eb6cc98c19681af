#include "runtime/kernels/cpu/task_sizes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

namespace jangwon::runtime {
namespace {

TEST(TaskSizesTest, TheSmallestTaskIsWorthAThreadsWhile) {
  EXPECT_EQ(fewest_panels(kMinWorkPerTask), 2) << "no fewer: a tile has four";
  EXPECT_EQ(fewest_panels(kMinWorkPerTask / 2), 4);
  EXPECT_EQ(fewest_panels(kMinWorkPerTask / 9), 12) << "whole tiles";
  EXPECT_EQ(fewest_panels(0), 4 * ((kMinWorkPerTask + 4) / 4)) << "matrices without inputs";
  EXPECT_EQ(fewest_panels(work_of(1, 16 * 1024)), 4);
  EXPECT_EQ(fewest_panels(work_of(32, 16 * 1024)), 2);
}

std::vector<int64_t> shares_of(int64_t total, int num_threads, int64_t fewest, int64_t most,
                               int64_t tile) {
  std::vector<int64_t> shares;
  for (int64_t left = total; left > 0; left -= shares.back())
    shares.push_back(std::min(left, share_of_task(left, num_threads, fewest, most, tile)));
  return shares;
}

TEST(TaskSizesTest, TasksShrink) {
  EXPECT_EQ(shares_of(64, 2, 2, 64, 4),
            (std::vector<int64_t>{16, 12, 8, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2}));
  EXPECT_EQ(shares_of(64, 2, 4, 8, 4), (std::vector<int64_t>{8, 8, 8, 8, 8, 4, 4, 4, 4, 4, 4}));
  EXPECT_EQ(shares_of(16, 2, 1, 16, 1), (std::vector<int64_t>{4, 3, 2, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(shares_of(3, 2, 4, 8, 4), (std::vector<int64_t>{3}));
  EXPECT_EQ(shares_of(2048, 64, 2, 2048, 4).front(), 16) << "a share for each of many threads";
}

TEST(TaskSizesTest, AtTheEndNoThreadWaitsForMoreThanASmallTask) {
  for (const int64_t total : {1, 2, 7, 32, 63, 128, 2048}) {
    for (const int num_threads : {1, 2, 5, 16, 64}) {
      for (const auto& [fewest, most, tile] : {std::tuple<int64_t, int64_t, int64_t>{2, 16, 4},
                                               {4, 4096, 4},
                                               {12, 16, 4},
                                               {1, 64, 1}}) {
        // Every thread takes the next task when it is through with its last, a panel a tick.
        std::vector<int64_t> busy_until(static_cast<size_t>(num_threads), 0);
        for (const int64_t share : shares_of(total, num_threads, fewest, most, tile)) {
          EXPECT_GE(share, 1);
          EXPECT_LE(share, most);
          *std::min_element(busy_until.begin(), busy_until.end()) += share;
        }
        const auto [first, last] = std::minmax_element(busy_until.begin(), busy_until.end());
        EXPECT_LE(*last - *first, std::max(fewest, tile)) << total << " among " << num_threads;
      }
    }
  }
}

}  // namespace
}  // namespace jangwon::runtime
