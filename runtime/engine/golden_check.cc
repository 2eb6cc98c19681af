// Cases run as one prefill without cache; greedy continuations and choices run through the cache,
// so that a pass proves both paths.

#include "runtime/engine/golden_check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <set>

#include "runtime/base/file.h"
#include "runtime/base/sha256.h"
#include "runtime/cache/cache_ledger.h"

namespace jangwon::runtime {
namespace {

constexpr uint64_t kMaxGoldenBytes = uint64_t{1} << 32;

class GoldenFile {
 public:
  static Result<GoldenFile> open(const std::string& path) {
    GoldenFile file;
    JANGWON_ASSIGN_OR_RETURN(file.bytes_, read_file(path, kMaxGoldenBytes));
    JANGWON_ASSIGN_OR_RETURN(SafetensorsHeader header, parse_safetensors(file.bytes_, path));
    for (TensorView& tensor : header.tensors) {
      const std::string name = tensor.name;
      file.tensors_.emplace(name, std::move(tensor));
    }
    file.path_ = path;
    return file;
  }

  // NAME of every tensor NAME.suffix, sorted.
  std::vector<std::string> names_with(const std::string& suffix) const {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : tensors_) {
      if (name.ends_with(suffix)) names.push_back(name.substr(0, name.size() - suffix.size()));
    }
    return names;
  }

  const TensorView* find(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
  }

  Result<TensorView> get(const std::string& name, DType dtype, int rank) const {
    const TensorView* tensor = find(name);
    if (!tensor)
      return invalid_argument("tensor \"{tensor}\" is missing", {{"tensor", name}}).at(path_);
    if (tensor->dtype != dtype || tensor->shape.rank != rank) {
      return invalid_argument("tensor \"{tensor}\" is {shape}, not {dtype} of rank {rank}",
                              {{"tensor", name},
                               {"shape", name_of(tensor->dtype) + tensor->shape.to_text()},
                               {"dtype", name_of(dtype)},
                               {"rank", rank}})
          .at(path_);
    }
    return *tensor;
  }

  Result<std::vector<int32_t>> get_ids(const std::string& name, int vocab_size) const {
    JANGWON_ASSIGN_OR_RETURN(const TensorView tensor, get(name, DType::kI64, 1));
    std::vector<int32_t> ids(static_cast<size_t>(tensor.shape[0]));
    for (size_t i = 0; i < ids.size(); ++i) {
      int64_t id;
      std::memcpy(&id, static_cast<const char*>(tensor.data) + 8 * i, 8);
      if (id < 0 || id >= vocab_size)
        return invalid_argument("\"{name}\" holds an id outside the vocabulary", {{"name", name}})
            .at(path_);
      ids[i] = static_cast<int32_t>(id);
    }
    if (ids.empty()) return invalid_argument("\"{name}\" is empty", {{"name", name}}).at(path_);
    return ids;
  }

 private:
  std::string bytes_;
  std::string path_;
  std::map<std::string, TensorView> tensors_;
};

// Sees the residual stream of each step: layer 0 is the embedding, i the output of layer i, the
// last one after the final norm. In the memory of the device whose operators it gets.
using HiddenObserver = std::function<void(int layer, Ops ops, ConstRows hidden_TD)>;

// One sequence in the cache, grown step by step.
class LoneSequence {
 public:
  explicit LoneSequence(ModelRunner& runner)
      : runner_(runner), ledger_(runner.plan().cache_layout, runner.plan().cache_capacity, {}) {}

  // Drafts from known tokens at positions first_position on, whose hidden states stand from row
  // `first_hidden` on.
  Result<StepOutput> draft(std::span<const int32_t> ids, int first_position, ConstRows hidden_TD,
                           int first_hidden) {
    const int end = first_position + static_cast<int>(ids.size());
    if (!ledger_.reserve(cache_, end))
      return invalid_argument("a golden sequence of {end} tokens exceeds the context",
                              {{"end", end}});
    runner_.pipeline().apply(ledger_.take_commands());
    const DraftStep step{.tokens = {ids, first_position, cache_.block_tables, 0},
                         .first_hidden = first_hidden};
    const Stage& stage = runner_.pipeline().last();
    return stage.decoder->draft({&step, 1}, hidden_TD, *stage.cache);
  }

