#include "runtime/engine/engine_options.h"

namespace jangwon::runtime {

std::vector<std::string> numerics_names() {
  std::vector<std::string> names;
  for (const Numerics numerics : all_numerics())
    names.emplace_back(name_of(numerics));
  return names;
}

std::vector<std::string> cache_dtype_names() {
  return {"float32", "bfloat16"};
}

std::vector<std::string> made_weights_names() {
  std::vector<std::string> names;
  for (const char* type : {"int8", "int4"})
    for (const char* group : {"", ":32", ":64", ":128"})
      names.push_back(std::string(type) + group);
  return names;
}

}  // namespace jangwon::runtime
