// What a whole model loses by products in bf16, against what it may lose. A decoder in double
// precision, written here from the models' mathematics, computes the same sequence twice:
// exactly, and with the inputs of every product rounded to bf16 (activations, queries, keys,
// values, probabilities), which is what bf16 numerics promise and nothing else. The engine's
// numerics must lose no more than half as much again in the mean Kullback-Leibler divergence,
// and no more than twice as much in the largest difference of a log-probability, which is one
// draw of an extreme. A third pass rounds whatever stands in memory, the residual stream too, as
// a model in bf16 throughout does: it loses much more, so the bound is one that rounding in a
// wrong place would break.
//
// Two checkpoints: a dense one, whose exact pass is itself held to Hugging Face's logits, and a
// trained stand-in with experts. Random models with experts are left out: their router's near ties
// flip under any rounding, and then two logits at one place have nothing to do with each other. Of
// a trained one a flip moves little, because neighbouring experts know alike; distributions are
// compared over all positions all the same, and not token by token.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/engine/engine.h"
#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/model.h"

namespace jangwon::runtime {
namespace {

using Row = std::vector<double>;
using Matrix = std::vector<Row>;  // rows

enum class Rounding { kNone, kProducts, kEverything };

double to_bf16(double value) {
  const auto single = static_cast<float>(value);
  uint32_t bits;
  std::memcpy(&bits, &single, sizeof bits);
  bits = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u;
  float rounded;
  std::memcpy(&rounded, &bits, sizeof rounded);
  return rounded;
}

Row to_bf16(Row row) {
  for (double& value : row)
    value = to_bf16(value);
  return row;
}

double silu(double x) {
  return x / (1.0 + std::exp(-x));
}

// Grouped attention on every layer without norms on queries and keys; dense layers or experts
// behind a sigmoid router.
class DoubleDecoder {
 public:
  DoubleDecoder(const Model& model, Rounding rounding)
      : config_(model.config), files_(model.files), rounding_(rounding) {}

