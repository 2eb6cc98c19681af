// Expanded latents are what linear_heads makes of the cache's rows and append_kv puts into blocks,
// bit for bit: those two are held to double precision by tests of their own.

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "runtime/ops/chain_layout.h"
#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

struct Case {
  int heads;
  int rank;
  int rotary;
  int nope;
  int value;
  int blocks;
  DType cache_dtype;
  DType weight_dtype;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const DType cache_dtype : {DType::kF32, DType::kBF16}) {
    for (const DType weight_dtype : {DType::kF32, DType::kBF16}) {
      for (const auto& [heads, rank, rotary, nope, value, blocks] :
           std::vector<std::array<int, 6>>{{1, 32, 16, 16, 16, 1},
                                           {3, 40, 8, 24, 20, 11},
                                           {2, 33, 7, 12, 35, 4},
                                           {5, 64, 2, 5, 3, 9}})
        all.push_back({heads, rank, rotary, nope, value, blocks, cache_dtype, weight_dtype});
    }
  }
  return all;
}

AttentionShape latent_of(const Case& c) {
  return {.kind = AttentionKind::kLatent,
          .num_heads = c.heads,
          .num_kv_heads = 1,
          .key_size = c.rank + c.rotary,
          .value_size = c.rank,
          .cache_dtype = c.cache_dtype};
}

AttentionShape expanded_of(const Case& c) {
  return {.kind = AttentionKind::kGrouped,
          .num_heads = c.heads,
          .num_kv_heads = c.heads,
          .key_size = c.nope + c.rotary,
          .value_size = c.value,
          .cache_dtype = c.cache_dtype};
}

struct Inputs {
  std::vector<float> latents;                // [16 · blocks, rank + rotary]
  std::vector<std::vector<float>> keys_H;    // each [nope, rank]
  std::vector<std::vector<float>> values_H;  // each [value, rank]
};

Inputs draw_inputs(const Case& c) {
  std::mt19937 random(5);
  Inputs inputs;
  inputs.latents = random_floats(random, int64_t{kBlockTokens} * c.blocks * (c.rank + c.rotary));
  for (int head = 0; head < c.heads; ++head) {
    inputs.keys_H.push_back(random_floats(random, int64_t{c.nope} * c.rank, 0.2f));
    inputs.values_H.push_back(random_floats(random, int64_t{c.value} * c.rank, 0.2f));
  }
  return inputs;
}

std::vector<WeightMatrix> pack(const Device& device, const Case& c,
                               const std::vector<std::vector<float>>& heads, int64_t rows) {
  std::vector<WeightMatrix> matrices;
  for (const std::vector<float>& values : heads) {
    std::vector<uint16_t> halves;
    for (const float value : values)
      halves.push_back(bf16_of(value));
    StoredMatrix stored;
    stored.rows = rows;
    stored.cols = c.rank;
    stored.format = PlainRows{.dtype = DType::kF32, .data = values.data()};
    if (c.weight_dtype == DType::kBF16)
      stored.format = PlainRows{.dtype = DType::kBF16, .data = halves.data()};
    matrices.push_back(device->pack(device.context(), std::move(stored), PackedUse::kProduct));
  }
  return matrices;
}

std::vector<const PackedMatrix*> pointers_to(const std::vector<WeightMatrix>& matrices) {
  std::vector<const PackedMatrix*> pointers;
  for (const WeightMatrix& matrix : matrices)
    pointers.push_back(matrix.get());
  return pointers;
}

struct Blocks {
  std::vector<std::byte> expanded;
  std::vector<std::byte> appended;
};

