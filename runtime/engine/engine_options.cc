#include "runtime/engine/engine_options.h"

#include "runtime/ops/op_table.h"

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

}  // namespace jangwon::runtime
