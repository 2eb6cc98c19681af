#include "datasets/code_tests.h"

#include <nlohmann/json.hpp>

#include "datasets/packed_bytes.h"
#include "runtime/base/json.h"

namespace jangwon::datasets {

namespace {

Result<std::string> unpack(std::string_view column, size_t max_bytes) {
  JANGWON_ASSIGN_OR_RETURN(const std::string deflated, decode_base64(column));
  JANGWON_ASSIGN_OR_RETURN(const std::string pickled, inflate_zlib(deflated, max_bytes));
  return unpickle_string(pickled);
}

Status add_test(Json& item, size_t number, CodeTestList& list) {
  for (const char* key : {"input", "output", "testtype"}) {
    if (!item.is_object() || !item.contains(key) || !item[key].is_string()) {
      return invalid_argument("test {test} has no text \"{key}\"",
                              {{"test", number}, {"key", key}});
    }
  }
  const std::string& kind = item["testtype"].get_ref<const std::string&>();
  if (kind != "stdin" && kind != "functional") {
    return invalid_argument(
        "test {test} has the testtype \"{kind}\"; known are stdin and functional",
        {{"test", number}, {"kind", kind}});
  }
  list.tests.push_back({std::move(item["input"].get_ref<std::string&>()),
                        std::move(item["output"].get_ref<std::string&>())});
  list.kinds.push_back(kind == "stdin" ? CodeTestKind::kStandardInput : CodeTestKind::kFunctional);
  return ok_status();
}

}  // namespace

Result<CodeTestList> decode_code_tests(std::string_view column, size_t max_bytes) {
  // No base64 text starts with a bracket, so the first byte that is not blank tells the
  // two forms apart.
  const size_t first = column.find_first_not_of(" \t\r\n");
  const bool plain = first != std::string_view::npos && column[first] == '[';
  std::string unpacked;
  if (!plain) {
    JANGWON_ASSIGN_OR_RETURN(unpacked, unpack(column, max_bytes));
  }
  JANGWON_ASSIGN_OR_RETURN(Json value, parse_json(plain ? column : std::string_view(unpacked)));
  if (!value.is_array()) return invalid_argument("a list of tests is expected");
  CodeTestList list;
  for (size_t i = 0; i < value.size(); ++i)
    JANGWON_RETURN_IF_ERROR(add_test(value[i], i + 1, list));
  return list;
}

}  // namespace jangwon::datasets
