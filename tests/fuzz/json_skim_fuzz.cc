#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/record/json_skim.h"
#include "runtime/base/check.h"
#include "runtime/base/json.h"

namespace {

using namespace jangwon;
using harness::JsonSkimmer;

// Walks everything: keys and texts are read, lists and objects entered.
void walk(JsonSkimmer& skim, const Json* value, int depth) {
  if (depth > 50) return skim.skip_value();
  if (value == nullptr) return skim.skip_value();
  if (value->is_object()) {
    JANGWON_CHECK(skim.enter('{'));
    std::string_view key;
    auto member = value->begin();
    while (skim.next_key(key)) {
      JANGWON_CHECK(member != value->end());
      JANGWON_CHECK(member.key() == key);
      walk(skim, &*member, depth + 1);
      ++member;
    }
  } else if (value->is_array()) {
    JANGWON_CHECK(skim.enter('['));
    size_t index = 0;
    while (skim.next_item()) {
      JANGWON_CHECK(index < value->size());
      walk(skim, &(*value)[index++], depth + 1);
    }
  } else if (value->is_string()) {
    JANGWON_CHECK(skim.string_value() == value->get<std::string>());
  } else {
    skim.skip_value();
  }
}

}  // namespace

// On any bytes the skimmer ends; on JSON it reads what the strict parser reads, or gives up.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  JsonSkimmer any(text);
  std::string_view key;
  if (any.enter('{')) {
    while (any.next_key(key))
      static_cast<void>(any.raw_value());
  }
  JsonSkimmer list(text);
  if (list.enter('[')) {
    while (list.next_item())
      static_cast<void>(list.string_value());
  }
  const Result<Json> parsed = parse_json(text);
  if (!parsed.ok()) return 0;
  // Keys with escapes are not ours: the skimmer refuses them.
  if (text.find('\\') != std::string_view::npos) return 0;
  JsonSkimmer skim(text);
  walk(skim, &*parsed, 0);
  JANGWON_CHECK(skim.ok() && skim.at_end());
  return 0;
}
