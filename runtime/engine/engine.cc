// Every step: choose the tokens, run them, hand the logits to their requests. Tests:
// tests/runtime/engine.

#include "runtime/engine/engine.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/check.h"
#include "runtime/base/folder_name.h"
#include "runtime/base/sha256.h"
#include "runtime/engine/drafter.h"
#include "runtime/engine/engine_text.h"
#include "runtime/engine/generation_config.h"
#include "runtime/engine/layer_major.h"
#include "runtime/engine/model_runner.h"
#include "runtime/engine/request_table.h"
#include "runtime/engine/scheduler.h"
#include "runtime/ops/timed_ops.h"

namespace jangwon::runtime {
namespace {

// Small models are hashed whole; of large ones reading every byte again would take minutes, so
// their headers (names, shapes, offsets) and sizes stand for them, and the key says which it is.
constexpr int64_t kMaxHashedWeightBytes = int64_t{1} << 30;

void add_weight_hash(const CheckpointFiles& files, Json& facts) {
  int64_t total = 0;
  for (const MappedFile& file : files.files())
    total += static_cast<int64_t>(file.size_bytes());
  const bool whole = total <= kMaxHashedWeightBytes;
  Sha256 hash;
  for (const MappedFile& file : files.files()) {
    const char* bytes = reinterpret_cast<const char*>(file.data());
    size_t count = file.size_bytes();
    if (!whole) {
      uint64_t header_bytes = 0;
      std::copy_n(bytes, sizeof(header_bytes), reinterpret_cast<char*>(&header_bytes));
      count = 8 + header_bytes;
      hash.update(std::to_string(file.size_bytes()));
    }
    hash.update({bytes, count});
  }
  facts["weights_bytes"] = total;
  facts[whole ? "weights_sha256" : "weights_headers_sha256"] = hash.hex();
}

// Of one sequence in a step: its rows among all wishes and choices, the position of the first, and
// where what stays computed ends.
struct WantedRows {
  size_t begin = 0;
  int count = 0;
  int first_position = 0;
  int end = 0;

  template <typename T>
  std::span<const T> of(std::span<const T> all) const {
    return all.subspan(begin, static_cast<size_t>(count));
  }
};

}  // namespace

struct Engine::State {
  std::string dir;
  std::string name;
  EngineOptions options;
  std::unique_ptr<ModelRunner> runner;
  std::unique_ptr<EngineText> text;  // null: no tokenizer
  GenerationConfig generation;
  std::unique_ptr<Scheduler> scheduler;
  std::unique_ptr<RequestTable> requests;
  std::optional<Drafter> drafter;  // where drafts are asked for

  // Layer by layer. The engine's scheduler only keeps the sequences then; the pass
  // has one of its own.
  struct PassSequence {
    RequestId request = 0;
    Sequence* sequence = nullptr;  // the request table's, as long as it holds it
  };
  std::unique_ptr<LayerMajorPass> pass;
  std::vector<PassSequence> pass_sequences;
  int64_t num_waiting_tokens = 0;  // of requests that are in no pass; at most

  bool layer_by_layer() const { return runner->plan().residence == Residence::kOneLayer; }
  void step_by_layers();
  void begin_pass();
  void score(const LayerMajorPass::Step& step);

