// How far the next-token distributions of a model move when its weights, its numerics or its cache
// have another form. Reads a JSON file and prints one; format_loss.py writes and reads them, and
// makes the table of docs/formats.md of it:
//
//   format_loss FILE
//   {"reference": FORM, "others": [FORM, …], "texts": [{"prompt": TEXT, "reply": [ID, …]}, …]}
//   FORM: {"folder": DIR, "numerics": "chain", "kv_cache_dtype": "float32", "weights": "int4:64"},
//   where all but the folder may be left out
//
// Compared are the distributions behind the prompt and behind each id of the reply but the last:
// those that the reply was drawn from. A Kullback-Leibler divergence is of the reference from the
// other, in nats. Engines are all loaded and asked about one text after the other, because the
// distributions of one text fit into memory and those of all texts need not. Test:
// format_loss_test.py.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/engine/engine.h"

namespace jangwon::runtime {
namespace {

struct Text {
  std::string prompt;
  std::vector<int32_t> reply;
};

struct Distributions {
  std::vector<std::vector<double>> logprobs_TV;
  std::vector<int32_t> most_probable_T;
};

struct Subject {
  std::unique_ptr<Engine> engine;
  int vocab_size = 0;
};

Result<Subject> load(const Json& form) {
  EngineOptions options;
  options.numerics = form.value("numerics", "");
  options.kv_cache_dtype = form.value("kv_cache_dtype", "");
  options.weights = form.value("weights", "");
  options.num_threads = 1;  // models of this size lose more by waking threads than they win
  options.max_batch_size = 1;
  JANGWON_ASSIGN_OR_RETURN(std::unique_ptr<Engine> engine,
                           Engine::load(form.at("folder").get<std::string>(), options));
  const int vocab_size = engine->facts().at("vocab_size").get<int>();
  return Subject{std::move(engine), vocab_size};
}

Result<Distributions> ask(const Subject& subject, const Text& text) {
  Engine& engine = *subject.engine;
  JANGWON_ASSIGN_OR_RETURN(std::vector<int32_t> prompt_ids, engine.encode(text.prompt));
  EngineRequest request;
  request.prompt_token_ids = std::move(prompt_ids);
  request.continuations = {text.reply};
  request.num_top_logprobs = subject.vocab_size;
  engine.submit(std::move(request));
  while (engine.has_work())
    engine.step();
  const Completion completion = std::move(engine.take_completed()[0].second);
  if (completion.logprobs.empty())
    return invalid_argument("a text was refused: {error}", {{"error", completion.error}});
  Distributions result;
  for (const ScoredToken& token : completion.logprobs) {
    std::vector<double> logprobs_V(static_cast<size_t>(subject.vocab_size));
    for (const TokenLogprob& entry : token.top)
      logprobs_V[static_cast<size_t>(entry.id)] = entry.logprob;
    result.logprobs_TV.push_back(std::move(logprobs_V));
    result.most_probable_T.push_back(token.top.at(0).id);
  }
  return result;
}

// What one form loses, text by text.
class Loss {
 public:
  void add(const Distributions& reference, const Distributions& other) {
    double sum = 0.0;
    for (size_t t = 0; t < reference.logprobs_TV.size(); ++t) {
      const std::vector<double>& p_V = reference.logprobs_TV[t];
      const std::vector<double>& q_V = other.logprobs_TV.at(t);
      double divergence = 0.0;
      for (size_t i = 0; i < p_V.size(); ++i)
        divergence += std::exp(p_V[i]) * (p_V[i] - q_V.at(i));
      sum += divergence;
      divergences_.push_back(divergence);
      changed_ += reference.most_probable_T[t] != other.most_probable_T.at(t);
    }
    sums_.push_back(sum);
    counts_.push_back(static_cast<double>(reference.logprobs_TV.size()));
  }

  // The error is that of a ratio of two sums over texts: tokens of one text lose alike. Few tokens,
  // those where a router chose other experts, make most of the mean; the median does not see them.
  Json to_json() const {
    double sum = 0.0, count = 0.0, squares = 0.0;
    for (size_t i = 0; i < sums_.size(); ++i) {
      sum += sums_[i];
      count += counts_[i];
    }
    const double mean = sum / count;
    std::vector<double> sorted = divergences_;
    std::sort(sorted.begin(), sorted.end());
    for (size_t i = 0; i < sums_.size(); ++i)
      squares += (sums_[i] - mean * counts_[i]) * (sums_[i] - mean * counts_[i]);
    const double texts = static_cast<double>(sums_.size());
    const Json error =
        sums_.size() < 2 ? Json(nullptr) : Json(std::sqrt(texts / (texts - 1) * squares) / count);
    return {{"mean_kl", mean},
            {"standard_error", error},
            {"median_kl", sorted[sorted.size() / 2]},
            {"largest_kl", sorted.back()},
            {"changed_most_probable", changed_}};
  }

 private:
  std::vector<double> divergences_;  // of a token
  std::vector<double> sums_;         // of them, of a text
  std::vector<double> counts_;       // of tokens, of a text
  int64_t changed_ = 0;
};

Result<Json> compare_forms(const Json& input) {
  std::vector<Text> texts;
  for (const Json& text : input.at("texts"))
    texts.push_back(
        {text.at("prompt").get<std::string>(), text.at("reply").get<std::vector<int32_t>>()});
  if (texts.empty()) return not_found("there are no texts to compare distributions on");
  JANGWON_ASSIGN_OR_RETURN(const Subject reference, load(input.at("reference")));
  std::vector<Subject> others;
  for (const Json& form : input.at("others")) {
    JANGWON_ASSIGN_OR_RETURN(Subject other, load(form));
    others.push_back(std::move(other));
  }
  std::vector<Loss> losses(others.size());
  size_t num_tokens = 0;
  for (const Text& text : texts) {
    JANGWON_ASSIGN_OR_RETURN(const Distributions expected, ask(reference, text));
    num_tokens += expected.logprobs_TV.size();
    for (size_t i = 0; i < others.size(); ++i) {
      JANGWON_ASSIGN_OR_RETURN(const Distributions other, ask(others[i], text));
      losses[i].add(expected, other);
    }
  }
  Json output = {{"texts", texts.size()}, {"tokens", num_tokens}, {"others", Json::array()}};
  for (const Loss& loss : losses)
    output["others"].push_back(loss.to_json());
  return output;
}

int fail(const std::string& message) {
  std::fprintf(stderr, "format_loss: %s\n", message.c_str());
  return 2;
}

int run(int argc, char** argv) {
  if (argc != 2) return fail("usage: format_loss FILE");
  try {
    const Result<Json> input = read_json_file(argv[1]);
    if (!input.ok()) return fail(input.status().message());
    const Result<Json> output = compare_forms(input.value());
    if (!output.ok()) return fail(output.status().message());
    std::fputs(to_json_text(output.value()).c_str(), stdout);
  } catch (const Json::exception& error) {
    return fail(std::string(argv[1]) + ": " + error.what());
  }
  return 0;
}

}  // namespace
}  // namespace jangwon::runtime

int main(int argc, char** argv) {
  return jangwon::runtime::run(argc, argv);
}
