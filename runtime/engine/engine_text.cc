// A folder without a tokenizer is a model for token ids, and one without a chat template is a model
// for plain prompts; both load, and what is missing is an error of the call that needs it. A reply
// is decoded twice, with special tokens and without: markers of thinking are often special tokens,
// which the shown text lacks. Whether a prompt has opened a thinking block already is told by its
// last 32 tokens, because a template may end in one. tests/runtime/engine/reasoning_test.cc,
// reasoning_stream_test.cc.

#include "runtime/engine/engine_text.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "runtime/base/path_kind.h"
#include "runtime/base/sha256.h"
#include "runtime/chat_template/chat_template.h"
#include "runtime/tokenizer/tokenizer.h"

namespace jangwon::runtime {
namespace {

// Tokens of the prompt's end that can hold an opened thinking block and the spaces after it.
constexpr size_t kPromptEndTokens = 32;

class StreamedReply : public ReplyText {
 public:
  explicit StreamedReply(StreamDecoder decoder) : decoder_(std::move(decoder)) {}
  std::string push(int32_t id) override { return decoder_.push(id); }

 private:
  StreamDecoder decoder_;
};

class StreamedSplit : public ReplySplitter {
 public:
  StreamedSplit(StreamDecoder raw, StreamDecoder shown, ReasoningStream parts)
      : raw_(std::move(raw)), shown_(std::move(shown)), parts_(std::move(parts)) {}
  void push(int32_t id) override { parts_.push({raw_.push(id), shown_.push(id)}); }
  ReplyParts take(std::string_view text) override { return parts_.take(text); }
  ReplyParts take_rest(std::string_view text, const Completion& completion) const override {
    return parts_.take_rest(text, completion);
  }

 private:
  StreamDecoder raw_;
  StreamDecoder shown_;
  ReasoningStream parts_;
};

class TokenizerText : public EngineText {
 public:
  TokenizerText(Tokenizer tokenizer, Result<ChatTemplate> chat_template, ReasoningMarkers markers,
                std::string tokenizer_sha256)
      : tokenizer_(std::move(tokenizer)),
        template_(std::move(chat_template)),
        markers_(std::move(markers)),
        tokenizer_sha256_(std::move(tokenizer_sha256)) {}

  Result<RenderedPrompt> render(const Json& messages, const Json& arguments) const override {
    if (!template_.ok()) return template_.status();
    RenderedPrompt prompt;
    JANGWON_ASSIGN_OR_RETURN(prompt.text, template_.value().render(messages, arguments));
    JANGWON_ASSIGN_OR_RETURN(prompt.token_ids, encode_prompt(tokenizer_, prompt.text));
    return prompt;
  }

  Result<std::vector<int32_t>> encode(const std::string& text,
                                      SpecialTokens special) const override {
    return tokenizer_.encode(text,
                             special == SpecialTokens::kAdd ? AddSpecial::kYes : AddSpecial::kNo);
  }

  std::string decode(const std::vector<int32_t>& ids, SpecialText special) const override {
    return tokenizer_.decode(
        ids, special == SpecialText::kLeftOut ? SkipSpecial::kYes : SkipSpecial::kNo);
  }

  std::string token_bytes(int32_t id) const override { return tokenizer_.token_bytes(id); }

  std::unique_ptr<ReplyText> begin_reply() const override {
    return std::make_unique<StreamedReply>(tokenizer_.stream_decoder(SkipSpecial::kYes));
  }

  std::unique_ptr<ReplySplitter> begin_split(
      const std::vector<int32_t>& prompt_ids) const override {
    return std::make_unique<StreamedSplit>(tokenizer_.stream_decoder(SkipSpecial::kNo),
                                           tokenizer_.stream_decoder(SkipSpecial::kYes),
                                           ReasoningStream(markers_, end_of_prompt(prompt_ids)));
  }

  void fill_text(const std::vector<int32_t>& prompt_ids, const std::vector<int32_t>& reply_ids,
                 size_t text_bytes, Completion& completion) const override {
    StreamDecoder raw = tokenizer_.stream_decoder(SkipSpecial::kNo);
    StreamDecoder shown = tokenizer_.stream_decoder(SkipSpecial::kYes);
    std::vector<ReplyPiece> pieces;
    for (const int32_t id : reply_ids)
      pieces.push_back({raw.push(id), shown.push(id)});
    if (!pieces.empty()) {
      pieces.back().raw += raw.finish();
      pieces.back().shown += shown.finish();
    }
    std::string text;
    for (const ReplyPiece& piece : pieces)
      text += piece.shown;
    const size_t end = std::min(text.size(), text_bytes);
    completion.text = text.substr(0, end);

    const ReasoningSplit split = split_reasoning(markers_, end_of_prompt(prompt_ids), pieces);
    const auto part = [&](size_t from, size_t to) {
      from = std::min(from, end);
      return text.substr(from, std::min(to, end) - from);
    };
    if (split.thinks)
      completion.reasoning =
          part(split.reasoning_begin, std::max(split.reasoning_begin, split.reasoning_end));
    completion.answer_text = split.terminated ? part(split.answer_begin, end) : "";
    completion.reasoning_terminated = split.terminated;
    completion.num_reasoning_tokens = split.num_reasoning_tokens;
  }

  Json facts() const override {
    Json facts = {{"tokenizer_sha256", tokenizer_sha256_}};
    facts["chat_template_sha256"] =
        template_.ok() ? Json(sha256_hex(template_.value().source())) : Json(nullptr);
    return facts;
  }

  int vocab_size() const override { return tokenizer_.vocab_size(); }

  Json description() const override {
    Json description = Json::object();
    for (const NamedToken& token : tokenizer_.named_tokens())
      description[token.name] = token.text;
    if (template_.ok()) description["chat_template"] = template_.value().source();
    return description;
  }

 private:
  std::string end_of_prompt(const std::vector<int32_t>& prompt_ids) const {
    const size_t first = prompt_ids.size() - std::min(prompt_ids.size(), kPromptEndTokens);
    return tokenizer_.decode(std::span(prompt_ids).subspan(first), SkipSpecial::kNo);
  }

  Tokenizer tokenizer_;
  Result<ChatTemplate> template_;  // or why there is none
  ReasoningMarkers markers_;
  std::string tokenizer_sha256_;
};

}  // namespace

Result<std::unique_ptr<EngineText>> EngineText::load(const std::string& dir,
                                                     const ReasoningMarkers& markers) {
  const std::string path = dir + "/tokenizer.json";
  if (!path_exists(path)) return std::unique_ptr<EngineText>();
  JANGWON_ASSIGN_OR_RETURN(Tokenizer tokenizer, Tokenizer::load(dir));
  JANGWON_ASSIGN_OR_RETURN(std::string sha256, sha256_of_file(path));
  Result<ChatTemplate> chat_template = ChatTemplate::load(dir);
  // A folder without any template is usable with ids; a template that is there and broken is not.
  if (!chat_template.ok() && chat_template.status().code() != StatusCode::kNotFound)
    return chat_template.status();
  return std::unique_ptr<EngineText>(std::make_unique<TokenizerText>(
      std::move(tokenizer), std::move(chat_template), markers, std::move(sha256)));
}

}  // namespace jangwon::runtime
