// Streams, events, graphs.
//
// A stream is a queue. Work is done when somebody waits for it, or at a random earlier point if a
// schedule is set, and streams overtake each other unless an event says otherwise. The host buffer
// of a copy from the device is poison until the copy is done, and the source of a copy to the
// device is read late, as from pinned memory: who forgets to wait, or reuses the buffer too early,
// gets wrong numbers here and not only on a fast GPU. The null stream waits for all others and
// then works at once.
//
// A captured graph is calls with their arguments as they were, and of each the calls that it comes
// after: those before it on its stream, and what an event brought. Pointers and numbers are frozen,
// memory is read when the graph runs. A launch runs calls in a random order that their edges allow.
// What a GPU refuses while it captures is refused here and spoils the capture as it does there: to
// wait, to allocate or give back, copies from or to pageable memory (a driver may wait for them),
// events from outside, streams that do not come back.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "tests/cuda_emulator/device_state.h"

using CallIndices = std::set<std::size_t>;

struct EmulatedGraph {
  struct Call {
    std::function<void()> run;
    CallIndices after;
  };
  std::vector<Call> calls;
};

struct EmulatedCapture {
  EmulatedStream* origin = nullptr;
  std::thread::id thread;
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  EmulatedGraph graph;
  bool spoilt = false;
};

struct EmulatedStream {
  int gpu = 0;
  bool waits_for_null_stream = true;
  std::deque<std::function<void()>> queue;
  std::shared_ptr<EmulatedCapture> capture;
  CallIndices last;  // of the capture: what its next call comes after
};

struct EmulatedEvent {
  EmulatedStream* stream = nullptr;
  std::uint64_t recorded = 0, reached = 0;
  std::chrono::steady_clock::time_point time;
  std::weak_ptr<EmulatedCapture> capture;  // that it was last recorded in
  bool is_captured = false;
  CallIndices after;
};

struct EmulatedGraphExec {
  std::shared_ptr<const EmulatedGraph> graph;
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

cudaError_t spoil(EmulatedCapture& capture,
                  cudaError_t status = cudaErrorStreamCaptureUnsupported) {
  capture.spoilt = true;
  return status;
}

// The null stream's work waits for streams that were not made to ignore it.
cudaError_t check_null_stream(cudaStream_t stream) {
  for (EmulatedStream* each : streams()) {
    if (stream == nullptr && is_capturing(each) && each->waits_for_null_stream)
      return spoil(*each->capture, cudaErrorStreamCaptureImplicit);
  }
  return cudaSuccess;
}

void enqueue(cudaStream_t stream, std::function<void()> work) {
  if (stream == nullptr) {
    drain_all();
    const DeviceMemoryInUse in_use;
    return work();
  }
  if (stream->capture != nullptr) {
    std::vector<EmulatedGraph::Call>& calls = stream->capture->graph.calls;
    calls.push_back({std::move(work), stream->last});
    stream->last = {calls.size() - 1};
    return;
  }
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

cudaError_t check_not_capturing() {
  for (EmulatedStream* stream : streams()) {
    if (!is_capturing(stream) || stream->capture->mode == cudaStreamCaptureModeRelaxed) continue;
    if (stream->capture->mode == cudaStreamCaptureModeGlobal ||
        stream->capture->thread == std::this_thread::get_id())
      return spoil(*stream->capture);
  }
  return cudaSuccess;
}

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
  if (const cudaError_t status = check_null_stream(stream); status != cudaSuccess) return status;
  // Pinned memory is known by its range, like the device's.
  if (is_capturing(stream) && !(is_device_range(to, size) && is_device_range(from, size)))
    return spoil(*stream->capture);
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
  if (const cudaError_t status = check_null_stream(stream); status != cudaSuccess) return status;
  enqueue(stream, [=] { std::memset(to, value, size); });
  return cudaSuccess;
}

cudaError_t cudaMemset(void* to, int value, std::size_t size) {
  return cudaMemsetAsync(to, value, size, nullptr);
}

// --- streams ---

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  const Lock lock(device.mutex);
  *stream = new EmulatedStream;
  (*stream)->waits_for_null_stream = (flags & cudaStreamNonBlocking) == 0;
  (*stream)->gpu = current_gpu();
  streams().push_back(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const Lock lock(device.mutex);
  if (is_capturing(stream)) return spoil(*stream->capture);
  drain(*stream);
  std::erase(streams(), stream);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const Lock lock(device.mutex);
  if (is_capturing(stream)) return spoil(*stream->capture);
  if (const cudaError_t status = check_null_stream(stream); status != cudaSuccess) return status;
  if (stream == nullptr) {
    drain_all();
  } else {
    drain(*stream);
  }
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  const Lock lock(device.mutex);
  for (EmulatedStream* stream : streams()) {
    if (is_capturing(stream)) return spoil(*stream->capture);
  }
  drain_all();
  return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  const Lock lock(device.mutex);
  if (is_capturing(stream)) return spoil(*stream->capture);
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
  event->is_captured = is_capturing(stream);
  if (event->is_captured) {  // it is no call of the graph, but a place in it
    event->capture = stream->capture;
    event->after = stream->last;
    return cudaSuccess;
  }
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
  if (event->is_captured) {
    const std::shared_ptr<EmulatedCapture> capture = event->capture.lock();
    if (capture == nullptr) return cudaErrorInvalidValue;
    if (is_capturing(stream) && stream->capture != capture)
      return spoil(*stream->capture, cudaErrorStreamCaptureMerge);
    if (!is_capturing(stream)) stream->last.clear();  // it joins the capture
    stream->capture = capture;
    stream->last.insert(event->after.begin(), event->after.end());
    return cudaSuccess;
  }
  if (is_capturing(stream)) return spoil(*stream->capture, cudaErrorStreamCaptureIsolation);
  EmulatedStream* const source = event->stream;
  const std::uint64_t mark = event->recorded;
  enqueue(stream, [=] {
    while (event->reached < mark)
      run_next(*source);
  });
  return cudaSuccess;
}

namespace {

// Of an event in a graph nobody can say whether it has happened.
cudaError_t check_not_captured(const EmulatedEvent& event) {
  if (!event.is_captured) return cudaSuccess;
  if (const std::shared_ptr<EmulatedCapture> capture = event.capture.lock()) spoil(*capture);
  return cudaErrorCapturedEvent;
}

}  // namespace

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const Lock lock(device.mutex);
  if (const cudaError_t status = check_not_captured(*event); status != cudaSuccess) return status;
  while (event->reached < event->recorded)
    run_next(*event->stream);
  return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  const Lock lock(device.mutex);
  if (const cudaError_t status = check_not_captured(*event); status != cudaSuccess) return status;
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

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  const Lock lock(device.mutex);
  if (stream == nullptr || is_capturing(stream)) return cudaErrorStreamCaptureUnsupported;
  stream->capture = std::make_shared<EmulatedCapture>();
  stream->capture->origin = stream;
  stream->capture->thread = std::this_thread::get_id();
  stream->capture->mode = mode;
  stream->last.clear();
  return cudaSuccess;
}

