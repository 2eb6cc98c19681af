// Experts, from the gathering of rows to the weighted sum, against double precision: with weights
// as F32, and as BF16 with inputs that are bf16 numbers, where an inner row is rounded once.

#include <bit>

#include "runtime/ops/chain_layout.h"
#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

struct Case {
  int tokens;
  int experts;
  int chosen;
  int hidden;
  int inner;
  Activation activation;
  bool shared;
  DType weights = DType::kF32;
};

constexpr Case kCases[] = {
    {1, 3, 1, 8, 5, Activation::kSwiglu, false},
    {5, 4, 2, 33, 17, Activation::kClampedSwiglu, true},
    {40, 8, 3, 64, 48, Activation::kSwiglu, true},
    {19, 2, 2, 100, 160, Activation::kSwiglu, false},
    {5, 4, 2, 33, 17, Activation::kClampedSwiglu, true, DType::kBF16},
    // experts with rows enough for what a GPU has for many, beside others with few and none
    {40, 9, 3, 72, 41, Activation::kSwiglu, true, DType::kBF16},
    {19, 2, 2, 100, 160, Activation::kLimitedSwiglu, false, DType::kBF16}};

struct Inputs {
  std::vector<float> hidden;
  std::vector<float> shared;
  std::vector<float> router;
  std::vector<std::vector<float>> gate;  // by expert
  std::vector<std::vector<float>> up;
  std::vector<std::vector<float>> down;
  std::vector<std::vector<uint16_t>> halves;  // gate, up and down by expert, where they are BF16
};

// To numbers of bf16, which are returned.
std::vector<uint16_t> round_all(std::vector<float>& values) {
  std::vector<uint16_t> halves;
  for (float& value : values) {
    halves.push_back(bf16_of(value));
    value = std::bit_cast<float>(uint32_t{halves.back()} << 16);
  }
  return halves;
}

Inputs draw_inputs(const Case& c) {
  std::mt19937 random(11);
  Inputs inputs;
  inputs.hidden = random_floats(random, int64_t{c.tokens} * c.hidden);
  inputs.shared = random_floats(random, int64_t{c.tokens} * c.hidden);
  inputs.router = random_floats(random, int64_t{c.tokens} * c.experts);
  for (int e = 0; e < c.experts; ++e) {
    inputs.gate.push_back(random_floats(random, int64_t{c.inner} * c.hidden, 0.2f));
    inputs.up.push_back(random_floats(random, int64_t{c.inner} * c.hidden, 0.2f));
    inputs.down.push_back(random_floats(random, int64_t{c.inner} * c.hidden, 0.2f));
    if (c.weights != DType::kBF16) continue;
    round_all(inputs.hidden);
    for (auto* of_kind : {&inputs.gate, &inputs.up, &inputs.down})
      inputs.halves.push_back(round_all(of_kind->back()));
  }
  return inputs;
}

struct Result {
  std::vector<int32_t> ids;
  std::vector<float> weights;
  std::vector<float> out;
  bool operator==(const Result&) const = default;
};

Result run(Device& device, const Case& c, const Inputs& inputs) {
  std::vector<WeightMatrix> matrices;
  std::vector<ExpertMatrices> experts;
  for (size_t e = 0; e < inputs.gate.size(); ++e) {
    if (c.weights == DType::kBF16) {
      matrices.push_back(device.pack(inputs.halves[3 * e], c.inner, c.hidden));
      matrices.push_back(device.pack(inputs.halves[3 * e + 1], c.inner, c.hidden));
      matrices.push_back(device.pack(inputs.halves[3 * e + 2], c.hidden, c.inner));
    } else {
      matrices.push_back(device.pack(inputs.gate[e], c.inner, c.hidden));
      matrices.push_back(device.pack(inputs.up[e], c.inner, c.hidden));
      matrices.push_back(device.pack(inputs.down[e], c.hidden, c.inner));
    }
    const size_t count = matrices.size();
    experts.push_back(
        {matrices[count - 3].get(), matrices[count - 2].get(), matrices[count - 1].get()});
  }
  const int64_t slots = int64_t{c.tokens} * c.chosen;
  const ExpertRouting routing{.ids_TA = device.make<int32_t>(slots),
                              .weights_TA = device.make<float>(slots),
                              .offsets_E = device.make<int32_t>(c.experts + 1),
                              .row_of_slot_TA = device.make<int32_t>(slots),
                              .token_of_row_TA = device.make<int32_t>(slots)};
  device->route_experts(device.context(),
                        {.logits_TE = device.upload_rows(inputs.router, c.experts),
                         .num_tokens = c.tokens,
                         .options = {.num_experts = c.experts, .num_chosen = c.chosen},
                         .routing = routing});
  // Those work rows alone that the decoder would give: whoever touches another one ends the test.
  const bool in_floats = std::any_of(
      experts.begin(), experts.end(),
      [](const ExpertMatrices& matrices) { return !matrices.down_DF->takes_rounded(); });
  const Rows out = device.make_rows(c.tokens, c.hidden);
  device->experts(
      device.context(),
      {.hidden_TD = device.upload_rows(inputs.hidden, c.hidden),
       .num_tokens = c.tokens,
       .experts_E = experts.data(),
       .num_experts = c.experts,
       .num_chosen = c.chosen,
       .hidden_size = c.hidden,
       .inner_size = c.inner,
       .activation = c.activation,
       .limit = 7.0f,
       .routing = routing,
       .shared_TD = c.shared ? device.upload_rows(inputs.shared, c.hidden) : Rows(),
       .out_TD = out,
       .gathered_SD = device->gathers_experts ? device.make_rows(slots, c.hidden) : Rows(),
       .gate_SF = in_floats ? device.make_rows(slots, c.inner) : Rows()});
  return {device.download(routing.ids_TA, slots), device.download(routing.weights_TA, slots),
          device.download(out, c.tokens, c.hidden)};
}

