// Tests: tests/runtime/serve/engine_worker_test.cc.

#include "runtime/serve/engine_worker.h"

namespace jangwon::runtime {

EngineWorker::EngineWorker(Engine& engine, std::function<void(std::vector<ChoiceNews>)> deliver)
    : engine_(engine), deliver_(std::move(deliver)) {
  publish();
  thread_ = std::thread([this] { run(); });
}

EngineWorker::~EngineWorker() {
  {
    std::lock_guard lock(mutex_);
    ends_ = true;
  }
  ordered_.notify_one();
  thread_.join();
}

void EngineWorker::submit(CallId call, std::vector<EngineRequest> requests) {
  {
    std::lock_guard lock(mutex_);
    orders_.push_back({call, std::move(requests)});
  }
  ordered_.notify_one();
}

void EngineWorker::cancel(CallId call) {
  submit(call, {});
}

WorkerFigures EngineWorker::figures() const {
  std::lock_guard lock(mutex_);
  return figures_;
}

void EngineWorker::run() {
  std::vector<Order> orders;
  while (take_orders(orders)) {
    for (Order& order : orders)
      carry_out(order);
    orders.clear();
    if (engine_.has_work()) {
      engine_.step();
      ++num_steps_;
    }
    publish();
    hand_out();
  }
  for (const auto& [id, choice] : choices_)
    engine_.cancel(id);
}

// Waits where there is nothing to do. False: it is over.
bool EngineWorker::take_orders(std::vector<Order>& orders) {
  std::unique_lock lock(mutex_);
  ordered_.wait(lock, [this] { return ends_ || !orders_.empty() || engine_.has_work(); });
  orders.swap(orders_);
  return !ends_;
}

void EngineWorker::carry_out(Order& order) {
  if (order.requests.empty()) {
    for (const RequestId id : requests_[order.call]) {
      engine_.cancel(id);
      choices_.erase(id);
    }
    requests_.erase(order.call);
    return;
  }
  for (size_t i = 0; i < order.requests.size(); ++i) {
    const RequestId id = engine_.submit(std::move(order.requests[i]));
    choices_[id] = {order.call, static_cast<int>(i)};
    requests_[order.call].push_back(id);
  }
}

void EngineWorker::hand_out() {
  std::vector<ChoiceNews> news;
  for (TokenEvent& event : engine_.take_events()) {
    const auto found = choices_.find(event.request);
    if (found == choices_.end()) continue;
    news.push_back(
        {.call = found->second.first, .choice = found->second.second, .event = std::move(event)});
  }
  for (auto& [id, completion] : engine_.take_completed()) {
    const auto found = choices_.find(id);
    if (found == choices_.end()) continue;
    const auto [call, choice] = found->second;
    news.push_back({.call = call, .choice = choice, .completion = std::move(completion)});
    choices_.erase(found);
    std::vector<RequestId>& rest = requests_[call];
    std::erase(rest, id);
    if (rest.empty()) requests_.erase(call);
  }
  if (!news.empty()) deliver_(std::move(news));
}

void EngineWorker::publish() {
  const EngineLoad load = engine_.load();
  std::lock_guard lock(mutex_);
  figures_ = {.load = load, .num_steps = num_steps_};
}

}  // namespace jangwon::runtime
