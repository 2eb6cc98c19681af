// Who computes on a GPU: a stream, on which everything of a context happens in order, its scratch
// on the device, and the way of what the host tells an operator.

#pragma once

#include <algorithm>
#include <climits>
#include <memory>
#include <vector>

#include "runtime/base/thread_pool.h"
#include "runtime/kernels/cuda/cuda_graphs.h"
#include "runtime/kernels/cuda/device.h"
#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

// Device memory that grows to the largest that was asked for and stays.
class DeviceScratch {
 public:
  explicit DeviceScratch(cudaStream_t stream) : stream_(stream) {}
  ~DeviceScratch();
  DeviceScratch(const DeviceScratch&) = delete;
  DeviceScratch& operator=(const DeviceScratch&) = delete;

  // What stood there is lost. REQUIRES: one at a time is in use.
  template <typename T>
  T* make(int64_t count) {
    return static_cast<T*>(grow(static_cast<size_t>(count) * sizeof(T)));
  }
  int64_t size_bytes() const { return static_cast<int64_t>(size_bytes_); }
  // How often it grew, and stands elsewhere since.
  int num_moves() const { return num_moves_; }

 private:
  void* grow(size_t size_bytes);
  cudaStream_t stream_;
  void* data_ = nullptr;
  size_t size_bytes_ = 0;
  int num_moves_ = 0;
};

// Small arrays of the host, on their way to the kernels of one operator, which reserves room for
// all of them first where it puts several. The host's memory is pageable, so that CUDA has taken
// its copy when a call returns; on the device a place is written again in the stream's order.
class ArgumentRing {
 public:
  explicit ArgumentRing(cudaStream_t stream) : stream_(stream), device_(stream) {}

  void reserve(size_t size_bytes);
  template <typename T>
  const T* put(const std::vector<T>& values) {
    return static_cast<const T*>(put(values.data(), values.size() * sizeof(T)));
  }
  const void* put(const void* values, size_t size_bytes);
  int64_t size_bytes() const { return device_.size_bytes(); }

 private:
  cudaStream_t stream_;
  DeviceScratch device_;
  size_t used_ = 0;
};

constexpr size_t kArgumentAlignment = 64;
constexpr size_t kArgumentRingBytes = size_t{1} << 20;

constexpr int kNoWgmma = INT_MAX;

// Where a row of the step stands. A negative position: it is padding.
struct TokenPlace {
  int32_t sequence = 0;
  int32_t position = 0;
  bool operator==(const TokenPlace&) const = default;
};

// A sequence of the step and the slot of its state.
struct SequenceState {
  SequenceRows rows;
  int32_t slot = 0;
  bool operator==(const SequenceState&) const = default;
};

// An array of the step's on the device. Every layer asks for the same, so it is uploaded when it
// changes.
template <typename T>
class StepArray {
 public:
  explicit StepArray(cudaStream_t stream) : stream_(stream), device_(stream) {}

  bool holds(const std::vector<T>& values) const { return target_ && values == values_; }
  const T* of(std::vector<T> values) {
    if (holds(values)) return target_;
    values_ = std::move(values);
    target_ = device_.template make<T>(std::max<int64_t>(1, static_cast<int64_t>(values_.size())));
    if (!values_.empty())
      check_cuda(cudaMemcpyAsync(target_, values_.data(), values_.size() * sizeof(T),
                                 cudaMemcpyHostToDevice, stream_));
    return target_;
  }
  const DeviceScratch& memory() const { return device_; }

 private:
  cudaStream_t stream_;
  DeviceScratch device_;
  std::vector<T> values_;
  T* target_ = nullptr;
};

// Arrays that graphs read whenever they run: what operators know of weights. They are found by what
// they hold, and stay where they are.
class LastingArguments {
 public:
  explicit LastingArguments(cudaStream_t stream) : stream_(stream) {}

  template <typename T>
  const T* put(const std::vector<T>& values) {
    const size_t size_bytes = values.size() * sizeof(T);
    for (const Held& held : held_) {
      const T* first = reinterpret_cast<const T*>(held.values.data());
      if (held.values.size() == size_bytes && std::equal(values.begin(), values.end(), first))
        return static_cast<const T*>(held.target);
    }
    return static_cast<const T*>(add(values.data(), size_bytes));
  }
  int64_t size_bytes() const;

 private:
  struct Held {
    std::vector<std::byte> values;
    std::unique_ptr<DeviceScratch> memory;
    const void* target = nullptr;
  };
  const void* add(const void* values, size_t size_bytes);

  cudaStream_t stream_;
  std::vector<Held> held_;
};

