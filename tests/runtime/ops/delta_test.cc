// Linear attention against the definition in double precision, over awkward shapes; and
// that neither the cut of a sequence into steps nor its neighbours change a bit, results
// and states alike.

#include <algorithm>

#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

struct Case {
  DeltaShape shape;
  std::vector<int> lengths;  // of the sequences
};

const std::vector<Case>& cases() {
  static const std::vector<Case> list = {
      {{.num_heads = 1, .head_size = 1, .num_taps = 1}, {5}},
      {{.num_heads = 2, .head_size = 16, .num_taps = 4}, {1, 40}},
      {{.num_heads = 3, .head_size = 15, .num_taps = 2}, {33}},
      {{.num_heads = 4, .head_size = 20, .num_taps = 4}, {70, 3, 2}},
      {{.num_heads = 5, .head_size = 70, .num_taps = 7}, {9, 5}},  // more channels than a task's
      {{.num_heads = 1, .head_size = 128, .num_taps = 3}, {66}},
  };
  return list;
}

constexpr float kBetaScale = 2.0f;
constexpr float kFloor = -3.0f;

struct Inputs {
  std::vector<std::vector<float>> q, k, v, decay;  // by sequence, [T, H · K]
  std::vector<std::vector<float>> beta;            // by sequence, [T, H]
  std::vector<float> q_taps, k_taps, v_taps;       // [H · K, num_taps]
  std::vector<float> log_rate, decay_bias;
};

int64_t channels_of(const DeltaShape& shape) {
  return int64_t{shape.num_heads} * shape.head_size;
}

Inputs draw_inputs(const Case& c) {
  std::mt19937 random(31);
  const int64_t channels = channels_of(c.shape);
  Inputs inputs;
  for (const int length : c.lengths) {
    for (auto* stream : {&inputs.q, &inputs.k, &inputs.v, &inputs.decay})
      stream->push_back(random_floats(random, length * channels, 1.5f));
    inputs.beta.push_back(random_floats(random, int64_t{length} * c.shape.num_heads, 2.0f));
  }
  for (auto* taps : {&inputs.q_taps, &inputs.k_taps, &inputs.v_taps})
    *taps = random_floats(random, channels * c.shape.num_taps, 0.7f);
  inputs.log_rate = random_floats(random, c.shape.num_heads, 0.5f);
  inputs.decay_bias = random_floats(random, channels, 1.5f);
  return inputs;
}

// Outputs [T, H · K] of each sequence, and the bytes of its state afterwards.
struct Outcome {
  std::vector<std::vector<float>> out;
  std::vector<std::vector<std::byte>> states;
  bool operator==(const Outcome&) const = default;
};

