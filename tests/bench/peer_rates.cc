// Prompts and replies of ik_llama.cpp: tokens a second of each pass, a line each, those of the
// prompts before those of the replies.
//
//   peer_rates MODEL THREADS BATCH PROMPT TOKENS PASSES [OPTION VALUE]...
//
// Neither of the peer's own benchmarks shows a batch as it is in use. llama-bench has one sequence.
// llama-batched-bench feeds the same token to every sequence, so a router sends the whole batch to
// the experts of one token, and a step reads a few experts where a batch of different replies reads
// nearly all. Here, as in `jangwon bench`, every sequence begins with random tokens of its own and
// goes on with the most probable ones. Options have llama-bench's names.
//
// peer_bench.py compiles this against the peer's header and libraries; the build does not know it.

#include <llama.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace {

struct Shape {
  int batch;
  int prompt;
  int tokens;
};

bool set_option(const std::string& name, int value, llama_model_params& of_model,
                llama_context_params& of_context) {
  const bool on = value != 0;
  if (name == "-rtr")
    of_model.repack_tensors = on;
  else if (name == "-mmp")
    of_model.use_mmap = on;
  else if (name == "-thp")
    of_model.use_thp = on;
  else if (name == "-mqkv")
    of_model.merge_qkv = on;
  else if (name == "-muge")
    of_model.merge_up_gate_exps = on;
  else if (name == "-mla")
    of_model.mla = of_context.mla_attn = value;
  else if (name == "-fa")
    of_context.flash_attn = on;
  else if (name == "-fmoe")
    of_context.fused_moe_up_gate = on;
  else if (name == "-ger")
    of_context.grouped_expert_routing = on;
  else if (name == "-rcache")
    of_context.rope_cache = on;
  else if (name == "-gr")
    of_context.graph_reuse = on;
  else
    return false;
  return true;
}

void add(llama_batch& batch, int token, int position, int sequence, bool wants_logits) {
  const int at = batch.n_tokens++;
  batch.token[at] = token;
  batch.pos[at] = position;
  batch.n_seq_id[at] = 1;
  batch.seq_id[at][0] = sequence;
  batch.logits[at] = wants_logits;
}

// The most probable one after the row.
int chosen_token(llama_context* context, int row, int vocab_size) {
  const float* logits_V = llama_get_logits_ith(context, row);
  return static_cast<int>(std::max_element(logits_V, logits_V + vocab_size) - logits_V);
}

struct Rates {
  double prompt = 0.0;
  double reply = 0.0;
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Zeros where the peer refuses a step.
Rates tokens_per_s(llama_context* context, llama_batch& batch, const Shape& shape,
                   std::mt19937& generator) {
  const int vocab_size = llama_n_vocab(llama_get_model(context));
  std::uniform_int_distribution<int> any_token(0, vocab_size - 1);
  llama_kv_cache_clear(context);
  batch.n_tokens = 0;
  for (int sequence = 0; sequence < shape.batch; ++sequence)
    for (int position = 0; position < shape.prompt; ++position)
      add(batch, any_token(generator), position, sequence, position + 1 == shape.prompt);
  const auto begin = std::chrono::steady_clock::now();
  if (llama_decode(context, batch) != 0) return {};
  std::vector<int> last_tokens_B;
  for (int sequence = 1; sequence <= shape.batch; ++sequence)
    last_tokens_B.push_back(chosen_token(context, sequence * shape.prompt - 1, vocab_size));

  const double prompt_s = seconds_since(begin);
  const auto middle = std::chrono::steady_clock::now();
  for (int step = 0; step < shape.tokens; ++step) {
    batch.n_tokens = 0;
    for (int sequence = 0; sequence < shape.batch; ++sequence)
      add(batch, last_tokens_B[sequence], shape.prompt + step, sequence, true);
    if (llama_decode(context, batch) != 0) return {};
    for (int sequence = 0; sequence < shape.batch; ++sequence)
      last_tokens_B[sequence] = chosen_token(context, sequence, vocab_size);
  }
  return {shape.batch * shape.prompt / prompt_s,
          shape.batch * shape.tokens / seconds_since(middle)};
}

int fail(const std::string& sentence) {
  std::fprintf(stderr, "peer_rates: %s\n", sentence.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7 || argc % 2 == 0)
    return fail("peer_rates MODEL THREADS BATCH PROMPT TOKENS PASSES [OPTION VALUE]...");
  const int threads = std::atoi(argv[2]);
  const Shape shape = {std::atoi(argv[3]), std::atoi(argv[4]), std::atoi(argv[5])};
  const int passes = std::atoi(argv[6]);
  if (threads < 1 || shape.batch < 1 || shape.prompt < 1 || shape.tokens < 1 || passes < 1)
    return fail("all numbers must be positive");

  llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  llama_backend_init();
  llama_model_params of_model = llama_model_default_params();
  llama_context_params of_context = llama_context_default_params();
  for (int i = 7; i + 1 < argc; i += 2) {
    if (!set_option(argv[i], std::atoi(argv[i + 1]), of_model, of_context))
      return fail(std::string(argv[i]) + " is no option that it knows");
  }
  const int prompt_rows = shape.batch * shape.prompt;
  of_context.n_seq_max = shape.batch;
  of_context.n_ctx = shape.batch * (shape.prompt + shape.tokens);
  of_context.n_batch = std::max(prompt_rows, 512);
  of_context.n_ubatch = 512;
  of_context.n_threads = of_context.n_threads_batch = threads;

  llama_model* model = llama_model_load_from_file(argv[1], of_model);
  if (model == nullptr) return fail(std::string("the peer cannot load ") + argv[1]);
  llama_context* context = llama_init_from_model(model, of_context);
  if (context == nullptr) return fail("the peer has no context of this size");
  llama_batch batch = llama_batch_init(std::max(prompt_rows, shape.batch), 0, 1);
  std::mt19937 generator(1);
  // The first pass, which is not told, warms up.
  for (int pass = 0; pass <= passes; ++pass) {
    const Rates rates = tokens_per_s(context, batch, shape, generator);
    if (rates.reply == 0.0) return fail("the peer refused a step");
    if (pass > 0) std::printf("%.3f %.3f\n", rates.prompt, rates.reply);
  }
  llama_batch_free(batch);
  llama_free(context);
  llama_free_model(model);
  llama_backend_free();
}