  // Log-probabilities of the next token behind each of the ids.
  Matrix log_probabilities(const std::vector<int32_t>& ids) {
    const Matrix embedding = matrix("model.embed_tokens.weight");
    Matrix hidden;
    for (const int32_t id : ids)
      hidden.push_back(
          stored(scaled(embedding[static_cast<size_t>(id)], config_.embedding_multiplier)));
    for (int layer = 0; layer < config_.num_hidden_layers; ++layer)
      run_layer(layer, hidden);
    const Matrix head =
        matrix(config_.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight");
    Matrix result;
    for (const Row& row : hidden) {
      Row logits = scaled(product(head, norm(row, "model.norm.weight")), config_.logits_multiplier);
      const double largest = *std::max_element(logits.begin(), logits.end());
      double sum = 0.0;
      for (const double logit : logits)
        sum += std::exp(logit - largest);
      for (double& logit : logits)
        logit -= largest + std::log(sum);
      result.push_back(std::move(logits));
    }
    return result;
  }

 private:
  Matrix matrix(const std::string& name) const {
    const TensorView* tensor = files_.find(name);
    JANGWON_CHECK(tensor != nullptr);
    const auto rows = static_cast<size_t>(tensor->shape.rank == 1 ? 1 : tensor->shape[0]);
    const auto cols = static_cast<size_t>(tensor->shape.num_elements()) / rows;
    std::vector<float> values(rows * cols);
    copy_as_float(*tensor, 0, static_cast<int64_t>(values.size()), values.data());
    Matrix result(rows);
    for (size_t i = 0; i < rows; ++i)
      result[i].assign(values.begin() + static_cast<int64_t>(i * cols),
                       values.begin() + static_cast<int64_t>((i + 1) * cols));
    return result;
  }

  static Row scaled(Row row, double factor) {
    for (double& value : row)
      value *= factor;
    return row;
  }
  Row factor_of(Row row) const {
    return rounding_ == Rounding::kNone ? row : to_bf16(std::move(row));
  }
  Row stored(Row row) const {
    return rounding_ == Rounding::kEverything ? to_bf16(std::move(row)) : row;
  }

  static Row exact_product(const Matrix& weights, const Row& x) {
    Row y;
    for (const Row& row : weights)
      y.push_back(std::inner_product(row.begin(), row.end(), x.begin(), 0.0));
    return y;
  }
  Row product(const Matrix& weights, const Row& x) const {
    return stored(exact_product(weights, factor_of(x)));
  }

  Row norm(const Row& x, const std::string& name) const {
    const Row weight = matrix(name)[0];
    double sum = 0.0;
    for (const double value : x)
      sum += value * value;
    Row y = scaled(x, 1.0 / std::sqrt(sum / static_cast<double>(x.size()) + config_.rms_norm_eps));
    for (size_t i = 0; i < y.size(); ++i)
      y[i] *= weight[i];
    return stored(std::move(y));
  }

  void add(Row& hidden, const Row& branch) const {
    for (size_t i = 0; i < hidden.size(); ++i)
      hidden[i] += config_.residual_multiplier * branch[i];
    hidden = stored(std::move(hidden));
  }

  Row rotated(Row heads, size_t position) const {
    const RopeConfig& rope = config_.ropes[0];
    const auto half = static_cast<size_t>(rope.dims) / 2;
    for (size_t head = 0; head < heads.size();
         head += static_cast<size_t>(config_.attention.head_dim)) {
      for (size_t i = 0; i < half; ++i) {
        const double angle =
            static_cast<double>(position) * static_cast<double>(rope.inverse_frequencies[i]);
        const double c = std::cos(angle) * static_cast<double>(rope.magnitude);
        const double s = std::sin(angle) * static_cast<double>(rope.magnitude);
        const double a = heads[head + i], b = heads[head + half + i];
        heads[head + i] = a * c - b * s;
        heads[head + half + i] = b * c + a * s;
      }
    }
    return stored(std::move(heads));
  }

  Row attend(const Row& query, const Matrix& keys, const Matrix& values, double scale) const {
    const auto width = static_cast<size_t>(config_.attention.head_dim);
    const auto heads = static_cast<size_t>(config_.attention.num_attention_heads);
    const size_t sharing = heads / static_cast<size_t>(config_.attention.num_key_value_heads);
    Row out(heads * width);
    for (size_t head = 0; head < heads; ++head) {
      const auto of_head = [&](const Row& row, size_t index) {
        return row.begin() + static_cast<int64_t>(index * width);
      };
      Row scores;
      for (const Row& key : keys)
        scores.push_back(scale * std::inner_product(of_head(query, head), of_head(query, head + 1),
                                                    of_head(key, head / sharing), 0.0));
      const double largest = *std::max_element(scores.begin(), scores.end());
      double sum = 0.0;
      for (double& score : scores)
        sum += score = std::exp(score - largest);
      // Rounded before they are divided by their sum, or after: the relative error is the same.
      const Row weights = factor_of(scaled(std::move(scores), 1.0 / sum));
      for (size_t j = 0; j < values.size(); ++j) {
        for (size_t k = 0; k < width; ++k)
          out[head * width + k] +=
              weights[j] * of_head(values[j], head / sharing)[static_cast<int64_t>(k)];
      }
    }
    return stored(std::move(out));
  }

  Row swiglu(const Matrix& gate, const Matrix& up, const Matrix& down, const Row& x) const {
    Row inner = product(gate, x);
    const Row factors = product(up, x);
    for (size_t i = 0; i < inner.size(); ++i)
      inner[i] = silu(inner[i]) * factors[i];
    return product(down, stored(std::move(inner)));
  }

  // The router is computed exactly under every rounding: it is float32 in the engine, too.
  Row experts(const std::string& prefix, const Row& x) const {
    const MoeConfig& moe = config_.moe;
    Row scores = exact_product(matrix(prefix + "gate.weight"), x);
    for (double& score : scores)
      score = 1.0 / (1.0 + std::exp(-score));
    const Row bias = matrix(prefix + "gate.e_score_correction_bias")[0];
    std::vector<size_t> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return scores[a] + bias[a] > scores[b] + bias[b]; });
    order.resize(static_cast<size_t>(moe.num_experts_per_tok));
    double sum = 0.0;
    for (const size_t expert : order)
      sum += scores[expert];
    const auto unit = [&](const std::string& name) {
      return swiglu(matrix(name + "gate_proj.weight"), matrix(name + "up_proj.weight"),
                    matrix(name + "down_proj.weight"), x);
    };
    Row out = unit(prefix + "shared_experts.");
    for (const size_t expert : order) {
      const Row part = unit(prefix + "experts." + std::to_string(expert) + ".");
      for (size_t i = 0; i < out.size(); ++i)
        out[i] += scores[expert] / sum * static_cast<double>(moe.router.scale) * part[i];
    }
    return stored(std::move(out));
  }

