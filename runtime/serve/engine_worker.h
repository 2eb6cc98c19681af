// The thread that drives the engine: takes calls and cancellations in between two steps, hands out
// what each step made.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/engine/engine.h"

namespace jangwon::runtime {

using CallId = uint64_t;

// One more token of a choice, or its end.
struct ChoiceNews {
  CallId call = 0;
  int choice = 0;
  std::optional<TokenEvent> event = {};
  std::optional<Completion> completion = {};
};

struct WorkerFigures {
  EngineLoad load = {};
  uint64_t num_steps = 0;
};

class EngineWorker {
 public:
  // `deliver` is called by the thread, at most once a step. The engine outlives the worker.
  EngineWorker(Engine& engine, std::function<void(std::vector<ChoiceNews>)> deliver);
  ~EngineWorker();  // what runs is given up
  EngineWorker(const EngineWorker&) = delete;
  EngineWorker& operator=(const EngineWorker&) = delete;

  // From any thread. Choice i of the call is request i.
  void submit(CallId call, std::vector<EngineRequest> requests);
  void cancel(CallId call);       // within a step; news of it that are on their way still come
  WorkerFigures figures() const;  // after the last step

 private:
  struct Order {
    CallId call = 0;
    std::vector<EngineRequest> requests = {};  // none: cancel
  };

  void run();
  bool take_orders(std::vector<Order>& orders);
  void carry_out(Order& order);
  void hand_out();
  void publish();

  Engine& engine_;
  std::function<void(std::vector<ChoiceNews>)> deliver_;

  // Of the thread.
  std::unordered_map<RequestId, std::pair<CallId, int>> choices_;
  std::unordered_map<CallId, std::vector<RequestId>> requests_;
  uint64_t num_steps_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable ordered_;
  std::vector<Order> orders_;
  WorkerFigures figures_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace jangwon::runtime
