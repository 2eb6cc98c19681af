// How large the tasks are into which an operator's products are cut. Threads that wait for the last
// task read no memory, and one that waits for long falls asleep: so tasks are large at first, since
// each has costs of its own, and small at the end.

#pragma once

#include <algorithm>
#include <cstdint>

namespace jangwon::runtime {

// Multiply-adds below which waking another thread costs more than it saves, where a weight that
// comes from memory takes as long as ten of them.
constexpr int64_t kMinWorkPerTask = 500'000;
constexpr int64_t kWorkOfWeight = 10;

// Of work that is cut into tasks alike.
constexpr int kTasksPerThread = 4;

constexpr int64_t kTilePanels = 4;  // of the kernels; two are nearly as fast for a while

constexpr int64_t work_of(int64_t num_rows, int64_t num_weights) {
  return (num_rows + kWorkOfWeight) * num_weights;
}

// Panels, each of so much work, that make the smallest task.
constexpr int64_t fewest_panels(int64_t work_of_panel) {
  const int64_t panels = kMinWorkPerTask / std::max<int64_t>(1, work_of_panel) + 1;
  return panels <= 2 ? 2 : (panels + kTilePanels - 1) / kTilePanels * kTilePanels;
}

// Of the next task, where `left` units are to be shared out, perhaps more than those: from `fewest`
// to `most`, whole `tile`s as long as there are many.
constexpr int64_t share_of_task(int64_t left, int num_threads, int64_t fewest, int64_t most,
                                int64_t tile) {
  const int64_t share = left / (2 * int64_t{num_threads});
  return std::min(most, std::max(fewest, share / tile * tile));
}

}  // namespace jangwon::runtime
