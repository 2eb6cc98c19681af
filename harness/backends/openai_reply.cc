// Servers differ in everything but the outline: `content` may be null, text, or a list of parts,
// thinking among them; thinking stands in reasoning_content (vLLM, SGLang, DeepSeek), in reasoning
// (newer vLLM, OpenRouter), in other fields, in the text, or in two of these; `usage` comes in the
// last chunk, in every chunk, in a choice or never; an error comes with its status, or inside a
// stream that began with 200. A field that is missing or null is taken as absent; text of a wrong
// type makes the reply unusable, because guessing would turn a broken server into a wrong answer.

#include "harness/backends/openai_reply.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "harness/backends/finish_word.h"
#include "runtime/base/foreign_text.h"
#include "runtime/base/json.h"

namespace jangwon::harness {

namespace {

constexpr size_t kLongestMessage = 400;
constexpr double kMostTokens = INT32_MAX;

Status malformed(Message what) {
  return invalid_argument("the server's reply is not one of the API: {what}",
                          {{"what", std::move(what)}});
}

Status malformed(MessageTemplate what, Message::Arguments arguments = {}) {
  return malformed(Message(what, arguments));
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
  const bool cut = text.size() > kLongestMessage;
  if (cut) text.resize(kLongestMessage);
  return mend_utf8(text) + (cut ? " …" : "");
}

std::string text_member(const Json& object, const char* key) {
  const Json* value = member(object, key);
  if (value == nullptr) return "";
  return value->is_string() ? value->get<std::string>()
                            : value->dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != text.npos; });
}

enum class PartKind { kText, kThinking, kSilent, kUnknown };

// By the type of a part: "text" and "output_text" (OpenAI), "thinking" (Mistral, Anthropic),
// "reasoning.text" (OpenRouter), "summary_text"; pictures, calls of tools, sources and encrypted
// thinking say nothing.
PartKind kind_of_part(std::string type) {
  for (char& c : type)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (contains_any(type, {"encrypted", "redacted", "tool", "function", "image", "audio", "video",
                          "file", "reference", "citation", "source", "annotation", "search"})) {
    return PartKind::kSilent;
  }
  if (contains_any(type, {"think", "thought", "reason", "analysis", "summary"}))
    return PartKind::kThinking;
  if (type.empty() || contains_any(type, {"text", "refusal", "message"})) return PartKind::kText;
  return PartKind::kUnknown;
}

// Text, a part {"type": …}, or a list of these, at any depth.
Status append_speech(const Json* value, const char* name, PartKind kind, OpenAiSpeech& speech) {
  if (value == nullptr || value->is_null()) return ok_status();
  if (value->is_string()) {
    (kind == PartKind::kThinking ? speech.reasoning : speech.text) +=
        value->get_ref<const std::string&>();
    return ok_status();
  }
  if (value->is_array()) {
    for (const Json& part : *value)
      JANGWON_RETURN_IF_ERROR(append_speech(&part, name, kind, speech));
    return ok_status();
  }
  if (!value->is_object()) return malformed("{name} is not text", {{"name", name}});
  const PartKind own = kind_of_part(text_member(*value, "type"));
  if (own == PartKind::kSilent) return ok_status();
  if (own == PartKind::kUnknown)
    return malformed("{name} holds something else than text", {{"name", name}});
  // Gemini marks a part of thinking by a flag.
  const Json* thought = member(*value, "thought");
  if (own == PartKind::kThinking || (thought != nullptr && *thought == true))
    kind = PartKind::kThinking;
  // One member of a part speaks: its thinking where it has some, else its text.
  for (const char* key :
       {"thinking", "reasoning", "reasoning_content", "reasoning_text", "summary"}) {
    if (const Json* inner = member(*value, key))
      return append_speech(inner, name, PartKind::kThinking, speech);
  }
  if (const Json* refusal = member(*value, "refusal"); refusal != nullptr && refusal->is_string()) {
    speech.refusal += refusal->get_ref<const std::string&>();
    return ok_status();
  }
  for (const char* key : {"text", "content", "value"}) {
    if (const Json* inner = member(*value, key)) return append_speech(inner, name, kind, speech);
  }
  return ok_status();
}

// Counts are only counted: one that cannot be read is absent and costs no reply. Some servers send
// them as floating point numbers or as text. A stream's counts grow; a zero at its end takes
// nothing back.
void read_count(const Json* object, const char* key, std::optional<int>& count) {
  const Json* value = object == nullptr ? nullptr : member(*object, key);
  if (value == nullptr) return;
  double number = std::nan("");
  if (value->is_number()) {
    number = value->get<double>();
  } else if (value->is_string()) {
    const std::string& text = value->get_ref<const std::string&>();
    char* end = nullptr;
    number = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end != '\0') return;
  }
  if (std::isfinite(number))
    count = std::max(count.value_or(0), static_cast<int>(std::clamp(number, 0.0, kMostTokens)));
}