  // The parts of a step.
  StepOutput run(const std::vector<ScheduledTokens>& step);
  std::vector<WantedRows> add_wishes(const std::vector<ScheduledTokens>& step,
                                     std::vector<TokenWish>& wishes) const;
  void drop_refused(const std::vector<ScheduledTokens>& step, std::span<const TokenChoice> choices,
                    std::vector<WantedRows>& rows) const;
  std::vector<std::vector<int32_t>> draft(const std::vector<ScheduledTokens>& step,
                                          std::span<const TokenWish> wishes,
                                          std::span<const TokenChoice> choices,
                                          const std::vector<WantedRows>& rows);
};

// --- loading ---

Engine::Engine() : state_(std::make_unique<State>()) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::load(const std::string& dir, const EngineOptions& options) {
  std::unique_ptr<Engine> engine(new Engine());
  State& state = *engine->state_;
  state.dir = dir;
  state.name = name_of_model_folder(dir);
  state.options = options;
  state.options.max_batch_size = std::max(1, options.max_batch_size);
  const StepLimits limits = limits_of_step(state.options);
  state.options.max_step_tokens = limits.tokens;
  state.options.max_logit_rows = limits.logit_rows;
  JANGWON_ASSIGN_OR_RETURN(state.runner, ModelRunner::load(dir, state.options));
  const ModelConfig& config = state.runner->config();
  JANGWON_ASSIGN_OR_RETURN(state.generation, read_generation_config(dir, config));
  JANGWON_ASSIGN_OR_RETURN(state.text,
                           EngineText::load(dir, reasoning_markers(config.architecture->reasoning,
                                                                   options.thinking_markers)));
  if (state.text && state.text->vocab_size() > config.vocab_size) {
    return invalid_argument(
               "the tokenizer has ids up to {vocab_size}, but \"vocab_size\" of the config is "
               "{vocab_size_2}",
               {{"vocab_size", state.text->vocab_size() - 1}, {"vocab_size_2", config.vocab_size}})
        .at(dir);
  }
  state.scheduler = std::make_unique<Scheduler>(
      SchedulerOptions{
          .max_batch_size = state.options.max_batch_size,
          .max_step_tokens = state.options.max_step_tokens,
          .max_logit_rows = state.options.max_logit_rows,
          .max_truncated_tokens = options.num_drafts,
          .num_draft_places = options.num_drafts,
          .max_swapped_bytes = state.runner->plan().swap_bytes,
          .prefix_cache = state.layer_by_layer() ? PrefixCache::kOff : options.prefix_cache,
          .step_order = options.step_order},
      state.runner->plan().cache_layout, state.runner->plan().cache_capacity);
  state.requests = std::make_unique<RequestTable>(
      RequestLimits{
          .vocab_size = config.vocab_size,
          .max_context_tokens = engine->max_context_tokens(),
          .layer_major = state.layer_by_layer() ? LayerMajor::kAlways : LayerMajor::kNever},
      state.generation, state.text.get(), *state.scheduler);
  if (options.num_drafts > 0 && !state.layer_by_layer())
    state.drafter.emplace(*state.runner, options.propose);
  return engine;
}

const ModelConfig& Engine::config() const {
  return state_->runner->config();
}

const std::string& Engine::name() const {
  return state_->name;
}

int Engine::max_context_tokens() const {
  return state_->runner->plan().max_context_tokens;
}

namespace {

// "plain", the checkpoint's own method of quantising, or what was made of it: "int4:32".
std::string weight_format_of(const ModelConfig& config) {
  const MadeWeights& made = config.made_weights;
  if (made.bits != 0)
    return "int" + std::to_string(made.bits) + ":" + std::to_string(made.group_size);
  return config.quantization.method.empty() ? "plain" : config.quantization.method;
}

}  // namespace

Json Engine::facts() const {
  const ModelRunner& runner = *state_->runner;
  const ModelConfig& config = runner.config();
  Json facts = {
      {"architecture", config.architecture->name},
      {"model_type", config.model_type},
      {"vocab_size", config.vocab_size},
      {"max_context_tokens", runner.plan().max_context_tokens},
      {"weight_format", weight_format_of(config)},
      {"compute_dtype", runner.ops().numerics == Numerics::kFloat32 ? "float32" : "bfloat16"},
      {"kv_cache_dtype", config.kv_cache_dtype == DType::kBF16 ? "bfloat16" : "float32"},
      {"device", runner.device()},
      {"isa", runner.isa()},
      {"numerics", name_of(runner.ops().numerics)},
      {"threads", runner.context().num_threads},
      {"max_batch_size", state_->options.max_batch_size},
      {"eos_token_ids", state_->generation.eos_token_ids}};
  for (const char* file : {"config.json", "generation_config.json"}) {
    const Result<std::string> hash = sha256_of_file(state_->dir + "/" + file);
    std::string key = std::string(file).substr(0, std::string(file).find('.')) + "_sha256";
    facts[key] = hash.ok() ? Json(hash.value()) : Json(nullptr);
  }
  if (state_->drafter) {
    const int64_t drafts = state_->requests->num_drafts();
    const int64_t accepted = state_->requests->num_accepted_drafts();
    facts["speculation"] = {
        {"speculate", state_->options.num_drafts},
        {"verified_drafts", drafts},
        {"accepted_drafts", accepted},
        {"acceptance_rate",
         drafts > 0 ? Json(static_cast<double>(accepted) / static_cast<double>(drafts)) : Json()}};
  }
  if (state_->layer_by_layer()) facts["scoring"] = "layer-major";
  if (runner.plan().stages.size() > 1) {
    for (const StagePlan& stage : runner.plan().stages)
      facts["devices"].push_back({{"device", stage.device},
                                  {"first_layer", stage.first_layer},
                                  {"end_layer", stage.end_layer}});
  }
  add_weight_hash(runner.model().files, facts);
  if (!state_->options.weights.empty()) facts["made_weights"] = state_->options.weights;
  if (state_->text) facts.update(state_->text->facts());
  return facts;
}

Json Engine::memory_plan() const {
  return to_json(state_->runner->plan());
}

Ceilings Engine::measure_ceilings() const {
  const ModelRunner& runner = *state_->runner;
  return runner.ops().measure_ceilings(runner.context());
}

void Engine::begin_operator_times() {
  begin_times();
}

Json Engine::end_operator_times() {
  Json json = Json::object();
  for (const auto& [name, times] : end_times()) {
    json[name] = {{"calls", times.num_calls},
                  {"seconds", times.seconds},
                  {"bytes", times.cost.bytes},
                  {"products", times.cost.products},
                  {"operations", times.cost.operations},
                  {"h100_seconds", times.h100_seconds},
                  {"h200_seconds", times.h200_seconds}};
  }
  return json;
}

Json Engine::sampling_defaults() const {
  return *state_->generation.sampling;
}

// --- text ---

namespace {

Status no_text(const std::string& dir) {
  return not_found("{dir} has no tokenizer.json; only token ids can be used with it",
                   {{"dir", dir}});
}

}  // namespace

bool Engine::has_text() const {
  return state_->text != nullptr;
}

Json Engine::text_description() const {
  return state_->text ? state_->text->description() : Json::object();
}

Result<RenderedPrompt> Engine::render(const Json& messages, const Json& template_arguments) const {
  if (!state_->text) return no_text(state_->dir);
  return state_->text->render(messages, template_arguments);
}

Result<std::vector<int32_t>> Engine::encode(const std::string& text, SpecialTokens special) const {
  if (!state_->text) return no_text(state_->dir);
  return state_->text->encode(text, special);
}

std::string Engine::token_bytes(int32_t id) const {
  return state_->text ? state_->text->token_bytes(id) : "";
}

Result<std::string> Engine::decode(const std::vector<int32_t>& token_ids,
                                   SpecialText special) const {
  if (!state_->text) return no_text(state_->dir);
  return state_->text->decode(token_ids, special);
}

// --- requests ---

RequestId Engine::submit(EngineRequest request) {
  const size_t num_continuations = std::max<size_t>(1, request.continuations.size());
  state_->num_waiting_tokens +=
      static_cast<int64_t>(request.prompt_token_ids.size() * num_continuations);
  for (const std::vector<int32_t>& continuation : request.continuations)
    state_->num_waiting_tokens += static_cast<int64_t>(continuation.size());
  return state_->requests->submit(std::move(request));
}

void Engine::cancel(RequestId id) {
  state_->requests->cancel(id);
}

bool Engine::has_work() const {
  return state_->scheduler->has_work();
}

int Engine::num_in_flight() const {
  return state_->requests->num_in_flight();
}

// Twice a batch keeps the batch full however the requests end; a pass over the weights wants all
// that there is room for.
bool Engine::wants_requests() const {
  if (state_->layer_by_layer()) {
    // Of requests that could not run at all nothing waits.
    return num_in_flight() == 0 ||
           state_->num_waiting_tokens < state_->runner->plan().max_pass_tokens;
  }
  return num_in_flight() < 2 * state_->options.max_batch_size;
}

EngineLoad Engine::load() const {
  const Scheduler& scheduler = *state_->scheduler;
  return {.num_waiting = scheduler.num_waiting(),
          .num_running = scheduler.num_running(),
          .num_used_blocks = scheduler.ledger().num_used_blocks(),
          .num_blocks = scheduler.ledger().num_blocks()};
}

std::vector<std::pair<RequestId, Completion>> Engine::take_completed() {
  return state_->requests->take_completed();
}

std::vector<TokenEvent> Engine::take_events() {
  return state_->requests->take_events();
}

namespace {

// One buffer for the lists of most probable tokens that the wishes ask for.
std::vector<TokenLogprob> make_room_for_lists(std::vector<TokenWish>& wishes) {
  size_t total = 0;
  for (const TokenWish& wish : wishes)
    total += static_cast<size_t>(wish.num_top);
  std::vector<TokenLogprob> lists(total);
  TokenLogprob* next = lists.data();
  for (TokenWish& wish : wishes) {
    wish.top = next;
    next += wish.num_top;
  }
  return lists;
}

}  // namespace

StepOutput Engine::State::run(const std::vector<ScheduledTokens>& step) {
  std::vector<SequenceStep> sequences;
  for (const ScheduledTokens& tokens : step) {
    const Sequence& sequence = *tokens.sequence;
    requests->start_clock(sequence);
    sequences.push_back(
        {.token_ids = {sequence.token_ids.data() + sequence.num_computed_tokens,
                       static_cast<size_t>(tokens.num_tokens)},
         .first_position = sequence.num_computed_tokens,
         .block_tables = sequence.cache.block_tables,
         .first_wanted = std::max(0, sequence.first_logit_position - sequence.num_computed_tokens),
         .state = sequence.cache.state,
         .absorbed_from = absorbed_from(sequence.num_prompt_tokens)});
  }
  runner->pipeline().apply(scheduler->take_commands());
  return runner->pipeline().run(sequences);
}

std::vector<WantedRows> Engine::State::add_wishes(const std::vector<ScheduledTokens>& step,
                                                  std::vector<TokenWish>& wishes) const {
  std::vector<WantedRows> rows;
  for (const ScheduledTokens& tokens : step) {
    const Sequence& sequence = *tokens.sequence;
    const int end = sequence.num_computed_tokens + tokens.num_tokens;
    const int first =
        std::min(end, std::max(sequence.first_logit_position, sequence.num_computed_tokens));
    rows.push_back(
        {.begin = wishes.size(), .count = end - first, .first_position = first, .end = end});
    requests->add_wishes(sequence, end, end - first, wishes);
  }
  return rows;
}

// Rows behind a refused draft are those of tokens that never were.
void Engine::State::drop_refused(const std::vector<ScheduledTokens>& step,
                                 std::span<const TokenChoice> choices,
                                 std::vector<WantedRows>& rows) const {
  for (size_t i = 0; i < step.size(); ++i) {
    WantedRows& own = rows[i];
    const int valid =
        RequestTable::count_valid_rows(*step[i].sequence, own.first_position, own.of(choices));
    own.end -= own.count - valid;
    own.count = valid;
  }
}

std::vector<std::vector<int32_t>> Engine::State::draft(const std::vector<ScheduledTokens>& step,
                                                       std::span<const TokenWish> wishes,
                                                       std::span<const TokenChoice> choices,
                                                       const std::vector<WantedRows>& rows) {
  if (!drafter) return std::vector<std::vector<int32_t>>(step.size());
  std::vector<ComputedTokens> computed;
  int first_row = 0;
  for (size_t i = 0; i < step.size(); ++i) {
    const Sequence& sequence = *step[i].sequence;
    ComputedTokens& tokens = computed.emplace_back();
    tokens.sequence = &sequence;
    tokens.first_row = first_row;
    tokens.first_position = sequence.num_computed_tokens;
    tokens.end = rows[i].end;
    first_row += step[i].num_tokens;
    if (rows[i].count == 0 || rows[i].of(wishes).back().known_id >= 0) continue;
    const int32_t id = rows[i].of(choices).back().id;
    // A draft that was right and has others behind it, for which the step had no room.
    const bool stands = tokens.end < sequence.num_tokens() &&
                        sequence.token_ids[static_cast<size_t>(tokens.end)] == id;
    if (id < 0 || stands) continue;
    tokens.next_id = id;
    tokens.draw = requests->draw_of(sequence);
    tokens.num_drafts =
        std::min(options.num_drafts, RequestTable::draft_limit(sequence, tokens.end + 1));
  }
  return drafter->draft(computed);
}

// --- layer by layer ---

void Engine::State::begin_pass() {
  const std::vector<Sequence*> waiting = requests->sequences();
  pass = std::make_unique<LayerMajorPass>(*runner, options);
  pass->begin(waiting);
  pass_sequences.clear();
  for (size_t i = 0; i < static_cast<size_t>(pass->num_sequences()); ++i) {
    pass_sequences.push_back({waiting[i]->seq_id, waiting[i]});
    waiting[i]->num_cached_tokens = pass->num_cached_tokens(i);
    requests->start_clock(*waiting[i]);
  }
  num_waiting_tokens = 0;
  for (size_t i = pass_sequences.size(); i < waiting.size(); ++i)
    num_waiting_tokens += waiting[i]->num_tokens();
}

// A layer at a time, so that whoever drives the engine can stop in between.
void Engine::State::step_by_layers() {
  if (!pass) begin_pass();
  pass->run_layer();
  if (!pass->at_head()) return;
  for (const LayerMajorPass::Step& step : pass->steps())
    if (step.num_wanted > 0) score(step);
  pass.reset();
  runner->loader().drop({WeightPart::Kind::kHead});
}

void Engine::State::score(const LayerMajorPass::Step& step) {
  const StepOutput output = pass->finish(step);
  std::vector<TokenWish> wishes;
  for (const LayerMajorPass::Tokens& tokens : step.tokens) {
    const PassSequence& one = pass_sequences[tokens.sequence];
    const int num_rows = tokens.count - tokens.first_wanted;
    if (requests->holds(one.request, one.sequence)) {
      requests->add_wishes(*one.sequence, tokens.first_position + tokens.count, num_rows, wishes);
    } else {
      wishes.resize(wishes.size() + static_cast<size_t>(num_rows), TokenWish{.known_id = 0});
    }
  }
  const std::vector<TokenLogprob> lists = make_room_for_lists(wishes);
  std::vector<TokenChoice> choices(wishes.size());
  runner->choose_tokens(output, wishes, choices);
  size_t row = 0;
  for (const LayerMajorPass::Tokens& tokens : step.tokens) {
    const PassSequence& one = pass_sequences[tokens.sequence];
    const size_t num_rows = static_cast<size_t>(tokens.count - tokens.first_wanted);
    const size_t first = std::exchange(row, row + num_rows);
    if (num_rows == 0 || !requests->holds(one.request, one.sequence)) continue;
    one.sequence->num_computed_tokens = tokens.first_position + tokens.count;
    requests->use_tokens(*one.sequence, tokens.first_position + tokens.first_wanted,
                         std::span<const TokenWish>(wishes).subspan(first, num_rows),
                         std::span<const TokenChoice>(choices).subspan(first, num_rows), {});
  }
}

void Engine::step() {
  JANGWON_CHECK(has_work());
  State& state = *state_;
  if (state.layer_by_layer()) return state.step_by_layers();
  const std::vector<ScheduledTokens> step = state.scheduler->schedule();
  const StepOutput output = state.run(step);
  std::vector<TokenWish> wishes;
  std::vector<WantedRows> rows = state.add_wishes(step, wishes);
  const std::vector<TokenLogprob> lists = make_room_for_lists(wishes);
  std::vector<TokenChoice> choices(wishes.size());
  state.runner->choose_tokens(output, wishes, choices);
  state.drop_refused(step, choices, rows);
  const std::vector<std::vector<int32_t>> drafts = state.draft(step, wishes, choices, rows);
  state.scheduler->complete(step);
  for (size_t i = 0; i < step.size(); ++i) {
    if (rows[i].count == 0) continue;
    state.requests->use_tokens(*step[i].sequence, rows[i].first_position,
                               rows[i].of(std::span<const TokenWish>(wishes)),
                               rows[i].of(std::span<const TokenChoice>(choices)), drafts[i]);
  }
}

}  // namespace jangwon::runtime