// Every sequence in pieces of at most `piece` tokens, all sequences that are not done in each step.
Outcome run_in_pieces(Device& device, const Case& c, const Inputs& inputs, int piece) {
  const int64_t channels = channels_of(c.shape);
  const size_t count = c.lengths.size();
  const int64_t slot_bytes = device->delta_state_bytes(c.shape);
  // Slots in reverse; in the one before them lies somebody else's state, which must not be met.
  DeviceBuffer memory(device.ops(), (count + 1) * static_cast<size_t>(slot_bytes));
  const std::vector<float> stale(static_cast<size_t>(slot_bytes) / sizeof(float), NAN);
  device->upload(device.context(), memory.data(), stale.data(), static_cast<size_t>(slot_bytes));
  Outcome outcome;
  outcome.out.resize(count);
  for (int begin = 0; begin < *std::max_element(c.lengths.begin(), c.lengths.end());
       begin += piece) {
    std::vector<SequenceRows> rows;
    std::vector<int32_t> slots;
    std::vector<size_t> who;
    std::vector<float> q, k, v, decay, beta;
    int num_tokens = 0;
    for (size_t s = 0; s < count; ++s) {
      const int tokens = std::min(piece, c.lengths[s] - begin);
      if (tokens <= 0) continue;
      rows.push_back({num_tokens, tokens, begin});
      slots.push_back(static_cast<int32_t>(count - s));
      who.push_back(s);
      num_tokens += tokens;
      const auto append = [&](std::vector<float>& to, const std::vector<float>& from,
                              int64_t width) {
        to.insert(to.end(), from.begin() + begin * width, from.begin() + (begin + tokens) * width);
      };
      append(q, inputs.q[s], channels);
      append(k, inputs.k[s], channels);
      append(v, inputs.v[s], channels);
      append(decay, inputs.decay[s], channels);
      append(beta, inputs.beta[s], c.shape.num_heads);
    }
    const LayerStates states{
        .slots = memory.data(), .slot_bytes = slot_bytes, .slot_of_sequence = slots.data()};
    const auto convolve = [&](DeltaStream stream, const std::vector<float>& in,
                              const std::vector<float>& taps) {
      const Rows out = device.make_rows(num_tokens, channels);
      device->convolve(device.context(), {.shape = c.shape,
                                          .stream = stream,
                                          .sequences = rows.data(),
                                          .num_sequences = static_cast<int>(rows.size()),
                                          .in = device.upload_rows(in, channels),
                                          .weight = device.upload(taps),
                                          .states = states,
                                          .out = out});
      return out;
    };
    const Rows out = device.make_rows(num_tokens, channels);
    device->delta_rule(device.context(), {.shape = c.shape,
                                          .sequences = rows.data(),
                                          .num_sequences = static_cast<int>(rows.size()),
                                          .q = convolve(DeltaStream::kQueries, q, inputs.q_taps),
                                          .k = convolve(DeltaStream::kKeys, k, inputs.k_taps),
                                          .v = convolve(DeltaStream::kValues, v, inputs.v_taps),
                                          .decay = device.upload_rows(decay, channels),
                                          .beta = device.upload_rows(beta, c.shape.num_heads),
                                          .log_rate_H = device.upload(inputs.log_rate),
                                          .decay_bias_HK = device.upload(inputs.decay_bias),
                                          .decay_floor = kFloor,
                                          .beta_scale = kBetaScale,
                                          .states = states,
                                          .out = out});
    const std::vector<float> values = device.download(out, num_tokens, channels);
    for (size_t i = 0; i < who.size(); ++i) {
      const auto first = values.begin() + rows[i].first_row * channels;
      outcome.out[who[i]].insert(outcome.out[who[i]].end(), first,
                                 first + rows[i].num_tokens * channels);
    }
  }
  for (size_t s = 0; s < count; ++s)
    outcome.states.push_back(
        device.download(memory.data() + static_cast<int64_t>(count - s) * slot_bytes, slot_bytes));
  return outcome;
}

std::vector<double> convolve_exactly(const DeltaShape& shape, const std::vector<float>& in,
                                     const std::vector<float>& taps, int length) {
  const int64_t channels = channels_of(shape);
  std::vector<double> out(in.size());
  for (int t = 0; t < length; ++t) {
    for (int64_t i = 0; i < channels; ++i) {
      double sum = 0.0;
      for (int tap = 0; tap < shape.num_taps; ++tap) {
        const int at = t - shape.num_taps + 1 + tap;
        if (at >= 0) {
          sum += static_cast<double>(in[static_cast<size_t>(at * channels + i)]) *
                 taps[static_cast<size_t>(i * shape.num_taps + tap)];
        }
      }
      out[static_cast<size_t>(t * channels + i)] = sum / (1.0 + std::exp(-sum));
    }
  }
  return out;
}

// One head of one sequence; `largest` receives the largest component that its state ever has.
std::vector<double> head_exactly(const Case& c, const Inputs& inputs, size_t s, int head,
                                 const std::vector<double>& q, const std::vector<double>& k,
                                 const std::vector<double>& v, double& largest) {
  const int size = c.shape.head_size;
  const int64_t channels = channels_of(c.shape);
  std::vector<double> state(static_cast<size_t>(size * size), 0.0);
  std::vector<double> out;
  const double rate = std::exp(static_cast<double>(inputs.log_rate[static_cast<size_t>(head)]));
  for (int t = 0; t < c.lengths[s]; ++t) {
    const size_t at = static_cast<size_t>(t * channels + int64_t{head} * size);
    double q_squares = 1e-6;
    double k_squares = 1e-6;
    for (size_t i = 0; i < static_cast<size_t>(size); ++i) {
      q_squares += q[at + i] * q[at + i];
      k_squares += k[at + i] * k[at + i];
    }
    const double beta =
        kBetaScale /
        (1.0 + std::exp(-static_cast<double>(
                   inputs.beta[s][static_cast<size_t>(t * c.shape.num_heads + head)])));
    std::vector<double> held(static_cast<size_t>(size), 0.0);
    for (int i = 0; i < size; ++i) {
      const double x = static_cast<double>(inputs.decay[s][at + static_cast<size_t>(i)]) +
                       inputs.decay_bias[static_cast<size_t>(head * size + i)];
      const double decay = std::exp(std::max<double>(kFloor, -rate * std::log1p(std::exp(x))));
      for (int j = 0; j < size; ++j) {
        double& cell = state[static_cast<size_t>(i * size + j)];
        cell *= decay;
        held[static_cast<size_t>(j)] +=
            k[at + static_cast<size_t>(i)] / std::sqrt(k_squares) * cell;
      }
    }
    for (int j = 0; j < size; ++j) {
      const double change = beta * (v[at + static_cast<size_t>(j)] - held[static_cast<size_t>(j)]);
      double read = 0.0;
      for (int i = 0; i < size; ++i) {
        double& cell = state[static_cast<size_t>(i * size + j)];
        cell += k[at + static_cast<size_t>(i)] / std::sqrt(k_squares) * change;
        read += q[at + static_cast<size_t>(i)] / std::sqrt(q_squares) /
                std::sqrt(static_cast<double>(size)) * cell;
        largest = std::max(largest, std::abs(cell));
      }
      out.push_back(read);
    }
  }
  return out;
}

