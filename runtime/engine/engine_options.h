// How an engine is to be loaded.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/thinking_markers.h"
#include "runtime/device/devices.h"

namespace jangwon::runtime {

enum class PrefixCache { kOn, kOff };
enum class TimeOperators { kNo, kYes };

// Which of its sequences a step begins with.
enum class StepOrder {
  kRepliesFirst,  // a token of every reply; what is left of the step goes to prompts
  // no reply goes on while a prompt can be computed, so that both can be timed apart
  kPromptsFirst,
};

// Whether requests are run layer by layer, which reads a layer's weights once for all of them and
// holds no other layer in memory. Only log-probabilities of given tokens can be computed so.
enum class LayerMajor {
  kNever,
  kWhereNeeded,  // nothing but scoring will be asked: where the model does not fit into memory
  kAlways,
};

// At most `count` tokens that may follow `token_ids`.
using ProposeTokens =
    std::function<std::vector<int32_t>(std::span<const int32_t> token_ids, int count)>;

// What EngineOptions::numerics and ::kv_cache_dtype may say.
std::vector<std::string> numerics_names();
std::vector<std::string> cache_dtype_names();
// "int8", "int8:32", …; a number is the size of a group
std::vector<std::string> made_weights_names();

struct EngineOptions {
  // Behaviour.
  int max_context_tokens = 0;       // prompt and reply together; 0: what the model's config allows
  std::string kv_cache_dtype = {};  // of cache_dtype_names(); empty: default_cache_dtype()
  std::string numerics = {};        // of numerics_names(); empty: default_numerics()
  // of made_weights_names(), of plain linear layers at load; empty: as they are stored
  std::string weights = {};
  // the first takes the place of the architecture's own
  std::vector<ThinkingMarkers> thinking_markers = {};

  // Performance: no result depends on these.
  int num_threads = 0;  // 0: as many as this process may run on
  // sequences in one step; more means more memory and more tokens a second
  int max_batch_size = 32;
  int max_step_tokens = 512;  // of one step; longer prompts are prefilled in chunks
  // tokens of one step whose logits are wanted; scoring wants many, decoding one a sequence
  int max_logit_rows = 256;
  // 0: room for a full batch, within kv_cache_max_bytes, at least one full context
  int64_t kv_cache_tokens = 0;
  int64_t kv_cache_max_bytes = int64_t{1} << 30;
  // for sequences that lost their place in the cache; 0: they start over
  int64_t swap_max_bytes = int64_t{1} << 28;
  PrefixCache prefix_cache = PrefixCache::kOn;
  StepOrder step_order = StepOrder::kRepliesFirst;
  LayerMajor layer_major = LayerMajor::kNever;
  // of which layer-major scoring keeps hidden states; 0: as many as memory allows
  int64_t max_pass_tokens = 0;
  // tokens a sequence that the model's draft module proposes for a step to verify; 0: none
  int num_drafts = 0;
  // asked in place of the draft module, of any model; num_drafts holds for it too
  ProposeTokens propose = {};
  // operators note their times between begin_times() and end_times() (runtime/ops/timed_ops.h)
  TimeOperators time_operators = TimeOperators::kNo;
  // told of progress while weights are read
  std::function<void(int64_t done_bytes, int64_t total_bytes)> on_load = {};
  // of device_names(); empty: "cpu"
  std::string device = {};
  // the CPU's: "portable", "avx2", "avx512", "avx512_bf16", "amx"; empty: the fastest
  std::string isa = {};
};

}  // namespace jangwon::runtime
