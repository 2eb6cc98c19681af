// Markers are compared without regard to case, because fine-tuned models spell them as they like.
// Two grammars are more than a pair of marks: gpt-oss writes messages of channels (an answer may be
// a message without one, where a server takes the final channel's header off), and what is left of
// these when special tokens are dropped is recognised only at the beginning of a reply, where
// "analysis" is followed by its message without a blank.

#include "harness/extractors/reasoning_split.h"

#include <algorithm>
#include <optional>

namespace jangwon::harness {

namespace {

using Grammar = ThinkingMarkers::Grammar;
constexpr size_t npos = std::string_view::npos;
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// A reply and its copy in lower case, in which markers are searched.
struct Reply {
  std::string_view text;
  std::string lower;
  size_t begin = 0;  // behind leading blanks

  explicit Reply(std::string_view reply)
      : text(reply),
        lower(lower_case(reply)),
        begin(std::min(reply.find_first_not_of(kBlanks), reply.size())) {}

  size_t find(const std::string& marker, size_t from = 0) const {
    return marker.empty() ? npos : lower.find(lower_case(marker), from);
  }
  size_t find_last(const std::string& marker) const {
    return marker.empty() ? npos : lower.rfind(lower_case(marker));
  }
  bool begins_with(const std::string& marker) const {
    return !marker.empty() && lower.compare(begin, marker.size(), lower_case(marker)) == 0;
  }
};

// The answer without the mark in front of it, up to the mark that closes it.
std::string_view strip_answer(std::string_view answer, const ThinkingMarkers& markers) {
  const Reply reply(answer);
  if (reply.begins_with(markers.answer_begin)) {
    return strip_answer(answer.substr(reply.begin + markers.answer_begin.size()),
                        {.answer_ends = markers.answer_ends});
  }
  size_t end = answer.size();
  for (const std::string& marker : markers.answer_ends)
    end = std::min(end, reply.find(marker));
  return answer.substr(0, end);
}

ReasoningSplit split_pair(const Reply& reply, const ThinkingMarkers& markers) {
  ReasoningSplit split;
  const std::string_view text = reply.text;
  const size_t last_end = reply.find_last(markers.end);
  const size_t answer_from = last_end == npos ? 0 : last_end + markers.end.size();
  // Thinking that begins again behind its last end, or that never ended at all.
  const bool once = markers.grammar == Grammar::kPairAtStart && last_end != npos;
  const size_t reopened = once ? npos : reply.find(markers.begin, answer_from);
  split.terminated = reopened == npos;
  split.answer_text = strip_answer(text.substr(answer_from, reopened - answer_from), markers);
  if (last_end == npos) {
    split.reasoning = trim(text.substr(reopened + markers.begin.size()));
    return split;
  }
  const size_t begin = reply.find(markers.begin);
  const size_t from = begin != npos && begin < last_end ? begin + markers.begin.size() : 0;
  split.reasoning = trim(text.substr(from, last_end - from));
  return split;
}

// Messages of harmony: [<|start|>ROLE]<|channel|>NAME …<|message|>TEXT, ended by
// <|end|>, <|return|>, <|call|> or the next <|start|> or <|channel|>. Text outside of a
// message is an answer.
ReasoningSplit split_harmony(const Reply& reply) {
  enum class Part { kBody, kRole, kHeader };
  ReasoningSplit split;
  const std::string_view text = reply.text;
  Part part = Part::kBody;
  bool thinks = false, cut = true;
  size_t from = 0, think_begin = npos, think_end = 0;
  std::string_view answer;
  const auto close = [&](size_t to, bool ended) {
    const std::string_view body = text.substr(from, to - from);
    if (part != Part::kBody) {
      cut = !ended;
      return;
    }
    if (thinks && !trim(body).empty()) {
      think_begin = std::min(think_begin, from);
      think_end = to;
    } else if (!thinks && !trim(body).empty()) {
      answer = body;
    }
    cut = thinks && !ended;
  };
  size_t at = 0;
  while ((at = text.find("<|", at)) != npos) {
    const size_t end = text.find("|>", at);
    if (end == npos) break;
    const std::string_view token = text.substr(at + 2, end - at - 2);
    const size_t after = end + 2;
    if (token == "start" || token == "channel") {
      // A reply that begins inside of a message the prompt opened: what stands before the next
      // channel was thinking.
      if (from == 0 && at > 0 && part == Part::kBody && answer.empty() && think_begin == npos)
        thinks = true;
      if (token == "start" || part != Part::kRole) close(at, true);
      part = token == "start" ? Part::kRole : Part::kHeader;
      from = after;
    } else if (token == "message") {
      const std::string_view header = trim(text.substr(from, at - from));
      const std::string_view channel = header.substr(0, header.find_first_of(" \t\r\n<"));
      thinks = part == Part::kHeader && channel != "final";
      part = Part::kBody;
      from = after;
    } else if (token == "end" || token == "return" || token == "call") {
      const bool opened_by_prompt =
          from == 0 && token == "end" && text.find("<|start|>", after) != npos;
      if (opened_by_prompt && part == Part::kBody) thinks = true;
      close(at, true);
      part = Part::kBody;
      thinks = false;
      from = after;
    }
    at = after;
  }
  const bool header_cut = part != Part::kBody;
  close(text.size(), false);
  split.answer_text = answer;
  if (think_begin != npos)
    split.reasoning = trim(text.substr(think_begin, think_end - think_begin));
  split.terminated = !(cut || header_cut) && !(think_begin != npos && answer.empty());
  return split;
}

// Where "assistantfinal" ends, also with a blank between its words; npos: there is none.
size_t end_of_final_header(std::string_view text) {
  constexpr std::string_view kRole = "assistant", kFinal = "final";
  for (size_t at = text.rfind(kRole); at != npos; at = at == 0 ? npos : text.rfind(kRole, at - 1)) {
    size_t after = at + kRole.size();
    if (after < text.size() && kBlanks.find(text[after]) != npos) ++after;
    if (text.substr(after, kFinal.size()) == kFinal) return after + kFinal.size();
  }
  return npos;
}

// Whether the reply begins as stripped harmony does; set to where the thinking begins.
std::optional<size_t> begin_of_stripped_harmony(const Reply& reply) {
  constexpr std::string_view kRole = "assistant";
  std::string_view rest = reply.text.substr(reply.begin);
  if (rest.starts_with(kRole)) rest.remove_prefix(kRole.size());
  for (const std::string_view channel : {"analysis", "commentary"}) {
    if (!rest.starts_with(channel)) continue;
    rest.remove_prefix(channel.size());
    const size_t begin = reply.text.size() - rest.size();
    if (end_of_final_header(rest) != npos) return begin;
    // Without the end only a word that runs into the next one tells a channel from a reply
    // about an analysis.
    const char next = rest.empty() ? ' ' : rest.front();
    const bool glued = static_cast<unsigned char>(next) >= 0x80 || (next >= 'A' && next <= 'Z') ||
                       (next >= '0' && next <= '9') || next == '*' || next == '\\' || next == '$';
    return glued ? std::optional(begin) : std::nullopt;
  }
  if (reply.text.substr(reply.begin).starts_with("assistantfinal")) return reply.begin;
  return std::nullopt;
}

ReasoningSplit split_stripped_harmony(const Reply& reply, size_t thinking_begin) {
  ReasoningSplit split;
  const size_t answer = end_of_final_header(reply.text);
  split.terminated = answer != npos;
  if (!split.terminated) {
    split.answer_text = reply.text.substr(0, 0);
    split.reasoning = trim(reply.text.substr(thinking_begin));
    return split;
  }
  split.answer_text = reply.text.substr(answer);
  const size_t thinking_end = reply.text.rfind("assistant", answer);
  if (thinking_end > thinking_begin) {
    split.reasoning = trim(reply.text.substr(thinking_begin, thinking_end - thinking_begin));
  }
  return split;
}

// Where the first mark of thinking stands, or npos.
size_t first_mark(const Reply& reply, const ThinkingMarkers& markers, ThinkingElsewhere elsewhere) {
  switch (markers.grammar) {
    case Grammar::kPairAtStart:
      return reply.begins_with(markers.begin) ? reply.begin : npos;
    case Grammar::kStrippedHarmony:
      return begin_of_stripped_harmony(reply) ? reply.begin : npos;
    case Grammar::kHarmony:
      return std::min(reply.text.find("<|channel|>"),
                      reply.text.find("<|start|>assistant<|message|>"));
    case Grammar::kPair:
      break;
  }
  const size_t end = reply.find(markers.end);
  size_t begin = reply.find(markers.begin);
  if (elsewhere == ThinkingElsewhere::kTakenOut && !reply.begins_with(markers.begin)) begin = npos;
  return std::min(begin, end);
}

ReasoningSplit split_by(const Reply& reply, const ThinkingMarkers& markers) {
  ReasoningSplit split;
  if (markers.grammar == Grammar::kHarmony) {
    split = split_harmony(reply);
  } else if (markers.grammar == Grammar::kStrippedHarmony) {
    split = split_stripped_harmony(reply, *begin_of_stripped_harmony(reply));
  } else {
    split = split_pair(reply, markers);
  }
  split.markers = markers.name;
  return split;
}

}  // namespace

ReasoningSplit remove_reasoning(std::string_view text, const std::vector<ThinkingMarkers>& given,
                                ThinkingElsewhere elsewhere) {
  const Reply reply(text);
  bool known_too = true;
  for (const ThinkingMarkers& markers : given) {
    if (markers.name == "none") known_too = false;
    if (first_mark(reply, markers, elsewhere) != npos) return split_by(reply, markers);
  }
  const ThinkingMarkers* found = nullptr;
  size_t first = npos;
  if (known_too) {
    for (const ThinkingMarkers& markers : known_thinking_markers()) {
      const size_t mark = first_mark(reply, markers, elsewhere);
      if (mark < first) {
        first = mark;
        found = &markers;
      }
    }
  }
  if (found != nullptr) return split_by(reply, *found);
  ReasoningSplit split;
  split.answer_text = text;
  return split;
}

}  // namespace jangwon::harness
