#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

const char* name_of(Numerics numerics) {
  switch (numerics) {
    case Numerics::kFloat32:
      return "float32";
    case Numerics::kChain:
      return "chain";
    case Numerics::kAmx:
      return "amx";
    case Numerics::kTensor:
      return "tensor";
  }
  return "";
}

const std::vector<Numerics>& all_numerics() {
  static const std::vector<Numerics> all = {Numerics::kFloat32, Numerics::kChain, Numerics::kAmx,
                                            Numerics::kTensor};
  return all;
}

std::optional<Numerics> find_numerics(std::string_view name) {
  for (const Numerics numerics : all_numerics()) {
    if (name == name_of(numerics)) return numerics;
  }
  return std::nullopt;
}

}  // namespace jangwon::runtime
