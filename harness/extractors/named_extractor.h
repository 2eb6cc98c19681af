// Extractors by name: the benchmarks' own, ours, and those of other harnesses, so that the replies
// of a run can be read as somebody else would have read them.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/extractors/extraction.h"

namespace jangwon::harness {

enum class AnswerKind { kLetter, kInteger, kProgram };

struct NamedExtractor {
  const char* name;
  AnswerKind kind;
  bool peer;         // another harness's
  const char* what;  // one line for --help and the README
  // `num_options` is that of the question, for letters.
  Extraction (*extract)(std::string_view text, int num_options);
};

std::span<const NamedExtractor> named_extractors();

// Null where there is none. Case, - and _ do not matter.
const NamedExtractor* find_extractor(AnswerKind kind, std::string_view name);

std::vector<std::string> extractor_names(AnswerKind kind);

}  // namespace jangwon::harness
