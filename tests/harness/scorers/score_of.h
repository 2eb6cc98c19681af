// What a scorer of numbers says of one reply, for its tables of cases.

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "datasets/sample.h"
#include "harness/scorers/scorer.h"
#include "tests/harness/scorers/make_scorer.h"

namespace jangwon::harness {

// One score a mode. `options` is JSON as task.yaml has it.
inline std::vector<Score> score_of(const std::string& scorer_name, const std::string& options,
                                   const std::vector<std::string>& targets,
                                   const std::string& reply, bool terminated = true) {
  auto scorer = make_scorer(scorer_name, options, {});
  EXPECT_TRUE(scorer.ok()) << scorer.status().message();
  datasets::Sample sample;
  sample.id = "p7";
  sample.target = targets;
  ScorerInput input;
  input.sample = &sample;
  input.text = input.answer_text = reply;
  input.reasoning_terminated = terminated;
  return (*scorer)->score(input);
}

}  // namespace jangwon::harness
