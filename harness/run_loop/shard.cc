#include "harness/run_loop/shard.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "runtime/base/sha256.h"

namespace jangwon::harness {

namespace {

bool read_whole(std::string_view text, int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Shard> parse_shard(const std::string& text) {
  Shard shard;
  const size_t slash = text.find('/');
  if (slash == std::string::npos ||
      !read_whole(std::string_view(text).substr(0, slash), shard.index) ||
      !read_whole(std::string_view(text).substr(slash + 1), shard.count)) {
    return invalid_argument(
        "the shard \"{shard}\" is not of the form i/n, e.g. 0/4 for the first of four",
        {{"shard", text}});
  }
  if (shard.count < 1 || shard.index < 0 || shard.index >= shard.count) {
    return invalid_argument(
        "the shard {shard} does not exist: shards count from 0, so of n the last is n-1/n",
        {{"shard", text}});
  }
  return shard;
}

std::string name_of(const Shard& shard) {
  return std::to_string(shard.index) + "/" + std::to_string(shard.count);
}

std::vector<bool> shard_members(const std::vector<std::string_view>& ids, const Shard& shard) {
  std::vector<std::string> hashes;
  for (std::string_view id : ids)
    hashes.push_back(sha256_hex(id));
  std::vector<size_t> order(ids.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return hashes[a] < hashes[b]; });
  std::vector<bool> members(ids.size(), false);
  for (size_t rank = static_cast<size_t>(shard.index); rank < order.size();
       rank += static_cast<size_t>(shard.count))
    members[order[rank]] = true;
  return members;
}

}  // namespace jangwon::harness
