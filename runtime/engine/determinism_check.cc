// Every way to run is an engine of its own, loaded with other options. The requests are few
// and short, because a user waits for it; tests/runtime/engine does the same over more
// models and schedules.

#include "runtime/engine/determinism_check.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <string_view>

#include "runtime/base/counter_rng.h"
#include "runtime/device/devices.h"
#include "runtime/engine/engine.h"
#include "runtime/model/architectures/model_registry.h"
#include "runtime/model/model_config.h"

namespace jangwon::runtime {

namespace {

constexpr int kReplyTokens = 12;
constexpr int kContextTokens = 208;  // more than any request takes

enum class Arrival { kAlone, kTogether, kOneAStepLastFirst };

struct Way {
  std::string what;
  EngineOptions options;
  Arrival arrival = Arrival::kTogether;
  int rounds = 1;  // the last is compared
};

std::vector<int32_t> random_ids(uint64_t key, int count, int vocab_size) {
  std::vector<int32_t> ids;
  for (int i = 0; i < count; ++i)
    ids.push_back(static_cast<int32_t>(combine_keys(key, static_cast<uint64_t>(i)) %
                                       static_cast<uint64_t>(vocab_size)));
  return ids;
}

// Prompts of many lengths, around the sizes of blocks and chunks, half of them behind a common
// beginning; greedy replies, drawn ones, and continuations to be scored.
std::vector<EngineRequest> make_requests(int vocab_size, uint64_t prompt_seed, uint64_t draw_seed) {
  std::vector<EngineRequest> requests;
  const std::vector<int32_t> beginning = random_ids(combine_keys(prompt_seed, 0), 50, vocab_size);
  for (const int length : {1, 3, 16, 17, 40, 100}) {
    EngineRequest request;
    request.prompt_token_ids =
        random_ids(combine_keys(prompt_seed, static_cast<uint64_t>(length)), length, vocab_size);
    request.sampling.max_tokens = kReplyTokens;
    request.sampling.seed = combine_keys(draw_seed, static_cast<uint64_t>(length));
    request.end_of_sequence = EndOfSequence::kIgnore;
    request.num_top_logprobs = 0;
    requests.push_back(request);
    request.prompt_token_ids.insert(request.prompt_token_ids.begin(), beginning.begin(),
                                    beginning.end());
    request.sampling.temperature = 1.0;
    requests.push_back(request);
    for (const int scored : {1, 7})
      request.continuations.push_back(
          random_ids(combine_keys(prompt_seed, static_cast<uint64_t>(1000 + length + scored)),
                     scored, vocab_size));
    requests.push_back(std::move(request));
  }
  return requests;
}

std::vector<Completion> run_round(Engine& engine, Arrival arrival,
                                  const std::vector<EngineRequest>& requests) {
  std::map<RequestId, size_t> index;
  std::vector<Completion> completions(requests.size());
  const auto step = [&] {
    if (engine.has_work()) engine.step();
    for (auto& [id, completion] : engine.take_completed())
      completions[index.at(id)] = std::move(completion);
  };
  for (size_t i = 0; i < requests.size(); ++i) {
    const size_t next = arrival == Arrival::kOneAStepLastFirst ? requests.size() - 1 - i : i;
    index[engine.submit(requests[next])] = next;
    if (arrival == Arrival::kOneAStepLastFirst) step();
    while (arrival == Arrival::kAlone && engine.has_work())
      step();
  }
  do {
    step();
  } while (engine.has_work());
  return completions;
}

Result<std::vector<Completion>> run_way(const std::string& dir, const Way& way,
                                        const std::vector<EngineRequest>& requests) {
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine, Engine::load(dir, way.options));
  std::vector<Completion> completions;
  for (int round = 0; round < way.rounds; ++round)
    completions = run_round(*engine, way.arrival, requests);
  for (const Completion& completion : completions) {
    if (completion.finish_reason == FinishReason::kError)
      return unavailable(Message::value(completion.error)).at(dir);
  }
  return completions;
}

// A comparison by value would take 0 for −0 and call every NaN another.
bool same_bits(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

std::string exact_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

std::string difference_of(const Completion& expected, const Completion& actual) {
  if (expected.logprobs.size() != actual.logprobs.size() ||
      expected.finish_reason != actual.finish_reason) {
    return std::to_string(actual.logprobs.size()) + " tokens (" + name_of(actual.finish_reason) +
           ") and alone " + std::to_string(expected.logprobs.size()) + " (" +
           name_of(expected.finish_reason) + ")";
  }
  for (size_t i = 0; i < expected.logprobs.size(); ++i) {
    const ScoredToken &alone = expected.logprobs[i], &now = actual.logprobs[i];
    if (alone.id != now.id) {
      return "token " + std::to_string(i) + " is " + std::to_string(now.id) + " and alone " +
             std::to_string(alone.id);
    }
    if (!same_bits(alone.logprob, now.logprob)) {
      return "the log-probability of token " + std::to_string(i) + " is " +
             exact_text(now.logprob) + " and alone " + exact_text(alone.logprob);
    }
  }
  return "";
}

DeterminismCheck compare(const Way& way, const std::vector<Completion>& reference,
                         const std::vector<Completion>& completions) {
  DeterminismCheck check;
  check.numerics = way.options.numerics;
  check.kv_cache_dtype = way.options.kv_cache_dtype;
  check.what = way.what;
  check.num_requests = static_cast<int>(reference.size());
  for (size_t i = 0; i < reference.size(); ++i) {
    check.num_tokens += static_cast<int64_t>(reference[i].logprobs.size());
    const std::string difference = difference_of(reference[i], completions[i]);
    if (check.difference.empty() && !difference.empty())
      check.difference = "request " + std::to_string(i) + ": " + difference;
  }
  return check;
}

std::vector<std::string> instruction_sets(const std::string& numerics) {
  constexpr std::string_view kCpu = "cpu/";
  std::vector<std::string> names;
  for (const OpTable* table : all_op_tables()) {
    const std::string_view name = table->name;
    if (numerics == name_of(table->numerics) && name.starts_with(kCpu))
      names.emplace_back(name.substr(kCpu.size()));
  }
  return names;
}

// Drafts that a model seldom agrees with: nearly all of them are cut off again.
std::vector<int32_t> repeat_last(std::span<const int32_t> token_ids, int count) {
  return std::vector<int32_t>(static_cast<size_t>(count), token_ids.back());
}

std::vector<Way> ways_to_run(const EngineOptions& arithmetic, const DeviceId& device) {
  std::vector<Way> ways;
  const auto add = [&](std::string what) -> Way& {
    ways.push_back({std::move(what), arithmetic, Arrival::kTogether, 1});
    ways.back().options.num_threads = 2;
    ways.back().options.max_batch_size = 64;
    ways.back().options.prefix_cache = PrefixCache::kOff;
    return ways.back();
  };
  add("one batch of all").options.num_threads = 1;
  Way& arriving = add("batches of 5, arriving one a step, last first");
  arriving.options.max_batch_size = 5;
  arriving.arrival = Arrival::kOneAStepLastFirst;
  add("5 threads").options.num_threads = 5;
  add("prompts in chunks of 5 tokens").options.max_step_tokens = 5;
  add("prompts in chunks of 33 tokens").options.max_step_tokens = 33;
  Way& sharing = add("the prefix cache, asked a second time");
  sharing.options.prefix_cache = PrefixCache::kOn;
  sharing.rounds = 2;
  for (const bool swaps : {false, true}) {
    Way& small =
        add(swaps ? "a tiny cache, sequences swapped out" : "a tiny cache, sequences started over");
    small.options.max_context_tokens = kContextTokens;
    small.options.max_batch_size = 16;
    small.options.kv_cache_tokens = 256;
    small.options.kv_cache_max_bytes = 1;
    small.options.prefix_cache = PrefixCache::kOn;
    if (!swaps) small.options.swap_max_bytes = 0;
  }
  Way& drafts = add("drafts from outside, most of them wrong");
  drafts.options.num_drafts = 2;
  drafts.options.propose = repeat_last;
  const std::string name = name_of(device);
  add("layers on two devices").options.device = name + "," + name;
  if (device.kind == DeviceKind::kGpu) return ways;
  for (const std::string& isa : instruction_sets(arithmetic.numerics))
    add("instruction set " + isa).options.isa = isa;
  return ways;
}

}  // namespace

Result<std::vector<DeterminismCheck>> check_determinism(const std::string& dir,
                                                        const DeterminismOptions& options) {
  JANGWON_ASSIGN_OR_RETURN(const ModelConfig config, read_model_config(dir));
  const std::vector<EngineRequest> requests =
      make_requests(config.vocab_size, options.seed, options.seed);
  const std::vector<EngineRequest> compared =
      make_requests(config.vocab_size, options.seed, options.compared_seed);
  std::vector<DeterminismCheck> checks;
  const auto chosen = [](std::vector<std::string> all, const std::string& only) {
    return only.empty() ? all : std::vector<std::string>{only};
  };
  JANGWON_ASSIGN_OR_RETURN(const std::vector<DeviceId> devices, choose_devices(options.device));
  for (const std::string& numerics : chosen(numerics_names(), options.numerics)) {
    if (options.numerics.empty() &&
        !choose_op_table(common_kind(devices), *find_numerics(numerics)).ok())
      continue;
    for (const std::string& cache_dtype : chosen(cache_dtype_names(), options.kv_cache_dtype)) {
      EngineOptions arithmetic;
      arithmetic.numerics = numerics;
      arithmetic.kv_cache_dtype = cache_dtype;
      arithmetic.device = options.device;
      Way alone{"alone", arithmetic, Arrival::kAlone, 1};
      alone.options.num_threads = 1;
      alone.options.max_batch_size = 1;
      alone.options.prefix_cache = PrefixCache::kOff;
      JANGWON_ASSIGN_OR_RETURN(const std::vector<Completion> reference,
                               run_way(dir, alone, requests));
      for (const Way& way : ways_to_run(arithmetic, devices.front())) {
        JANGWON_ASSIGN_OR_RETURN(const std::vector<Completion> completions,
                                 run_way(dir, way, compared));
        checks.push_back(compare(way, reference, completions));
        if (options.on_check) options.on_check(checks.back());
      }
    }
  }
  return checks;
}

}  // namespace jangwon::runtime
