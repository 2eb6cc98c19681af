// A message that is written down so that it can be said in any language later: with its template
// and its arguments, not as the sentence that they make.
//
//   "a value"
//   {"text": "Quiz", "korean": "퀴즈"}                           a value in both languages
//   {"template": "cannot open {path}", "arguments": {"path": …}}  each argument a message

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "runtime/base/message.h"
#include "runtime/base/status.h"

namespace jangwon::harness {

nlohmann::ordered_json message_json(const Message& message);

// Errors: none of the three.
Result<Message> parse_message(const nlohmann::ordered_json& json);

}  // namespace jangwon::harness
