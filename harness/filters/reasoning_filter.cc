#include "harness/filters/reasoning_filter.h"

#include <algorithm>

namespace jangwon::harness {

namespace {

constexpr size_t npos = std::string_view::npos;

std::string_view trim(std::string_view text) {
  const char* blanks = " \t\r\n";
  const size_t first = text.find_first_not_of(blanks);
  if (first == npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// The reply up to the marker that closes an answer.
std::string_view cut_at_answer_end(std::string_view answer, const ReasoningMarkers& markers) {
  size_t end = answer.size();
  for (const std::string& marker : markers.answer_ends)
    end = std::min(end, answer.find(marker));
  return answer.substr(0, end);
}

ReasoningSplit split_at(std::string_view text, const ReasoningMarkers& markers) {
  ReasoningSplit split;
  split.markers = markers.name;
  const size_t last_end = text.rfind(markers.end);
  const size_t answer_from = last_end == npos ? 0 : last_end + markers.end.size();
  // Thinking that begins again behind its last end, or that never ended at all.
  const size_t reopened = text.find(markers.begin, answer_from);
  split.terminated = reopened == npos;
  split.answer_text = cut_at_answer_end(text.substr(answer_from, reopened - answer_from), markers);
  if (last_end == npos) {
    split.reasoning = trim(text.substr(reopened + markers.begin.size()));
    return split;
  }
  std::string_view reasoning = text.substr(0, last_end);
  const size_t begin = reasoning.find(markers.begin);
  if (begin != npos) reasoning.remove_prefix(begin + markers.begin.size());
  split.reasoning = trim(reasoning);
  return split;
}

}  // namespace

const std::vector<ReasoningMarkers>& default_reasoning_markers() {
  static const std::vector<ReasoningMarkers> kMarkers = {
      {"think", "<think>", "</think>", {}},
      {"channels", "<|think|>", "<|content|>", {"<|flush|>", "<|calls|>"}},
      {"harmony", "<|channel|>analysis<|message|>", "<|channel|>final<|message|>", {"<|return|>", "<|end|>"}},
      {"brackets", "[THINK]", "[/THINK]", {}},
  };
  return kMarkers;
}

ReasoningSplit remove_reasoning(std::string_view text, const std::vector<ReasoningMarkers>& markers) {
  for (const ReasoningMarkers& candidate : markers) {
    if (text.find(candidate.end) != npos || text.find(candidate.begin) != npos) return split_at(text, candidate);
  }
  ReasoningSplit split;
  split.answer_text = text;
  return split;
}

}  // namespace jangwon::harness
