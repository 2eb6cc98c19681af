// Tests: tests/runtime/engine/waiting_queue_test.cc; cost by length:
// tests/bench/scheduler_bench.cc.

#include "runtime/engine/waiting_queue.h"

#include <utility>

#include "runtime/base/check.h"

namespace jangwon::runtime {

void WaitingQueue::push(Sequence* sequence, int64_t order) {
  JANGWON_CHECK(sequence->waiting_line == nullptr);
  sequence->waiting_order = order;
  auto line = std::make_unique<WaitingLine>();
  line->sequences.emplace(order, sequence);
  sequence->waiting_line = line.get();
  ready_.emplace(order, std::move(line));
  ++num_waiting_;
}

void WaitingQueue::push_back(Sequence* sequence) {
  ++last_order_;
  if (newest_ == nullptr) {
    push(sequence, last_order_);
    newest_ = sequence->waiting_line;
    return;
  }
  JANGWON_CHECK(sequence->waiting_line == nullptr);
  sequence->waiting_order = last_order_;
  sequence->waiting_line = newest_;
  newest_->sequences.emplace_hint(newest_->sequences.end(), last_order_, sequence);
  ++num_waiting_;
}

void WaitingQueue::push_front(Sequence* sequence) {
  push(sequence, --first_order_);
}

Sequence* WaitingQueue::front() const {
  return ready_.empty() ? nullptr : ready_.begin()->second->sequences.begin()->second;
}

void WaitingQueue::remove(Sequence* sequence) {
  WaitingLine* line = std::exchange(sequence->waiting_line, nullptr);
  JANGWON_CHECK(line != nullptr);
  --num_waiting_;
  if (line->parked) {
    line->sequences.erase(sequence->waiting_order);
    if (line->sequences.empty()) parked_.erase(PrefixHash(line->parked_for));
    return;
  }
  const int64_t first = line->sequences.begin()->first;
  line->sequences.erase(sequence->waiting_order);
  if (line->sequences.empty()) {
    if (line == newest_) newest_ = nullptr;
    ready_.erase(first);
  } else if (first == sequence->waiting_order) {
    auto node = ready_.extract(first);
    node.key() = line->sequences.begin()->first;
    ready_.insert(std::move(node));
  }
}

void WaitingQueue::park_front(PrefixHash prefix) {
  Sequence* sequence = front();
  remove(sequence);
  std::unique_ptr<WaitingLine>& line = parked_[prefix];
  if (!line) {
    line = std::make_unique<WaitingLine>();
    line->parked = true;
    line->parked_for = prefix;
  }
  line->sequences.emplace(sequence->waiting_order, sequence);
  sequence->waiting_line = line.get();
  ++num_waiting_;
}

void WaitingQueue::wake(PrefixHash prefix) {
  const auto found = parked_.find(prefix);
  if (found == parked_.end()) return;
  std::unique_ptr<WaitingLine> line = std::move(found->second);
  parked_.erase(found);
  line->parked = false;
  const int64_t first = line->sequences.begin()->first;
  ready_.emplace(first, std::move(line));
}

}  // namespace jangwon::runtime
