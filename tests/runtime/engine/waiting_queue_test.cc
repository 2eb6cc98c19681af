#include "runtime/engine/waiting_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>

namespace jangwon::runtime {
namespace {

PrefixHash prefix(int name) {
  return {.low = static_cast<uint64_t>(name), .high = 7};
}

std::string drain(WaitingQueue& queue) {
  std::string ids;
  while (Sequence* sequence = queue.front()) {
    ids += std::to_string(sequence->seq_id);
    queue.remove(sequence);
  }
  return ids;
}

class WaitingQueueTest : public testing::Test {
 protected:
  Sequence* at(uint64_t id) {
    while (sequences_.size() <= id)
      sequences_.push_back(Sequence{.seq_id = sequences_.size()});
    return &sequences_[id];
  }
  void add(uint64_t count) {
    for (uint64_t id = 0; id < count; ++id)
      queue_.push_back(at(id));
  }
  std::deque<Sequence> sequences_;
  WaitingQueue queue_;
};

TEST_F(WaitingQueueTest, KeepsTheOrder) {
  add(4);
  queue_.remove(at(1));
  queue_.push_front(at(5));
  queue_.push_front(at(6));
  queue_.push_back(at(7));
  EXPECT_EQ(queue_.size(), 6);
  EXPECT_EQ(drain(queue_), "650237");
  EXPECT_TRUE(queue_.empty());
}

TEST_F(WaitingQueueTest, ParkedOnesArePassedOverAndComeBackInTheirPlaces) {
  add(6);
  queue_.park_front(prefix(1));  // 0
  queue_.park_front(prefix(2));  // 1
  queue_.park_front(prefix(1));  // 2
  EXPECT_EQ(queue_.front(), at(3));
  queue_.remove(at(3));
  queue_.wake(prefix(3));
  EXPECT_EQ(queue_.front(), at(4));
  queue_.wake(prefix(1));
  queue_.remove(at(0));
  EXPECT_EQ(queue_.front(), at(2));
  queue_.wake(prefix(2));
  EXPECT_EQ(drain(queue_), "1245");
}

TEST_F(WaitingQueueTest, ParkedOnesCanBeRemoved) {
  add(3);
  queue_.park_front(prefix(1));
  queue_.park_front(prefix(1));
  queue_.remove(at(0));
  queue_.remove(at(1));
  queue_.wake(prefix(1));
  EXPECT_EQ(queue_.size(), 1);
  EXPECT_EQ(drain(queue_), "2");
}

TEST_F(WaitingQueueTest, EqualsASortedListUnderRandomMoves) {
  std::mt19937 random(3);
  for (int round = 0; round < 30; ++round) {
    WaitingQueue queue;
    std::deque<Sequence> sequences;
    // with the prefix that it is parked for, 0: none
    std::deque<std::pair<Sequence*, int>> expected;
    const auto front = [&] {
      return std::find_if(expected.begin(), expected.end(),
                          [](const auto& entry) { return entry.second == 0; });
    };
    for (int move = 0; move < 400; ++move) {
      const unsigned kind = random() % 8;
      const int name = 1 + static_cast<int>(random() % 4);
      if (kind <= 2) {
        sequences.emplace_back();
        expected.emplace_back(&sequences.back(), 0);
        queue.push_back(&sequences.back());
      } else if (kind == 3) {
        sequences.emplace_back();
        expected.emplace_front(&sequences.back(), 0);
        queue.push_front(&sequences.back());
      } else if (kind <= 5 && front() != expected.end()) {
        front()->second = name;
        queue.park_front(prefix(name));
      } else if (kind == 6) {
        for (auto& [sequence, parked] : expected)
          if (parked == name) parked = 0;
        queue.wake(prefix(name));
      } else if (!expected.empty()) {
        const auto removed = expected.begin() + static_cast<int64_t>(random() % expected.size());
        queue.remove(removed->first);
        expected.erase(removed);
      }
      ASSERT_EQ(queue.size(), static_cast<int>(expected.size()));
      ASSERT_EQ(queue.front(), front() == expected.end() ? nullptr : front()->first)
          << "after move " << move;
    }
  }
}

}  // namespace
}  // namespace jangwon::runtime
