#include "runtime/engine_text.h"
namespace jangwon::runtime {
Result<std::unique_ptr<EngineText>> EngineText::load(const std::string&, ReasoningStyle) {
  return std::unique_ptr<EngineText>();
}
}  // namespace jangwon::runtime
