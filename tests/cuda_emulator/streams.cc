// Streams, events, graphs.
//
// A stream is a queue. Work is done when somebody waits for it, or at a random earlier point if a
// schedule is set, and streams overtake each other unless an event says otherwise. The host buffer
// of a copy from the device is poison until the copy is done, and the source of a copy to the
// device is read late, as from pinned memory: who forgets to wait, or reuses the buffer too early,
// gets wrong numbers here and not only on a fast GPU. The null stream waits for all others and
// then works at once.
//
// A captured graph is the list of calls with their arguments. As on the device, pointers are
// frozen at capture.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <vector>

#include "tests/cuda_emulator/device_state.h"

struct EmulatedGraph {
  std::vector<std::function<void()>> calls;
};

struct EmulatedStream {
  int gpu = 0;
  std::deque<std::function<void()>> queue;
  EmulatedGraph* capture = nullptr;
};

struct EmulatedEvent {
  EmulatedStream* stream = nullptr;
  std::uint64_t recorded = 0, reached = 0;
  std::chrono::steady_clock::time_point time;
};

namespace jangwon::cuda_emulator {
namespace {

using Lock = std::lock_guard<std::recursive_mutex>;

std::vector<EmulatedStream*>& streams() {
  static auto& all = *new std::vector<EmulatedStream*>;
  return all;
}

void run_next(EmulatedStream& stream) {
  const std::function<void()> work = std::move(stream.queue.front());
  stream.queue.pop_front();
  const DeviceMemoryInUse in_use;
  work();
}

void drain(EmulatedStream& stream) {
  while (!stream.queue.empty())
    run_next(stream);
}

bool is_capturing(cudaStream_t stream) {
  return stream != nullptr && stream->capture != nullptr;
}

void enqueue(cudaStream_t stream, std::function<void()> work) {
  if (stream == nullptr) {
    drain_all();
    const DeviceMemoryInUse in_use;
    return work();
  }
  if (stream->capture != nullptr) return stream->capture->calls.push_back(std::move(work));
  stream->queue.push_back(std::move(work));
  while (is_random() && !stream->queue.empty() && next_random() % 4 == 0)
    run_next(*stream);
}

// Copies from pageable memory to the device are staged before the call returns; those from
// pinned memory are not.
bool is_read_late(const void* from) {
  return is_device_range(from, 1);
}

}  // namespace

void drain_all() {
  // Round and round in random order, so that streams without an event between them interleave.
  for (bool busy = true; busy;) {
    busy = false;
    for (EmulatedStream* stream : streams()) {
      if (stream->queue.empty()) continue;
      busy = true;
      if (!is_random() || next_random() % 2 == 0) run_next(*stream);
    }
  }
}

int device_of_launch(const void* kernel, cudaStream_t stream) {
  const int current = current_gpu();
  if (stream != nullptr && stream->gpu != current) {
    device.launch.kernel = kernel;
    fail_launch("a stream of GPU " + std::to_string(stream->gpu) + " while GPU " +
                std::to_string(current) + " is the current one");
  }
  return current;
}

void enqueue_launch(const Launch& launch, cudaStream_t stream, std::function<void()> check,
                    std::function<void()> body) {
  const Lock lock(device.mutex);
  enqueue(stream, [launch, check = std::move(check), body = std::move(body)] {
    check();
    run_grid(launch, body);
  });
}

}  // namespace jangwon::cuda_emulator

using namespace jangwon::cuda_emulator;

// --- copies ---

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t size, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  const Lock lock(device.mutex);
  if (size == 0) return cudaSuccess;
  if (kind == cudaMemcpyDefault) {
    const bool to_device = is_device_range(to, size), from_device = is_device_range(from, size);
    kind = to_device ? (from_device ? cudaMemcpyDeviceToDevice : cudaMemcpyHostToDevice)
                     : (from_device ? cudaMemcpyDeviceToHost : cudaMemcpyHostToHost);
  }
  const bool writes_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool reads_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  if (writes_device && !is_device_range(to, size)) return cudaErrorInvalidValue;
  if (reads_device && !is_device_range(from, size)) return cudaErrorInvalidValue;
  if (kind == cudaMemcpyDeviceToHost && !is_capturing(stream)) std::memset(to, kPoison, size);
  if (kind == cudaMemcpyHostToDevice && !is_read_late(from) && !is_capturing(stream)) {
    const auto* bytes = static_cast<const std::byte*>(from);
    enqueue(stream, [to, staged = std::vector<std::byte>(bytes, bytes + size)] {
      std::memcpy(to, staged.data(), staged.size());
    });
  } else {
    enqueue(stream, [=] { std::memmove(to, from, size); });
  }
  return cudaSuccess;
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t size, cudaMemcpyKind kind) {
  return cudaMemcpyAsync(to, from, size, kind, nullptr);
}

