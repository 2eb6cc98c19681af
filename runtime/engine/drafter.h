// Proposes tokens for the next step to verify. Behind each step the model's draft module runs over
// what the step has computed, so that its cache keeps up with the model's, and on from there for
// every sequence whose next token was drawn.
//
// A proposal is drawn as the model's own token at that position will be, by the same number and
// with the same filters: where the two distributions are alike, so are the two tokens. It decides
// nothing; see RequestTable::use_tokens.

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "runtime/engine/model_runner.h"
#include "runtime/engine/sequence.h"
#include "runtime/ops/arguments.h"

namespace jangwon::runtime {

// What a step has computed of one sequence.
struct ComputedTokens {
  const Sequence* sequence = nullptr;
  int first_row = 0;       // of the step
  int first_position = 0;  // of what was computed
  int end = 0;             // behind the last token that stays
  // Where the token at `end` was just drawn, how it was, and how many proposals may follow it.
  std::optional<int32_t> next_id;
  TokenDraw draw;
  int num_drafts = 0;
};

class Drafter {
 public:
  // `propose` takes the place of the model's module where it is set.
  Drafter(ModelRunner& runner, ProposeTokens propose)
      : runner_(runner), propose_(std::move(propose)) {}

  // The proposals of each sequence. REQUIRES: the step was run and nothing of it was let go of yet;
  // room in the cache for num_drafts tokens from `end` on.
  std::vector<std::vector<int32_t>> draft(std::span<const ComputedTokens> step);

 private:
  std::vector<std::vector<int32_t>> ask_other(std::span<const ComputedTokens> step) const;
  std::vector<std::vector<int32_t>> ask_module(std::span<const ComputedTokens> step);
  void keep_hidden(std::span<const ComputedTokens> step, ConstRows hidden_TD);

  ModelRunner& runner_;
  ProposeTokens propose_;
};

}  // namespace jangwon::runtime