// Experts of the host's memory on their way through the device's: slots in a ring, copies into them
// on a stream of their own. A copy waits for whoever still reads the slot, its reader for the copy.
class ExpertStream {
 public:
  ExpertStream() = default;
  ~ExpertStream();
  ExpertStream(const ExpertStream&) = delete;
  ExpertStream& operator=(const ExpertStream&) = delete;

  // Room for kStreamedExperts of this size. `reader` is whose work the copies feed.
  void reserve(int64_t expert_bytes, cudaStream_t reader);
  // The next slot, which nobody reads any more once the copies run that follow.
  std::byte* begin_expert();
  void copy(std::byte* target, const std::byte* pinned, int64_t size_bytes);
  // The reader may go on with what was copied …
  void end_copies();
  // … and is done with it.
  void end_expert();
  int64_t size_bytes() const { return int64_t{kStreamedExperts} * expert_bytes_; }

 private:
  struct Slot {
    cudaEvent_t filled = nullptr;
    cudaEvent_t read = nullptr;
  };
  cudaStream_t copies_ = nullptr;
  cudaStream_t reader_ = nullptr;
  std::byte* memory_ = nullptr;
  int64_t expert_bytes_ = 0;
  Slot slots_[kStreamedExperts];
  int next_ = 0;
};

struct CudaContext : OpContext {
  CudaContext(Numerics numerics_of_products, const ContextOptions& options);
  ~CudaContext() override;

  // Of every row of the step, on the device; sequences cover all rows from the first.
  const TokenPlace* places_of(const SequenceRows* sequences, int num_sequences);
  // The same of its sequences and their states.
  const SequenceState* states_of(const SequenceRows* sequences, int num_sequences,
                                 const int32_t* slots);
  // Of an operator's matrices, which are the same in every step.
  template <typename T>
  const T* put_of_weights(const std::vector<T>& values) {
    return graphs.is_open() ? lasting.put(values) : arguments.put(values);
  }
  int num_moves() const;  // of memory whose addresses a graph knows

  const Numerics numerics;
  ThreadPool pool;  // packs weights
  cudaStream_t stream = nullptr;
  ArgumentRing arguments;
  LastingArguments lasting;
  DeviceScratch scratch;  // of the operator that runs
  StepArray<TokenPlace> places;
  StepArray<SequenceState> states;
  ExpertStream experts;
  int fewest_wgmma_rows = kNoWgmma;  // of an expert for wgmma (hopper_experts.h)
  StepGraphs graphs;
  // What another context waits for: all that was told up to here.
  cudaEvent_t reached = nullptr;
};

// Makes its GPU the calling thread's, which what allocates, launches and copies then means.
inline CudaContext& as_cuda(OpContext& context) {
  check_cuda(cudaSetDevice(context.device));
  return static_cast<CudaContext&>(context);
}

// Arguments as a kernel may have them: without what points to the host's memory.
template <typename Arguments>
Arguments on_device(Arguments a) {
  if constexpr (requires { a.sequences; }) a.sequences = nullptr;
  if constexpr (requires { a.states; }) a.states.slot_of_sequence = nullptr;
  if constexpr (requires { a.experts_E; }) a.experts_E = nullptr;
  if constexpr (requires { a.weights_H; }) a.weights_H = nullptr;
  if constexpr (requires { a.table_VD; }) a.table_VD = nullptr;
  return a;
}

// How many rows of the step they cover.
int num_rows_of(const SequenceRows* sequences, int num_sequences);

GraphRun cuda_begin_graph(OpContext& context, const GraphArguments& a);
void cuda_end_graph(OpContext& context);
void* cuda_allocate(OpContext& context, size_t size_bytes);
void cuda_release(OpContext& context, void* memory, size_t size_bytes);
void cuda_upload(OpContext& context, void* device, const void* host, size_t size_bytes);
void cuda_download(OpContext& context, void* host, const void* device, size_t size_bytes);
void cuda_copy(OpContext& context, void* target, const void* source, size_t size_bytes);
void cuda_send(OpContext& from, OpContext& to, void* target, const void* source, size_t size_bytes);
void cuda_clear(OpContext& context, void* memory, size_t size_bytes);
std::optional<int64_t> cuda_free_memory_bytes(OpContext& context);
int64_t cuda_held_scratch_bytes(OpContext& context);

// Threads of a block of an operator that works element by element, and the blocks for
// `count` of them.
constexpr int kElementThreads = 128;
inline unsigned blocks_for_elements(int64_t count) {
  return static_cast<unsigned>(ceil_div<int64_t>(count, kElementThreads));
}

}  // namespace jangwon::runtime