// Of a reply, or of a choice (Moonshot). The details stand in an object of their own (OpenAI,
// vLLM), or beside the counts: reasoning_tokens (SGLang), cached_tokens (Moonshot),
// prompt_cache_hit_tokens (DeepSeek).
void read_usage(const Json& value, OpenAiReply& reply) {
  const Json* usage = member(value, "usage");
  if (usage == nullptr) return;
  for (const char* key : {"prompt_tokens", "input_tokens"})
    read_count(usage, key, reply.prompt_tokens);
  for (const char* key : {"completion_tokens", "output_tokens"})
    read_count(usage, key, reply.completion_tokens);
  for (const Json* holder : {usage, member(*usage, "completion_tokens_details"),
                             member(*usage, "output_tokens_details")})
    read_count(holder, "reasoning_tokens", reply.reasoning_tokens);
  for (const Json* holder :
       {usage, member(*usage, "prompt_tokens_details"), member(*usage, "input_tokens_details")})
    read_count(holder, "cached_tokens", reply.cached_tokens);
  read_count(usage, "prompt_cache_hit_tokens", reply.cached_tokens);
}

Status read_logprobs(const Json& value, OpenAiChoice& choice) {
  const Json* logprobs = member(value, "logprobs");
  const Json* numbers = logprobs == nullptr ? nullptr : member(*logprobs, "token_logprobs");
  if (numbers == nullptr) return ok_status();
  if (!numbers->is_array()) return malformed("token_logprobs is not a list");
  for (const Json& number : *numbers) {
    if (!number.is_null() && !number.is_number())
      return malformed("a log-probability is not a number");
    choice.token_logprobs.push_back(number.is_null() ? std::nullopt
                                                     : std::optional(number.get<double>()));
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

// The thinking of a message stands in one of these fields, or in several with the same text: the
// first that says something counts.
constexpr const char* kThinkingFields[] = {"reasoning_content", "reasoning",
                                           "thinking",          "reasoning_text",
                                           "reasoning_details", "thinking_blocks"};

Status read_message(const Json& message, OpenAiSpeech& speech) {
  if (!message.is_object()) return malformed("a message is not an object");
  JANGWON_RETURN_IF_ERROR(
      append_speech(member(message, "content"), "content", PartKind::kText, speech));
  const size_t before = speech.reasoning.size();
  for (const char* field : kThinkingFields) {
    if (speech.reasoning.size() != before) break;
    JANGWON_RETURN_IF_ERROR(
        append_speech(member(message, field), field, PartKind::kThinking, speech));
  }
  if (const Json* refusal = member(message, "refusal")) {
    if (!refusal->is_string()) return malformed("a refusal is not text");
    speech.refusal += refusal->get_ref<const std::string&>();
  }
  return ok_status();
}

Status read_finish_reason(const Json& value, OpenAiChoice& choice) {
  const Json* reason = member(value, "finish_reason");
  // {"type": "length", "length": 64}
  if (reason != nullptr && reason->is_object()) reason = member(*reason, "type");
  if (reason == nullptr) return ok_status();
  if (!reason->is_string()) return malformed("finish_reason is not text");
  const std::string& word = reason->get_ref<const std::string&>();
  const bool says_nothing = word.empty() || word == "null" || word == "none" || word == "None";
  if (!says_nothing) choice.finish_reason = mend_utf8(word);
  return ok_status();
}

Status read_choice(const Json& value, OpenAiChoice& choice) {
  if (!value.is_object()) return malformed("a choice is not an object");
  for (const char* place : {"delta", "message"}) {
    const Json* message = member(value, place);
    if (message == nullptr) continue;
    OpenAiSpeech speech;
    JANGWON_RETURN_IF_ERROR(read_message(*message, speech));
    JANGWON_RETURN_IF_ERROR(read_token_ids(*message, choice));
    if (place == std::string_view("delta")) {
      choice.delta.text += speech.text;
      choice.delta.reasoning += speech.reasoning;
      choice.delta.refusal += speech.refusal;
    } else {
      choice.messages.add(speech);
    }
  }
  if (const Json* text = member(value, "text")) {
    if (!text->is_string()) return malformed("a choice's text is not text");
    choice.plain_text += text->get_ref<const std::string&>();
  }
  JANGWON_RETURN_IF_ERROR(read_logprobs(value, choice));
  JANGWON_RETURN_IF_ERROR(read_token_ids(value, choice));
  return read_finish_reason(value, choice);
}

// Some servers send the field with every reply, and with nothing in it where there is no error.
bool says_nothing(const Json& error) {
  if (error.is_object())
    return std::all_of(error.begin(), error.end(),
                       [](const Json& item) { return says_nothing(item); });
  return error.is_null() || error == false || error == "" || error == 0 || error == "0" ||
         (error.is_array() && error.empty());
}

// The class of an error by its own words, for errors inside a stream, and for those whose status
// says too little.
RetryClass class_by_words(const Json& error, int status) {
  const std::string type = text_member(error, "type"), code = text_member(error, "code");
  if (code == "insufficient_quota" || type == "insufficient_quota") return RetryClass::kFinal;
  if (status == 0) {
    const Json* number = member(error, "code");
    if (number == nullptr) number = member(error, "status");
    if (number != nullptr && number->is_number_integer())
      status = static_cast<int>(number->get<int64_t>());
  }
  if (status >= 400 && status != 529 && status < 600) return retry_class_of_status(status);
  if (type.find("overloaded") != std::string::npos ||
      type.find("rate_limit") != std::string::npos ||
      code.find("rate_limit") != std::string::npos) {
    return RetryClass::kThrottled;
  }
  if (type.find("invalid_request") != std::string::npos || type == "BadRequestError")
    return RetryClass::kFinal;
  return status == 529 ? RetryClass::kThrottled : RetryClass::kTransient;
}

OpenAiError read_error(const Json& error, int status) {
  OpenAiError read;
  read.retry = class_by_words(error, status);
  if (error.is_string()) {
    read.message = error.get<std::string>();
  } else {
    read.message = text_member(error, "message");
    if (read.message.empty())
      read.message = error.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  read.message = shortened(read.message);
  return read;
}

// What a body that is no JSON looks like, in a few words.
Message describe_body(std::string_view body) {
  const size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return Message("nothing");
  const std::string begin = shortened(mend_utf8(body.substr(first, 60)));
  return body[first] == '<'
             ? Message("a page of HTML or XML beginning with \"{begin}\"", {{"begin", begin}})
             : Message("something beginning with \"{begin}\"", {{"begin", begin}});
}

}  // namespace

void OpenAiMessages::add(const OpenAiSpeech& message) {
  for (std::string OpenAiSpeech::*part :
       {&OpenAiSpeech::text, &OpenAiSpeech::reasoning, &OpenAiSpeech::refusal}) {
    const std::string& said = message.*part;
    joined_.*part += said;
    if (said.empty()) continue;
    if (!said.starts_with(last_.*part)) repeats_ = false;
    last_.*part = said;
  }
}

std::string OpenAiChoice::text() const {
  const OpenAiSpeech& message = messages.speech();
  for (const std::string* said : {&delta.text, &message.text}) {
    if (!said->empty()) return mend_utf8(*said);
  }
  if (!plain_text.empty() && plain_text != delta.reasoning && plain_text != message.reasoning) {
    return mend_utf8(plain_text);
  }
  return mend_utf8(delta.refusal.empty() ? message.refusal : delta.refusal);
}

std::string OpenAiChoice::reasoning() const {
  const OpenAiSpeech& message = messages.speech();
  return mend_utf8(delta.reasoning.empty() ? message.reasoning : delta.reasoning);
}

size_t OpenAiChoice::num_bytes() const {
  size_t bytes = plain_text.size();
  for (const OpenAiSpeech* speech : {&delta, &messages.speech()})
    bytes += speech->text.size() + speech->reasoning.size() + speech->refusal.size();
  return bytes;
}

OpenAiReplyReader::OpenAiReplyReader(int num_choices, size_t max_bytes)
    : num_choices_(num_choices), max_bytes_(max_bytes), events_(max_bytes) {}

Status OpenAiReplyReader::feed(std::string_view bytes) {
  if (form_ == Form::kUnknown) {
    whole_ += bytes;
    const size_t first = whole_.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (first == std::string::npos)
      return whole_.size() > max_bytes_ ? malformed("only blanks") : ok_status();
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
  const size_t end_of_data = event.data.find_last_not_of(" \t") + 1;
  const std::string_view data = std::string_view(event.data).substr(0, end_of_data);
  if (data.empty()) return ok_status();  // some keep a connection alive with these
  if (data == "[DONE]") {
    reply_.done = true;
    return ok_status();
  }
  if (event.name == "error") {
    const Result<Json> value = parse_foreign_json(event.data);
    const Json* inner = value.ok() ? member(*value, "error") : nullptr;
    reply_.error = read_error(inner != nullptr ? *inner
                              : value.ok()     ? *value
                                               : Json(mend_utf8(event.data)),
                              0);
    return ok_status();
  }
  return take_value(data);
}

Status OpenAiReplyReader::take_value(std::string_view text) {
  const Result<Json> value = parse_json_pieces(text);
  if (!value.ok()) return malformed("{body} is no JSON", {{"body", describe_body(text)}});
  if (!value->is_object()) return malformed("it is not an object");
  const Json* error = member(*value, "error");
  if (error == nullptr && text_member(*value, "object") == "error") error = &*value;
  if (error != nullptr && !says_nothing(*error)) {
    reply_.error = read_error(*error, 0);
    return ok_status();
  }
  read_usage(*value, reply_);
  // Groq's own place for it in a stream.
  if (const Json* groq = member(*value, "x_groq")) read_usage(*groq, reply_);
  const Json* choices = member(*value, "choices");
  if (choices == nullptr) return ok_status();
  if (!choices->is_array()) return malformed("choices is not a list");
  for (const Json& choice : *choices) {
    const Json* index = member(choice, "index");
    if (index != nullptr && !index->is_number_integer())
      return malformed("a choice's index is not a whole number");
    const int64_t number = index == nullptr ? 0 : index->get<int64_t>();
    if (number < 0 || number >= num_choices_) {
      return malformed(
          num_choices_ == 1
              ? Message("a choice has the index {index} where {num_choices} was asked for",
                        {{"index", number}, {"num_choices", num_choices_}})
              : Message("a choice has the index {index} where {num_choices} were asked for",
                        {{"index", number}, {"num_choices", num_choices_}}));
    }
    read_usage(choice, reply_);
    OpenAiChoice& target = reply_.choices[static_cast<int>(number)];
    const size_t before = target.num_bytes();
    JANGWON_RETURN_IF_ERROR(read_choice(choice, target));
    if (target.num_bytes() != before || !target.finish_reason.empty()) ++num_pieces_;
  }
  return ok_status();
}

OpenAiError error_of(const HttpReply& reply) {
  OpenAiError error;
  error.retry = retry_class_of_status(reply.status);
  const Result<Json> value = parse_foreign_json(reply.body);
  if (value.ok() && value->is_object()) {
    const Json* inner = member(*value, "error");
    if (inner == nullptr) inner = member(*value, "detail");
    error = read_error(inner != nullptr ? *inner : *value, reply.status);
  } else {
    error.message = "it sent " + describe_body(reply.body).english();
  }
  error.message = "HTTP " + std::to_string(reply.status) + ": " + error.message;
  return error;
}

bool is_complete(const OpenAiReply& reply, int index) {
  const auto found = reply.choices.find(index);
  return found != reply.choices.end() && !found->second.finish_reason.empty();
}

Completion completion_of(const OpenAiReply& reply, const OpenAiChoice& choice, int max_tokens,
                         int num_choices) {
  Completion completion;
  completion.text = choice.text();
  completion.answer_text = completion.text;
  completion.reasoning = choice.reasoning();
  completion.token_ids = choice.token_ids;
  completion.num_prompt_tokens = reply.prompt_tokens.value_or(0);
  completion.num_cached_tokens = reply.cached_tokens.value_or(0);
  const std::string& reason = choice.finish_reason;
  const FinishMeaning meaning = finish_meaning(reason);
  completion.finish_reason = finish_reason_of(meaning);
  if (reason != name_of(completion.finish_reason))
    completion.server_finish_reason = shortened(reason);
  if (meaning == FinishMeaning::kWithheld) {
    completion.error = "the server withheld the reply (finish_reason " + shortened(reason) + ")";
  } else if (meaning == FinishMeaning::kFailure) {
    completion.error = "the server gave the reply up (finish_reason " + shortened(reason) + ")";
  }
  if (num_choices == 1) {
    completion.num_reasoning_tokens = reply.reasoning_tokens.value_or(0);
    completion.num_completion_tokens = reply.completion_tokens.value_or(0);
    const bool at_limit = max_tokens > 0 && reply.completion_tokens.value_or(0) >= max_tokens;
    if (at_limit && completion.finish_reason == FinishReason::kStop)
      completion.finish_reason = FinishReason::kLength;
  }
  // The server has taken the thinking out of the text; where no answer follows, its end never came.
  if (!completion.reasoning.empty()) {
    const bool has_answer = completion.text.find_first_not_of(" \t\r\n") != std::string::npos;
    completion.reasoning_terminated = has_answer;
  }
  return completion;
}

}  // namespace jangwon::harness
