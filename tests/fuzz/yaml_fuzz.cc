#include <cstdint>
#include <nlohmann/json.hpp>

#include "runtime/base/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  const Result<YamlNode> node =
      YamlNode::parse({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
  if (!node.ok()) {
    JANGWON_CHECK(!node.status().message().empty());
    return 0;
  }
  node->to_json().dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  static_cast<void>(node->expect_keys({"name"}).ok());
  return 0;
}
