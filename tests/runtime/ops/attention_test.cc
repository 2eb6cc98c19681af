// Attention over the blocks of the cache against the definition in double precision, with windows,
// sinks, ragged lengths, several sequences in a step, blocks in any order, released ones and what
// an earlier sequence left in a block.

#include <algorithm>
#include <cstring>
#include <numeric>

#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

// One sequence: how long it is, and how many of its last tokens the step computes.
struct Run {
  int length;
  int tokens;
};

struct Case {
  AttentionShape shape;
  bool sinks;
  std::vector<Run> runs;
};

AttentionShape grouped(int heads, int kv_heads, int head_dim, int window) {
  return {.kind = AttentionKind::kGrouped,
          .num_heads = heads,
          .num_kv_heads = kv_heads,
          .key_size = head_dim,
          .value_size = head_dim,
          .window = window,
          .scale = 0.25f};
}

AttentionShape latent(int heads, int latent_size, int rotary) {
  return {.kind = AttentionKind::kLatent,
          .num_heads = heads,
          .num_kv_heads = 1,
          .key_size = latent_size + rotary,
          .value_size = latent_size,
          .window = 0,
          .scale = 0.2f};
}

// As a draft layer sees its pairs: the key at position 0 is none.
AttentionShape behind_first_key(AttentionShape shape) {
  shape.first_key = 1;
  return shape;
}

// Every shape over a cache in float32, and over one in bf16.
std::vector<Case> with_both_caches(const std::vector<Case>& list) {
  std::vector<Case> all = list;
  for (Case c : list) {
    c.shape.cache_dtype = DType::kBF16;
    all.push_back(c);
  }
  return all;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> list = with_both_caches({
      {grouped(4, 4, 16, 0), false, {{40, 40}}},
      {grouped(6, 2, 24, 8), false, {{50, 50}, {7, 7}}},
      {grouped(8, 1, 32, 0), false, {{33, 1}, {1, 1}, {64, 3}}},
      {grouped(6, 2, 24, 8), false, {{100, 1}, {16, 1}, {17, 1}}},
      {grouped(4, 2, 20, 33), true, {{90, 7}}},
      {grouped(2, 2, 128, 0), true, {{200, 150}, {3, 2}}},
      {grouped(4, 2, 16, 1), false, {{20, 20}}},
      {latent(4, 32, 16), false, {{60, 60}}},
      {latent(6, 24, 8), false, {{45, 3}, {16, 16}}},
      {latent(20, 40, 4), false, {{17, 1}, {31, 1}, {32, 1}}},
      {behind_first_key(grouped(6, 2, 24, 0)), false, {{40, 39}, {2, 1}, {17, 2}}},
      {behind_first_key(grouped(6, 2, 24, 8)), true, {{40, 39}, {9, 1}}},
      {behind_first_key(latent(4, 32, 16)), false, {{40, 39}, {2, 1}}},
      {latent(3, 33, 7), false, {{300, 2}, {130, 130}}},
      {grouped(3, 3, 17, 0), false, {{35, 20}}},
      {grouped(8, 2, 20, 300), true, {{700, 2}, {257, 1}}},
      {latent(18, 20, 4), false, {{513, 1}, {256, 1}}},
      // more heads to a key head than a tile has rows
      {grouped(142, 2, 16, 0), true, {{19, 2}, {5, 5}}},
  });
  return list;
}

// The keys, values and queries of a case, all sequences one after the other.
struct Inputs {
  std::vector<std::vector<float>> k;  // by sequence, [length, G · key_size]
  std::vector<std::vector<float>> v;
  std::vector<float> q;  // [T, H · key_size]
  std::vector<float> sinks;
};

Inputs draw_inputs(const Case& c) {
  std::mt19937 random(17);
  Inputs inputs;
  for (const Run& run : c.runs) {
    inputs.k.push_back(
        random_floats(random, int64_t{run.length} * c.shape.num_kv_heads * c.shape.key_size));
    inputs.v.push_back(
        random_floats(random, int64_t{run.length} * c.shape.num_kv_heads * c.shape.value_size));
    const std::vector<float> q =
        random_floats(random, int64_t{run.tokens} * c.shape.num_heads * c.shape.key_size);
    inputs.q.insert(inputs.q.end(), q.begin(), q.end());
  }
  inputs.sinks = random_floats(random, c.shape.num_heads);
  return inputs;
}

