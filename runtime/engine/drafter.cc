// Tests: tests/runtime/engine/speculation_test.cc.

#include "runtime/engine/drafter.h"

#include <algorithm>

namespace jangwon::runtime {
namespace {

// One sequence while it drafts.
struct Chain {
  size_t index = 0;  // in the step
  const ComputedTokens* tokens = nullptr;
  std::vector<int32_t> ids;        // of the newest call
  std::vector<int32_t> reply_ids;  // what penalties look at; else empty
};

bool has_penalties(const TokenDraw& draw) {
  return draw.repetition_penalty != 1.0 || draw.presence_penalty != 0.0;
}

// The tokens whose pairs a step brings: position 0 has none, for nothing stands before it.
Chain begin_chain(const ComputedTokens& tokens, size_t index) {
  Chain chain{.index = index, .tokens = &tokens, .ids = {}, .reply_ids = {}};
  const std::vector<int32_t>& ids = tokens.sequence->token_ids;
  chain.ids.assign(ids.begin() + std::max(1, tokens.first_position),
                   ids.begin() + std::max(1, tokens.end));
  if (tokens.num_drafts == 0) return chain;
  chain.ids.push_back(*tokens.next_id);
  if (has_penalties(tokens.draw)) {
    chain.reply_ids.assign(ids.begin() + tokens.sequence->num_prompt_tokens,
                           ids.begin() + tokens.end);
    chain.reply_ids.push_back(*tokens.next_id);
  }
  return chain;
}

DraftStep first_step(const Chain& chain) {
  const ComputedTokens& tokens = *chain.tokens;
  const int num_known = static_cast<int>(chain.ids.size());
  const bool starts = tokens.first_position == 0;
  return {.tokens = {.token_ids = chain.ids,
                     .first_position = std::max(1, tokens.first_position),
                     .block_tables = tokens.sequence->cache.block_tables,
                     .first_wanted = tokens.num_drafts > 0 ? num_known - 1 : num_known},
          .first_hidden = starts ? tokens.first_row : tokens.first_row - 1,
          .where = starts ? FirstHidden::kInRows : FirstHidden::kInCache};
}

// Draws the token behind the newest of `num_drafted` proposals.
TokenWish wish_of(const Chain& chain, int num_drafted) {
  TokenWish wish{.draw = chain.tokens->draw, .wants_logprob = false};
  wish.draw.num_reply_ids =
      chain.tokens->end + 1 + num_drafted - chain.tokens->sequence->num_prompt_tokens;
  wish.draw.reply_ids = chain.reply_ids.data();
  return wish;
}

}  // namespace

std::vector<std::vector<int32_t>> Drafter::draft(std::span<const ComputedTokens> step) {
  return propose_ ? ask_other(step) : ask_module(step);
}

std::vector<std::vector<int32_t>> Drafter::ask_other(std::span<const ComputedTokens> step) const {
  std::vector<std::vector<int32_t>> drafts(step.size());
  for (size_t i = 0; i < step.size(); ++i) {
    const ComputedTokens& tokens = step[i];
    if (tokens.num_drafts == 0) continue;
    std::vector<int32_t> known(tokens.sequence->token_ids.begin(),
                               tokens.sequence->token_ids.begin() + tokens.end);
    known.push_back(*tokens.next_id);
    drafts[i] = propose_(known, tokens.num_drafts);
    if (static_cast<int>(drafts[i].size()) > tokens.num_drafts)
      drafts[i].resize(static_cast<size_t>(tokens.num_drafts));
  }
  return drafts;
}

// The states that later pairs begin with: the last one, and that at the end of every block, where
// another sequence may go on.
void Drafter::keep_hidden(std::span<const ComputedTokens> step, ConstRows hidden_TD) {
  std::vector<KeptHidden> kept;
  for (const ComputedTokens& tokens : step) {
    for (int position = tokens.first_position; position < tokens.end; ++position) {
      if (position + 1 != tokens.end && (position + 1) % kBlockTokens != 0) continue;
      kept.push_back({.row = tokens.first_row + position - tokens.first_position,
                      .position = position,
                      .block_tables = tokens.sequence->cache.block_tables});
    }
  }
  const Stage& stage = runner_.pipeline().last();
  stage.decoder->keep_hidden(kept, hidden_TD, *stage.cache);
}

std::vector<std::vector<int32_t>> Drafter::ask_module(std::span<const ComputedTokens> step) {
  Decoder& decoder = *runner_.pipeline().last().decoder;
  CacheMemory& cache = *runner_.pipeline().last().cache;
  const ConstRows hidden_TD = decoder.normed_hidden_TD();
  std::vector<Chain> chains;
  std::vector<DraftStep> pairs;
  chains.reserve(step.size());  // the pairs look at their ids
  for (size_t i = 0; i < step.size(); ++i) {
    Chain chain = begin_chain(step[i], i);
    if (chain.ids.empty()) continue;
    chains.push_back(std::move(chain));
    pairs.push_back(first_step(chains.back()));
  }
  StepOutput output;
  if (!pairs.empty()) output = decoder.draft(pairs, hidden_TD, cache);
  // not before: a pair may begin with the state that stood in its place
  keep_hidden(step, hidden_TD);
  std::erase_if(chains, [](const Chain& chain) { return chain.tokens->num_drafts == 0; });

  std::vector<std::vector<int32_t>> drafts(step.size());
  for (int num_drafted = 0; !chains.empty(); ++num_drafted) {
    std::vector<TokenWish> wishes;
    for (const Chain& chain : chains)
      wishes.push_back(wish_of(chain, num_drafted));
    std::vector<TokenChoice> choices(chains.size());
    runner_.choose_tokens(output, wishes, choices);
    pairs.clear();
    std::vector<Chain> going_on;
    going_on.reserve(chains.size());
    for (size_t row = 0; row < chains.size(); ++row) {
      Chain& chain = chains[row];
      const int32_t id = choices[row].id;
      if (id < 0) continue;  // no finite numbers
      drafts[chain.index].push_back(id);
      if (static_cast<int>(drafts[chain.index].size()) == chain.tokens->num_drafts) continue;
      chain.ids = {id};
      if (!chain.reply_ids.empty()) chain.reply_ids.push_back(id);
      going_on.push_back(std::move(chain));
      pairs.push_back(
          {.tokens = {.token_ids = going_on.back().ids,
                      .first_position = going_on.back().tokens->end + 1 + num_drafted,
                      .block_tables = going_on.back().tokens->sequence->cache.block_tables,
                      .first_wanted = 0},
           .first_hidden = static_cast<int>(row)});
    }
    chains = std::move(going_on);
    if (!pairs.empty()) output = decoder.draft(pairs, output.normed_TD, cache);
  }
  return drafts;
}

}  // namespace jangwon::runtime
