// What attention in splits is cut into: rows in parts of any size, and each token alone, have the
// bits of all together. That the numbers are right tests/runtime/ops/attention_test.cc holds.

#include "runtime/kernels/cuda/cuda_split_attention.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "runtime/kernels/cuda/cuda_ops.h"
#include "runtime/ops/device_memory.h"

namespace jangwon::runtime {
namespace {

const OpTable& tensor_table() {
  for (const OpTable* table : cuda_op_tables())
    if (table->numerics == Numerics::kTensor) return *table;
  ADD_FAILURE() << "no table";
  return *cuda_op_tables().front();
}

// One sequence whose keys are all in the cache, and the queries of its last tokens.
class Cached {
 public:
  Cached(const AttentionShape& shape, int length, int tokens)
      : shape_(shape),
        length_(length),
        tokens_(tokens),
        context_(tensor_table().make_context({})),
        arena_(ops()) {
    const int blocks = (length + kBlockTokens - 1) / kBlockTokens;
    std::vector<int32_t> table;
    for (int block = blocks; block > 0; --block)
      table.push_back(block - 1);
    const int64_t bytes = tensor_table().kv_block_bytes(shape);
    cache_ = DeviceBuffer(ops(), static_cast<size_t>(blocks * bytes));
    paged_ = {.blocks = cache_.data(),
              .block_bytes = bytes,
              .page_table = arena_.upload(table),
              .page_stride = blocks};
    const int64_t keys = int64_t{shape.num_kv_heads} * shape.key_size;
    const int64_t values = int64_t{shape.num_kv_heads} * shape.value_size;
    const SequenceRows all{0, length, 0};
    tensor_table().append_kv(*context_, {.shape = shape,
                                         .sequences = &all,
                                         .num_sequences = 1,
                                         .k = random_rows(length, keys),
                                         .v = random_rows(length, values),
                                         .cache = paged_});
    q_ = random_rows(tokens, int64_t{shape.num_heads} * shape.key_size);
  }

  // Of `count` of the tokens from the `first` of them on.
  std::vector<float> attend(int first, int count, int64_t partial_bytes) {
    const SequenceRows rows{0, count, length_ - tokens_ + first};
    const int64_t size = int64_t{shape_.num_heads} * shape_.value_size;
    const Rows out = arena_.make_rows(count, size);
    cuda_split_attend(*context_,
                      {.shape = shape_,
                       .sequences = &rows,
                       .num_sequences = 1,
                       .q = {q_.row(first), q_.stride},
                       .cache = paged_,
                       .out = out},
                      partial_bytes);
    std::vector<float> values(static_cast<size_t>(count * size));
    for (int row = 0; row < count; ++row)
      tensor_table().download(*context_, values.data() + row * size, out.row(row),
                              static_cast<size_t>(size) * sizeof(float));
    return values;
  }

 private:
  Ops ops() const { return {&tensor_table(), context_.get()}; }
  ConstRows random_rows(int64_t count, int64_t size) {
    std::vector<float> values(static_cast<size_t>(count * padded(size)));
    std::normal_distribution<float> normal;
    for (float& value : values)
      value = normal(random_);
    return {arena_.upload(values), padded(size)};
  }

  std::mt19937 random_{5};
  AttentionShape shape_;
  int length_;
  int tokens_;
  std::unique_ptr<OpContext> context_;
  DeviceArena arena_;
  DeviceBuffer cache_;
  PagedKv paged_;
  ConstRows q_;
};

TEST(SplitAttention, AnyPartOfTheRowsHasTheBitsOfAll) {
  const AttentionShape grouped{.kind = AttentionKind::kGrouped,
                               .num_heads = 8,
                               .num_kv_heads = 2,
                               .key_size = 24,
                               .value_size = 24,
                               .scale = 0.3f,
                               .cache_dtype = DType::kBF16};
  AttentionShape windowed = grouped;
  windowed.window = 40;
  const AttentionShape latent{.kind = AttentionKind::kLatent,
                              .num_heads = 20,
                              .num_kv_heads = 1,
                              .key_size = 40,
                              .value_size = 32,
                              .scale = 0.2f,
                              .cache_dtype = DType::kBF16};
  for (const AttentionShape& shape : {grouped, windowed, latent}) {
    constexpr int kTokens = 5;
    Cached cached(shape, 515, kTokens);
    const std::vector<float> all = cached.attend(0, kTokens, kPartialBytes);
    const size_t size = all.size() / kTokens;
    EXPECT_EQ(cached.attend(0, kTokens, 1), all) << "a row at a time";
    const int64_t two_rows = int64_t{2} * shape.num_heads * 3 * (shape.value_size + 2) * 4;
    EXPECT_EQ(cached.attend(0, kTokens, two_rows), all) << "two rows at a time";
    for (int token = 0; token < kTokens; ++token)
      EXPECT_EQ(cached.attend(token, 1, kPartialBytes),
                std::vector<float>(all.begin() + static_cast<int64_t>(token * size),
                                   all.begin() + static_cast<int64_t>((token + 1) * size)))
          << "token " << token << " alone";
  }
}

}  // namespace
}  // namespace jangwon::runtime
