// Tests: tests/runtime/serve/api_response_test.cc.

#include "runtime/serve/api_response.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace jangwon::runtime {

namespace {

// Characters, as Python counts them.
size_t num_characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// The bytes as valid UTF-8: to_json_line puts U+FFFD where they are none.
std::string text_of(const std::string& bytes) {
  return Json::parse(to_json_line(Json(bytes))).get<std::string>();
}

Json numbers_of(const std::string& bytes) {
  Json list = Json::array();
  for (const char c : bytes)
    list.push_back(static_cast<unsigned char>(c));
  return list;
}

}  // namespace

const char* finish_word(FinishReason reason) {
  return reason == FinishReason::kStop ? "stop" : "length";
}

const PreparedPrompt& ReplyWriter::prompt_of(int choice) const {
  return prepared_.prompts[static_cast<size_t>(choice / prepared_.call.num_choices)];
}

Json ReplyWriter::envelope(const char* object) const {
  return {{"id", facts_.id},
          {"object", object},
          {"created", facts_.created},
          {"model", facts_.model},
          {"system_fingerprint", facts_.fingerprint}};
}

Json ReplyWriter::usage(const std::vector<Completion>& completions) const {
  int64_t prompt = 0, reply = 0, reasoning = 0, cached = 0;
  for (const PreparedPrompt& one : prepared_.prompts)
    prompt += static_cast<int64_t>(one.token_ids.size());
  for (size_t i = 0; i < completions.size(); ++i) {
    reply += static_cast<int64_t>(completions[i].token_ids.size());
    reasoning += completions[i].num_reasoning_tokens;
    // Further choices of a prompt take all of it from the first.
    if (i % static_cast<size_t>(prepared_.call.num_choices) == 0)
      cached += completions[i].num_cached_tokens;
  }
  return {{"prompt_tokens", prompt},
          {"completion_tokens", reply},
          {"total_tokens", prompt + reply},
          {"prompt_tokens_details", {{"cached_tokens", cached}}},
          {"completion_tokens_details", {{"reasoning_tokens", reasoning}}}};
}

// --- log-probabilities ---

Json ReplyWriter::chat_logprobs(const std::vector<ScoredToken>& scored) const {
  const auto entry = [this](int32_t id, double logprob) {
    const std::string bytes = facts_.token_bytes(id);
    return Json{{"token", text_of(bytes)}, {"logprob", logprob}, {"bytes", numbers_of(bytes)}};
  };
  Json content = Json::array();
  for (const ScoredToken& token : scored) {
    Json one = entry(token.id, token.logprob);
    Json top = Json::array();
    for (const TokenLogprob& likely : token.top)
      top.push_back(entry(likely.id, likely.logprob));
    one["top_logprobs"] = std::move(top);
    content.push_back(std::move(one));
  }
  return {{"content", std::move(content)}};
}

void ReplyWriter::add_text_logprobs(Json& logprobs, const std::vector<ScoredToken>& scored,
                                    size_t& text_offset) const {
  for (const ScoredToken& token : scored) {
    const std::string text = text_of(facts_.token_bytes(token.id));
    logprobs["tokens"].push_back(text);
    logprobs["token_logprobs"].push_back(token.logprob);
    Json top = Json::object();
    for (const TokenLogprob& likely : token.top) {
      // Two tokens may have one text, such as halves of a character; the more probable one comes
      // first and stays.
      const std::string name = text_of(facts_.token_bytes(likely.id));
      if (!top.contains(name)) top[name] = likely.logprob;
    }
    // as OpenAI: the token itself stands among them
    if (!top.contains(text)) top[text] = token.logprob;
    logprobs["top_logprobs"].push_back(std::move(top));
    logprobs["text_offset"].push_back(text_offset);
    text_offset += num_characters(text);
  }
}

Json ReplyWriter::text_logprobs(const std::vector<ScoredToken>& scored, size_t& text_offset) const {
  Json logprobs = {{"tokens", Json::array()},
                   {"token_logprobs", Json::array()},
                   {"top_logprobs", Json::array()},
                   {"text_offset", Json::array()}};
  add_text_logprobs(logprobs, scored, text_offset);
  return logprobs;
}

