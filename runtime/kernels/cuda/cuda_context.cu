#include "runtime/kernels/cuda/cuda_context.h"

#include <algorithm>
#include <utility>

namespace jangwon::runtime {

DeviceScratch::~DeviceScratch() {
  if (data_) cudaFree(data_);
}

void* DeviceScratch::grow(size_t size_bytes) {
  if (size_bytes <= size_bytes_) return data_;
  check_cuda(cudaStreamSynchronize(stream_));
  if (data_) check_cuda(cudaFree(data_));
  check_cuda(cudaMalloc(&data_, size_bytes));
  size_bytes_ = size_bytes;
  ++num_moves_;
  return data_;
}

void ArgumentRing::reserve(size_t size_bytes) {
  if (used_ + size_bytes <= static_cast<size_t>(device_.size_bytes())) return;
  device_.make<std::byte>(static_cast<int64_t>(std::max(size_bytes, kArgumentRingBytes)));
  used_ = 0;
}

const void* ArgumentRing::put(const void* values, size_t size_bytes) {
  const size_t taken =
      std::max<size_t>(1, ceil_div(size_bytes, kArgumentAlignment)) * kArgumentAlignment;
  reserve(taken);
  std::byte* target = device_.make<std::byte>(device_.size_bytes()) + used_;
  used_ += taken;
  if (size_bytes > 0)
    check_cuda(cudaMemcpyAsync(target, values, size_bytes, cudaMemcpyHostToDevice, stream_));
  return target;
}

const void* LastingArguments::add(const void* values, size_t size_bytes) {
  Held held;
  const auto* bytes = static_cast<const std::byte*>(values);
  held.values.assign(bytes, bytes + size_bytes);
  held.memory = std::make_unique<DeviceScratch>(stream_);
  std::byte* target = held.memory->make<std::byte>(static_cast<int64_t>(size_bytes));
  check_cuda(cudaMemcpyAsync(target, values, size_bytes, cudaMemcpyHostToDevice, stream_));
  held.target = target;
  held_.push_back(std::move(held));
  return target;
}

int64_t LastingArguments::size_bytes() const {
  int64_t total = 0;
  for (const Held& held : held_)
    total += held.memory->size_bytes();
  return total;
}

ExpertStream::~ExpertStream() {
  if (!copies_) return;
  cudaStreamSynchronize(copies_);
  cudaFree(memory_);
  for (const Slot& slot : slots_) {
    cudaEventDestroy(slot.filled);
    cudaEventDestroy(slot.read);
  }
  cudaStreamDestroy(copies_);
}

void ExpertStream::reserve(int64_t expert_bytes, cudaStream_t reader) {
  if (!copies_) {
    check_cuda(cudaStreamCreateWithFlags(&copies_, cudaStreamNonBlocking));
    for (Slot& slot : slots_) {
      check_cuda(cudaEventCreateWithFlags(&slot.filled, cudaEventDisableTiming));
      check_cuda(cudaEventCreateWithFlags(&slot.read, cudaEventDisableTiming));
    }
    reader_ = reader;
  }
  if (expert_bytes <= expert_bytes_) return;
  check_cuda(cudaStreamSynchronize(copies_));
  check_cuda(cudaStreamSynchronize(reader_));
  if (memory_) check_cuda(cudaFree(memory_));
  expert_bytes_ = expert_bytes;
  check_cuda(cudaMalloc(&memory_, static_cast<size_t>(size_bytes())));
}

std::byte* ExpertStream::begin_expert() {
  // Of a slot that was never read the event has happened.
  check_cuda(cudaStreamWaitEvent(copies_, slots_[next_].read));
  return memory_ + next_ * expert_bytes_;
}

void ExpertStream::copy(std::byte* target, const std::byte* pinned, int64_t size_bytes) {
  check_cuda(cudaMemcpyAsync(target, pinned, static_cast<size_t>(size_bytes),
                             cudaMemcpyHostToDevice, copies_));
}

void ExpertStream::end_copies() {
  check_cuda(cudaEventRecord(slots_[next_].filled, copies_));
  check_cuda(cudaStreamWaitEvent(reader_, slots_[next_].filled));
}

void ExpertStream::end_expert() {
  check_cuda(cudaEventRecord(slots_[next_].read, reader_));
  next_ = (next_ + 1) % kStreamedExperts;
}

namespace {

cudaStream_t make_stream(int device) {
  cudaStream_t stream = nullptr;
  check_cuda(cudaSetDevice(device));
  check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  return stream;
}

}  // namespace

CudaContext::CudaContext(Numerics numerics_of_products, const ContextOptions& options)
    : numerics(numerics_of_products),
      pool(options.num_threads),
      stream(make_stream(options.device)),
      arguments(stream),
      lasting(stream),
      scratch(stream),
      places(stream),
      states(stream),
      graphs(stream) {
  num_threads = pool.num_threads();
  device = options.device;
  check_cuda(cudaEventCreateWithFlags(&reached, cudaEventDisableTiming));
}

CudaContext::~CudaContext() {
  cudaStreamSynchronize(stream);
  cudaEventDestroy(reached);
  cudaStreamDestroy(stream);
}

int num_rows_of(const SequenceRows* sequences, int num_sequences) {
  int rows = 0;
  for (int s = 0; s < num_sequences; ++s)
    if (sequences[s].num_tokens > 0)
      rows = std::max(rows, sequences[s].first_row + sequences[s].num_tokens);
  return rows;
}

const TokenPlace* CudaContext::places_of(const SequenceRows* sequences, int num_sequences) {
  std::vector<TokenPlace> now(static_cast<size_t>(num_rows_of(sequences, num_sequences)));
  for (int s = 0; s < num_sequences; ++s)
    for (int i = 0; i < sequences[s].num_tokens; ++i)
      now[static_cast<size_t>(sequences[s].first_row + i)] = {s, sequences[s].first_position + i};
  JANGWON_CHECK(!graphs.is_open() || places.holds(now), "rows that the graph was not told of");
  return places.of(std::move(now));
}

const SequenceState* CudaContext::states_of(const SequenceRows* sequences, int num_sequences,
                                            const int32_t* slots) {
  std::vector<SequenceState> now;
  for (int s = 0; s < num_sequences; ++s)
    now.push_back({sequences[s], slots[s]});
  JANGWON_CHECK(!graphs.is_open() || states.holds(now), "states that the graph was not told of");
  return states.of(std::move(now));
}

int CudaContext::num_moves() const {
  return scratch.num_moves() + places.memory().num_moves() + states.memory().num_moves();
}

GraphRun cuda_begin_graph(OpContext& context, const GraphArguments& a) {
  CudaContext& cuda = as_cuda(context);
  cuda.places_of(a.sequences, a.num_sequences);
  if (a.slot_of_sequence) cuda.states_of(a.sequences, a.num_sequences, a.slot_of_sequence);
  return cuda.graphs.begin({a.key, a.key + a.key_size}, cuda.num_moves());
}

void cuda_end_graph(OpContext& context) {
  as_cuda(context).graphs.end();
}

void* cuda_allocate(OpContext& context, size_t size_bytes) {
  void* memory = nullptr;
  as_cuda(context);
  if (cudaMalloc(&memory, size_bytes) != cudaSuccess) return nullptr;
  cuda_clear(context, memory, size_bytes);
  return memory;
}

void cuda_release(OpContext& context, void* memory, size_t) {
  check_cuda(cudaStreamSynchronize(as_cuda(context).stream));
  check_cuda(cudaFree(memory));
}

// Returns when `host` may be changed: it is pageable, so CUDA has taken its copy.
void cuda_upload(OpContext& context, void* device, const void* host, size_t size_bytes) {
  if (size_bytes == 0) return;
  check_cuda(
      cudaMemcpyAsync(device, host, size_bytes, cudaMemcpyHostToDevice, as_cuda(context).stream));
}

void cuda_download(OpContext& context, void* host, const void* device, size_t size_bytes) {
  if (size_bytes == 0) return;
  const cudaStream_t stream = as_cuda(context).stream;
  check_cuda(cudaMemcpyAsync(host, device, size_bytes, cudaMemcpyDeviceToHost, stream));
  check_cuda(cudaStreamSynchronize(stream));
}

void cuda_copy(OpContext& context, void* target, const void* source, size_t size_bytes) {
  if (size_bytes == 0) return;
  check_cuda(cudaMemcpyAsync(target, source, size_bytes, cudaMemcpyDeviceToDevice,
                             as_cuda(context).stream));
}

// The copy is the receiver's, since its stream knows when the target may be written; the sender
// goes on when the source was read. The host waits for neither, and tells the receiver what to
// compute while the sender still does.
void cuda_send(OpContext& from, OpContext& to, void* target, const void* source,
               size_t size_bytes) {
  if (size_bytes == 0) return;
  CudaContext& sender = as_cuda(from);
  check_cuda(cudaEventRecord(sender.reached, sender.stream));
  CudaContext& receiver = as_cuda(to);
  check_cuda(cudaStreamWaitEvent(receiver.stream, sender.reached));
  check_cuda(cudaMemcpyPeerAsync(target, receiver.device, source, sender.device, size_bytes,
                                 receiver.stream));
  check_cuda(cudaEventRecord(receiver.reached, receiver.stream));
  as_cuda(from);
  check_cuda(cudaStreamWaitEvent(sender.stream, receiver.reached));
}

void cuda_clear(OpContext& context, void* memory, size_t size_bytes) {
  if (size_bytes == 0) return;
  check_cuda(cudaMemsetAsync(memory, 0, size_bytes, as_cuda(context).stream));
}

std::optional<int64_t> cuda_free_memory_bytes(OpContext& context) {
  as_cuda(context);
  size_t free = 0;
  size_t total = 0;
  check_cuda(cudaMemGetInfo(&free, &total));
  return static_cast<int64_t>(free);
}

int64_t cuda_held_scratch_bytes(OpContext& context) {
  const CudaContext& cuda = as_cuda(context);
  return cuda.arguments.size_bytes() + cuda.lasting.size_bytes() + cuda.scratch.size_bytes() +
         cuda.places.memory().size_bytes() + cuda.states.memory().size_bytes() +
         cuda.experts.size_bytes();
}

}  // namespace jangwon::runtime
