// The operators that work on one row at a time: embedding, gathering, norms,
// residuals, activations.

#include <numeric>

#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

// Rows: none, one, odd, more than a task's.
constexpr int kRowCounts[] = {0, 1, 7, 70};
constexpr int kSizes[] = {1, 15, 16, 17, 100};

class RowOpsTest : public OpTest {};

TEST_P(RowOpsTest, EmbedCopiesTheRowOfEachId) {
  std::mt19937 random(1);
  for (const int size : kSizes) {
    for (const int rows : kRowCounts) {
      for (const float multiplier : {1.0f, 12.0f}) {
        const std::vector<float> table = random_floats(random, int64_t{9} * size);
        std::vector<int32_t> ids;
        for (int t = 0; t < rows; ++t)
          ids.push_back(t * 5 % 9);
        const std::vector<float> hidden = run_everywhere([&](Device& device) {
          const WeightMatrix packed = device.pack(table, 9, size, {}, PackedUse::kLookup);
          const Rows out = device.make_rows(rows, size);
          device->embed(device.context(), {.table_VD = packed.get(),
                                           .ids_T = device.upload(ids),
                                           .num_tokens = rows,
                                           .multiplier = multiplier,
                                           .hidden_TD = out});
          return device.download(out, rows, size);
        });
        for (int t = 0; t < rows; ++t)
          for (int i = 0; i < size; ++i)
            ASSERT_EQ(
                hidden[static_cast<size_t>(t * size + i)],
                table[static_cast<size_t>(ids[static_cast<size_t>(t)] * size + i)] * multiplier);
      }
    }
  }
}

TEST_P(RowOpsTest, GatherRowsTakesTheRowsInTheOrderOfTheIndices) {
  std::mt19937 random(2);
  for (const int size : kSizes) {
    const std::vector<float> in = random_floats(random, int64_t{20} * size);
    const std::vector<int32_t> indices = {19, 0, 3, 3, 7};
    const std::vector<float> out = run_everywhere([&](Device& device) {
      const Rows target = device.make_rows(5, size);
      device->gather_rows(device.context(), {.in = device.upload_rows(in, size),
                                             .indices = device.upload(indices),
                                             .num_rows = 5,
                                             .size = size,
                                             .out = target});
      return device.download(target, 5, size);
    });
    for (int r = 0; r < 5; ++r)
      for (int i = 0; i < size; ++i)
        ASSERT_EQ(out[static_cast<size_t>(r * size + i)],
                  in[static_cast<size_t>(indices[static_cast<size_t>(r)] * size + i)]);
  }
}

TEST_P(RowOpsTest, RmsNormIsThatOfEachRow) {
  std::mt19937 random(3);
  for (const int size : kSizes) {
    for (const int rows : kRowCounts) {
      const std::vector<float> in = random_floats(random, int64_t{rows} * size, 3.0f);
      const std::vector<float> weight = random_floats(random, size);
      const std::vector<float> out = run_everywhere([&](Device& device) {
        const Rows target = device.upload_rows(in, size);  // in place
        device->rms_norm(device.context(), {.in = target,
                                            .weight = device.upload(weight),
                                            .num_rows = rows,
                                            .size = size,
                                            .epsilon = 1e-5f,
                                            .out = target});
        return device.download(target, rows, size);
      });
      for (int r = 0; r < rows; ++r) {
        double squares = 0.0;
        for (int i = 0; i < size; ++i)
          squares += static_cast<double>(in[static_cast<size_t>(r * size + i)]) *
                     in[static_cast<size_t>(r * size + i)];
        const double scale = 1.0 / std::sqrt(squares / size + 1e-5);
        for (int i = 0; i < size; ++i) {
          const double exact =
              in[static_cast<size_t>(r * size + i)] * scale * weight[static_cast<size_t>(i)];
          // The sum's relative error counts by half, and three roundings follow it.
          ASSERT_NEAR(out[static_cast<size_t>(r * size + i)], exact,
                      kFloatEpsilon * (size / 16.0 + 8.0) * std::abs(exact) + 1e-30);
        }
      }
    }
  }
}

TEST_P(RowOpsTest, LayerNormIsThatOfEachRow) {
  std::mt19937 random(6);
  for (const int size : kSizes) {
    for (const int rows : kRowCounts) {
      std::vector<float> in = random_floats(random, int64_t{rows} * size, 3.0f);
      for (float& value : in)
        value += 5.0f;  // a mean that its squares would drown in
      const std::vector<float> weight = random_floats(random, size);
      const std::vector<float> bias = random_floats(random, size);
      const std::vector<float> out = run_everywhere([&](Device& device) {
        const Rows target = device.upload_rows(in, size);  // in place
        device->layer_norm(device.context(), {.in = target,
                                              .weight = device.upload(weight),
                                              .bias = device.upload(bias),
                                              .num_rows = rows,
                                              .size = size,
                                              .epsilon = 1e-6f,
                                              .out = target});
        return device.download(target, rows, size);
      });
      for (int r = 0; r < rows; ++r) {
        const float* row = in.data() + r * size;
        const double mean = std::accumulate(row, row + size, 0.0) / size;
        double squares = 0.0;
        for (int i = 0; i < size; ++i)
          squares += (row[i] - mean) * (row[i] - mean);
        const double scale = 1.0 / std::sqrt(squares / size + 1e-6);
        for (int i = 0; i < size; ++i) {
          const double factor = scale * weight[static_cast<size_t>(i)];
          const double exact = (row[i] - mean) * factor + bias[static_cast<size_t>(i)];
          // The mean errs by its own rounding, which the scale enlarges; the rest is relative.
          ASSERT_NEAR(
              out[static_cast<size_t>(r * size + i)], exact,
              kFloatEpsilon * (size / 16.0 + 8.0) * (8.0 * std::abs(factor) + std::abs(exact)));
        }
      }
    }
  }
}