namespace {

// Whether all calls come before, or are, those at the end of the stream that the capture began on.
bool all_come_back(const EmulatedCapture& capture) {
  std::vector<bool> reached(capture.graph.calls.size());
  std::vector<std::size_t> open(capture.origin->last.begin(), capture.origin->last.end());
  while (!open.empty()) {
    const std::size_t call = open.back();
    open.pop_back();
    if (reached[call]) continue;
    reached[call] = true;
    open.insert(open.end(), capture.graph.calls[call].after.begin(),
                capture.graph.calls[call].after.end());
  }
  return std::ranges::count(reached, false) == 0;
}

// One launch of a graph.
struct GraphRun {
  explicit GraphRun(std::shared_ptr<const EmulatedGraph> launched) : graph(std::move(launched)) {
    followers.resize(graph->calls.size());
    for (std::size_t i = 0; i < graph->calls.size(); ++i) {
      const CallIndices& after = graph->calls[i].after;
      num_missing.push_back(after.size());
      for (const std::size_t before : after)
        followers[before].push_back(i);
      if (after.empty()) ready.push_back(i);
    }
  }

  // One whose predecessors are done: any, or the one that was captured first.
  void run_one() {
    const auto chosen =
        is_random() ? ready.begin() + static_cast<std::ptrdiff_t>(next_random() % ready.size())
                    : std::ranges::min_element(ready);
    const std::size_t call = *chosen;
    ready.erase(chosen);
    for (const std::size_t follower : followers[call])
      if (--num_missing[follower] == 0) ready.push_back(follower);
    graph->calls[call].run();
  }

  std::shared_ptr<const EmulatedGraph> graph;
  std::vector<std::vector<std::size_t>> followers;
  std::vector<std::size_t> num_missing;
  std::vector<std::size_t> ready;
};

}  // namespace

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const Lock lock(device.mutex);
  *graph = nullptr;
  if (!is_capturing(stream) || stream->capture->origin != stream) return cudaErrorInvalidValue;
  const std::shared_ptr<EmulatedCapture> capture = stream->capture;
  const bool comes_back = all_come_back(*capture);
  for (EmulatedStream* each : streams()) {
    if (each->capture == capture) each->capture = nullptr;
  }
  if (capture->spoilt) return cudaErrorStreamCaptureInvalidated;
  if (!comes_back) return cudaErrorStreamCaptureUnjoined;
  *graph = new EmulatedGraph(std::move(capture->graph));
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  const Lock lock(device.mutex);
  *status = !is_capturing(stream)     ? cudaStreamCaptureStatusNone
            : stream->capture->spoilt ? cudaStreamCaptureStatusInvalidated
                                      : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  const Lock lock(device.mutex);
  if (graph == nullptr) return cudaErrorInvalidValue;
  *exec = new EmulatedGraphExec{std::make_shared<EmulatedGraph>(*graph)};
  ++device.counters.graphs;
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  const Lock lock(device.mutex);
  if (is_capturing(stream)) return spoil(*stream->capture);
  ++device.counters.graph_launches;
  const auto run = std::make_shared<GraphRun>(exec->graph);
  for (std::size_t i = 0; i < exec->graph->calls.size(); ++i)
    enqueue(stream, [run] { run->run_one(); });
  return cudaSuccess;
}

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) {
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

// What was launched of it still runs.
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  const Lock lock(device.mutex);
  --device.counters.graphs;
  delete exec;
  return cudaSuccess;
}
