#include "runtime/serve/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace jangwon::runtime {

namespace {

std::string head(const std::string& name, const char* type, const std::string& help) {
  return "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

std::string one(const std::string& name, const char* type, const std::string& help,
                uint64_t value) {
  return head(name, type, help) + name + " " + std::to_string(value) + "\n";
}

// The value of a label.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

}  // namespace

void DurationHistogram::add(double seconds) {
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++counts_[static_cast<size_t>(bucket - kBounds.begin())];
  sum_ += seconds;
}

std::string DurationHistogram::text(const std::string& name, const std::string& help) const {
  std::string out = head(name, "histogram", help);
  uint64_t total = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    total += counts_[i];
    const std::string bound = i < kBounds.size() ? fmt::format("{}", kBounds[i]) : "+Inf";
    out += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name, bound, total);
  }
  return out + fmt::format("{}_sum {:.6f}\n{}_count {}\n", name, sum_, name, total);
}

void Metrics::count(const Completion& completion) {
  prompt_tokens += static_cast<uint64_t>(completion.num_prompt_tokens);
  cached_tokens += static_cast<uint64_t>(completion.num_cached_tokens);
  reply_tokens += completion.token_ids.size();
  reasoning_tokens += static_cast<uint64_t>(completion.num_reasoning_tokens);
}

std::string Metrics::text(const MetricsNow& now) const {
  const auto gauge = [](const char* name, const char* help, int64_t value) {
    return one(name, "gauge", help, static_cast<uint64_t>(value));
  };
  const auto counter = [](const char* name, const char* help, uint64_t value) {
    return one(name, "counter", help, value);
  };
  const EngineLoad& load = now.worker.load;
  std::string out = head("jangwon_info", "gauge", "the model that is served") +
                    "jangwon_info{model=" + quoted(now.model) + "} 1\n";
  out += gauge("jangwon_connections", "open connections", now.num_connections);
  out += gauge("jangwon_calls", "calls that are being answered", now.num_calls);
  out += gauge("jangwon_choices", "choices that the engine has", now.num_choices);
  out += gauge("jangwon_body_bytes", "memory that bodies of requests take",
               static_cast<int64_t>(now.bodies_bytes));
  out += gauge("jangwon_sequences_waiting", "sequences that wait for a place in the batch",
               load.num_waiting);
  out += gauge("jangwon_sequences_running", "sequences in the batch", load.num_running);
  out += gauge("jangwon_cache_blocks_used", "blocks of the cache that sequences hold",
               load.num_used_blocks);
  out += gauge("jangwon_cache_blocks", "blocks of the cache", load.num_blocks);
  out += counter("jangwon_steps_total", "forward passes", now.worker.num_steps);
  out +=
      counter("jangwon_prompt_tokens_total", "tokens of prompts, of ended choices", prompt_tokens);
  out += counter("jangwon_cached_tokens_total", "of these, taken from the prefix cache",
                 cached_tokens);
  out += counter("jangwon_reply_tokens_total", "tokens of replies, of ended choices", reply_tokens);
  out += counter("jangwon_reasoning_tokens_total", "of these, thinking", reasoning_tokens);
  out += head("jangwon_replies_total", "counter", "replies, by endpoint and status");
  for (const auto& [key, count] : replies) {
    out += fmt::format("jangwon_replies_total{{endpoint={},status=\"{}\"}} {}\n", quoted(key.first),
                       key.second, count);
  }
  out += head("jangwon_ended_early_total", "counter",
              "calls that ended before their reply, by reason");
  for (const auto& [reason, count] : ended_early)
    out += fmt::format("jangwon_ended_early_total{{reason={}}} {}\n", quoted(reason), count);
  out += first_token.text("jangwon_first_token_seconds",
                          "from a request to its first token, of streams");
  out += whole_call.text("jangwon_call_seconds",
                         "from a request to the end of what the engine makes for it");
  return out;
}

}  // namespace jangwon::runtime