struct Exactly {
  std::vector<double> out;
  std::vector<double> magnitude;  // the sum of what is added, without signs
};

Exactly expert_exactly(const Case& c, const Inputs& inputs, size_t e, const float* x) {
  std::vector<double> inner;
  for (int f = 0; f < c.inner; ++f) {
    double gate = 0.0;
    double up = 0.0;
    for (int i = 0; i < c.hidden; ++i) {
      gate += static_cast<double>(x[i]) * inputs.gate[e][static_cast<size_t>(f * c.hidden + i)];
      up += static_cast<double>(x[i]) * inputs.up[e][static_cast<size_t>(f * c.hidden + i)];
    }
    if (c.activation != Activation::kSwiglu) {
      gate = std::min(gate, 7.0);
      up = std::clamp(up, -7.0, 7.0);
    }
    if (c.activation == Activation::kClampedSwiglu) {
      inner.push_back(gate / (1.0 + std::exp(-1.702 * gate)) * (up + 1.0));
    } else {
      inner.push_back(gate / (1.0 + std::exp(-gate)) * up);
    }
  }
  Exactly exactly{std::vector<double>(static_cast<size_t>(c.hidden), 0.0),
                  std::vector<double>(static_cast<size_t>(c.hidden), 0.0)};
  for (int i = 0; i < c.hidden; ++i) {
    for (int f = 0; f < c.inner; ++f) {
      const double product =
          inner[static_cast<size_t>(f)] * inputs.down[e][static_cast<size_t>(i * c.inner + f)];
      exactly.out[static_cast<size_t>(i)] += product;
      exactly.magnitude[static_cast<size_t>(i)] += std::abs(product);
    }
  }
  return exactly;
}

class ExpertsTest : public OpTest {};

TEST_P(ExpertsTest, AreTheWeightedSumOfTheChosenAndTheShared) {
  for (const Case& c : kCases) {
    const Inputs inputs = draw_inputs(c);
    const Result result = run_everywhere([&](Device& device) { return run(device, c, inputs); });
    for (int t = 0; t < c.tokens; ++t) {
      std::vector<double> expected(static_cast<size_t>(c.hidden), 0.0);
      std::vector<double> magnitude(static_cast<size_t>(c.hidden), 0.0);
      for (int a = 0; a < c.chosen; ++a) {
        const size_t slot = static_cast<size_t>(t * c.chosen + a);
        const Exactly exactly = expert_exactly(c, inputs, static_cast<size_t>(result.ids[slot]),
                                               inputs.hidden.data() + t * c.hidden);
        for (size_t i = 0; i < expected.size(); ++i) {
          expected[i] += result.weights[slot] * exactly.out[i];
          magnitude[i] += result.weights[slot] * exactly.magnitude[i];
        }
      }
      // A number of the inner rows is off by half a unit of bf16.
      const double rounding = c.weights == DType::kBF16 ? 0x1p-9 : 0.0;
      for (int i = 0; i < c.hidden; ++i) {
        const size_t at = static_cast<size_t>(t * c.hidden + i);
        const double exact =
            expected[static_cast<size_t>(i)] + (c.shared ? inputs.shared[at] : 0.0);
        ASSERT_NEAR(result.out[at], exact,
                    2e-5 * (1.0 + std::abs(exact)) + rounding * magnitude[static_cast<size_t>(i)]);
      }
    }
  }
}

TEST_P(ExpertsTest, ATokenDependsOnNoOther) {
  for (const Case& c : kCases) {
    const Inputs inputs = draw_inputs(c);
    Device device(*GetParam(), 2);
    const std::vector<float> together = run(device, c, inputs).out;
    for (int t = 0; t < c.tokens; ++t) {
      Case alone = c;
      alone.tokens = 1;
      Inputs own = inputs;
      own.hidden.assign(inputs.hidden.begin() + t * c.hidden,
                        inputs.hidden.begin() + (t + 1) * c.hidden);
      own.shared.assign(inputs.shared.begin() + t * c.hidden,
                        inputs.shared.begin() + (t + 1) * c.hidden);
      own.router.assign(inputs.router.begin() + t * c.experts,
                        inputs.router.begin() + (t + 1) * c.experts);
      ASSERT_EQ(run(device, alone, own).out,
                std::vector<float>(together.begin() + t * c.hidden,
                                   together.begin() + (t + 1) * c.hidden));
    }
  }
}

JANGWON_TEST_EVERY_OP_TABLE(ExpertsTest);

}  // namespace
}  // namespace jangwon::runtime
