#include "runtime/base/completion.h"

namespace jangwon {

const char* name_of(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop:
      return "stop";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kContext:
      return "context";
    case FinishReason::kError:
      return "error";
  }
  return "";
}

}  // namespace jangwon