  // Logits from token `first_wanted` of `ids` on, vocab_size() a row.
  Result<std::vector<float>> step(std::span<const int32_t> ids, int first_wanted,
                                  const HiddenObserver& observer = {}) {
    const int end = position_ + static_cast<int>(ids.size());
    if (!ledger_.reserve(cache_, end))
      return invalid_argument("a golden sequence of {end} tokens exceeds the context",
                              {{"end", end}});
    Pipeline& pipeline = runner_.pipeline();
    pipeline.apply(ledger_.take_commands());
    if (position_ == 0) num_prompt_tokens_ = end;
    const SequenceStep step{ids,          position_,    cache_.block_tables,
                            first_wanted, cache_.state, absorbed_from(num_prompt_tokens_)};
    position_ = end;
    const int num_layers = runner_.config().num_hidden_layers;
    pipeline.begin({&step, 1});
    for (int layer = 0; layer < num_layers; ++layer) {
      if (observer)
        observer(layer, pipeline.current().ops, pipeline.current().decoder->hidden_TD());
      pipeline.run_layers(layer, layer + 1);
    }
    const StepOutput output = pipeline.finish();
    const Stage& last = pipeline.last();
    if (observer) observer(num_layers, last.ops, last.decoder->normed_hidden_TD());
    return ModelRunner::download(last.ops, output.logits_TV, output.num_rows,
                                 runner_.config().vocab_size);
  }

 private:
  ModelRunner& runner_;
  CacheLedger ledger_;
  SequenceCache cache_;
  int position_ = 0;
  int num_prompt_tokens_ = 0;  // what comes first is the prompt, the rest a reply
};

double log_sum_exp(const float* logits, int size) {
  const double peak = *std::max_element(logits, logits + size);
  double sum = 0.0;
  for (int i = 0; i < size; ++i)
    sum += std::exp(logits[i] - peak);
  return peak + std::log(sum);
}

// NaN counts as infinitely far: a comparison with it must never pass.
double distance(double a, double b) {
  const double d = std::abs(a - b);
  return std::isnan(d) ? HUGE_VAL : d;
}

double log_softmax_distance(const float* ours, const float* theirs, int size) {
  const double our_total = log_sum_exp(ours, size);
  const double their_total = log_sum_exp(theirs, size);
  double largest = 0.0;
  for (int i = 0; i < size; ++i)
    largest = std::max(largest, distance(ours[i] - our_total, theirs[i] - their_total));
  return largest;
}

Status check_case(ModelRunner& runner, const GoldenFile& file, GoldenCase& result, Sha256& hash) {
  const int vocab = runner.config().vocab_size;
  const int hidden = runner.config().hidden_size;
  JANGWON_ASSIGN_OR_RETURN(const std::vector<int32_t> ids,
                           file.get_ids(result.name + ".input_ids", vocab));
  JANGWON_ASSIGN_OR_RETURN(const TensorView first_tensor,
                           file.get(result.name + ".first_logit", DType::kI64, 1));
  JANGWON_ASSIGN_OR_RETURN(const TensorView logits,
                           file.get(result.name + ".logits", DType::kF32, 2));
  int64_t first = 0;
  if (first_tensor.shape[0] != 1)
    return invalid_argument("\"{result}.first_logit\" is not one number",
                            {{"result", result.name}});
  std::memcpy(&first, first_tensor.data, 8);
  const int64_t count = static_cast<int64_t>(ids.size());
  result.num_tokens = static_cast<int>(count);
  if (first < 0 || first >= count || logits.shape != Shape{count - first, vocab}) {
    return invalid_argument(
        "\"{result}.logits\" is {shape} with first_logit {first}; the ids and the model's "
        "vocabulary ask for {vocab}",
        {{"result", result.name},
         {"shape", logits.shape.to_text()},
         {"first", first},
         {"vocab", Shape{count - first, vocab}.to_text()}});
  }
  const HiddenObserver compare_hidden = [&](int layer, Ops ops, ConstRows hidden_TD) {
    const TensorView* theirs = file.find(result.name + ".hidden." + std::to_string(layer));
    if (!theirs || theirs->dtype != DType::kF32 || theirs->shape != Shape{count, hidden}) return;
    ++result.num_hidden_layers;
    const std::vector<float> ours = ModelRunner::download(ops, hidden_TD, count, hidden);
    std::vector<float> row(static_cast<size_t>(hidden));
    for (int64_t t = 0; t < count; ++t) {
      copy_as_float(*theirs, t * hidden, hidden, row.data());
      for (int i = 0; i < hidden; ++i)
        result.max_abs_dhidden = std::max(
            result.max_abs_dhidden,
            distance(ours[static_cast<size_t>(t * hidden + i)], row[static_cast<size_t>(i)]));
    }
  };
  LoneSequence sequence(runner);
  const bool has_hidden = file.find(result.name + ".hidden.0") != nullptr;
  JANGWON_ASSIGN_OR_RETURN(
      const std::vector<float> ours,
      sequence.step(ids, static_cast<int>(first), has_hidden ? compare_hidden : HiddenObserver()));
  std::vector<float> theirs(static_cast<size_t>(vocab));
  for (int64_t row = 0; row < count - first; ++row) {
    const float* our_row = ours.data() + row * vocab;
    copy_as_float(logits, row * vocab, vocab, theirs.data());
    result.max_abs_dlogp =
        std::max(result.max_abs_dlogp, log_softmax_distance(our_row, theirs.data(), vocab));
    hash.update(
        {reinterpret_cast<const char*>(our_row), sizeof(float) * static_cast<size_t>(vocab)});
  }
  return ok_status();
}

Status check_greedy(ModelRunner& runner, const GoldenFile& file, const std::string& name,
                    GoldenReport& report) {
  const int vocab = runner.config().vocab_size;
  JANGWON_ASSIGN_OR_RETURN(const std::vector<int32_t> prompt,
                           file.get_ids(name + ".prompt_ids", vocab));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<int32_t> expected,
                           file.get_ids(name + ".output_ids", vocab));
  report.greedy_total += static_cast<int>(expected.size());
  LoneSequence sequence(runner);
  std::vector<int32_t> next = prompt;
  for (const int32_t id : expected) {
    JANGWON_ASSIGN_OR_RETURN(const std::vector<float> logits,
                             sequence.step(next, static_cast<int>(next.size()) - 1));
    const int32_t ours =
        static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    if (ours != id) break;
    ++report.greedy_equal;
    next = {id};
  }
  return ok_status();
}

