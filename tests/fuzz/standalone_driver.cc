// Runs a fuzzer without libFuzzer: every file of the corpus, then seeded mutations of them. It
// finds less than libFuzzer does, but it runs with every compiler and in every test run. The seed
// is fixed, so that a failure comes again.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "runtime/base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kMaxBytes = 1 << 16;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::string mutate(std::string text, const std::vector<std::string>& corpus, std::mt19937& random) {
  const auto below = [&](size_t bound) { return bound == 0 ? 0 : random() % bound; };
  for (size_t edits = 1 + below(8); edits > 0; --edits) {
    const size_t at = below(text.size() + 1);
    switch (random() % 6) {
      case 0:  // flip a bit
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:  // insert a byte
        text.insert(at, 1, static_cast<char>(random()));
        break;
      case 2:  // cut a piece out
        text.erase(at, below(32));
        break;
      case 3:  // repeat a piece
        text.insert(at, text.substr(below(text.size() + 1), below(64)));
        break;
      case 4:  // graft from another input
        if (!corpus.empty()) {
          const std::string& other = corpus[below(corpus.size())];
          text.insert(at, other.substr(below(other.size() + 1), below(256)));
        }
        break;
      default:  // cut off
        text.resize(at);
    }
    if (text.size() > kMaxBytes) text.resize(kMaxBytes);
  }
  return text;
}

}  // namespace

// FOLDER MUTATIONS
int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "give the folder of a corpus and a number of mutations\n");
    return 2;
  }
  const int num_mutations = std::atoi(argv[2]);
  std::vector<std::string> corpus;
  {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[1])) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());  // the order of a folder is not the same everywhere
    for (const auto& path : paths) {
      jangwon::Result<std::string> content = jangwon::read_file(path.string());
      if (content.ok()) corpus.push_back(std::move(content).value());
    }
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "no corpus in the folder\n");
    return 2;
  }
  for (const std::string& input : corpus)
    run(input);
  std::mt19937 random(20260101);
  for (int i = 0; i < num_mutations; ++i)
    run(mutate(corpus[random() % corpus.size()], corpus, random));
  std::printf("%zu corpus files, %d mutations\n", corpus.size(), num_mutations);
}
