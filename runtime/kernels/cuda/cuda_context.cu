#include "runtime/kernels/cuda/cuda_context.h"

#include <algorithm>
#include <cstring>

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
  return data_;
}

void ArgumentRing::reserve(size_t size_bytes) {
  if (used_ + size_bytes <= host_.size()) return;
  check_cuda(cudaStreamSynchronize(stream_));
  if (size_bytes > host_.size()) {
    host_.resize(std::max(size_bytes, kArgumentRingBytes));
    base_ = device_.make<std::byte>(static_cast<int64_t>(host_.size()));
  }
  used_ = 0;
}

const void* ArgumentRing::put(const void* values, size_t size_bytes) {
  const size_t taken =
      std::max<size_t>(1, ceil_div(size_bytes, kArgumentAlignment)) * kArgumentAlignment;
  reserve(taken);
  std::byte* host = host_.data() + used_;
  std::byte* target = base_ + used_;
  used_ += taken;
  if (size_bytes == 0) return target;
  std::memcpy(host, values, size_bytes);
  check_cuda(cudaMemcpyAsync(target, host, size_bytes, cudaMemcpyHostToDevice, stream_));
  return target;
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
      scratch(stream),
      places_(stream) {
  num_threads = pool.num_threads();
  device = options.device;
}

CudaContext::~CudaContext() {
  cudaStreamSynchronize(stream);
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
  std::vector<TokenPlace> places(static_cast<size_t>(num_rows_of(sequences, num_sequences)));
  for (int s = 0; s < num_sequences; ++s)
    for (int i = 0; i < sequences[s].num_tokens; ++i)
      places[static_cast<size_t>(sequences[s].first_row + i)] = {s,
                                                                 sequences[s].first_position + i};
  const auto equal = [](const TokenPlace& a, const TokenPlace& b) {
    return a.sequence == b.sequence && a.position == b.position;
  };
  if (device_places_ &&
      std::equal(places.begin(), places.end(), host_places_.begin(), host_places_.end(), equal))
    return device_places_;
  check_cuda(cudaStreamSynchronize(stream));  // the copy of the last ones has left the host
  host_places_ = std::move(places);
  TokenPlace* target =
      places_.make<TokenPlace>(std::max<int64_t>(1, static_cast<int64_t>(host_places_.size())));
  if (!host_places_.empty())
    check_cuda(cudaMemcpyAsync(target, host_places_.data(),
                               host_places_.size() * sizeof(TokenPlace), cudaMemcpyHostToDevice,
                               stream));
  device_places_ = target;
  return target;
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

// Returns when `host` may be changed: small arrays go through the ring, others are waited for.
void cuda_upload(OpContext& context, void* device, const void* host, size_t size_bytes) {
  if (size_bytes == 0) return;
  CudaContext& cuda = as_cuda(context);
  if (size_bytes <= kArgumentRingBytes / 16) {
    check_cuda(cudaMemcpyAsync(device, cuda.arguments.put(host, size_bytes), size_bytes,
                               cudaMemcpyDeviceToDevice, cuda.stream));
    return;
  }
  check_cuda(cudaMemcpyAsync(device, host, size_bytes, cudaMemcpyHostToDevice, cuda.stream));
  check_cuda(cudaStreamSynchronize(cuda.stream));
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
  return cuda.arguments.size_bytes() + cuda.scratch.size_bytes() + cuda.places_.size_bytes() +
         cuda.experts.size_bytes();
}

}  // namespace jangwon::runtime
