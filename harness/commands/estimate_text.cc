// `run --dry-run` as a table for people and as JSON. What is not known is said: "≤" before a bound,
// "?" before nothing, and how the tokens were counted stands below the table, because an estimate
// that looks like a measurement is believed like one. Columns are aligned by display width, since
// the headings may be Korean. tests/e2e/estimate_test.cc.

#include "harness/commands/estimate_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/display_width.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/number_text.h"

namespace jangwon::harness {
namespace {

std::string percent(int64_t part, int64_t whole) {
  return whole == 0 ? "0 %"
                    : fmt::format("{:.0f} %",
                                  100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string counted_text(TokenCount counted) {
  switch (counted) {
    case TokenCount::kByTokenizer:
      return localized("prompt tokens are counted by its own tokenizer");
    case TokenCount::kByServer:
      return localized(
          "prompt tokens are estimated from the text, by what the server counted in the probe");
    case TokenCount::kByText:
      return localized(
          "prompt tokens are estimated from the text, to a third or so; --tokenizer DIR or --probe "
          "counts better");
  }
  return "";
}

// Rows of texts as a table; the first column left, the others right.
std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], reports::display_width(row[i]));
  }
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    text += "  ";
    for (size_t i = 0; i < row.size(); ++i) {
      text += (i == 0 ? "" : "  ") +
              reports::pad_to_width(row[i], widths[i],
                                    i == 0 ? reports::Align::kLeft : reports::Align::kRight);
    }
    text += "\n";
  }
  return text;
}

std::string replies_text(const TaskEstimate& task) {
  if (task.tokens_a_reply) return with_commas(task.reply_tokens());
  return task.max_tokens ? "≤ " + with_commas(task.reply_tokens()) : "?";
}

std::string task_table(const ModelEstimate& model) {
  std::vector<std::vector<std::string>> rows = {
      {"", localized("requests to make"), localized("tokens of prompts"),
       localized("few-shot share"), localized("tokens of replies")}};
  for (const TaskEstimate& task : model.tasks) {
    rows.push_back({task.task, with_commas(task.num_requests), with_commas(task.prompt_tokens),
                    task.fewshot_tokens ? percent(*task.fewshot_tokens, task.prompt_tokens) : "?",
                    replies_text(task)});
  }
  return aligned(rows);
}

std::string memory_text(const Json& plan) {
  const auto bytes = [&plan](const char* key) { return plan.at(key).get<int64_t>(); };
  const int64_t weights = bytes("weights_bytes") + bytes("mapped_weights_bytes");
  const int64_t cache = bytes("kv_cache_bytes") + bytes("state_bytes") + bytes("swap_bytes");
  return localized(
      "memory: {bytes} for {plan} sequences of {plan_2} tokens; weights {weights}, cache {cache}, "
      "the rest {cache_2}",
      {{"bytes", bytes_text(bytes("total_bytes"))},
       {"plan", plan.at("sequences").get<int>()},
       {"plan_2", with_commas(plan.at("context_tokens").get<int>())},
       {"weights", bytes_text(weights)},
       {"cache", bytes_text(cache)},
       {"cache_2", bytes_text(bytes("total_bytes") - weights - cache)}});
}

std::string time_text(const ModelEstimate& model) {
  if (model.kind == "replay") return localized("time: none for replies, which are there already");
  if (model.seconds) {
    return localized("time: about {seconds} at {tokens_a_second} tokens a second by {speed_from}",
                     {{"seconds", duration_text(*model.seconds)},
                      {"tokens_a_second", fmt::format("{:.1f}", *model.tokens_a_second)},
                      {"speed_from", model.speed_from}});
  }
  if (model.tokens_a_second && model.replies_bounded()) {
    const double most = static_cast<double>(model.reply_tokens()) / *model.tokens_a_second;
    return localized("time: at most {most} at {tokens_a_second} tokens a second by {speed_from}",
                     {{"most", duration_text(most)},
                      {"tokens_a_second", fmt::format("{:.1f}", *model.tokens_a_second)},
                      {"speed_from", model.speed_from}});
  }
  return localized(
      "time: not known without a speed; --like RUN, --tokens-per-second (jangwon bench measures "
      "it) or, for a server, "
      "--probe");
}

void add_model(const ModelEstimate& model, std::string& text) {
  const auto line = [&text](const std::string& words) { text += "  " + words + "\n"; };
  text += model.model + "\n";
  if (!model.tasks.empty()) {
    text += task_table(model);
    line(counted_text(model.counted));
    int64_t done = 0, without_room = 0, cut_short = 0;
    for (const TaskEstimate& task : model.tasks) {
      done += task.num_done;
      without_room += task.num_without_room;
      cut_short += task.num_cut_short;
    }
    if (done > 0)
      line(localized("{done} more are in the journal already", {{"done", with_commas(done)}}));
    if (!model.replies_from.empty())
      line(localized("lengths of replies are those of {replies_from}",
                     {{"replies_from", model.replies_from}}));
    if (without_room > 0) {
      line(
          localized("{without_room} prompts leave no room for a reply in a context of "
                    "{max_context_tokens} tokens",
                    {{"without_room", with_commas(without_room)},
                     {"max_context_tokens", with_commas(model.max_context_tokens)}}));
    }
    if (cut_short > 0) {
      line(
          localized("{cut_short} requests have room for less than their limit in a context of "
                    "{max_context_tokens} tokens",
                    {{"cut_short", with_commas(cut_short)},
                     {"max_context_tokens", with_commas(model.max_context_tokens)}}));
    }
    line(time_text(model));
    if (!model.memory_plan.is_null()) line(memory_text(*model.memory_plan));
    if (model.cost && model.replies_known())
      line(localized("cost: about {cost}", {{"cost", fmt::format("{:.2f}", *model.cost)}}));
    if (model.cost && !model.replies_known() && model.replies_bounded())
      line(localized("cost: at most {cost}", {{"cost", fmt::format("{:.2f}", *model.cost)}}));
  }
  if (!model.refusal.ok())
    line(localized("would be refused: {cause}", {{"cause", model.refusal.sentence()}}));
}