TEST_P(RowOpsTest, GateMultipliesEachHeadByTheSigmoidOfItsGate) {
  std::mt19937 random(7);
  for (const int size : kSizes) {
    for (const int rows : kRowCounts) {
      // Gates stand behind something else in their heads, as those of latent attention do.
      constexpr int kHeads = 3;
      constexpr int kBefore = 5;
      const int gate_stride = kBefore + size;
      const std::vector<float> in = random_floats(random, int64_t{rows} * kHeads * size, 3.0f);
      const std::vector<float> gate =
          random_floats(random, int64_t{rows} * kHeads * gate_stride, 5.0f);
      const std::vector<float> out = run_everywhere([&](Device& device) {
        const Rows target = device.upload_rows(in, kHeads * size);  // in place
        const Rows gates = device.upload_rows(gate, kHeads * gate_stride);
        device->gate(device.context(),
                     {.in = target,
                      .gate = {rows > 0 ? gates.data + kBefore : nullptr, gates.stride},
                      .num_rows = rows,
                      .num_heads = kHeads,
                      .size = size,
                      .in_head_stride = size,
                      .gate_head_stride = gate_stride,
                      .out = target,
                      .out_head_stride = size});
        return device.download(target, rows, kHeads * size);
      });
      for (int head = 0; head < rows * kHeads; ++head) {
        for (int i = 0; i < size; ++i) {
          const size_t at = static_cast<size_t>(head * size + i);
          const double g = gate[static_cast<size_t>(head * gate_stride + kBefore + i)];
          const double exact = in[at] / (1.0 + std::exp(-g));
          ASSERT_NEAR(out[at], exact, 6 * kFloatEpsilon * std::abs(exact));
        }
      }
    }
  }
}

TEST_P(RowOpsTest, ARowThatGatesItselfIsItsSilu) {
  std::mt19937 random(8);
  const std::vector<float> in = random_floats(random, 70 * 17, 5.0f);
  const std::vector<float> out = run_everywhere([&](Device& device) {
    const Rows rows = device.upload_rows(in, 17);
    device->gate(device.context(),
                 {.in = rows, .gate = rows, .num_rows = 70, .size = 17, .out = rows});
    return device.download(rows, 70, 17);
  });
  for (size_t i = 0; i < in.size(); ++i) {
    const double exact = in[i] / (1.0 + std::exp(-static_cast<double>(in[i])));
    ASSERT_NEAR(out[i], exact, 6 * kFloatEpsilon * std::abs(exact));
  }
}

TEST_P(RowOpsTest, AddResidualAddsTheUpdateTimesTheMultiplier) {
  std::mt19937 random(4);
  for (const int size : kSizes) {
    for (const float multiplier : {1.0f, 0.22f}) {
      const std::vector<float> update = random_floats(random, int64_t{40} * size);
      const std::vector<float> before = random_floats(random, int64_t{40} * size);
      const std::vector<float> after = run_everywhere([&](Device& device) {
        const Rows hidden = device.upload_rows(before, size);
        device->add_residual(device.context(), {.update_TD = device.upload_rows(update, size),
                                                .num_rows = 40,
                                                .size = size,
                                                .multiplier = multiplier,
                                                .hidden_TD = hidden});
        return device.download(hidden, 40, size);
      });
      for (size_t i = 0; i < after.size(); ++i)
        ASSERT_EQ(after[i], before[i] + (multiplier == 1.0f ? update[i] : update[i] * multiplier));
    }
  }
}

TEST_P(RowOpsTest, ActivateComputesEveryUnit) {
  std::mt19937 random(5);
  for (const int size : kSizes) {
    for (const Activation activation :
         {Activation::kSwiglu, Activation::kClampedSwiglu, Activation::kLimitedSwiglu}) {
      const std::vector<float> gate = random_floats(random, int64_t{18} * size, 5.0f);
      const std::vector<float> up = random_floats(random, int64_t{18} * size, 5.0f);
      const std::vector<float> out = run_everywhere([&](Device& device) {
        const Rows target = device.upload_rows(gate, size);
        device->activate(device.context(), {.activation = activation,
                                            .limit = 7.0f,
                                            .gate = target,
                                            .up = device.upload_rows(up, size),
                                            .num_rows = 18,
                                            .size = size,
                                            .out = target});
        return device.download(target, 18, size);
      });
      for (size_t i = 0; i < out.size(); ++i) {
        const bool clamped = activation == Activation::kClampedSwiglu;
        const bool limited = activation != Activation::kSwiglu;
        const double g = limited ? std::min<double>(gate[i], 7.0) : gate[i];
        const double u =
            (limited ? std::clamp<double>(up[i], -7.0, 7.0) : up[i]) + (clamped ? 1.0 : 0.0);
        const double exact = g / (1.0 + std::exp(-(clamped ? 1.702 : 1.0) * g)) * u;
        ASSERT_NEAR(out[i], exact, 3e-6 * (1.0 + std::abs(exact)));
      }
    }
  }
}

JANGWON_TEST_EVERY_OP_TABLE(RowOpsTest);

}  // namespace
}  // namespace jangwon::runtime
