// How fast a checkpoint's weights become the form that operators read, beside two ways to read the
// same files that make nothing of them. In turn, so that what else the machine does meets all.
//
//   weights_bench FOLDER [REPEATS] [cold]     cold: the page cache is emptied before each, which
//                                             takes root
//
// "read" is read() in blocks of 8 MiB, as dd does: one thread, and one block that stays in a cache.
// "copy" is what any loader that keeps a copy pays at least: read() by as many threads into fresh
// memory, in huge pages that are taken before they are filled. "load" is Engine::load. Load and
// copy come twice a turn, and in every second turn copy comes first, because memory that was free
// for seconds may have been taken back by a host, and whoever comes first pays for that: the
// second pair has pages at hand. Scoring is one pass of layer-major scoring over prompts of 64
// tokens.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/aligned_buffer.h"
#include "runtime/base/thread_pool.h"
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

double copy_files(const std::vector<std::string>& files) {
  constexpr auto kPiece = static_cast<int64_t>(kHugePageBytes);
  ThreadPool pool(available_cpus());
  std::vector<std::unique_ptr<AlignedBuffer>> copies;
  const Clock::time_point begin = Clock::now();
  for (const std::string& path : files) {
    const auto size = static_cast<int64_t>(std::filesystem::file_size(path));
    auto copy = std::make_unique<AlignedBuffer>(static_cast<size_t>(size), PageSize::kHuge);
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::atomic<bool> failed = fd < 0;
    pool.parallel_for((size + kPiece - 1) / kPiece, [&](int64_t piece, int) {
      const int64_t at = piece * kPiece;
      const auto count = static_cast<size_t>(std::min(kPiece, size - at));
      for (size_t page = 0; page < count; page += 4096)
        copy->data()[at + static_cast<int64_t>(page)] = std::byte{0};
      for (size_t done = 0; done < count && !failed;) {
        const ssize_t got =
            pread(fd, copy->data() + at + done, count - done, at + static_cast<int64_t>(done));
        if (got <= 0) failed = true;
        done += got > 0 ? static_cast<size_t>(got) : 0;
      }
    });
    if (failed) std::fprintf(stderr, "cannot read %s\n", path.c_str());
    if (fd >= 0) close(fd);
    copies.push_back(std::move(copy));
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
  const int repeats = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  const bool cold = argc > 3;
  const std::vector<std::string> files = weight_files(dir);
  double bytes = 0.0;
  for (const std::string& path : files)
    bytes += static_cast<double>(std::filesystem::file_size(path));
  std::printf("%.2f GB, %s, GB/s\n%10s %8s %8s %8s %8s %10s %11s\n", bytes / 1e9,
              cold ? "cold" : "warm", "read", "load", "copy", "load", "copy", "8 prompts",
              "64 prompts");
  std::vector<double> of_read;
  std::vector<double> of_copy;
  for (int i = 0; i < repeats; ++i) {
    const auto rate = [&](auto&& work) {
      empty_page_cache(cold);
      return bytes / work() / 1e9;
    };
    const double reading = rate([&] { return read_files(files); });
    double loading[2] = {};
    double copying[2] = {};
    for (int pair = 0; pair < 2; ++pair) {
      if (i % 2 == 1) copying[pair] = rate([&] { return copy_files(files); });
      loading[pair] = rate([&] { return load(dir); });
      if (i % 2 == 0) copying[pair] = rate([&] { return copy_files(files); });
    }
    const double few = rate([&] { return score(dir, 8); });
    const double many = rate([&] { return score(dir, 64); });
    of_read.push_back(loading[1] / reading);
    of_copy.push_back(loading[1] / copying[1]);
    std::printf("%10.2f %8.2f %8.2f %8.2f %8.2f %10.2f %11.2f   %s first\n", reading, loading[0],
                copying[0], loading[1], copying[1], few, many, i % 2 == 0 ? "load" : "copy");
    std::fflush(stdout);
  }
  const auto summarize = [](const char* name, std::vector<double> shares) {
    std::sort(shares.begin(), shares.end());
    std::printf("second load / %s: median %.0f %%, best %.0f %%\n", name,
                100 * shares[shares.size() / 2], 100 * shares.back());
  };
  summarize("read", of_read);
  summarize("second copy", of_copy);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak memory %.2f GB\n", static_cast<double>(usage.ru_maxrss) * 1024 / 1e9);
  return 0;
}

}  // namespace
}  // namespace jangwon::runtime

int main(int argc, char** argv) {
  return jangwon::runtime::run(argc, argv);
}
