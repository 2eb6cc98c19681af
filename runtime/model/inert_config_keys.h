// Keys of config.json that cannot change what a forward pass computes, each with the reason. Everything that is neither
// here nor read by a parser is refused by name.

#pragma once

#include <span>

namespace jangwon::runtime {

struct InertKey {
  const char* key;
  const char* reason;
};

std::span<const InertKey> inert_config_keys();

}  // namespace jangwon::runtime
