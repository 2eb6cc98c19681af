#include <cstdlib>
#include <cstring>
#include <fstream>
#include <unordered_map>

#include "tests/cuda_emulator/device_state.h"

namespace jangwon::cuda_emulator {
namespace {

std::string name_without_folders(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

struct Line {
  SynchronisingLine seen;
  bool left_out;
};

struct Lines {
  std::unordered_map<std::uint64_t, Line> by_place;
  std::string left_out_file;
  unsigned left_out_line = 0;
  std::ofstream list;  // for removed_lines.py: each line when it first runs

  Lines() {
    if (const char* place = std::getenv("JANGWON_EMULATOR_LEAVE_OUT")) {
      const std::string text = place;
      left_out_file = text.substr(0, text.rfind(':'));
      left_out_line =
          static_cast<unsigned>(std::strtoul(text.c_str() + text.rfind(':') + 1, nullptr, 10));
    }
    if (const char* path = std::getenv("JANGWON_EMULATOR_LIST_LINES"))
      list.open(path, std::ios::app);
  }
  bool leaves_out(const SynchronisingLine& line) const {
    return line.line == left_out_line && line.file == left_out_file;
  }
};

Lines& lines() {
  static auto& all = *new Lines;
  return all;
}

}  // namespace

bool is_left_out(const char* operation, Where where) {
  Lines& all = lines();
  // The file's name and the operation's are literals, so their addresses tell them apart.
  const std::uint64_t place = (reinterpret_cast<std::uintptr_t>(where.file_name()) << 20) ^
                              (reinterpret_cast<std::uintptr_t>(operation) << 40) ^ where.line();
  const auto found = all.by_place.find(place);
  if (found != all.by_place.end()) return found->second.left_out;
  Line line = {{name_without_folders(where.file_name()), where.line(), operation}, false};
  line.left_out = all.leaves_out(line.seen);
  if (all.list.is_open())
    all.list << line.seen.file << ':' << line.seen.line << ' ' << operation << std::endl;
  return all.by_place.emplace(place, std::move(line)).first->second.left_out;
}

std::vector<SynchronisingLine> synchronising_lines() {
  std::vector<SynchronisingLine> all;
  for (const auto& [place, line] : lines().by_place)
    all.push_back(line.seen);
  return all;
}

void leave_out(const std::string& file, unsigned line) {
  Lines& all = lines();
  all.left_out_file = file;
  all.left_out_line = line;
  for (auto& [place, each] : all.by_place)
    each.left_out = all.leaves_out(each.seen);
}

}  // namespace jangwon::cuda_emulator
