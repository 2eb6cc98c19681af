// Files that were read count as used memory of a cgroup, and are given up when somebody needs the
// room: a model that was loaded before must not be refused because its files are still there.
// Tests: tests/runtime/engine/memory_plan_test.cc.

#include "runtime/engine/machine_memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "runtime/base/file.h"

namespace jangwon::runtime {
namespace {

constexpr uint64_t kMaxFileBytes = 1 << 20;

std::string read(const std::string& path) {
  const Result<std::string> text = read_file(path, kMaxFileBytes);
  return text.ok() ? text.value() : std::string();
}

// The number at the beginning, after blanks; empty for "max" and for nothing.
std::optional<int64_t> number_at(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

// The number behind `key` at the beginning of a line.
std::optional<int64_t> number_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(key)) return number_at(line.substr(key.size()));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return std::nullopt;
}

struct CgroupFiles {
  const char* limit;
  const char* usage;
  const char* inactive_files;  // keys in memory.stat
  const char* active_files;
};

// The least that is left in the group and those above it.
std::optional<int64_t> left_in_cgroups(const std::string& mount, std::string path,
                                       const CgroupFiles& files) {
  std::optional<int64_t> least;
  while (true) {
    const std::string dir = mount + path + "/";
    const std::optional<int64_t> limit = number_at(read(dir + files.limit));
    if (limit) {
      const int64_t usage = number_at(read(dir + files.usage)).value_or(0);
      const std::string stat = read(dir + "memory.stat");
      const int64_t cached = number_of(stat, files.inactive_files).value_or(0) +
                             number_of(stat, files.active_files).value_or(0);
      const int64_t left = std::max<int64_t>(0, *limit - std::max<int64_t>(0, usage - cached));
      least = std::min(least.value_or(left), left);
    }
    if (path.empty()) return least;
    path.resize(path.find('/') == std::string::npos ? 0 : path.rfind('/'));
  }
}

// This process's path in the hierarchy whose line in /proc/self/cgroup begins with `prefix` or
// holds `controller`.
std::optional<std::string> cgroup_path(std::string_view lines, std::string_view controller) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    if (line.substr(first + 1, second - first - 1) != controller) continue;
    const std::string_view path = line.substr(second + 1);
    return path == "/" ? std::string() : std::string(path);
  }
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> available_memory_bytes(const std::string& root) {
  std::optional<int64_t> available = number_of(read(root + "/proc/meminfo"), "MemAvailable:");
  if (available) *available *= 1024;
  const auto limit_to = [&](std::optional<int64_t> left) {
    if (left) available = std::min(available.value_or(*left), *left);
  };
  const std::string cgroups = read(root + "/proc/self/cgroup");
  if (const auto path = cgroup_path(cgroups, ""))
    limit_to(left_in_cgroups(root + "/sys/fs/cgroup", *path,
                             {"memory.max", "memory.current", "inactive_file ", "active_file "}));
  if (const auto path = cgroup_path(cgroups, "memory"))
    limit_to(left_in_cgroups(root + "/sys/fs/cgroup/memory", *path,
                             {"memory.limit_in_bytes", "memory.usage_in_bytes",
                              "total_inactive_file ", "total_active_file "}));
  // A limit of the process, where this one is looked at and not a test's.
  const auto left_of = [&](auto resource, const char* used) -> std::optional<int64_t> {
    rlimit limit{};
    if (!root.empty() || getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
      return std::nullopt;
    const int64_t bytes = number_of(read("/proc/self/status"), used).value_or(0) * 1024;
    return std::max<int64_t>(0, static_cast<int64_t>(limit.rlim_cur) - bytes);
  };
  limit_to(left_of(RLIMIT_DATA, "VmData:"));
  limit_to(left_of(RLIMIT_AS, "VmSize:"));
  return available;
}

}  // namespace jangwon::runtime