class DeltaTest : public OpTest {};

TEST_P(DeltaTest, EqualsTheDefinition) {
  for (const Case& c : cases()) {
    const Inputs inputs = draw_inputs(c);
    const Outcome outcome =
        run_everywhere([&](Device& device) { return run_in_pieces(device, c, inputs, 1000); });
    const int64_t channels = channels_of(c.shape);
    for (size_t s = 0; s < c.lengths.size(); ++s) {
      const std::vector<double> q =
          convolve_exactly(c.shape, inputs.q[s], inputs.q_taps, c.lengths[s]);
      const std::vector<double> k =
          convolve_exactly(c.shape, inputs.k[s], inputs.k_taps, c.lengths[s]);
      const std::vector<double> v =
          convolve_exactly(c.shape, inputs.v[s], inputs.v_taps, c.lengths[s]);
      for (int head = 0; head < c.shape.num_heads; ++head) {
        double largest = 0.0;
        const std::vector<double> expected = head_exactly(c, inputs, s, head, q, k, v, largest);
        for (int t = 0; t < c.lengths[s]; ++t) {
          for (int j = 0; j < c.shape.head_size; ++j) {
            const size_t at =
                static_cast<size_t>(t * channels + int64_t{head} * c.shape.head_size + j);
            // A step adds some roundings of the state's size; decays and corrections do
            // not let them grow.
            ASSERT_NEAR(outcome.out[s][at],
                        expected[static_cast<size_t>(t * c.shape.head_size + j)],
                        kFloatEpsilon * 60 * (1.0 + largest))
                << "sequence " << s << ", token " << t << ", head " << head;
          }
        }
      }
    }
  }
}

// A prompt in one piece, in pieces of any size, and token by token.
TEST_P(DeltaTest, HowASequenceIsCutChangesNoBit) {
  for (const Case& c : cases()) {
    const Inputs inputs = draw_inputs(c);
    Device device(*GetParam(), 2);
    const Outcome whole = run_in_pieces(device, c, inputs, 1000);
    for (const int piece : {1, 2, 3, 5, 31, 32, 33})
      EXPECT_EQ(run_in_pieces(device, c, inputs, piece), whole) << "pieces of " << piece;
  }
}

TEST_P(DeltaTest, ASequenceDependsOnNoOther) {
  for (const Case& c : cases()) {
    const Inputs inputs = draw_inputs(c);
    Device device(*GetParam(), 3);
    const Outcome together = run_in_pieces(device, c, inputs, 7);
    for (size_t s = 0; s < c.lengths.size(); ++s) {
      const Case alone{c.shape, {c.lengths[s]}};
      Inputs own = inputs;
      own.q = {inputs.q[s]};
      own.k = {inputs.k[s]};
      own.v = {inputs.v[s]};
      own.decay = {inputs.decay[s]};
      own.beta = {inputs.beta[s]};
      const Outcome outcome = run_in_pieces(device, alone, own, 1000);
      EXPECT_EQ(outcome.out[0], together.out[s]);
      EXPECT_EQ(outcome.states[0], together.states[s]);
    }
  }
}

JANGWON_TEST_EVERY_OP_TABLE(DeltaTest);

}  // namespace
}  // namespace jangwon::runtime
