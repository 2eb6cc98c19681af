// check_gpu is one small kernel with a barrier and a shuffle. It fails where the GPU is too old for
// what nvcc compiled for, or out of order.
//
// check_wgmma_experts computes one layer's experts both ways, with weights and rows that fill
// neither tiles nor stages, and compares every bit: numerics promise that a row does not depend on
// how many others there are, and the number of an expert's rows decides which way it goes. Equal
// bits could be equally wrong, so some rows are computed once more, by the host in double. A kernel
// that traps or never ends takes the program with it, here as anywhere.

#include "runtime/kernels/cuda/self_check.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <vector>

#include "runtime/kernels/cuda/cuda_experts.h"
#include "runtime/kernels/cuda/hopper_experts.h"

namespace jangwon::runtime {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / kWarpSize;

}  // namespace

// sums[block] = 0 + 1 + ... + (kThreads - 1) + block · kThreads
__global__ void __launch_bounds__(kThreads) i32_self_check_kernel(int* sums) {
  int* warp_sums = shared_array<int>(0, kWarps);
  const int lane = threadIdx.x % kWarpSize, warp = threadIdx.x / kWarpSize;
  int sum = static_cast<int>(threadIdx.x + blockIdx.x);
  for (int distance = kWarpSize / 2; distance > 0; distance /= 2)
    sum += __shfl_xor_sync(kFullWarp, sum, distance);
  if (lane == 0) warp_sums[warp] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int other = 1; other < kWarps; ++other)
      sum += warp_sums[other];
    sums[blockIdx.x] = sum;
  }
}

namespace {

// Results under the numerics of tensor cores are an architecture's.
int architecture_of(int device) {
  int major = 0;
  int minor = 0;
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
  return 10 * major + minor;
}

}  // namespace

std::string check_gpu(int device) {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess || device >= count)
    return "there is no GPU " + std::to_string(device);
  if (architecture_of(device) != architecture_of(0))
    return "GPU " + std::to_string(device) + " is of another architecture than GPU 0";
  constexpr int kBlocks = 3;
  std::vector<int> sums(kBlocks);
  int* device_sums = nullptr;
  cudaError_t status = cudaSetDevice(device);
  if (status == cudaSuccess) status = cudaMalloc(&device_sums, kBlocks * sizeof(int));
  if (status == cudaSuccess) {
    launch(i32_self_check_kernel, kBlocks, kThreads, kWarps * sizeof(int), nullptr, device_sums);
    status = cudaMemcpy(sums.data(), device_sums, kBlocks * sizeof(int), cudaMemcpyDeviceToHost);
    cudaFree(device_sums);
  }
  if (status != cudaSuccess)
    return "GPU " + std::to_string(device) + ": " + cudaGetErrorString(status);
  for (int block = 0; block < kBlocks; ++block) {
    if (sums[block] != kThreads * (kThreads - 1) / 2 + block * kThreads)
      return "GPU " + std::to_string(device) + " gives wrong sums";
  }
  return "";
}

namespace {

// More than the ring of a block holds in hidden inputs; parts of panels, tiles and stages.
constexpr int kHidden = 344;
constexpr int kInner = 150;
constexpr int kRowsOfExpert[] = {130, 0, 20};
constexpr int kExperts = 3;
constexpr int kCheckedRows = 150;
constexpr int kInComparison[] = {0, 127, 128, 129, 130, 149};  // with the host

double value_of(uint16_t half) {
  return std::bit_cast<float>(uint32_t{half} << 16);
}

class ExpertCheck {
 public:
  explicit ExpertCheck(int device)
      : cuda_(Numerics::kTensor, {.num_threads = 1, .device = device}) {
    for (std::vector<float>* values : {&hidden_, &gate_bias_, &down_bias_}) {
      values->resize(values == &hidden_      ? size_t{kCheckedRows} * kHidden
                     : values == &gate_bias_ ? kInner
                                             : kHidden);
      for (float& value : *values)
        value = draw();
    }
    for (Weights& weights : experts_) {
      weights.gate = pack(weights.gate_halves, kInner, kHidden, gate_bias_);
      weights.up = pack(weights.up_halves, kInner, kHidden, {});
      weights.down = pack(weights.down_halves, kHidden, kInner, down_bias_);
      matrices_.push_back({weights.gate.get(), weights.up.get(), weights.down.get()});
    }
  }
  ~ExpertCheck() {
    for (const auto& [memory, size_bytes] : memory_)
      cuda_release(cuda_, memory, size_bytes);
  }
  ExpertCheck(const ExpertCheck&) = delete;
  ExpertCheck& operator=(const ExpertCheck&) = delete;

