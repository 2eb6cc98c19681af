#pragma once

#include <string_view>

namespace jangwon::harness {

// The bundled models may be served by another program, or their replies recorded; they stay
// stand-ins. A server often calls a model by the folder it was loaded from.
inline bool names_a_stand_in(std::string_view name) {
  while (name.ends_with('/'))
    name.remove_suffix(1);
  return name.substr(name.rfind('/') + 1).starts_with("standin-");
}

}  // namespace jangwon::harness
