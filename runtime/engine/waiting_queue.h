// Sequences that wait to run, in order; some of them for a prefix that another one computes.
//
// Those that wait for a prefix are parked in a line of their own, which goes back as a whole
// when the prefix is there: whatever the length of the queue, no operation costs more than a
// search in a sorted map.
//
//   ready    line 3 7 8     line 5 9     →  front() is 3
//   parked   prefix a: line 4 6 10       →  wake(a): front() stays 3, 4 comes after it

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>

#include "runtime/cache/prefix_hash.h"
#include "runtime/engine/sequence.h"

namespace jangwon::runtime {

struct WaitingLine {
  std::map<int64_t, Sequence*> sequences;  // by waiting_order; never empty
  bool parked = false;
  PrefixHash parked_for;
};

class WaitingQueue {
 public:
  WaitingQueue() = default;
  WaitingQueue(const WaitingQueue&) = delete;
  WaitingQueue& operator=(const WaitingQueue&) = delete;

  int size() const { return num_waiting_; }
  bool empty() const { return num_waiting_ == 0; }

  void push_back(Sequence* sequence);
  void push_front(Sequence* sequence);
  void remove(Sequence* sequence);  // REQUIRES: it waits here

  // The first that is not parked; null where there is none.
  Sequence* front() const;
  // Passes over the front until wake() is called with the prefix.
  void park_front(PrefixHash prefix);
  void wake(PrefixHash prefix);

 private:
  void push(Sequence* sequence, int64_t order);

  int num_waiting_ = 0;
  int64_t first_order_ = 0;
  int64_t last_order_ = 0;
  // by the order of each line's first sequence
  std::map<int64_t, std::unique_ptr<WaitingLine>> ready_;
  // the ready line that push_back() extends
  WaitingLine* newest_ = nullptr;
  std::unordered_map<PrefixHash, std::unique_ptr<WaitingLine>, HashOfPrefix> parked_;
};

}  // namespace jangwon::runtime