// The blocks of the cache stand in the order opposite to that in which they are asked for.
Blocks make_both(Device& device, const Case& c, const Inputs& inputs) {
  const AttentionShape latent = latent_of(c);
  const AttentionShape expanded = expanded_of(c);
  const int num_tokens = c.blocks * kBlockTokens;
  const int64_t latent_bytes = device->kv_block_bytes(latent);
  const int64_t block_bytes = device->kv_block_bytes(expanded);
  std::vector<int32_t> ids(static_cast<size_t>(c.blocks));
  std::iota(ids.rbegin(), ids.rend(), 0);
  const PagedKv cache{.blocks = device.make<std::byte>(c.blocks * latent_bytes),
                      .block_bytes = latent_bytes,
                      .page_table = device.upload(ids),
                      .page_stride = c.blocks};
  const SequenceRows sequence{0, num_tokens, 0};
  device->append_kv(device.context(), {.shape = latent,
                                       .sequences = &sequence,
                                       .num_sequences = 1,
                                       .k = device.upload_rows(inputs.latents, latent.key_size),
                                       .cache = cache});
  const std::vector<WeightMatrix> keys = pack(device, c, inputs.keys_H, c.nope);
  const std::vector<WeightMatrix> values = pack(device, c, inputs.values_H, c.value);
  const std::vector<const PackedMatrix*> keys_H = pointers_to(keys);
  const std::vector<const PackedMatrix*> values_H = pointers_to(values);
  std::byte* blocks = device.make<std::byte>(c.blocks * block_bytes);
  device->expand_latents(device.context(), {.latent = latent,
                                            .cache = cache,
                                            .block_ids = cache.page_table,
                                            .num_blocks = c.blocks,
                                            .expanded = expanded,
                                            .keys_H = keys_H.data(),
                                            .values_H = values_H.data(),
                                            .blocks = blocks});

  // What the cache holds, as rows.
  std::vector<float> stored = inputs.latents;
  for (float& value : stored)
    if (c.cache_dtype == DType::kBF16)
      value = std::bit_cast<float>(static_cast<uint32_t>(bf16_of(value)) << 16);
  const Rows rows = device.upload_rows(stored, latent.key_size);
  const Rows k = device.make_rows(num_tokens, int64_t{c.heads} * expanded.key_size);
  const Rows v = device.make_rows(num_tokens, int64_t{c.heads} * c.value);
  device->linear_heads(device.context(), {.x = rows,
                                          .num_rows = num_tokens,
                                          .num_heads = c.heads,
                                          .weights_H = keys_H.data(),
                                          .y = k,
                                          .y_head_stride = expanded.key_size});
  device->linear_heads(device.context(), {.x = rows,
                                          .num_rows = num_tokens,
                                          .num_heads = c.heads,
                                          .weights_H = values_H.data(),
                                          .y = v,
                                          .y_head_stride = c.value});
  device->rotate(device.context(), {.in = {rows.data + c.rank, rows.stride},
                                    .num_tokens = num_tokens,
                                    .num_heads = c.heads,
                                    .size = c.rotary,
                                    .out = {k.data + c.nope, k.stride},
                                    .out_head_stride = expanded.key_size});
  std::vector<int32_t> in_order(static_cast<size_t>(c.blocks));
  std::iota(in_order.begin(), in_order.end(), 0);
  const PagedKv appended{.blocks = device.make<std::byte>(c.blocks * block_bytes),
                         .block_bytes = block_bytes,
                         .page_table = device.upload(in_order),
                         .page_stride = c.blocks};
  device->append_kv(device.context(), {.shape = expanded,
                                       .sequences = &sequence,
                                       .num_sequences = 1,
                                       .k = k,
                                       .v = v,
                                       .cache = appended});
  return {device.download(blocks, c.blocks * block_bytes),
          device.download(appended.blocks, c.blocks * block_bytes)};
}

class LatentsTest : public OpTest {};

TEST_P(LatentsTest, ExpandToTheProductsOfTheirRows) {
  for (const Case& c : cases()) {
    const Inputs inputs = draw_inputs(c);
    run_everywhere([&](Device& device) {
      const Blocks blocks = make_both(device, c, inputs);
      EXPECT_TRUE(blocks.expanded == blocks.appended)
          << c.heads << " heads, " << c.rank << " + " << c.rotary;
      EXPECT_FALSE(std::all_of(blocks.expanded.begin(), blocks.expanded.end(),
                               [](std::byte byte) { return byte == std::byte{0}; }));
      return blocks.expanded;
    });
  }
}

JANGWON_TEST_EVERY_OP_TABLE(LatentsTest);

}  // namespace
}  // namespace jangwon::runtime
