// The words were collected from the APIs of OpenAI, Azure, Anthropic, Bedrock, Gemini, Vertex,
// Cohere, Mistral, DeepSeek, Zhipu, HyperCLOVA X, OpenRouter, and from the sources of vLLM, SGLang,
// TensorRT-LLM, TGI, llama.cpp and Ollama.

#include "harness/backends/finish_word.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace jangwon::harness {

namespace {

// "FINISH_REASON_MAX_TOKENS", "maxTokens", "max-tokens" → "max_tokens".
std::string folded(std::string_view word) {
  std::string folded;
  bool after_lower = false;
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isupper(byte) != 0 && after_lower) folded += '_';
    after_lower = std::islower(byte) != 0 || std::isdigit(byte) != 0;
    if (c == '-' || c == ' ' || c == '.' || c == ':') {
      folded += '_';
    } else {
      folded += static_cast<char>(std::tolower(byte));
    }
  }
  for (const std::string_view prefix :
       {"finish_reason_", "finishreason_", "stop_reason_", "stopreason_"}) {
    if (folded.starts_with(prefix) && folded.size() > prefix.size()) folded.erase(0, prefix.size());
  }
  return folded;
}

const std::map<std::string_view, FinishMeaning>& words() {
  using enum FinishMeaning;
  static const std::map<std::string_view, FinishMeaning> list = {
      {"stop", kEnd},
      {"stopped", kEnd},
      {"stop_sequence", kEnd},
      {"stop_sequences", kEnd},
      {"stop_string", kEnd},
      {"stop_str", kEnd},
      {"stop_word", kEnd},
      {"stop_words", kEnd},
      {"stop_token", kEnd},
      {"stop_token_id", kEnd},
      {"stop_before", kEnd},
      {"end_turn", kEnd},
      {"end", kEnd},
      {"end_id", kEnd},
      {"end_token", kEnd},
      {"end_of_text", kEnd},
      {"end_of_sequence", kEnd},
      {"eos", kEnd},
      {"eos_token", kEnd},
      {"eos_token_id", kEnd},
      {"eos_found", kEnd},
      {"eot", kEnd},
      {"eog", kEnd},
      {"complete", kEnd},
      {"completed", kEnd},
      {"finish", kEnd},
      {"finished", kEnd},
      {"done", kEnd},
      {"normal", kEnd},
      {"success", kEnd},
      {"tool_calls", kEnd},
      {"tool_call", kEnd},
      {"tool_use", kEnd},
      {"function_call", kEnd},
      {"function_calls", kEnd},

      {"length", kTruncated},
      {"length_limit", kTruncated},
      {"limit", kTruncated},
      {"max_tokens", kTruncated},
      {"max_token", kTruncated},
      {"max_new_tokens", kTruncated},
      {"max_output_tokens", kTruncated},
      {"max_completion_tokens", kTruncated},
      {"max_tokens_reached", kTruncated},
      {"max_length", kTruncated},
      {"max_len", kTruncated},
      {"token_limit", kTruncated},
      {"token_limit_reached", kTruncated},
      {"max_output", kTruncated},
      {"output_limit", kTruncated},
      {"incomplete", kTruncated},
      {"truncated", kTruncated},
      {"budget_exceeded", kTruncated},
      {"repetition", kTruncated},  // a detector of loops cut the model off
      {"repetition_detected", kTruncated},

      {"context", kContext},
      {"context_length", kContext},
      {"context_length_exceeded", kContext},
      {"context_limit", kContext},
      {"context_window_exceeded", kContext},
      {"model_context_window_exceeded", kContext},
      {"model_length", kContext},
      {"max_context_length", kContext},
      {"max_model_len", kContext},
      {"max_model_length", kContext},
      {"max_seq_len", kContext},
      {"max_sequence_length", kContext},
      {"error_limit", kContext},

      {"abort", kFailure},
      {"aborted", kFailure},
      {"cancel", kFailure},
      {"cancelled", kFailure},
      {"canceled", kFailure},
      {"user_cancel", kFailure},
      {"interrupted", kFailure},
      {"not_finished", kFailure},
      {"error", kFailure},
      {"failed", kFailure},
      {"failure", kFailure},
      {"server_error", kFailure},
      {"internal_error", kFailure},
      {"internal_server_error", kFailure},
      {"engine_error", kFailure},
      {"network_error", kFailure},
      {"model_error", kFailure},
      {"exception", kFailure},
      {"timeout", kFailure},
      {"timed_out", kFailure},
      {"time_limit", kFailure},
      {"deadline_exceeded", kFailure},
      {"overloaded", kFailure},
      {"insufficient_system_resource", kFailure},
      {"rate_limit", kFailure},
      {"preempted", kFailure},
      {"evicted", kFailure},
      {"shutdown", kFailure},
      {"killed", kFailure},
      {"disconnected", kFailure},
      // no tools are given: what was cut out is not the model's answer
      {"malformed_function_call", kFailure},
      {"malformed_tool_use", kFailure},
      {"malformed_model_output", kFailure},
      {"malformed_response", kFailure},
      {"unexpected_tool_call", kFailure},

      {"content_filter", kWithheld},
      {"content_filtered", kWithheld},
      {"content_policy", kWithheld},
      {"content_policy_violation", kWithheld},
      {"filter", kWithheld},
      {"filtered", kWithheld},
      {"safety", kWithheld},
      {"image_safety", kWithheld},
      {"unsafe", kWithheld},
      {"sensitive", kWithheld},
      {"moderation", kWithheld},
      {"moderated", kWithheld},
      {"blocked", kWithheld},
      {"blocklist", kWithheld},
      {"prohibited_content", kWithheld},
      {"recitation", kWithheld},
      {"copyright", kWithheld},
      {"spii", kWithheld},
      {"pii", kWithheld},
      {"refusal", kWithheld},
      {"guardrail", kWithheld},
      {"guardrails", kWithheld},
      {"guardrail_intervened", kWithheld},
      {"error_toxic", kWithheld},
      {"toxic", kWithheld},
      {"violation", kWithheld},
      {"policy_violation", kWithheld},
      {"risk", kWithheld},
      {"censored", kWithheld},
  };
  return list;
}

}  // namespace

FinishMeaning finish_meaning(std::string_view word) {
  const auto found = words().find(folded(word));
  return found == words().end() ? FinishMeaning::kUnknown : found->second;
}

FinishReason finish_reason_of(FinishMeaning meaning) {
  switch (meaning) {
    case FinishMeaning::kEnd:
    case FinishMeaning::kUnknown:
      return FinishReason::kStop;
    case FinishMeaning::kTruncated:
      return FinishReason::kLength;
    case FinishMeaning::kContext:
      return FinishReason::kContext;
    case FinishMeaning::kFailure:
    case FinishMeaning::kWithheld:
      return FinishReason::kError;
  }
  return FinishReason::kStop;
}

}  // namespace jangwon::harness
