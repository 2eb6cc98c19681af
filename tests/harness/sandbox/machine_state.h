// What a sandbox must leave as it was: this process's descriptors and mounts, the spawner's descriptors and children.

#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "harness/sandbox/sandbox.h"

namespace jangwon::harness {

inline size_t count_entries(const std::string& folder) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(folder, error);
  return error ? 0 : static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

inline std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct MachineState {
  size_t descriptors = 0;
  size_t spawner_descriptors = 0;
  std::string sandboxes;  // pids of the spawner's children
  std::string mounts;
  std::string cgroup;
  bool operator==(const MachineState&) const = default;

  static MachineState now(const SandboxPool& pool) {
    const int spawner = pool.spawner_pid();
    return {count_entries("/proc/self/fd"), count_entries(fmt::format("/proc/{}/fd", spawner)),
            read_text(fmt::format("/proc/{}/task/{}/children", spawner, spawner)), read_text("/proc/self/mountinfo"),
            read_text("/proc/self/cgroup")};
  }
};

// Processes whose memory or command line cannot be told apart by name: those of a user that only sandboxes of root
// have.
inline size_t count_processes_of_sandbox_users() {
  size_t count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string status = read_text(entry.path().string() + "/status");
    const size_t at = status.find("\nUid:\t");
    if (at == std::string::npos || status.find("\nState:\tZ") != std::string::npos) continue;
    const long uid = std::atol(status.c_str() + at + 6);
    if (uid >= 200000 && uid < 300000) ++count;
  }
  return count;
}

}  // namespace jangwon::harness
