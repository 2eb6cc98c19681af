// Which keys sparse attention sees, against the definition in double precision; and that attention
// over chosen keys is attention over them alone.

#include <algorithm>
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
  int heads;     // of the indexer
  int key_size;  // of the indexer
  int num_chosen;
  std::vector<Run> runs;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> list = {
      {1, 1, 1, {{1, 1}, {17, 17}}},
      {3, 7, 16, {{16, 16}, {17, 1}, {40, 23}}},
      {16, 32, 5, {{70, 70}}},
      {2, 20, 33, {{33, 2}, {34, 34}, {130, 3}}},
      {5, 16, 700, {{1100, 2}, {699, 1}}},  // more blocks than are scored at a time
      {4, 8, 1000, {{50, 50}}},
  };
  return list;
}

constexpr int kHeads = 3;
constexpr int kLatent = 20;
constexpr int kRotary = 4;

AttentionShape shape_of(const Case& c) {
  return {.kind = AttentionKind::kLatent,
          .num_heads = kHeads,
          .num_kv_heads = 1,
          .key_size = kLatent + kRotary,
          .value_size = kLatent,
          .scale = 0.2f,
          .index_key_size = c.key_size};
}

struct Inputs {
  std::vector<std::vector<float>> k;        // by sequence, [length, key_size]
  std::vector<std::vector<float>> index_k;  // by sequence, [length, index_key_size]
  std::vector<float> q;                     // [T, H · key_size]
  std::vector<float> index_q;               // [T, heads · index_key_size]
  std::vector<float> weights;               // [T, heads]
};

Inputs draw_inputs(const Case& c) {
  std::mt19937 random(23);
  Inputs inputs;
  int64_t tokens = 0;
  for (const Run& run : c.runs) {
    inputs.k.push_back(random_floats(random, int64_t{run.length} * (kLatent + kRotary)));
    inputs.index_k.push_back(random_floats(random, int64_t{run.length} * c.key_size));
    tokens += run.tokens;
  }
  inputs.q = random_floats(random, tokens * kHeads * (kLatent + kRotary));
  inputs.index_q = random_floats(random, tokens * c.heads * c.key_size);
  inputs.weights = random_floats(random, tokens * c.heads);
  return inputs;
}

