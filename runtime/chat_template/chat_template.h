// Messages → the text of a prompt, by the model's own chat template.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "runtime/jinja/template.h"
#include "runtime/tokenizer/tokenizer.h"

namespace jangwon::runtime {

class ChatTemplate {
 public:
  // DIR/chat_template.jinja (and DIR/additional_chat_templates/NAME.jinja), else `chat_template` in
  // DIR/chat_template.json or DIR/tokenizer_config.json: a string or a list of {"name",
  // "template"}. The special tokens of tokenizer_config.json become variables. Errors: no template
  // anywhere, syntax (with the line).
  static Result<ChatTemplate> load(const std::string& directory);

  // One template from its source; `special_tokens` are the variables it sees ("bos_token": "<s>").
  static Result<ChatTemplate> parse(std::string_view source, std::string name,
                                    std::map<std::string, std::string> special_tokens = {});

  // `messages` is an array of {"role", "content", …}; the members of `variables`
  // (add_generation_prompt, enable_thinking, tools, …) are seen by the template beside the special
  // tokens and win over them. add_generation_prompt is true, tools and documents are none unless
  // given, as apply_chat_template has them. With tools a template named "tool_use" is preferred
  // where there is one. Errors: what the template raises or does wrong, with its line; a prompt
  // that begins with BOS twice.
  Result<std::string> render(const Json& messages, const Json& variables,
                             const jinja::RenderLimits& limits = {}) const;

  // The special tokens that the template sees as variables, by name ("bos_token").
  const std::map<std::string, std::string>& special_tokens() const { return special_tokens_; }
  // The text of one of them, "" if there is none.
  std::string special_token(const std::string& name) const;

  // Source of the template that render() uses without tools; its SHA-256 belongs
  // into a run's record.
  const std::string& source() const { return source_; }

 private:
  std::map<std::string, jinja::Template> templates_;  // "default", "tool_use", …
  std::map<std::string, std::string> special_tokens_;
  std::string source_;
};

// An error if `text` begins with the BOS token twice: the template wrote one and
// somebody else did too.
Status check_single_bos(std::string_view text, std::string_view bos_token);

// The ids of a rendered prompt: nothing is added (the template has written its own BOS), and a
// second BOS at the start is an error.
Result<std::vector<int32_t>> encode_prompt(const Tokenizer& tokenizer, std::string_view rendered);

}  // namespace jangwon::runtime
