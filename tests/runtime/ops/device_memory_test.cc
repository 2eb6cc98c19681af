#include "runtime/ops/device_memory.h"

#include "tests/runtime/ops/op_test.h"

namespace jangwon::runtime {
namespace {

class DeviceMemoryTest : public OpTest {};

TEST_P(DeviceMemoryTest, BuffersAreZeroedAndMove) {
  Device device(*GetParam(), 1);
  DeviceBuffer buffer(device.ops(), 1000);
  EXPECT_EQ(device.download(reinterpret_cast<const uint8_t*>(buffer.data()), 1000),
            std::vector<uint8_t>(1000, 0));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
  std::byte* data = buffer.data();
  DeviceBuffer other = std::move(buffer);
  EXPECT_EQ(other.data(), data);
  EXPECT_EQ(buffer.data(), nullptr);
  EXPECT_EQ(DeviceBuffer(device.ops(), 0).data(), nullptr);
}

TEST_P(DeviceMemoryTest, BytesComeBackAsTheyWent) {
  Device device(*GetParam(), 1);
  const std::vector<int32_t> values = {5, -1, 7, 9};
  DeviceBuffer a(device.ops(), 16);
  DeviceBuffer b(device.ops(), 16);
  device->upload(device.context(), a.data(), values.data(), 16);
  device->copy(device.context(), b.data(), a.data(), 16);
  device->clear(device.context(), a.data(), 8);
  EXPECT_EQ(device.download(reinterpret_cast<const int32_t*>(b.data()), 4), values);
  EXPECT_EQ(device.download(reinterpret_cast<const int32_t*>(a.data()), 4),
            (std::vector<int32_t>{0, 0, 7, 9}));
}

TEST_P(DeviceMemoryTest, VectorsHoldTheirValues) {
  Device device(*GetParam(), 1);
  const DeviceVector vector(device.ops(), {1.0f, 2.0f, 3.0f});
  EXPECT_EQ(vector.size(), 3);
  EXPECT_EQ(device.download(vector.data(), 3), (std::vector<float>{1.0f, 2.0f, 3.0f}));
  const DeviceVector empty(device.ops(), {});
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty.data(), nullptr);
}

TEST_P(DeviceMemoryTest, AnArenaGivesEveryPieceAPlaceOfItsOwn) {
  Device device(*GetParam(), 1);
  DeviceArena arena(device.ops());
  std::vector<std::pair<uintptr_t, uintptr_t>> pieces;
  for (const int64_t count : {1, 15, 16, 17, 1000, 300'000, 5, 2'000'000, 1}) {
    const auto begin = reinterpret_cast<uintptr_t>(arena.make<float>(count));
    EXPECT_EQ(begin % 64, 0u);
    for (const auto& [other_begin, other_end] : pieces)
      EXPECT_TRUE(begin >= other_end || begin + static_cast<uintptr_t>(count) * 4 <= other_begin)
          << count;
    pieces.emplace_back(begin, begin + static_cast<uintptr_t>(count) * 4);
  }
}

TEST_P(DeviceMemoryTest, AnArenaOfTheSizeOfTheLargestStepNeverGrows) {
  Device device(*GetParam(), 1);
  const auto step = [](DeviceArena& arena, int64_t scale) {
    arena.reset();
    for (const int64_t count : {1, 1000, 300'000, 5})
      arena.make<float>(count * scale);
  };
  DeviceArena grown(device.ops());
  for (const int64_t scale : {1, 4, 2})
    step(grown, scale);
  DeviceArena reserved(device.ops());
  reserved.reserve(grown.peak_bytes());
  EXPECT_LT(reserved.size_bytes(), grown.size_bytes())
      << "what grows by chunks holds more than it needs";
  for (const int64_t scale : {1, 4, 2})
    step(reserved, scale);
  EXPECT_EQ(reserved.size_bytes(), grown.peak_bytes());
  EXPECT_EQ(reserved.peak_bytes(), grown.peak_bytes());
}

TEST_P(DeviceMemoryTest, AnArenaTakesNothingFurtherForAStepLikeTheLast) {
  Device device(*GetParam(), 1);
  DeviceArena arena(device.ops());
  const auto step = [&] {
    arena.reset();
    for (const int64_t count : {100'000, 400'000, 900'000, 7})
      arena.make<float>(count);
    return arena.size_bytes();
  };
  const size_t held = step();
  EXPECT_GE(held, 1'400'007u * 4);
  EXPECT_EQ(step(), held);
  EXPECT_EQ(step(), held);
}

JANGWON_TEST_EVERY_OP_TABLE(DeviceMemoryTest);

}  // namespace
}  // namespace jangwon::runtime
