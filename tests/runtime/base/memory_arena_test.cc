#include "runtime/base/memory_arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace jangwon {
namespace {

bool is_zero(const std::byte* memory, size_t size) {
  return std::all_of(memory, memory + size, [](std::byte b) { return b == std::byte{0}; });
}

TEST(MemoryArena, AllocationsAreApartAlignedAndZero) {
  MemoryArena arena;
  std::vector<std::pair<std::shared_ptr<std::byte>, size_t>> held;
  // Around a cache line, a small page, a huge page, a whole chunk and more.
  for (const size_t size :
       {size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{4096}, size_t{4097},
        (size_t{2} << 20) - 1, size_t{2} << 20, (size_t{15} << 20) + 1, size_t{16} << 20,
        (size_t{16} << 20) + 1, size_t{33} << 20, size_t{1}}) {
    const std::shared_ptr<std::byte> memory = arena.allocate(size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.get()) % 64, 0u) << size;
    EXPECT_TRUE(is_zero(memory.get(), size)) << size;
    std::memset(memory.get(), static_cast<int>(held.size()) + 1, size);
    held.emplace_back(memory, size);
  }
  for (size_t i = 0; i < held.size(); ++i) {
    const auto& [memory, size] = held[i];
    EXPECT_TRUE(std::all_of(memory.get(), memory.get() + size,
                            [i](std::byte b) { return b == static_cast<std::byte>(i + 1); }))
        << "allocation " << i << " was written to by another";
  }
}

// A mapping of its own has no neighbour.
TEST(MemoryArena, TheMatricesOfSomeHeadsShareAHugePage) {
  MemoryArena arena;
  constexpr size_t kHeadBytes = size_t{128} << 10;
  std::vector<std::shared_ptr<std::byte>> heads;
  for (int head = 0; head < 16; ++head) {
    heads.push_back(arena.allocate(kHeadBytes));
    EXPECT_EQ(heads.back().get() - heads.front().get(), static_cast<ptrdiff_t>(kHeadBytes) * head);
  }
}

TEST(MemoryArena, WhatNobodyHoldsIsZeroWhenItIsGivenOutAgain) {
  MemoryArena arena;
  constexpr size_t kSize = size_t{1} << 20;
  for (int round = 0; round < 3; ++round) {
    const std::shared_ptr<std::byte> memory = arena.allocate(kSize);
    EXPECT_TRUE(is_zero(memory.get(), kSize)) << round;
    std::memset(memory.get(), 7, kSize);
  }
}

TEST(MemoryArena, AnAllocationOutlivesTheArena) {
  std::shared_ptr<std::byte> memory;
  {
    MemoryArena arena;
    memory = arena.allocate(600'000);
    std::memset(memory.get(), 9, 600'000);
    const std::shared_ptr<std::byte> neighbour = arena.allocate(600'000);
  }
  EXPECT_EQ(memory.get()[599'999], std::byte{9});
}

TEST(MemoryArena, HoldsLittleThatNobodyHas) {
  EXPECT_EQ(MemoryArena::max_unused_bytes(1), 0u);
  EXPECT_EQ(MemoryArena::max_unused_bytes((size_t{16} << 10) - 1), 0u);
  EXPECT_EQ(MemoryArena::max_unused_bytes(size_t{16} << 10), size_t{2} << 20);
  EXPECT_EQ(MemoryArena::max_unused_bytes(size_t{1} << 19), size_t{4} << 20);
  EXPECT_EQ(MemoryArena::max_unused_bytes(size_t{1} << 20), size_t{8} << 20);
  EXPECT_EQ(MemoryArena::max_unused_bytes(size_t{1} << 30), size_t{32} << 20);
}

TEST(MemoryArena, NothingIsNoMemory) {
  EXPECT_EQ(MemoryArena().allocate(0), nullptr);
}

}  // namespace
}  // namespace jangwon
