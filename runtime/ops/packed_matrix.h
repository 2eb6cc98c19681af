// A weight matrix in the form that one device's kernels read.

#pragma once

#include <cstdint>
#include <memory>

namespace jangwon::runtime {

// [rows (outputs), cols (inputs)] of a linear layer. Made by OpTable::pack and understood by
// that table alone.
class PackedMatrix {
 public:
  virtual ~PackedMatrix() = default;
  PackedMatrix(const PackedMatrix&) = delete;
  PackedMatrix& operator=(const PackedMatrix&) = delete;

  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  virtual int64_t memory_bytes() const = 0;  // beside the checkpoint's mapped file
  // Products read rows that the table has rounded in memory of its own, and no floats.
  virtual bool takes_rounded() const { return false; }

 protected:
  PackedMatrix(int64_t rows, int64_t cols) : rows_(rows), cols_(cols) {}

 private:
  int64_t rows_ = 0;
  int64_t cols_ = 0;
};

using WeightMatrix = std::unique_ptr<const PackedMatrix>;  // null: the model has none

}  // namespace jangwon::runtime
