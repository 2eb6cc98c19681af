#include "harness/run_loop/shard.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace jangwon::harness {
namespace {

TEST(ParseShard, CountsFromZero) {
  const struct {
    const char* text;
    std::optional<Shard> shard;
  } cases[] = {
      {"0/1", Shard{0, 1}},
      {"0/4", Shard{0, 4}},
      {"3/4", Shard{3, 4}},
      {"4/4", std::nullopt},
      {"-1/4", std::nullopt},
      {"1", std::nullopt},
      {"", std::nullopt},
      {"1/0", std::nullopt},
      {"1/4 ", std::nullopt},
      {"a/b", std::nullopt},
      {"1/2/3", std::nullopt},
      {"/", std::nullopt},
      {"1/99999999999", std::nullopt},
  };
  for (const auto& c : cases) {
    const Result<Shard> parsed = parse_shard(c.text);
    EXPECT_EQ(parsed.ok(), c.shard.has_value()) << c.text;
    if (parsed.ok() && c.shard) {
      EXPECT_EQ(*parsed, *c.shard);
      EXPECT_EQ(name_of(*parsed), c.text);
    }
  }
}

TEST(ShardMembers, EveryQuestionIsInJustOneAndPartsAreEven) {
  for (int size : {1, 2, 7, 30, 1055}) {
    std::vector<std::string> names;
    for (int i = 0; i < size; ++i)
      names.push_back("q" + std::to_string(i));
    const std::vector<std::string_view> ids(names.begin(), names.end());
    for (int count : {1, 2, 3, 8, 64}) {
      std::vector<int> owners(ids.size(), 0);
      for (int index = 0; index < count; ++index) {
        const std::vector<bool> members = shard_members(ids, {index, count});
        ASSERT_EQ(members.size(), ids.size());
        const auto part = std::count(members.begin(), members.end(), true);
        EXPECT_GE(part, size / count) << size << " in " << count;
        EXPECT_LE(part, (size + count - 1) / count) << size << " in " << count;
        for (size_t i = 0; i < ids.size(); ++i)
          owners[i] += members[i] ? 1 : 0;
      }
      EXPECT_EQ(std::count(owners.begin(), owners.end(), 1), size) << size << " in " << count;
    }
  }
}

TEST(ShardMembers, PartsDoNotFollowTheOrderOfTheFile) {
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i)
    names.push_back(std::to_string(i));
  std::vector<std::string_view> ids(names.begin(), names.end());
  const std::vector<bool> members = shard_members(ids, {0, 2});
  const auto in_first_half = std::count(members.begin(), members.begin() + 50, true);
  EXPECT_GT(in_first_half, 10);
  EXPECT_LT(in_first_half, 40);
  std::reverse(ids.begin(), ids.end());
  std::vector<bool> reversed = shard_members(ids, {0, 2});
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(reversed, members) << "the parts depend on the ids alone";
}

}  // namespace
}  // namespace jangwon::harness