std::string free_text(const RunEstimate& estimate) {
  return estimate.free_bytes ? bytes_text(*estimate.free_bytes) : "?";
}

Json or_null(const auto& value) {
  return value ? Json(*value) : Json();
}

const char* name_of(TokenCount counted) {
  switch (counted) {
    case TokenCount::kByTokenizer:
      return "tokenizer";
    case TokenCount::kByServer:
      return "server";
    case TokenCount::kByText:
      return "text";
  }
  return "";
}

Json to_json(const TaskEstimate& task) {
  return {{"task", task.task},
          {"style", task.style},
          {"questions", task.num_questions},
          {"repeats", task.repeats},
          {"requests", task.num_requests},
          {"done", task.num_done},
          {"prompt_tokens", task.prompt_tokens},
          {"fewshot_tokens", or_null(task.fewshot_tokens)},
          {"max_tokens", or_null(task.max_tokens)},
          {"tokens_a_reply", or_null(task.tokens_a_reply)},
          {"prompts_without_room", task.num_without_room},
          {"requests_cut_short", task.num_cut_short},
          {"journal_bytes", task.journal_bytes}};
}

Json to_json(const ModelEstimate& model) {
  Json tasks = Json::array();
  for (const TaskEstimate& task : model.tasks)
    tasks.push_back(to_json(task));
  return {
      {"model", model.model},
      {"kind", model.kind},
      {"prompt_tokens_counted_by", name_of(model.counted)},
      {"requests", model.num_requests()},
      {"prompt_tokens", model.prompt_tokens()},
      {"fewshot_tokens", or_null(model.fewshot_tokens())},
      {"reply_tokens", model.replies_known() ? Json(model.reply_tokens()) : Json()},
      {"most_reply_tokens", model.replies_bounded() ? Json(model.reply_tokens()) : Json()},
      {"reply_tokens_from", model.replies_from},
      {"tokens_a_second", or_null(model.tokens_a_second)},
      {"tokens_a_second_from", model.speed_from},
      {"seconds", or_null(model.seconds)},
      {"cost", model.replies_bounded() ? or_null(model.cost) : Json()},
      {"journal_bytes", model.journal_bytes()},
      {"context_tokens", model.max_context_tokens > 0 ? Json(model.max_context_tokens) : Json()},
      {"memory_plan", *model.memory_plan},
      {"refusal", model.refusal.ok() ? Json() : Json(model.refusal.message())},
      {"tasks", tasks}};
}

}  // namespace

std::string estimate_text(const RunConfig& config, const RunEstimate& estimate) {
  std::string text;
  int64_t requests = 0, bytes = 0;
  bool known = true, bounded = true;
  for (const ModelEstimate& model : estimate.models) {
    add_model(model, text);
    requests += model.num_requests();
    bytes += model.journal_bytes();
    known = known && model.replies_known();
    bounded = bounded && model.replies_bounded();
  }
  text += localized("{requests} requests in all", {{"requests", with_commas(requests)}}) + "\n";
  const std::string free = free_text(estimate);
  const std::string& folder = config.output_folder;
  const std::string size = bytes_text(bytes);
  text += localized(known     ? Message("disk: about {count} in {folder}, {free} are free",
                                        {{"count", size}, {"folder", folder}, {"free", free}})
                    : bounded ? Message("disk: at most about {count} in {folder}, {free} are free",
                                        {{"count", size}, {"folder", folder}, {"free", free}})
                              : Message("disk: more than {count} in {folder}, {free} are free",
                                        {{"count", size}, {"folder", folder}, {"free", free}})) +
          "\n";
  if (estimate.free_bytes && bytes > *estimate.free_bytes)
    text += localized("the disk has too little room") + "\n";
  if (!estimate.refusal.ok())
    text += localized("would be refused: {cause}", {{"cause", estimate.refusal.sentence()}}) + "\n";
  text +=
      localized(
          config.estimate.probe
              ? Message("Nothing was written; servers were asked the questions of the probe alone.")
              : Message("Nothing was asked and nothing was written.")) +
      "\n";
  return text;
}

Json to_json(const RunConfig& config, const RunEstimate& estimate) {
  Json models = Json::array();
  int64_t bytes = 0;
  for (const ModelEstimate& model : estimate.models) {
    models.push_back(to_json(model));
    bytes += model.journal_bytes();
  }
  const Status refusal = estimate.first_refusal();
  return {{"schema", "jangwon-estimate-1"},
          {"run_folder", config.output_folder},
          {"journal_bytes", bytes},
          {"free_bytes", or_null(estimate.free_bytes)},
          {"refusal", refusal.ok() ? Json() : Json(refusal.message())},
          {"models", models}};
}

}  // namespace jangwon::harness
