// Test cases of programming problems in LiveCodeBench's columns.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/sample.h"
#include "runtime/base/status.h"

namespace jangwon::datasets {

enum class CodeTestKind { kStandardInput, kFunctional };

struct CodeTestList {
  std::vector<Sample::CodeTest> tests;  // in the order of the column; may be empty
  std::vector<CodeTestKind> kinds;      // one a test
};

// A column of tests: JSON text of a list of {"input", "output", "testtype": "stdin" |
// "functional"}, or that text as a pickled str, deflated, in base64 (private_test_cases of the
// published files). max_bytes bounds the inflated size.
Result<CodeTestList> decode_code_tests(std::string_view column, size_t max_bytes);

}  // namespace jangwon::datasets
