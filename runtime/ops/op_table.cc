#include "runtime/ops/op_table.h"

namespace jangwon::runtime {

const char* name_of(Numerics numerics) {
  switch (numerics) {
    case Numerics::kFloat32:
      return "float32";
  }
  return "";
}

}  // namespace jangwon::runtime
