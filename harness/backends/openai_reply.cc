// Servers differ in everything but the outline: `content` may be null, text, or a list of parts; thinking stands in
// reasoning_content (vLLM, SGLang, DeepSeek), in reasoning (newer vLLM, OpenRouter) or in the text; `usage` comes in
// the last chunk, in every chunk or never; an error comes with its status, or inside a stream that began with 200. A
// field that is missing or null is taken as absent; a field of a wrong type makes the reply unusable, because guessing
// would turn a broken server into a wrong answer.

#include "harness/backends/openai_reply.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

constexpr size_t kLongestMessage = 400;

Status malformed(const std::string& what) {
  return invalid_argument("the server's reply is not one of the API: " + what);
}

const Json* member(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string shortened(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  if (text.size() <= kLongestMessage) return text;
  text.resize(kLongestMessage);
  return replace_invalid_utf8(text) + " …";
}

// Text, or a list of parts {"type": "text", "text": …}.
Status append_text(const Json* value, const char* name, std::string& text) {
  if (value == nullptr) return ok_status();
  if (value->is_string()) {
    text += value->get_ref<const std::string&>();
    return ok_status();
  }
  if (!value->is_array()) return malformed(std::string(name) + " is not text");
  for (const Json& part : *value) {
    const Json* inner = member(part, "text");
    if (inner == nullptr || !inner->is_string())
      return malformed(std::string(name) + " holds something else than text");
    text += inner->get_ref<const std::string&>();
  }
  return ok_status();
}

Status read_count(const Json* object, const char* key, std::optional<int>& count) {
  const Json* value = object == nullptr ? nullptr : member(*object, key);
  if (value == nullptr) return ok_status();
  if (!value->is_number_integer()) return malformed(std::string("usage.") + key + " is not a whole number");
  count = static_cast<int>(std::clamp<int64_t>(value->get<int64_t>(), 0, INT32_MAX));
  return ok_status();
}

Status read_usage(const Json& value, OpenAiReply& reply) {
  const Json* usage = member(value, "usage");
  if (usage == nullptr) return ok_status();
  JANGWON_RETURN_IF_ERROR(read_count(usage, "prompt_tokens", reply.prompt_tokens));
  JANGWON_RETURN_IF_ERROR(read_count(usage, "completion_tokens", reply.completion_tokens));
  JANGWON_RETURN_IF_ERROR(
      read_count(member(*usage, "completion_tokens_details"), "reasoning_tokens", reply.reasoning_tokens));
  return read_count(member(*usage, "prompt_tokens_details"), "cached_tokens", reply.cached_tokens);
}

Status read_logprobs(const Json& value, OpenAiChoice& choice) {
  const Json* logprobs = member(value, "logprobs");
  const Json* numbers = logprobs == nullptr ? nullptr : member(*logprobs, "token_logprobs");
  if (numbers == nullptr) return ok_status();
  if (!numbers->is_array()) return malformed("token_logprobs is not a list");
  for (const Json& number : *numbers) {
    if (!number.is_null() && !number.is_number()) return malformed("a log-probability is not a number");
    choice.token_logprobs.push_back(number.is_null() ? std::nullopt : std::optional(number.get<double>()));
  }
  if (const Json* offsets = member(*logprobs, "text_offset")) {
    if (!offsets->is_array()) return malformed("text_offset is not a list");
    for (const Json& offset : *offsets) {
      if (!offset.is_number_integer()) return malformed("a text_offset is not a whole number");
      choice.text_offsets.push_back(offset.get<int64_t>());
    }
  }
  return ok_status();
}

Status read_token_ids(const Json& value, OpenAiChoice& choice) {
  const Json* ids = member(value, "token_ids");
  if (ids == nullptr) return ok_status();
  if (!ids->is_array()) return malformed("token_ids is not a list");
  for (const Json& id : *ids) {
    if (!id.is_number_integer()) return malformed("a token id is not a whole number");
    choice.token_ids.push_back(static_cast<int32_t>(id.get<int64_t>()));
  }
  return ok_status();
}

Status read_choice(const Json& value, OpenAiChoice& choice) {
  if (!value.is_object()) return malformed("a choice is not an object");
  const Json* message = member(value, "delta");
  if (message == nullptr) message = member(value, "message");
  if (message != nullptr) {
    if (!message->is_object()) return malformed("a message is not an object");
    JANGWON_RETURN_IF_ERROR(append_text(member(*message, "content"), "content", choice.text));
    const Json* reasoning = member(*message, "reasoning_content");
    if (reasoning == nullptr) reasoning = member(*message, "reasoning");  // some send both, with the same text
    JANGWON_RETURN_IF_ERROR(append_text(reasoning, "reasoning", choice.reasoning));
    JANGWON_RETURN_IF_ERROR(append_text(member(*message, "refusal"), "refusal", choice.text));
    JANGWON_RETURN_IF_ERROR(read_token_ids(*message, choice));
  }
  JANGWON_RETURN_IF_ERROR(append_text(member(value, "text"), "text", choice.text));
  JANGWON_RETURN_IF_ERROR(read_logprobs(value, choice));
  JANGWON_RETURN_IF_ERROR(read_token_ids(value, choice));
  if (const Json* reason = member(value, "finish_reason")) {
    if (!reason->is_string()) return malformed("finish_reason is not text");
    choice.finish_reason = reason->get<std::string>();
  }
  return ok_status();
}

std::string text_member(const Json& object, const char* key) {
  const Json* value = member(object, key);
  if (value == nullptr) return "";
  return value->is_string() ? value->get<std::string>() : value->dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The class of an error by its own words, for errors inside a stream, and for those whose status says too little.
RetryClass class_by_words(const Json& error, int status) {
  const std::string type = text_member(error, "type"), code = text_member(error, "code");
  if (code == "insufficient_quota" || type == "insufficient_quota") return RetryClass::kFinal;
  if (status == 0) {
    const Json* number = member(error, "code");
    if (number == nullptr) number = member(error, "status");
    if (number != nullptr && number->is_number_integer()) status = static_cast<int>(number->get<int64_t>());
  }
  if (status >= 400 && status != 529 && status < 600) return retry_class_of_status(status);
  if (type.find("overloaded") != std::string::npos || type.find("rate_limit") != std::string::npos ||
      code.find("rate_limit") != std::string::npos) {
    return RetryClass::kThrottled;
  }
  if (type.find("invalid_request") != std::string::npos || type == "BadRequestError") return RetryClass::kFinal;
  return status == 529 ? RetryClass::kThrottled : RetryClass::kTransient;
}

OpenAiError read_error(const Json& error, int status) {
  OpenAiError read;
  read.retry = class_by_words(error, status);
  if (error.is_string()) {
    read.message = error.get<std::string>();
  } else {
    read.message = text_member(error, "message");
    if (read.message.empty()) read.message = error.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  read.message = shortened(read.message);
  return read;
}

Result<Json> parse_lenient(std::string_view text) {
  Result<Json> value = parse_json(text);
  if (value.ok()) return value;
  const std::string repaired = replace_invalid_utf8(text);
  return repaired == text ? value : parse_json(repaired);
}

// What a body that is no JSON looks like, in a few words.
std::string describe_body(std::string_view body) {
  const size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "nothing";
  const std::string begin = replace_invalid_utf8(body.substr(first, 60));
  return (body[first] == '<' ? "a page of HTML or XML beginning with \"" : "something beginning with \"") +
         shortened(begin) + "\"";
}

}  // namespace

OpenAiReplyReader::OpenAiReplyReader(int num_choices, size_t max_bytes)
    : num_choices_(num_choices), max_bytes_(max_bytes), events_(max_bytes) {}

Status OpenAiReplyReader::feed(std::string_view bytes) {
  if (form_ == Form::kUnknown) {
    whole_ += bytes;
    const size_t first = whole_.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (first == std::string::npos) return whole_.size() > max_bytes_ ? malformed("only blanks") : ok_status();
    const char c = whole_[first];
    // Fields of an event stream begin with a letter or, for a comment, with a colon.
    form_ = (c >= 'a' && c <= 'z') || c == ':' ? Form::kEvents : Form::kWhole;
    if (form_ == Form::kWhole) return ok_status();
    const std::string begin = std::move(whole_);
    whole_.clear();
    return feed(begin);
  }
  if (form_ == Form::kWhole) {
    whole_ += bytes;
    return whole_.size() > max_bytes_ ? malformed("it is too large") : ok_status();
  }
  Status status;
  JANGWON_RETURN_IF_ERROR(events_.feed(bytes, [&](const ServerSentEvent& event) {
    if (status.ok()) status = take_event(event);
  }));
  return status;
}

Status OpenAiReplyReader::finish() {
  if (form_ != Form::kEvents) return take_value(whole_);
  Status status;
  events_.finish([&](const ServerSentEvent& event) { status = take_event(event); });
  return status;
}

Status OpenAiReplyReader::take_event(const ServerSentEvent& event) {
  if (reply_.done || reply_.error) return ok_status();  // nothing counts behind the end
  if (event.data == "[DONE]") {
    reply_.done = true;
    return ok_status();
  }
  if (event.name == "error") {
    const Result<Json> value = parse_lenient(event.data);
    const Json* inner = value.ok() ? member(*value, "error") : nullptr;
    reply_.error = read_error(inner != nullptr ? *inner
                              : value.ok()     ? *value
                                               : Json(replace_invalid_utf8(event.data)),
                              0);
    return ok_status();
  }
  return take_value(event.data);
}

Status OpenAiReplyReader::take_value(std::string_view text) {
  const Result<Json> value = parse_lenient(text);
  if (!value.ok()) return malformed(describe_body(text) + " is no JSON");
  if (!value->is_object()) return malformed("it is not an object");
  const Json* error = member(*value, "error");
  if (error == nullptr && text_member(*value, "object") == "error") error = &*value;
  if (error != nullptr) {
    reply_.error = read_error(*error, 0);
    return ok_status();
  }
  JANGWON_RETURN_IF_ERROR(read_usage(*value, reply_));
  const Json* choices = member(*value, "choices");
  if (choices == nullptr) return ok_status();
  if (!choices->is_array()) return malformed("choices is not a list");
  for (const Json& choice : *choices) {
    const Json* index = member(choice, "index");
    if (index != nullptr && !index->is_number_integer()) return malformed("a choice's index is not a whole number");
    const int64_t number = index == nullptr ? 0 : index->get<int64_t>();
    if (number < 0 || number >= num_choices_) {
      return malformed("a choice has the index " + std::to_string(number) + " where " + std::to_string(num_choices_) +
                       (num_choices_ == 1 ? " was asked for" : " were asked for"));
    }
    OpenAiChoice& target = reply_.choices[static_cast<int>(number)];
    const size_t before = target.text.size() + target.reasoning.size();
    JANGWON_RETURN_IF_ERROR(read_choice(choice, target));
    if (target.text.size() + target.reasoning.size() != before || !target.finish_reason.empty()) ++num_pieces_;
  }
  return ok_status();
}

OpenAiError error_of(const HttpReply& reply) {
  OpenAiError error;
  error.retry = retry_class_of_status(reply.status);
  const Result<Json> value = parse_lenient(reply.body);
  if (value.ok() && value->is_object()) {
    const Json* inner = member(*value, "error");
    if (inner == nullptr) inner = member(*value, "detail");
    error = read_error(inner != nullptr ? *inner : *value, reply.status);
  } else {
    error.message = "it sent " + describe_body(reply.body);
  }
  error.message = "HTTP " + std::to_string(reply.status) + ": " + error.message;
  return error;
}

bool is_complete(const OpenAiReply& reply, int index) {
  const auto found = reply.choices.find(index);
  return found != reply.choices.end() && !found->second.finish_reason.empty();
}

Completion completion_of(const OpenAiReply& reply, const OpenAiChoice& choice, int max_tokens, int num_choices) {
  Completion completion;
  completion.text = choice.text;
  completion.answer_text = choice.text;
  completion.reasoning = choice.reasoning;
  completion.token_ids = choice.token_ids;
  completion.num_prompt_tokens = reply.prompt_tokens.value_or(0);
  completion.num_cached_tokens = reply.cached_tokens.value_or(0);
  const std::string& reason = choice.finish_reason;
  completion.finish_reason = FinishReason::kStop;
  if (reason == "length") completion.finish_reason = FinishReason::kLength;
  if (reason == "content_filter") {
    completion.finish_reason = FinishReason::kError;
    completion.error = "the server withheld the reply (finish_reason content_filter)";
  } else if (reason == "abort" || reason == "error") {
    completion.finish_reason = FinishReason::kError;
    completion.error = "the server gave the reply up (finish_reason " + reason + ")";
  }
  if (num_choices == 1) {
    completion.num_reasoning_tokens = reply.reasoning_tokens.value_or(0);
    const bool at_limit = reply.completion_tokens.value_or(0) >= max_tokens;
    if (at_limit && completion.finish_reason == FinishReason::kStop) completion.finish_reason = FinishReason::kLength;
  }
  // The server has taken the thinking out of the text; where no answer follows, its end never came.
  if (!completion.reasoning.empty()) {
    const bool has_answer = completion.text.find_first_not_of(" \t\r\n") != std::string::npos;
    completion.reasoning_terminated = has_answer;
  }
  return completion;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  const auto byte = [&](size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
  for (size_t i = 0; i < text.size();) {
    const unsigned first = byte(i);
    size_t length = 1;
    bool ok = first < 0x80;
    if (first >= 0xC2 && first <= 0xDF) {
      length = 2;
      ok = (byte(i + 1) & 0xC0) == 0x80;
    } else if (first >= 0xE0 && first <= 0xEF) {
      length = 3;
      const unsigned low = first == 0xE0 ? 0xA0 : 0x80, high = first == 0xED ? 0x9F : 0xBF;
      ok = byte(i + 1) >= low && byte(i + 1) <= high && (byte(i + 2) & 0xC0) == 0x80;
    } else if (first >= 0xF0 && first <= 0xF4) {
      length = 4;
      const unsigned low = first == 0xF0 ? 0x90 : 0x80, high = first == 0xF4 ? 0x8F : 0xBF;
      ok = byte(i + 1) >= low && byte(i + 1) <= high && (byte(i + 2) & 0xC0) == 0x80 && (byte(i + 3) & 0xC0) == 0x80;
    }
    if (ok) {
      valid += text.substr(i, length);
      i += length;
    } else {
      valid += "\xEF\xBF\xBD";
      ++i;
    }
  }
  return valid;
}

}  // namespace jangwon::harness
