// What tests of operators have in common: they run on every table of this machine, compare its
// bits with those of the first table, whatever the number of threads, and its values with
// double precision.

#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "runtime/device/devices.h"
#include "runtime/ops/device_memory.h"

namespace jangwon::runtime {

constexpr double kFloatEpsilon = 1.1920929e-7;

inline std::vector<float> random_floats(std::mt19937& random, int64_t count, float scale = 1.0f) {
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values)
    value = normal(random);
  return values;
}

// One table with a context of its own, and memory on its device.
class Device {
 public:
  Device(const OpTable& table, int num_threads)
      : context_(table.make_context({.num_threads = num_threads})), ops_{&table, context_.get()} {
    EXPECT_EQ(context_->why_slower, "");
  }

  Ops ops() const { return ops_; }
  OpContext& context() const { return *context_; }
  const OpTable* operator->() const { return ops_.table; }

  template <typename T>
  const T* upload(const std::vector<T>& values) {
    T* memory = make<T>(static_cast<int64_t>(values.size()));
    if (!values.empty()) ops_->upload(context(), memory, values.data(), values.size() * sizeof(T));
    return memory;
  }
  // Rows of `size` values, with a stride that operators may write to; `filler` is in the gap.
  Rows upload_rows(const std::vector<float>& values, int64_t size, float filler = 77.0f) {
    const int64_t count = static_cast<int64_t>(values.size()) / size;
    std::vector<float> spread(static_cast<size_t>(count * padded(size)), filler);
    for (int64_t row = 0; row < count; ++row)
      for (int64_t i = 0; i < size; ++i)
        spread[static_cast<size_t>(row * padded(size) + i)] =
            values[static_cast<size_t>(row * size + i)];
    const Rows rows = {make<float>(count * padded(size)), padded(size)};
    ops_->upload(context(), rows.data, spread.data(), spread.size() * sizeof(float));
    return rows;
  }
  Rows make_rows(int64_t count, int64_t size) {
    return upload_rows(std::vector<float>(static_cast<size_t>(count * size), NAN), size, NAN);
  }
  // An allocation of its own and exactly this large: what reaches beyond it is noticed where memory
  // is guarded, by AddressSanitizer and on the emulated GPU.
  template <typename T>
  T* make(int64_t count) {
    buffers_.emplace_back(ops_, static_cast<size_t>(count) * sizeof(T));
    return reinterpret_cast<T*>(buffers_.back().data());
  }

  // `size` values of each of `count` rows.
  std::vector<float> download(ConstRows rows, int64_t count, int64_t size) const {
    std::vector<float> values(static_cast<size_t>(count * size));
    for (int64_t row = 0; row < count; ++row)
      ops_->download(context(), values.data() + row * size, rows.row(row),
                     static_cast<size_t>(size) * sizeof(float));
    return values;
  }
  template <typename T>
  std::vector<T> download(const T* data, int64_t count) const {
    std::vector<T> values(static_cast<size_t>(count));
    ops_->download(context(), values.data(), data, values.size() * sizeof(T));
    return values;
  }

  // `values` must stay as long as the matrix: quantised formats are read where they lie.
  WeightMatrix pack(const std::vector<float>& values, int64_t rows, int64_t cols,
                    std::vector<float> bias = {}, PackedUse use = PackedUse::kProduct) const {
    return pack(DType::kF32, values.data(), rows, cols, std::move(bias), use);
  }
  WeightMatrix pack(const std::vector<uint16_t>& halves, int64_t rows, int64_t cols) const {
    return pack(DType::kBF16, halves.data(), rows, cols, {}, PackedUse::kProduct);
  }

 private:
  WeightMatrix pack(DType dtype, const void* data, int64_t rows, int64_t cols,
                    std::vector<float> bias, PackedUse use) const {
    StoredMatrix stored;
    stored.rows = rows;
    stored.cols = cols;
    stored.format = PlainRows{.dtype = dtype, .data = data};
    stored.bias = std::move(bias);
    return ops_->pack(context(), std::move(stored), use);
  }

  std::unique_ptr<OpContext> context_;
  Ops ops_;
  std::vector<DeviceBuffer> buffers_;
};

// An emulated GPU takes a thousand times as long as a CPU: what is done many times is done
// less often there.
inline bool is_emulated(const OpTable& table) {
  return std::string(table.name) == "cuda/emulated";
}

class OpTest : public testing::TestWithParam<const OpTable*> {
 protected:
  // What `run` computes on the table under test with one, two and three threads; all the same bits,
  // and those of the first table of its numerics. An emulated GPU knows no threads of the host's.
  template <typename Run>
  auto run_everywhere(const Run& run) {
    // Of what no CPU computes, the table under test is the first.
    const bool of_gpu = GetParam()->numerics == Numerics::kTensor;
    Device reference(of_gpu ? *GetParam() : portable_op_table(GetParam()->numerics), 1);
    const auto expected = run(reference);
    const std::vector<int> counts =
        is_emulated(*GetParam()) ? std::vector<int>{2} : std::vector<int>{1, 2, 3};
    for (const int threads : counts) {
      Device device(*GetParam(), threads);
      EXPECT_EQ(run(device), expected) << GetParam()->name << " with " << threads << " threads";
    }
    return expected;
  }
};

inline std::string name_of_table(const testing::TestParamInfo<const OpTable*>& info) {
  std::string name = info.param->name + std::string("_") + name_of(info.param->numerics);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

#define JANGWON_TEST_EVERY_OP_TABLE(suite) \
  INSTANTIATE_TEST_SUITE_P(Tables, suite, testing::ValuesIn(all_op_tables()), name_of_table)

}  // namespace jangwon::runtime
