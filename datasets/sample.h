// Sample: one question, as every later step sees it.

#pragma once

#include <string>
#include <vector>

namespace jangwon::datasets {

struct Sample {
  std::string id;                    // unique in its dataset; the published id column, else the row number from 0
  std::string question;              // the text of the question, without options
  std::vector<std::string> choices;  // multiple choice: the options in order, "N/A" pads dropped; else empty
  std::vector<std::string> target;   // accepted answers, normalised: a letter, an integer; empty for code
  std::string metadata_json;  // every original column (but decoded test cases), a JSON object: category, licence, …

  // Code only.
  struct CodeTest {
    std::string input;
    std::string output;
  };
  std::vector<CodeTest> tests;  // public first, then private, as the official checker takes them
  std::string fn_name;          // functional problems: the method of class Solution; empty: standard input
  std::string starter_code;
};

}  // namespace jangwon::datasets
