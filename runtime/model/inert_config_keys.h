// Keys of config.json that cannot change what a forward pass computes, each with the reason:
// what transformers writes into every config, and what tools for training leave behind.
// Everything that is neither here nor read by a parser is refused by name, unless it is null,
// which says as much as no key.

#pragma once

#include <span>

namespace jangwon::runtime {

class ConfigReader;

struct InertKey {
  const char* key;
  const char* reason;
  const char* only = nullptr;  // a JSON list of the values that change nothing; null: any value
};

std::span<const InertKey> inert_config_keys();

// Marks them as understood; a value that is not among `only` is refused.
void skip_inert_keys(ConfigReader& reader);

}  // namespace jangwon::runtime