Status check_choice(ModelRunner& runner, const GoldenFile& file, const std::string& name,
                    GoldenReport& report) {
  const int vocab = runner.config().vocab_size;
  JANGWON_ASSIGN_OR_RETURN(std::vector<int32_t> ids, file.get_ids(name + ".context_ids", vocab));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<int32_t> continuation,
                           file.get_ids(name + ".continuation_ids", vocab));
  JANGWON_ASSIGN_OR_RETURN(const TensorView tensor, file.get(name + ".logprob", DType::kF64, 1));
  if (tensor.shape[0] != 1)
    return invalid_argument("\"{name}.logprob\" is not one number", {{"name", name}});
  double expected;
  std::memcpy(&expected, tensor.data, 8);
  const int first = static_cast<int>(ids.size()) - 1;
  ids.insert(ids.end(), continuation.begin(), continuation.end() - 1);
  LoneSequence sequence(runner);
  JANGWON_ASSIGN_OR_RETURN(const std::vector<float> logits, sequence.step(ids, first));
  const float* row = logits.data();
  double sum = 0.0;
  for (const int32_t id : continuation) {
    sum += row[id] - log_sum_exp(row, vocab);
    row += vocab;
  }
  ++report.num_choices;
  report.choice_max_abs = std::max(report.choice_max_abs, distance(sum, expected));
  return ok_status();
}

// Compares rows of drafts with rows of a golden tensor from `first` on.
void compare_drafts(ModelRunner& runner, const StepOutput& ours, const TensorView& theirs,
                    int64_t first, GoldenReport& report) {
  const int vocab = runner.config().vocab_size;
  const std::vector<float> logits =
      ModelRunner::download(runner.bound_ops(), ours.logits_TV, ours.num_rows, vocab);
  std::vector<float> row(static_cast<size_t>(vocab));
  for (int64_t i = 0; i < ours.num_rows; ++i) {
    copy_as_float(theirs, (first + i) * vocab, vocab, row.data());
    report.draft_max_abs_dlogp =
        std::max(report.draft_max_abs_dlogp,
                 log_softmax_distance(logits.data() + i * vocab, row.data(), vocab));
  }
}

