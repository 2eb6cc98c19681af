// A run split over machines: shard i of n asks its own part of the questions of every task.
//
// The questions of a task are ordered by the SHA-256 of their id and dealt out in turn. So
// every shard sees every task (as long as a task has n questions), the parts differ by at most
// one question, hard and easy ones are mixed whatever the order of the file, and the parts
// depend on the data alone.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::harness {

struct Shard {
  int index = 0;  // from 0
  int count = 1;
  bool operator==(const Shard&) const = default;
};

// "2/8": the third of eight.
Result<Shard> parse_shard(const std::string& text);
std::string name_of(const Shard& shard);

// For each of `ids`, in their order, whether it belongs to the shard.
std::vector<bool> shard_members(const std::vector<std::string_view>& ids, const Shard& shard);

}  // namespace jangwon::harness