  std::string run() {
    const std::vector<float> expected = compute(kNoWgmma);
    const std::vector<float> out = compute(1);
    if (out.empty() || expected.empty()) return "there is no memory for it";
    int differing = 0;
    for (size_t i = 0; i < out.size(); ++i)
      differing += std::memcmp(&out[i], &expected[i], sizeof(float)) != 0 ? 1 : 0;
    if (differing > 0)
      return std::to_string(differing) + " of " + std::to_string(out.size()) +
             " numbers have other bits than by mma.sync";
    for (const int row : kInComparison)
      if (!is_near(row, out.data() + row * kHidden)) return "sums are wrong";
    return "";
  }

 private:
  struct Weights {
    std::vector<uint16_t> gate_halves;
    std::vector<uint16_t> up_halves;
    std::vector<uint16_t> down_halves;
    std::unique_ptr<const PackedMatrix> gate;
    std::unique_ptr<const PackedMatrix> up;
    std::unique_ptr<const PackedMatrix> down;
  };

  float draw() { return static_cast<float>(static_cast<int32_t>(random_())) * 0x1p-31f; }

  std::unique_ptr<const PackedMatrix> pack(std::vector<uint16_t>& halves, int rows, int cols,
                                           const std::vector<float>& bias) {
    halves.resize(static_cast<size_t>(rows) * static_cast<size_t>(cols));
    for (uint16_t& half : halves)
      half = bf16_of(0.25f * draw());
    StoredMatrix stored;
    stored.rows = rows;
    stored.cols = cols;
    stored.format = PlainRows{.dtype = DType::kBF16, .data = halves.data()};
    stored.bias = bias;
    return cuda_pack(cuda_, std::move(stored), PackedUse::kProduct);
  }

  // Null where there is no memory left.
  template <typename T>
  T* upload(const std::vector<T>& values) {
    const size_t size_bytes = values.size() * sizeof(T);
    void* const memory = cuda_allocate(cuda_, size_bytes);
    if (memory == nullptr) return nullptr;
    memory_.emplace_back(memory, size_bytes);
    cuda_upload(cuda_, memory, values.data(), size_bytes);
    return static_cast<T*>(memory);
  }
  Rows make_rows(int size) {
    return {upload(std::vector<float>(size_t{kCheckedRows} * static_cast<size_t>(size), NAN)),
            size};
  }