  void run_layer(int index, Matrix& hidden) const {
    const LayerConfig& layer = config_.layer(index);
    const std::string prefix = "model.layers." + std::to_string(index) + ".";
    const auto branch = [&](Row row, const char* post_norm) {
      return files_.find(prefix + post_norm) != nullptr ? norm(row, prefix + post_norm) : row;
    };
    const Matrix q = matrix(prefix + "self_attn.q_proj.weight"),
                 k = matrix(prefix + "self_attn.k_proj.weight");
    const Matrix v = matrix(prefix + "self_attn.v_proj.weight"),
                 o = matrix(prefix + "self_attn.o_proj.weight");
    Matrix keys, values;
    for (size_t t = 0; t < hidden.size(); ++t) {
      const Row x = norm(hidden[t], prefix + "input_layernorm.weight");
      keys.push_back(factor_of(rotated(product(k, x), t)));
      values.push_back(factor_of(product(v, x)));
      const Row query = factor_of(rotated(product(q, x), t));
      const Row attended = attend(query, keys, values, layer.softmax_scale);
      add(hidden[t], branch(product(o, attended), "post_norm1.weight"));
    }
    const std::string mlp = prefix + "mlp.";
    for (Row& row : hidden) {
      const Row x = norm(row, prefix + "post_attention_layernorm.weight");
      Row out = layer.feed_forward == FeedForwardKind::kExperts
                    ? experts(mlp, x)
                    : swiglu(matrix(mlp + "gate_proj.weight"), matrix(mlp + "up_proj.weight"),
                             matrix(mlp + "down_proj.weight"), x);
      add(row, branch(std::move(out), "post_norm2.weight"));
    }
  }