// Nothing predicts the first token of a prompt: null stands for it.
Json ReplyWriter::echoed_logprobs(int choice, const std::vector<ScoredToken>& prompt,
                                  const std::vector<ScoredToken>& scored,
                                  size_t& text_offset) const {
  const std::string first = text_of(facts_.token_bytes(prompt_of(choice).token_ids.front()));
  Json logprobs = {{"tokens", Json::array({first})},
                   {"token_logprobs", Json::array({nullptr})},
                   {"top_logprobs", Json::array({nullptr})},
                   {"text_offset", Json::array({text_offset})}};
  text_offset += num_characters(first);
  add_text_logprobs(logprobs, prompt, text_offset);
  add_text_logprobs(logprobs, scored, text_offset);
  return logprobs;
}

// --- whole replies ---

Json ReplyWriter::whole_choice(int choice, const Completion& completion) const {
  const ApiCall& call = prepared_.call;
  Json entry = {{"index", choice}};
  if (is_chat()) {
    Json message = {{"role", "assistant"}, {"content", completion.answer_text}};
    if (!completion.reasoning.empty()) message["reasoning_content"] = completion.reasoning;
    message["refusal"] = nullptr;
    entry["message"] = std::move(message);
    entry["logprobs"] = call.num_top_logprobs ? chat_logprobs(completion.logprobs) : Json();
  } else {
    entry["text"] = prompt_of(choice).text + completion.text;
    size_t offset = 0;
    entry["logprobs"] = !call.num_top_logprobs ? Json()
                        : call.echoes          ? echoed_logprobs(choice, completion.prompt_logprobs,
                                                                 completion.logprobs, offset)
                                               : text_logprobs(completion.logprobs, offset);
  }
  entry["finish_reason"] = finish_word(completion.finish_reason);
  return entry;
}

std::string ReplyWriter::whole(const std::vector<Completion>& completions) const {
  Json reply = envelope(is_chat() ? "chat.completion" : "text_completion");
  Json choices = Json::array();
  for (size_t i = 0; i < completions.size(); ++i)
    choices.push_back(whole_choice(static_cast<int>(i), completions[i]));
  reply["choices"] = std::move(choices);
  reply["usage"] = usage(completions);
  return to_json_line(reply);
}

// --- streams ---

Json ReplyWriter::chunk_of(Json choice) const {
  Json reply = envelope(is_chat() ? "chat.completion.chunk" : "text_completion");
  reply["choices"] = Json::array({std::move(choice)});
  if (prepared_.call.includes_usage) reply["usage"] = nullptr;
  return reply;
}

std::string ReplyWriter::first_chunk(int choice) const {
  return to_json_line(chunk_of({{"index", choice},
                                {"delta", {{"role", "assistant"}, {"content", ""}}},
                                {"logprobs", nullptr},
                                {"finish_reason", nullptr}}));
}

std::string ReplyWriter::chunk(int choice, const ChoiceDelta& delta, size_t& text_offset) const {
  const bool wants_logprobs = prepared_.call.num_top_logprobs.has_value();
  Json entry = {{"index", choice}};
  if (is_chat()) {
    Json part = Json::object();
    if (!delta.reasoning.empty()) part["reasoning_content"] = delta.reasoning;
    if (!delta.answer.empty()) part["content"] = delta.answer;
    entry["delta"] = std::move(part);
    entry["logprobs"] = wants_logprobs ? chat_logprobs(delta.scored) : Json();
  } else {
    entry["text"] = delta.text;
    entry["logprobs"] = !wants_logprobs ? Json()
                        : delta.scores_prompt
                            ? echoed_logprobs(choice, delta.prompt, delta.scored, text_offset)
                            : text_logprobs(delta.scored, text_offset);
  }
  entry["finish_reason"] = nullptr;
  return to_json_line(chunk_of(std::move(entry)));
}

std::string ReplyWriter::last_chunk(int choice, const Completion& completion) const {
  Json entry = {{"index", choice}};
  if (is_chat()) {
    entry["delta"] = Json::object();
  } else {
    entry["text"] = "";
  }
  entry["logprobs"] = nullptr;
  entry["finish_reason"] = finish_word(completion.finish_reason);
  return to_json_line(chunk_of(std::move(entry)));
}

std::string ReplyWriter::usage_chunk(const std::vector<Completion>& completions) const {
  Json reply = envelope(is_chat() ? "chat.completion.chunk" : "text_completion");
  reply["choices"] = Json::array();
  reply["usage"] = usage(completions);
  return to_json_line(reply);
}

}  // namespace jangwon::runtime