// Appends the tokens before the step in pieces, then those of the step, and attends.
std::vector<float> attend(Device& device, const Case& c, const Inputs& inputs) {
  AttentionShape shape = c.shape;
  if (c.sinks) shape.sinks_H = device.upload(inputs.sinks);
  const int64_t key_floats = int64_t{shape.num_kv_heads} * shape.key_size;
  const int64_t value_floats = int64_t{shape.num_kv_heads} * shape.value_size;
  const int64_t block_bytes = device->kv_block_bytes(shape);
  const int num_sequences = static_cast<int>(c.runs.size());
  int64_t stride = 0;
  for (const Run& run : c.runs)
    stride = std::max<int64_t>(stride, (run.length + kBlockTokens - 1) / kBlockTokens);
  // Ids from the end, so that neighbours of a sequence are none in memory. Fresh blocks are zeroed
  // by the cache, one beside them was left full of NaN.
  std::vector<int32_t> table(static_cast<size_t>(num_sequences * stride));
  std::iota(table.rbegin(), table.rend(), 1);
  DeviceBuffer memory(device.ops(),
                      static_cast<size_t>((num_sequences * stride + 2) * block_bytes));
  const std::vector<float> stale(static_cast<size_t>(block_bytes) / sizeof(float), NAN);
  device->upload(device.context(), memory.data(), stale.data(), static_cast<size_t>(block_bytes));

  PagedKv cache{.blocks = memory.data(),
                .block_bytes = block_bytes,
                .page_table = device.upload(table),
                .page_stride = stride};
  const auto append = [&](int sequence, int first, int last) {
    std::vector<SequenceRows> rows(static_cast<size_t>(num_sequences));
    rows[static_cast<size_t>(sequence)] = {0, last - first, first};
    const std::vector<float>& k = inputs.k[static_cast<size_t>(sequence)];
    const std::vector<float>& v = inputs.v[static_cast<size_t>(sequence)];
    device->append_kv(
        device.context(),
        {.shape = shape,
         .sequences = rows.data(),
         .num_sequences = num_sequences,
         .k = device.upload_rows({k.begin() + first * key_floats, k.begin() + last * key_floats},
                                 key_floats),
         .v = device.upload_rows(
             {v.begin() + first * value_floats, v.begin() + last * value_floats}, value_floats),
         .cache = cache});
  };
  std::vector<SequenceRows> rows;
  int num_tokens = 0;
  for (int s = 0; s < num_sequences; ++s) {
    const Run& run = c.runs[static_cast<size_t>(s)];
    const int first = run.length - run.tokens;
    for (int begin = 0; begin < first; begin += 23)
      append(s, begin, std::min(first, begin + 23));
    append(s, first, run.length);
    rows.push_back({num_tokens, run.tokens, first});
    num_tokens += run.tokens;
    // What lies before every visible key is somebody else's by now.
    const int first_visible =
        shape.window > 0 ? std::max(0, first - shape.window + 1) / kBlockTokens : 0;
    for (int block = 0; block < first_visible; ++block)
      table[static_cast<size_t>(s * stride + block)] = -1;
  }
  cache.page_table = device.upload(table);
  const int64_t out_size = int64_t{shape.num_heads} * shape.value_size;
  const Rows out = device.make_rows(num_tokens, out_size);
  device->attend(device.context(),
                 {.shape = shape,
                  .sequences = rows.data(),
                  .num_sequences = num_sequences,
                  .q = device.upload_rows(inputs.q, int64_t{shape.num_heads} * shape.key_size),
                  .cache = cache,
                  .out = out});
  return device.download(out, num_tokens, out_size);
}

// What the operator computes with: numbers of bf16 where the cache has no others.
Inputs as_computed_with(const Case& c, Inputs inputs) {
  if (c.shape.cache_dtype == DType::kF32) return inputs;
  const auto round = [](std::vector<float>& values) {
    for (float& value : values) {
      uint32_t bits;
      std::memcpy(&bits, &value, 4);
      bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
      std::memcpy(&value, &bits, 4);
    }
  };
  for (auto& k : inputs.k)
    round(k);
  for (auto& v : inputs.v)
    round(v);
  round(inputs.q);
  return inputs;
}

struct Exactly {
  std::vector<double> out;
  std::vector<double> norm;  // Σ probability · |value|
};