cudaError_t cudaMemcpyPeerAsync(void* to, int, const void* from, int, std::size_t size,
                                cudaStream_t stream) {
  return cudaMemcpyAsync(to, from, size, cudaMemcpyDeviceToDevice, stream);
}

cudaError_t cudaMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from,
                              std::size_t from_pitch, std::size_t width, std::size_t height,
                              cudaMemcpyKind kind, cudaStream_t stream) {
  if (width > to_pitch || width > from_pitch) return cudaErrorInvalidValue;
  for (std::size_t row = 0; row < height; ++row) {
    const cudaError_t status = cudaMemcpyAsync(
        static_cast<std::byte*>(to) + row * to_pitch,
        static_cast<const std::byte*>(from) + row * from_pitch, width, kind, stream);
    if (status != cudaSuccess) return status;
  }
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t size, cudaStream_t stream) {
  const Lock lock(device.mutex);
  if (size == 0) return cudaSuccess;
  if (!is_device_range(to, size)) return cudaErrorInvalidValue;
  enqueue(stream, [=] { std::memset(to, value, size); });
  return cudaSuccess;
}

cudaError_t cudaMemset(void* to, int value, std::size_t size) {
  return cudaMemsetAsync(to, value, size, nullptr);
}

// --- streams ---

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  const Lock lock(device.mutex);
  *stream = new EmulatedStream;
  (*stream)->gpu = current_gpu();
  streams().push_back(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const Lock lock(device.mutex);
  drain(*stream);
  std::erase(streams(), stream);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const Lock lock(device.mutex);
  if (is_capturing(stream)) return cudaErrorStreamCaptureUnsupported;
  if (stream == nullptr) {
    drain_all();
  } else {
    drain(*stream);
  }
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  const Lock lock(device.mutex);
  if (std::ranges::any_of(streams(), is_capturing)) return cudaErrorStreamCaptureUnsupported;
  drain_all();
  return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  const Lock lock(device.mutex);
  if (is_capturing(stream)) return cudaErrorStreamCaptureUnsupported;
  if (stream == nullptr || stream->queue.empty()) return cudaSuccess;
  run_next(*stream);  // who asks often enough gets there
  return cudaErrorNotReady;
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  const Lock lock(device.mutex);
  enqueue(stream, [=] { function(data); });
  return cudaSuccess;
}

// --- events ---

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new EmulatedEvent;
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const Lock lock(device.mutex);
  if (event->stream != nullptr && std::ranges::count(streams(), event->stream) != 0)
    drain(*event->stream);
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const Lock lock(device.mutex);
  event->stream = stream;
  const std::uint64_t mark = ++event->recorded;
  enqueue(stream, [=] {
    event->reached = std::max(event->reached, mark);
    event->time = std::chrono::steady_clock::now();
  });
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  const Lock lock(device.mutex);
  EmulatedStream* const source = event->stream;
  const std::uint64_t mark = event->recorded;
  if (is_capturing(source) || is_capturing(stream)) {
    // A stream that waits for a captured one joins its graph, whose calls are in order anyway.
    if (is_capturing(source)) stream->capture = source->capture;
    return cudaSuccess;
  }
  enqueue(stream, [=] {
    while (event->reached < mark)
      run_next(*source);
  });
  return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const Lock lock(device.mutex);
  while (event->reached < event->recorded)
    run_next(*event->stream);
  return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  const Lock lock(device.mutex);
  if (event->reached < event->recorded) run_next(*event->stream);
  return event->reached < event->recorded ? cudaErrorNotReady : cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to) {
  const Lock lock(device.mutex);
  if (from->reached < from->recorded || to->reached < to->recorded) return cudaErrorNotReady;
  *milliseconds = std::chrono::duration<float, std::milli>(to->time - from->time).count();
  return cudaSuccess;
}

// --- graphs ---

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  const Lock lock(device.mutex);
  if (stream == nullptr || is_capturing(stream)) return cudaErrorStreamCaptureUnsupported;
  stream->capture = new EmulatedGraph;
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const Lock lock(device.mutex);
  if (!is_capturing(stream)) return cudaErrorInvalidValue;
  *graph = stream->capture;
  for (EmulatedStream* each : streams()) {
    if (each->capture == *graph) each->capture = nullptr;
  }
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  *status = is_capturing(stream) ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  *exec = new EmulatedGraph(*graph);
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  const Lock lock(device.mutex);
  for (const auto& call : exec->calls)
    enqueue(stream, call);
  return cudaSuccess;
}

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) {
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  return cudaGraphDestroy(exec);
}
