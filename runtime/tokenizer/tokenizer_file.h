// tokenizer.json read from its text: the large tables apart from the rest.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"

namespace jangwon::runtime {

struct TokenizerFile {
  // everything but model.vocab and model.merges
  std::shared_ptr<Json> rest;
  // in the order of the file; ids are distinct, tokens too
  std::vector<std::pair<std::string, int32_t>> vocab;
  std::vector<std::pair<std::string, std::string>> merges;  // both spellings
};

Result<TokenizerFile> read_tokenizer_file(std::string_view json_text);

// A member of an object, by type; errors name it. A member that is absent or null
// gives the default.
Result<bool> read_bool(const Json& object, const std::string& key, bool otherwise);
Result<std::string> read_string(const Json& object, const std::string& key,
                                const std::string& otherwise);
Result<int64_t> read_integer(const Json& object, const std::string& key, int64_t otherwise);
// An error that names the first member which is not among `known`.
Status refuse_unknown_keys(const Json& object, const std::string& what,
                           std::initializer_list<const char*> known);

}  // namespace jangwon::runtime