struct Outcome {
  std::vector<uint16_t> masks;
  std::vector<float> attended;
  std::vector<float> attended_to_all;
  int64_t stride = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome choose_and_attend(Device& device, const Case& c, const Inputs& inputs) {
  const AttentionShape shape = shape_of(c);
  const int num_sequences = static_cast<int>(c.runs.size());
  int64_t stride = 0;
  for (const Run& run : c.runs)
    stride = std::max<int64_t>(stride, (run.length + kBlockTokens - 1) / kBlockTokens);
  std::vector<int32_t> table(static_cast<size_t>(num_sequences * stride));
  std::iota(table.rbegin(), table.rend(), 0);
  const int64_t block_bytes = device->kv_block_bytes(shape);
  DeviceBuffer memory(device.ops(), static_cast<size_t>(num_sequences * stride * block_bytes));
  const PagedKv cache{.blocks = memory.data(),
                      .block_bytes = block_bytes,
                      .page_table = device.upload(table),
                      .page_stride = stride};
  std::vector<SequenceRows> rows;
  int num_tokens = 0;
  for (int s = 0; s < num_sequences; ++s) {
    const Run& run = c.runs[static_cast<size_t>(s)];
    std::vector<SequenceRows> all(static_cast<size_t>(num_sequences));
    all[static_cast<size_t>(s)] = {0, run.length, 0};
    device->append_kv(
        device.context(),
        {.shape = shape,
         .sequences = all.data(),
         .num_sequences = num_sequences,
         .k = device.upload_rows(inputs.k[static_cast<size_t>(s)], kLatent + kRotary),
         .index_k = device.upload_rows(inputs.index_k[static_cast<size_t>(s)], c.key_size),
         .cache = cache});
    rows.push_back({num_tokens, run.tokens, run.length - run.tokens});
    num_tokens += run.tokens;
  }
  uint16_t* masks = device.make<uint16_t>(num_tokens * stride);
  device->choose_keys(device.context(),
                      {.shape = shape,
                       .num_heads = c.heads,
                       .sequences = rows.data(),
                       .num_sequences = num_sequences,
                       .q = device.upload_rows(inputs.index_q, int64_t{c.heads} * c.key_size),
                       .weights = device.upload_rows(inputs.weights, c.heads),
                       .cache = cache,
                       .num_chosen = c.num_chosen,
                       .masks = masks,
                       .stride = stride});
  const auto attend = [&](ChosenKeys chosen) {
    const Rows out = device.make_rows(num_tokens, kHeads * kLatent);
    device->attend(device.context(),
                   {.shape = shape,
                    .sequences = rows.data(),
                    .num_sequences = num_sequences,
                    .q = device.upload_rows(inputs.q, kHeads * (kLatent + kRotary)),
                    .cache = cache,
                    .chosen = chosen,
                    .out = out});
    return device.download(out, num_tokens, kHeads * kLatent);
  };
  return {.masks = device.download(masks, num_tokens * stride),
          .attended = attend({.masks = masks, .stride = stride}),
          .attended_to_all = attend({}),
          .stride = stride};
}

bool sees(const Outcome& outcome, int row, int key) {
  return outcome.masks[static_cast<size_t>(row * outcome.stride + key / kBlockTokens)] >>
             (key % kBlockTokens) &
         1;
}

// Σ_h weights[h] · max(0, q_h · key) for every key up to the position, and the sum of the
// products' sizes.
std::pair<std::vector<double>, double> score_exactly(const Case& c, const Inputs& inputs,
                                                     size_t sequence, int row, int position) {
  std::vector<double> scores;
  double largest = 0.0;
  for (int key = 0; key <= position; ++key) {
    double total = 0.0;
    double size = 0.0;
    for (int head = 0; head < c.heads; ++head) {
      const float weight = inputs.weights[static_cast<size_t>(row * c.heads + head)];
      double dot = 0.0;
      for (int i = 0; i < c.key_size; ++i) {
        const double term =
            static_cast<double>(
                inputs.index_q[static_cast<size_t>((row * c.heads + head) * c.key_size + i)]) *
            inputs.index_k[sequence][static_cast<size_t>(key * c.key_size + i)];
        dot += term;
        size += std::abs(term * static_cast<double>(weight));
      }
      total += static_cast<double>(weight) * std::max(0.0, dot);
    }
    scores.push_back(total);
    largest = std::max(largest, size);
  }
  return {scores, largest};
}

class IndexerTest : public OpTest {};

TEST_P(IndexerTest, ChoosesTheBestKeysOfThePast) {
  for (const Case& c : cases()) {
    const Inputs inputs = draw_inputs(c);
    const Outcome outcome =
        run_everywhere([&](Device& device) { return choose_and_attend(device, c, inputs); });
    int row = 0;
    for (size_t s = 0; s < c.runs.size(); ++s) {
      for (int t = 0; t < c.runs[s].tokens; ++t, ++row) {
        const int position = c.runs[s].length - c.runs[s].tokens + t;
        const auto [scores, size] = score_exactly(c, inputs, s, row, position);
        std::vector<double> sorted = scores;
        std::sort(sorted.rbegin(), sorted.rend());
        int seen = 0;
        for (int key = 0; key < outcome.stride * kBlockTokens; ++key) {
          if (!sees(outcome, row, key)) continue;
          ++seen;
          ASSERT_LE(key, position) << "the future";
          // A key is as good as the last that belongs to the best, up to the rounding of its score.
          if (position >= c.num_chosen) {
            ASSERT_GE(scores[static_cast<size_t>(key)],
                      sorted[static_cast<size_t>(c.num_chosen) - 1] -
                          kFloatEpsilon * (c.key_size + c.heads + 4) * size);
          }
        }
        ASSERT_EQ(seen, std::min(position + 1, c.num_chosen));
      }
    }
  }
}

TEST_P(IndexerTest, AttentionOverChosenKeysIsOverThemAlone) {
  for (const Case& c : cases()) {
    const Inputs inputs = draw_inputs(c);
    Device device(*GetParam(), 2);
    const Outcome outcome = choose_and_attend(device, c, inputs);
    int row = 0;
    for (size_t s = 0; s < c.runs.size(); ++s) {
      for (int t = 0; t < c.runs[s].tokens; ++t, ++row) {
        const int position = c.runs[s].length - c.runs[s].tokens + t;
        for (int head = 0; head < kHeads; ++head) {
          const float* q = inputs.q.data() + (row * kHeads + head) * (kLatent + kRotary);
          std::vector<double> expected(kLatent, 0.0);
          double total = 0.0;
          for (int key = 0; key <= position; ++key) {
            if (!sees(outcome, row, key)) continue;
            const float* k = inputs.k[s].data() + key * (kLatent + kRotary);
            double dot = 0.0;
            for (int i = 0; i < kLatent + kRotary; ++i)
              dot += static_cast<double>(q[i]) * k[i];
            const double weight = std::exp(dot * static_cast<double>(0.2f));
            total += weight;
            for (int i = 0; i < kLatent; ++i)
              expected[static_cast<size_t>(i)] += weight * k[i];
          }
          for (int i = 0; i < kLatent; ++i) {
            const size_t at = static_cast<size_t>((row * kHeads + head) * kLatent + i);
            ASSERT_NEAR(outcome.attended[at], expected[static_cast<size_t>(i)] / total, 2e-5);
            // As long as every key is chosen, choosing changes no bit.
            if (position < c.num_chosen) {
              ASSERT_EQ(outcome.attended[at], outcome.attended_to_all[at]);
            }
          }
        }
      }
    }
  }
}

// The same tokens one a step, alone.
TEST_P(IndexerTest, ATokensChoiceDependsOnNoOther) {
  for (const Case& c : cases()) {
    const Inputs inputs = draw_inputs(c);
    Device device(*GetParam(), 3);
    const Outcome together = choose_and_attend(device, c, inputs);
    int row = 0;
    for (size_t s = 0; s < c.runs.size(); ++s) {
      for (int t = 0; t < c.runs[s].tokens; ++t, ++row) {
        const int length = c.runs[s].length - c.runs[s].tokens + t + 1;
        const Case alone{c.heads, c.key_size, c.num_chosen, {{length, 1}}};
        const auto part = [](const std::vector<float>& values, int64_t begin, int64_t count) {
          return std::vector<float>(values.begin() + begin, values.begin() + begin + count);
        };
        const int64_t q_floats = kHeads * (kLatent + kRotary);
        const int64_t index_floats = int64_t{c.heads} * c.key_size;
        const Inputs own{.k = {part(inputs.k[s], 0, int64_t{length} * (kLatent + kRotary))},
                         .index_k = {part(inputs.index_k[s], 0, int64_t{length} * c.key_size)},
                         .q = part(inputs.q, row * q_floats, q_floats),
                         .index_q = part(inputs.index_q, row * index_floats, index_floats),
                         .weights = part(inputs.weights, int64_t{row} * c.heads, c.heads)};
        const Outcome outcome = choose_and_attend(device, alone, own);
        for (int key = 0; key < length; ++key)
          ASSERT_EQ(sees(outcome, 0, key), sees(together, row, key));
        ASSERT_EQ(outcome.attended,
                  part(together.attended, int64_t{row} * kHeads * kLatent, kHeads * kLatent));
      }
    }
  }
}

// Where no head has anything to say, every score is zero: what comes first is seen. What is no
// number comes last.
TEST_P(IndexerTest, OfEqualKeysTheFirstAreSeen) {
  const Case c{2, 8, 21, {{60, 60}}};
  Inputs inputs = draw_inputs(c);
  for (float& value : inputs.index_q)
    value = std::abs(value);
  for (float& value : inputs.index_k[0])
    value = -std::abs(value);
  const Outcome zeros =
      run_everywhere([&](Device& device) { return choose_and_attend(device, c, inputs); });
  for (int key = 0; key < 60; ++key)
    EXPECT_EQ(sees(zeros, 59, key), key < 21) << key;
  for (int i = 0; i < 8; ++i)
    inputs.index_k[0][static_cast<size_t>(3 * 8 + i)] = NAN;
  const Outcome with_nan =
      run_everywhere([&](Device& device) { return choose_and_attend(device, c, inputs); });
  for (int key = 0; key < 60; ++key)
    EXPECT_EQ(sees(with_nan, 59, key), key < 22 && key != 3) << key;
}

JANGWON_TEST_EVERY_OP_TABLE(IndexerTest);

}  // namespace
}  // namespace jangwon::runtime