  // Of each row; empty where there is no memory left. A token has one row, another than its own.
  std::vector<float> compute(int fewest_wgmma_rows) {
    std::vector<int32_t> offsets_E = {0};
    for (const int rows : kRowsOfExpert)
      offsets_E.push_back(offsets_E.back() + rows);
    std::vector<int32_t> rows(kCheckedRows);
    for (int row = 0; row < kCheckedRows; ++row)
      rows[static_cast<size_t>(row)] = kCheckedRows - 1 - row;
    ExpertArguments a{.hidden_TD = {upload(hidden_), kHidden},
                      .num_tokens = kCheckedRows,
                      .experts_E = matrices_.data(),
                      .num_experts = kExperts,
                      .num_chosen = 1,
                      .hidden_size = kHidden,
                      .inner_size = kInner};
    a.routing.weights_TA = upload(std::vector<float>(kCheckedRows, 1.0f));
    a.routing.offsets_E = upload(offsets_E);
    a.routing.row_of_slot_TA = upload(rows);  // which is its own inverse
    a.routing.token_of_row_TA = upload(rows);
    a.out_TD = make_rows(kHidden);
    a.gathered_SD = make_rows(kHidden);
    a.gate_SF = make_rows(kInner);
    for (const void* memory :
         {static_cast<const void*>(a.hidden_TD.data), static_cast<const void*>(a.out_TD.data),
          static_cast<const void*>(a.gathered_SD.data), static_cast<const void*>(a.gate_SF.data)})
      if (memory == nullptr) return {};
    cuda_.fewest_wgmma_rows = fewest_wgmma_rows;
    cuda_experts(cuda_, a);
    std::vector<float> out(size_t{kCheckedRows} * kHidden);
    cuda_download(cuda_, out.data(), a.gathered_SD.data, out.size() * sizeof(float));
    return out;
  }

  double dot(const std::vector<uint16_t>& halves, int row, const std::vector<double>& x) const {
    double sum = 0.0;
    for (size_t k = 0; k < x.size(); ++k)
      sum += x[k] * value_of(halves[static_cast<size_t>(row) * x.size() + k]);
    return sum;
  }

  // As far as rounding the inner row to bf16 explains, with a margin for float32 sums.
  bool is_near(int row, const float* out) const {
    int expert = 0;
    for (int end = kRowsOfExpert[0]; row >= end; end += kRowsOfExpert[expert])
      ++expert;
    const Weights& weights = experts_[expert];
    std::vector<double> x(kHidden);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = value_of(bf16_of(hidden_[static_cast<size_t>(kCheckedRows - 1 - row) * kHidden + i]));
    std::vector<double> inner(kInner);
    for (int f = 0; f < kInner; ++f) {
      const double gate = dot(weights.gate_halves, f, x) + gate_bias_[static_cast<size_t>(f)];
      inner[static_cast<size_t>(f)] = gate / (1.0 + std::exp(-gate)) * dot(weights.up_halves, f, x);
    }
    for (int n = 0; n < kHidden; ++n) {
      double bound = 1e-4;
      for (int f = 0; f < kInner; ++f)
        bound +=
            0x1p-8 * std::abs(inner[static_cast<size_t>(f)] *
                              value_of(weights.down_halves[static_cast<size_t>(n * kInner + f)]));
      const double exact = dot(weights.down_halves, n, inner) + down_bias_[static_cast<size_t>(n)];
      if (!(std::abs(out[n] - exact) <= bound)) return false;
    }
    return true;
  }

  CudaContext cuda_;
  std::mt19937 random_{1};
  std::vector<float> hidden_;
  std::vector<float> gate_bias_;
  std::vector<float> down_bias_;
  Weights experts_[kExperts];
  std::vector<ExpertMatrices> matrices_;
  std::vector<std::pair<void*, size_t>> memory_;
};

}  // namespace

std::string check_wgmma_experts(int device) {
  return ExpertCheck(device).run();
}

void choose_expert_products(CudaContext& cuda) {
  constexpr int kHopper = 9;
  if (architecture_of(cuda.device) / 10 != kHopper) return;
  static std::mutex mutex;
  static std::map<int, std::string> found_by_device;
  const std::lock_guard lock(mutex);
  auto found = found_by_device.find(cuda.device);
  if (found == found_by_device.end())
    found = found_by_device.emplace(cuda.device, check_wgmma_experts(cuda.device)).first;
  if (found->second.empty()) {
    cuda.fewest_wgmma_rows = kFewestWgmmaRows;
  } else {
    cuda.why_slower = "experts by wgmma: " + found->second;
  }
}

}  // namespace jangwon::runtime