// softmax(scale · q·k) · v of one query and head over the keys that it may see.
Exactly attend_exactly(const Case& c, const Inputs& inputs, size_t sequence, int position, int head,
                       const float* q) {
  const AttentionShape& shape = c.shape;
  const int kv_head = head / (shape.num_heads / shape.num_kv_heads);
  const float* keys = inputs.k[sequence].data() + kv_head * shape.key_size;
  const bool is_latent = shape.kind == AttentionKind::kLatent;
  const float* values = is_latent ? keys : inputs.v[sequence].data() + kv_head * shape.value_size;
  const int64_t key_stride = int64_t{shape.num_kv_heads} * shape.key_size;
  const int64_t value_stride =
      is_latent ? key_stride : int64_t{shape.num_kv_heads} * shape.value_size;
  std::vector<double> out(static_cast<size_t>(shape.value_size), 0.0);
  std::vector<double> norm = out;
  double total =
      c.sinks ? std::exp(static_cast<double>(inputs.sinks[static_cast<size_t>(head)])) : 0.0;
  const int first =
      shape.window > 0 ? std::max(shape.first_key, position - shape.window + 1) : shape.first_key;
  for (int j = first; j <= position; ++j) {
    double dot = 0.0;
    for (int i = 0; i < shape.key_size; ++i)
      dot += static_cast<double>(q[i]) * keys[j * key_stride + i];
    const double weight = std::exp(dot * static_cast<double>(shape.scale));
    total += weight;
    for (int i = 0; i < shape.value_size; ++i) {
      out[static_cast<size_t>(i)] += weight * values[j * value_stride + i];
      norm[static_cast<size_t>(i)] +=
          weight * std::abs(static_cast<double>(values[j * value_stride + i]));
    }
  }
  for (double& value : out)
    value /= total;
  for (double& value : norm)
    value /= total;
  return {out, norm};
}

class AttentionTest : public OpTest {};

TEST_P(AttentionTest, EqualsTheDefinition) {
  for (const Case& c : cases()) {
    const Inputs drawn = draw_inputs(c);
    const std::vector<float> out =
        run_everywhere([&](Device& device) { return attend(device, c, drawn); });
    const Inputs inputs = as_computed_with(c, drawn);
    // Probabilities over a bf16 cache are half a unit of bf16 off, each by itself.
    const double off = c.shape.cache_dtype == DType::kBF16 ? 0x1p-8 : 0.0;
    int row = 0;
    for (size_t s = 0; s < c.runs.size(); ++s) {
      for (int t = 0; t < c.runs[s].tokens; ++t, ++row) {
        const int position = c.runs[s].length - c.runs[s].tokens + t;
        for (int head = 0; head < c.shape.num_heads; ++head) {
          const float* q =
              inputs.q.data() + (int64_t{row} * c.shape.num_heads + head) * c.shape.key_size;
          const Exactly expected = attend_exactly(c, inputs, s, position, head, q);
          for (int i = 0; i < c.shape.value_size; ++i)
            ASSERT_NEAR(
                out[static_cast<size_t>((row * c.shape.num_heads + head) * c.shape.value_size + i)],
                expected.out[static_cast<size_t>(i)],
                2e-5 + off * expected.norm[static_cast<size_t>(i)])
                << "sequence " << s << ", position " << position << ", head " << head;
        }
      }
    }
  }
}

// The same sequences one at a time, their tokens one a step.
TEST_P(AttentionTest, AQueryDependsNeitherOnItsStepNorOnOtherSequences) {
  for (const Case& c : cases()) {
    const Inputs inputs = draw_inputs(c);
    Device device(*GetParam(), 2);
    const std::vector<float> together = attend(device, c, inputs);
    int row = 0;
    for (size_t s = 0; s < c.runs.size(); ++s) {
      for (int t = 0; t < c.runs[s].tokens; ++t, ++row) {
        const int length = c.runs[s].length - c.runs[s].tokens + t + 1;
        const Case alone{c.shape, c.sinks, {{length, 1}}};
        const int64_t q_floats = int64_t{c.shape.num_heads} * c.shape.key_size;
        Inputs own{.k = {inputs.k[s]}, .v = {inputs.v[s]}, .q = {}, .sinks = inputs.sinks};
        own.q.assign(inputs.q.begin() + row * q_floats, inputs.q.begin() + (row + 1) * q_floats);
        const int64_t out_floats = int64_t{c.shape.num_heads} * c.shape.value_size;
        ASSERT_EQ(attend(device, alone, own),
                  std::vector<float>(together.begin() + row * out_floats,
                                     together.begin() + (row + 1) * out_floats));
      }
    }
  }
}

JANGWON_TEST_EVERY_OP_TABLE(AttentionTest);

}  // namespace
}  // namespace jangwon::runtime
