// What a client is told when it does not get what it asked for, in OpenAI's form.

#pragma once

#include <string>

#include "runtime/http/http_server.h"

namespace jangwon::runtime {

struct ApiError {
  int status = 400;
  std::string message = {};
  std::string param = {};  // the field that is wrong; empty: none in particular
  std::string code = {};   // for programs; empty: none
};

ApiError wrong_value(std::string param, std::string message);  // 400
ApiError unknown_parameter(const std::string& name);           // 400
ApiError unsupported_value(std::string param, std::string message);

// {"error": {"message", "type", "param", "code"}}; the type follows from the status.
std::string error_json(const ApiError& error);
ServerReply error_reply(const ApiError& error);

}  // namespace jangwon::runtime
