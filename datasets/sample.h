// Sample: one question, as every later step sees it.

#pragma once

#include <string>
#include <vector>

#include "runtime/base/json_value.h"
#include "runtime/base/status.h"

namespace jangwon::datasets {

struct Sample {
  // unique in its dataset; the published id column, else the row number from 0
  std::string id;
  std::string question;  // the text of the question, without options
  // what the question is about, where that stands in a column of its own; else empty
  std::string context;
  // multiple choice: the options in order, "N/A" pads dropped; else empty
  std::vector<std::string> choices;
  // accepted answers, normalised: a letter, an integer; empty for code
  std::vector<std::string> target;
  // every original column (but decoded test cases), an object: category, licence, …; null: none
  JsonValue columns;

  // Code only.
  struct CodeTest {
    std::string input;
    std::string output;
  };
  std::vector<CodeTest> tests;  // public first, then private, as the official checker takes them
  // functional problems: the method of class Solution; empty: standard input
  std::string fn_name;
  std::string starter_code;

  // Large private tests, packed as published, when DecodeOptions asked for that; then `tests` is
  // empty and code_tests_of gives them. Else empty.
  std::string packed_public_tests;
  std::string packed_private_tests;
};

// The tests of a programming problem, public ones first, unpacked if they were kept packed
// (row_decoder.cc).
Result<std::vector<Sample::CodeTest>> code_tests_of(const Sample& sample);

}  // namespace jangwon::datasets
