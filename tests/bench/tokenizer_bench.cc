// Bytes of text a second that one core tokenizes, for each golden tokenizer: Korean as it is met
// (pre-tokens come again), Korean of words that never come again (the cache is no help), and one
// pre-token of growing length (the time must grow with it, not with its square).

#include <benchmark/benchmark.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "runtime/base/check.h"
#include "runtime/base/json.h"
#include "runtime/tokenizer/tokenizer.h"

namespace jangwon::runtime {
namespace {

const char* const kTokenizers[] = {"superword", "qwen2_regex", "three_stages", "byte_fallback"};

std::string folder(int64_t index) {
  return std::string(JANGWON_SOURCE_DIR) + "/tests/golden/tokenizers/" + kTokenizers[index];
}

Tokenizer load(int64_t index) {
  Result<Tokenizer> tokenizer = Tokenizer::load(folder(index));
  JANGWON_CHECK(tokenizer.ok(), tokenizer.status().message());
  return *tokenizer;
}

bool has_hangul(const std::string& text) {
  return text.find("\xEC\x9D") != std::string::npos || text.find("\xEB\x8B") != std::string::npos;
}

std::string golden_korean() {
  std::ifstream file(folder(0) + "/cases.jsonl");
  std::string text;
  for (std::string line; std::getline(file, line);) {
    const auto row = Json::parse(line)["text"].get<std::string>();
    if (row.size() > 100 && has_hangul(row)) text += row + "\n";
  }
  return text;
}

std::string random_korean(size_t bytes) {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < bytes) {
    for (size_t n = 1 + random() % 5; n > 0; --n) {
      const unsigned c = 0xAC00 + random() % 11172;
      text += static_cast<char>(0xE0 | c >> 12);
      text += static_cast<char>(0x80 | (c >> 6 & 0x3F));
      text += static_cast<char>(0x80 | (c & 0x3F));
    }
    text += random() % 12 == 0 ? ".\n" : " ";
  }
  return text;
}

void tokenize(benchmark::State& state, const std::string& text) {
  const Tokenizer tokenizer = load(state.range(0));
  for (auto _ : state) {
    const auto ids = tokenizer.encode(text, AddSpecial::kNo);
    JANGWON_CHECK(ids.ok());
    benchmark::DoNotOptimize(ids->data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
  state.SetLabel(kTokenizers[state.range(0)]);
}

void tokenize_golden_korean(benchmark::State& state) {
  tokenize(state, golden_korean());
}
BENCHMARK(tokenize_golden_korean)->DenseRange(0, 3);

void tokenize_random_korean(benchmark::State& state) {
  tokenize(state, random_korean(1 << 20));
}
BENCHMARK(tokenize_random_korean)->DenseRange(0, 3);

void tokenize_one_pre_token(benchmark::State& state) {
  std::string text;
  while (text.size() < static_cast<size_t>(state.range(1)))
    text += "대한민국";
  tokenize(state, text);
}
BENCHMARK(tokenize_one_pre_token)->ArgsProduct({{0, 1, 3}, {1 << 10, 1 << 14, 1 << 18, 1 << 22}});

}  // namespace
}  // namespace jangwon::runtime

BENCHMARK_MAIN();
