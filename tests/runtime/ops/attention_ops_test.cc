// Attention over blocks against the definition in double precision, with windows, sinks, ragged lengths and stale
// blocks.

#include "runtime/ops/attention_ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "runtime/kernels/cpu/kernel_list.h"

namespace jangwon::runtime {
namespace {

std::vector<float> random_floats(std::mt19937& random, int64_t count) {
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values)
    value = normal(random);
  return values;
}

struct Case {
  int heads;
  int kv_heads;
  int head_dim;
  int window;
  int length;  // of the sequence
  int tokens;  // of it in this step, the last ones
  bool sinks;
};

// softmax(scale · q·k) · v of one query, over keys [first, last).
std::vector<double> attend_exactly(const float* q, const std::vector<const float*>& keys,
                                   const std::vector<const float*>& values, int key_size, int value_size, int first,
                                   int last, double scale, const float* sink) {
  std::vector<double> scores;
  double total = sink ? std::exp(static_cast<double>(*sink)) : 0.0;
  for (int j = first; j < last; ++j) {
    double dot = 0.0;
    for (int i = 0; i < key_size; ++i)
      dot += static_cast<double>(q[i]) * keys[static_cast<size_t>(j)][i];
    scores.push_back(std::exp(dot * scale));
    total += scores.back();
  }
  std::vector<double> out(static_cast<size_t>(value_size), 0.0);
  for (int j = first; j < last; ++j)
    for (int i = 0; i < value_size; ++i)
      out[static_cast<size_t>(i)] += scores[static_cast<size_t>(j - first)] / total * values[static_cast<size_t>(j)][i];
  return out;
}

class GroupedAttentionTest : public testing::TestWithParam<Case> {};

TEST_P(GroupedAttentionTest, EqualsTheDefinition) {
  const Case& c = GetParam();
  std::mt19937 random(17);
  const std::vector<float> sinks = random_floats(random, c.heads);
  const GroupedAttention attention{.num_heads = c.heads,
                                   .num_kv_heads = c.kv_heads,
                                   .head_dim = c.head_dim,
                                   .window = c.window,
                                   .scale = 0.25f,
                                   .sinks_H = c.sinks ? sinks.data() : nullptr};
  const int64_t kv_size = int64_t{c.kv_heads} * c.head_dim;
  const std::vector<float> k = random_floats(random, c.length * kv_size);
  const std::vector<float> v = random_floats(random, c.length * kv_size);
  const std::vector<float> q = random_floats(random, int64_t{c.tokens} * c.heads * c.head_dim);
  std::vector<std::vector<float>> storage;
  std::vector<float*> blocks;
  const int first_position = c.length - c.tokens;
  const int first_visible = c.window > 0 ? std::max(0, first_position - c.window + 1) / kLanes : 0;
  for (int b = 0; b * kLanes < c.length; ++b)
    storage.emplace_back(static_cast<size_t>(attention.block_floats()), 0.0f);
  for (size_t b = 0; b < storage.size(); ++b)
    blocks.push_back(static_cast<int>(b) < first_visible ? nullptr : storage[b].data());
  for (int j = first_visible * kLanes; j < c.length; ++j)
    attention.store(blocks[static_cast<size_t>(j / kLanes)], j, k.data() + j * kv_size, v.data() + j * kv_size);

  const AttentionSequence sequence{0, c.tokens, first_position, blocks};
  const int64_t out_stride = c.heads * padded(c.head_dim);
  std::vector<float> out(static_cast<size_t>(c.tokens * out_stride));
  ThreadPool pool(2);
  attention.attend({*available_kernel_tables().back(), pool}, {&sequence, 1}, q.data(), int64_t{c.heads} * c.head_dim,
                   out.data(), out_stride);
  for (int t = 0; t < c.tokens; ++t) {
    const int position = first_position + t;
    const int first = c.window > 0 ? std::max(0, position - c.window + 1) : 0;
    for (int head = 0; head < c.heads; ++head) {
      std::vector<const float*> keys;
      std::vector<const float*> values;
      for (int j = 0; j < c.length; ++j) {
        const int64_t offset = j * kv_size + int64_t{head} / (c.heads / c.kv_heads) * c.head_dim;
        keys.push_back(k.data() + offset);
        values.push_back(v.data() + offset);
      }
      const std::vector<double> expected =
          attend_exactly(q.data() + (int64_t{t} * c.heads + head) * c.head_dim, keys, values, c.head_dim, c.head_dim,
                         first, position + 1, 0.25, c.sinks ? &sinks[static_cast<size_t>(head)] : nullptr);
      for (int i = 0; i < c.head_dim; ++i)
        ASSERT_NEAR(out[static_cast<size_t>(t * out_stride + head * padded(c.head_dim) + i)],
                    expected[static_cast<size_t>(i)], 2e-5);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, GroupedAttentionTest,
                         testing::Values(Case{4, 4, 16, 0, 40, 40, false}, Case{6, 2, 24, 8, 50, 50, false},
                                         Case{8, 1, 32, 0, 33, 1, false}, Case{6, 2, 24, 8, 100, 1, false},
                                         Case{4, 2, 20, 33, 90, 7, true}, Case{2, 2, 128, 0, 200, 150, true},
                                         Case{4, 2, 16, 1, 20, 20, false}));

TEST(LatentAttentionTest, EqualsTheDefinition) {
  std::mt19937 random(18);
  for (const auto& [heads, latent, rotary, length, tokens] :
       {std::tuple{4, 32, 16, 60, 60}, {6, 24, 8, 45, 3}, {20, 40, 4, 17, 1}}) {
    const LatentAttention attention{.num_heads = heads, .latent_size = latent, .rotary_size = rotary, .scale = 0.2f};
    const int key_size = attention.key_size();
    const std::vector<float> k = random_floats(random, int64_t{length} * key_size);
    const std::vector<float> q = random_floats(random, int64_t{tokens} * heads * key_size);
    std::vector<std::vector<float>> storage;
    std::vector<float*> blocks;
    for (int b = 0; b * kLanes < length; ++b)
      storage.emplace_back(static_cast<size_t>(attention.block_floats()), 0.0f);
    for (std::vector<float>& block : storage)
      blocks.push_back(block.data());
    std::vector<const float*> keys;
    for (int j = 0; j < length; ++j) {
      attention.store(blocks[static_cast<size_t>(j / kLanes)], j, k.data() + int64_t{j} * key_size);
      keys.push_back(k.data() + int64_t{j} * key_size);
    }
    const AttentionSequence sequence{0, tokens, length - tokens, blocks};
    const int64_t out_stride = heads * padded(latent);
    std::vector<float> out(static_cast<size_t>(tokens * out_stride));
    ThreadPool pool(2);
    attention.attend({*available_kernel_tables().back(), pool}, {&sequence, 1}, q.data(), int64_t{heads} * key_size,
                     out.data(), out_stride);
    for (int t = 0; t < tokens; ++t) {
      for (int head = 0; head < heads; ++head) {
        const std::vector<double> expected =
            attend_exactly(q.data() + (int64_t{t} * heads + head) * key_size, keys, keys, key_size, latent, 0,
                           length - tokens + t + 1, 0.2, nullptr);
        for (int i = 0; i < latent; ++i)
          ASSERT_NEAR(out[static_cast<size_t>(t * out_stride + head * padded(latent) + i)],
                      expected[static_cast<size_t>(i)], 2e-5);
      }
    }
  }
}

}  // namespace
}  // namespace jangwon::runtime