int32_t argmax_of_first_row(const ModelRunner& runner, const StepOutput& output) {
  const std::vector<float> logits =
      ModelRunner::download(runner.bound_ops(), output.logits_TV, 1, runner.config().vocab_size);
  return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

// Drafts behind every token of a prompt, then a chain of them: each from the token and the vector
// of the one before.
Status check_drafts(ModelRunner& runner, const GoldenFile& file, const std::string& name,
                    GoldenReport& report) {
  const int vocab = runner.config().vocab_size;
  if (!runner.config().drafts())
    return invalid_argument(
        "there are drafts to compare (\"{name}\"), and the model has no draft module",
        {{"name", name}});
  JANGWON_ASSIGN_OR_RETURN(const std::vector<int32_t> prompt,
                           file.get_ids(name + ".prompt_ids", vocab));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<int32_t> next, file.get_ids(name + ".next_id", vocab));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<int32_t> chain,
                           file.get_ids(name + ".chain_ids", vocab));
  JANGWON_ASSIGN_OR_RETURN(const TensorView draft_logits,
                           file.get(name + ".draft_logits", DType::kF32, 2));
  JANGWON_ASSIGN_OR_RETURN(const TensorView chain_logits,
                           file.get(name + ".chain_logits", DType::kF32, 2));
  const int num_prompt = static_cast<int>(prompt.size());
  const int64_t num_chain = static_cast<int64_t>(chain.size());
  if (next.size() != 1)
    return invalid_argument("\"{name}.next_id\" is not one number", {{"name", name}});
  if (draft_logits.shape != Shape{num_prompt - 1, vocab} ||
      chain_logits.shape != Shape{num_chain, vocab}) {
    return invalid_argument(
        "\"{name}.draft_logits\" and \"{name}.chain_logits\" are {shape} and {shape_2}; the ids "
        "and the model's "
        "vocabulary ask for {vocab} and {vocab_2}",
        {{"name", name},
         {"shape", draft_logits.shape.to_text()},
         {"shape_2", chain_logits.shape.to_text()},
         {"vocab", Shape{num_prompt - 1, vocab}.to_text()},
         {"vocab_2", Shape{num_chain, vocab}.to_text()}});
  }
  LoneSequence sequence(runner);
  JANGWON_RETURN_IF_ERROR(sequence.step(prompt, num_prompt - 1).status());
  const ConstRows hidden_TD = runner.pipeline().last().decoder->normed_hidden_TD();
  if (num_prompt > 1) {
    JANGWON_ASSIGN_OR_RETURN(const StepOutput drafts,
                             sequence.draft(std::span(prompt).subspan(1), 1, hidden_TD, 0));
    compare_drafts(runner, drafts, draft_logits, 0, report);
  }
  JANGWON_ASSIGN_OR_RETURN(StepOutput link,
                           sequence.draft(next, num_prompt, hidden_TD, num_prompt - 1));
  bool equal = true;
  for (int i = 0; i < num_chain; ++i) {
    compare_drafts(runner, link, chain_logits, i, report);
    ++report.draft_total;
    equal = equal && argmax_of_first_row(runner, link) == chain[static_cast<size_t>(i)];
    report.draft_equal += equal;
    if (i + 1 == num_chain) break;
    JANGWON_ASSIGN_OR_RETURN(link,
                             sequence.draft(std::span(chain).subspan(static_cast<size_t>(i), 1),
                                            num_prompt + 1 + i, link.normed_TD, 0));
  }
  ++report.num_draft_cases;
  return ok_status();
}

}  // namespace

bool GoldenReport::model_agrees(double tolerance) const {
  return max_abs_dlogp < tolerance && choice_max_abs < tolerance && greedy_equal == greedy_total;
}

bool GoldenReport::drafts_agree(double tolerance) const {
  return draft_max_abs_dlogp < tolerance && draft_equal == draft_total;
}

Result<GoldenReport> check_golden(ModelRunner& runner, const std::string& golden_path) {
  JANGWON_ASSIGN_OR_RETURN(const GoldenFile file, GoldenFile::open(golden_path));
  GoldenReport report;
  Sha256 hash;
  for (const std::string& name : file.names_with(".input_ids")) {
    GoldenCase result;
    result.name = name;
    const Status status = check_case(runner, file, result, hash);
    if (!status.ok()) return status.at(golden_path);
    report.max_abs_dlogp = std::max(report.max_abs_dlogp, result.max_abs_dlogp);
    report.max_abs_dhidden = std::max(report.max_abs_dhidden, result.max_abs_dhidden);
    report.cases.push_back(std::move(result));
  }
  for (const std::string& name : file.names_with(".output_ids")) {
    const Status status = check_greedy(runner, file, name, report);
    if (!status.ok()) return status.at(golden_path);
  }
  for (const std::string& name : file.names_with(".context_ids")) {
    const Status status = check_choice(runner, file, name, report);
    if (!status.ok()) return status.at(golden_path);
  }
  for (const std::string& name : file.names_with(".draft_logits")) {
    const Status status = check_drafts(runner, file, name, report);
    if (!status.ok()) return status.at(golden_path);
  }
  if (report.cases.empty() || report.greedy_total == 0 || report.num_choices == 0) {
    return invalid_argument("no cases, no greedy continuations or no choices to compare with")
        .at(golden_path);
  }
  report.logits_sha256 = hash.hex();
  return report;
}

}  // namespace jangwon::runtime
