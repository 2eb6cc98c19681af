// How fast a checkpoint's weights become the form that operators read, as a share of what read()
// gives of the same files in blocks of 8 MiB, as dd does. In turn, so that what else the machine
// does meets both.
//
//   weights_bench FOLDER [REPEATS] [cold]     cold: the page cache is emptied before each, which
//                                             takes root
//
// Loading is Engine::load; scoring is one pass of layer-major scoring over prompts of 64 tokens.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "runtime/engine/engine.h"

namespace jangwon::runtime {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::vector<std::string> weight_files(const std::string& dir) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(dir))
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  return files;
}

double read_files(const std::vector<std::string>& files) {
  std::vector<char> block(size_t{8} << 20);
  const Clock::time_point begin = Clock::now();
  for (const std::string& path : files) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && read(fd, block.data(), block.size()) > 0) {
    }
    close(fd);
  }
  return seconds_since(begin);
}

double load(const std::string& dir) {
  const Clock::time_point begin = Clock::now();
  const auto engine = Engine::load(dir, {.max_context_tokens = 256, .max_batch_size = 1});
  if (!engine.ok()) std::fprintf(stderr, "%s\n", engine.status().message().c_str());
  return seconds_since(begin);
}

double score(const std::string& dir, int num_prompts) {
  const auto engine =
      Engine::load(dir, {.max_context_tokens = 256, .layer_major = LayerMajor::kAlways});
  if (!engine.ok()) std::fprintf(stderr, "%s\n", engine.status().message().c_str());
  for (int i = 0; i < num_prompts; ++i) {
    EngineRequest request;
    for (int t = 0; t < 64; ++t)
      request.prompt_token_ids.push_back((i * 977 + t * 131) % 1000);
    request.continuations = {{5, 6}};
    (*engine)->submit(std::move(request));
  }
  const Clock::time_point begin = Clock::now();
  while ((*engine)->has_work())
    (*engine)->step();
  return seconds_since(begin);
}

void empty_page_cache(bool cold) {
  if (!cold) return;
  sync();
  std::ofstream("/proc/sys/vm/drop_caches") << "3\n";
}

int run(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: weights_bench FOLDER [REPEATS] [cold]\n"), 2;
  const std::string dir = argv[1];
  const int repeats = argc > 2 ? std::atoi(argv[2]) : 5;
  const bool cold = argc > 3;
  const std::vector<std::string> files = weight_files(dir);
  double bytes = 0.0;
  for (const std::string& path : files)
    bytes += static_cast<double>(std::filesystem::file_size(path));
  std::printf("%.2f GB, %s\n%10s %10s %10s %12s %12s   GB/s\n", bytes / 1e9, cold ? "cold" : "warm",
              "read", "load", "share", "8 prompts", "64 prompts");
  std::vector<double> shares;
  for (int i = 0; i < repeats; ++i) {
    const auto rate = [&](auto&& work) {
      empty_page_cache(cold);
      return bytes / work() / 1e9;
    };
    const double reading = rate([&] { return read_files(files); });
    const double loading = rate([&] { return load(dir); });
    const double few = rate([&] { return score(dir, 8); });
    const double many = rate([&] { return score(dir, 64); });
    shares.push_back(loading / reading);
    std::printf("%10.2f %10.2f %9.0f%% %12.2f %12.2f\n", reading, loading, 100 * shares.back(), few,
                many);
    std::fflush(stdout);
  }
  std::sort(shares.begin(), shares.end());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("load / read: median %.0f %%, best %.0f %%; peak memory %.2f GB\n",
              100 * shares[shares.size() / 2], 100 * shares.back(),
              static_cast<double>(usage.ru_maxrss) * 1024 / 1e9);
  return 0;
}

}  // namespace
}  // namespace jangwon::runtime

int main(int argc, char** argv) {
  return jangwon::runtime::run(argc, argv);
}
