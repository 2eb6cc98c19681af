// What a sandbox must leave as it was: this process's descriptors, the spawner's descriptors and
// children, and no mount of its own where this process sees it. Others mount, fork and end beside a
// test as they like.

#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
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

// Mounts that a sandbox made and that this process sees; each names its maker as its source.
inline std::string sandbox_mounts() {
  std::ifstream file("/proc/self/mountinfo");
  std::string mounts;
  for (std::string line; std::getline(file, line);) {
    if (line.find(" - tmpfs sandbox ") != std::string::npos) mounts += line + "\n";
  }
  return mounts;
}

// Pids of the children of this process, whichever of its threads made them.
inline std::set<int> own_children() {
  std::set<int> children;
  std::error_code error;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", error)) {
    std::ifstream file(thread.path() / "children");
    for (int pid = 0; file >> pid;)
      children.insert(pid);
  }
  return children;
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
            read_text(fmt::format("/proc/{}/task/{}/children", spawner, spawner)), sandbox_mounts(),
            read_text("/proc/self/cgroup")};
  }
};

}  // namespace jangwon::harness