  const ModelConfig& config_;
  const CheckpointFiles& files_;
  Rounding rounding_;
};

// Log-probabilities behind every id but the last.
Matrix by_the_engine(const std::string& dir, const std::string& numerics,
                     const std::vector<int32_t>& ids) {
  EngineOptions options;
  options.numerics = numerics;
  const auto engine = Engine::load(dir, options);
  EXPECT_TRUE(engine.ok()) << engine.status().message();
  const int vocab_size = engine.value()->config().vocab_size;
  EngineRequest request;
  request.prompt_token_ids = ids;
  request.sampling.max_tokens = 0;
  request.num_top_prompt_logprobs = vocab_size;
  engine.value()->submit(std::move(request));
  while (engine.value()->has_work())
    engine.value()->step();
  const Completion completion = engine.value()->take_completed()[0].second;
  Matrix result;
  for (const ScoredToken& token : completion.prompt_logprobs) {
    Row row(static_cast<size_t>(vocab_size));
    EXPECT_EQ(token.top.size(), row.size());
    for (const TokenLogprob& entry : token.top)
      row[static_cast<size_t>(entry.id)] = entry.logprob;
    result.push_back(std::move(row));
  }
  return result;
}

struct Loss {
  double mean_kl = 0.0;  // of the exact distribution from this one, over positions
  double max_abs_dlogp = 0.0;
};

Loss loss_of(const Matrix& exact, const Matrix& other) {
  Loss loss;
  for (size_t t = 0; t < other.size(); ++t) {
    for (size_t i = 0; i < other[t].size(); ++i) {
      const double difference = exact[t][i] - other[t][i];
      loss.mean_kl += std::exp(exact[t][i]) * difference / static_cast<double>(other.size());
      loss.max_abs_dlogp = std::max(loss.max_abs_dlogp, std::abs(difference));
    }
  }
  return loss;
}

struct Subject {
  const char* name;
  std::string dir;
  std::vector<int32_t> ids;
  Matrix hugging_face;  // log-probabilities, where there are any
};

Matrix log_softmax_of(const TensorView& logits) {
  Matrix result;
  for (int64_t t = 0; t < logits.shape[0]; ++t) {
    std::vector<float> row(static_cast<size_t>(logits.shape[1]));
    copy_as_float(logits, t * logits.shape[1], logits.shape[1], row.data());
    double sum = 0.0;
    for (const float logit : row)
      sum += std::exp(static_cast<double>(logit));
    result.emplace_back(row.begin(), row.end());
    for (double& value : result.back())
      value -= std::log(sum);
  }
  return result;
}

Subject dense() {
  Subject subject{
      "hyperclovax", std::string(JANGWON_SOURCE_DIR) + "/tests/golden/models/hyperclovax", {}, {}};
  const std::string path = subject.dir + "/golden.safetensors";
  const std::string bytes = read_file(path).value();
  const SafetensorsHeader header = parse_safetensors(bytes, path).value();
  for (const TensorView& tensor : header.tensors) {
    if (tensor.name == "medium.logits") subject.hugging_face = log_softmax_of(tensor);
    if (tensor.name != "medium.input_ids") continue;
    std::vector<int64_t> ids(static_cast<size_t>(tensor.shape[0]));
    std::memcpy(ids.data(), tensor.data, ids.size() * sizeof(int64_t));
    subject.ids.assign(ids.begin(), ids.end());
  }
  return subject;
}

std::string stand_in_dir(const std::string& name) {
  return std::string(JANGWON_SOURCE_DIR) + "/runtime/stand_ins/" + name;
}

Json stand_in_golden(const std::string& name) {
  return read_json_file(std::string(JANGWON_SOURCE_DIR) + "/tests/golden/stand_ins/" + name +
                        ".json")
      .value();
}

Subject trained() {
  const std::string name = "standin-solar-open";
  return {"standin_solar_open",
          stand_in_dir(name),
          stand_in_golden(name)["cases"][2]["prompt_ids"].get<std::vector<int32_t>>(),
          {}};
}

class Bf16LossTest : public testing::TestWithParam<Subject (*)()> {};

TEST_P(Bf16LossTest, IsThatOfRoundingTheInputsOfProducts) {
  const Subject subject = GetParam()();
  ModelConfig config = read_model_config(subject.dir).value();
  const auto model = open_model(subject.dir, std::move(config)).value();
  const Matrix exact = DoubleDecoder(*model, Rounding::kNone).log_probabilities(subject.ids);
  const Loss allowed =
      loss_of(exact, DoubleDecoder(*model, Rounding::kProducts).log_probabilities(subject.ids));
  const Loss throughout =
      loss_of(exact, DoubleDecoder(*model, Rounding::kEverything).log_probabilities(subject.ids));
  const auto tell = [](const char* what, const Loss& loss) {
    return std::string(what) + ": mean KL " + std::to_string(1e6 * loss.mean_kl) +
           "e-6, max |dlogp| " + std::to_string(loss.max_abs_dlogp) + "\n";
  };
  const std::string figures = tell("inputs of products", allowed) + tell("everything", throughout);
  if (!subject.hugging_face.empty()) {
    EXPECT_LT(loss_of(exact, subject.hugging_face).max_abs_dlogp, 1e-4)
        << "the exact pass is the model's";
  }
  EXPECT_LT(loss_of(exact, by_the_engine(subject.dir, "float32", subject.ids)).max_abs_dlogp, 1e-4);
  EXPECT_GT(throughout.mean_kl, 1.5 * allowed.mean_kl)
      << figures << "the bound would not notice a wrong rounding";
  for (const std::string& numerics : numerics_names()) {
    if (numerics == "tensor") continue;  // no CPU's
    const Loss loss = loss_of(exact, by_the_engine(subject.dir, numerics, subject.ids));
    EXPECT_LT(loss.mean_kl, 1.5 * allowed.mean_kl) << tell(numerics.c_str(), loss) << figures;
    EXPECT_LT(loss.max_abs_dlogp, 2 * allowed.max_abs_dlogp)
        << tell(numerics.c_str(), loss) << figures;
    RecordProperty(numerics, tell(numerics.c_str(), loss) + figures);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Bf16LossTest, testing::Values(dense, trained),
                         [](const auto& param) { return std::string(param.param().name); });

// Hugging Face keeps everything in bf16, we the residual stream, norms and the router in float32,
// which is more than half of what it loses. Ours are the same bits everywhere; theirs are a figure
// in a file.
class HuggingFaceLossTest : public testing::TestWithParam<const char*> {};

TEST_P(HuggingFaceLossTest, IsMoreThanTwiceOurs) {
  const Json theirs = stand_in_golden("bf16_loss")["models"][GetParam()];
  const Json golden = stand_in_golden(GetParam());
  std::map<std::string, Matrix> rows;  // of all cases, by numerics
  for (const Json& c : golden["cases"]) {
    auto ids = c["prompt_ids"].get<std::vector<int32_t>>();
    const auto reply = c["greedy_ids"].get<std::vector<int32_t>>();
    ids.insert(ids.end(), reply.begin(), reply.end());
    for (const std::string& numerics : numerics_names()) {
      if (numerics == "tensor") continue;  // no CPU's
      for (Row& row : by_the_engine(stand_in_dir(GetParam()), numerics, ids))
        rows[numerics].push_back(std::move(row));
    }
  }
  ASSERT_EQ(rows["float32"].size(), theirs["num_positions"].get<size_t>())
      << "the cases changed: make_bf16_loss.py";
  for (const auto& [numerics, other] : rows) {
    if (numerics == "float32") continue;
    const Loss loss = loss_of(rows["float32"], other);
    RecordProperty(numerics, std::to_string(1e6 * loss.mean_kl) + "e-6, " +
                                 std::to_string(loss.max_abs_dlogp));
    EXPECT_GT(loss.mean_kl, 0.0) << numerics << ": nothing was rounded";
    EXPECT_LT(loss.mean_kl, 0.5 * theirs["mean_kl"].get<double>()) << numerics;
    EXPECT_LT(loss.max_abs_dlogp, theirs["max_abs_dlogp"].get<double>()) << numerics;
  }
}

INSTANTIATE_TEST_SUITE_P(StandIns, HuggingFaceLossTest,
                         testing::Values("standin-axk1", "standin-k-exaone", "standin-solar-open"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace jangwon::runtime
