#include "runtime/io/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace jangwon::runtime {
namespace {

using testing::HasSubstr;

std::string make_file(const std::string& header, size_t data_bytes) {
  uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data_bytes, 'x');
}

TEST(SafetensorsTest, AHeaderOneByteLongerThanTheFileIsTruncated) {
  const std::string header = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})";
  std::string bytes = make_file(header, 0);
  const uint64_t length = header.size() + 1;
  std::memcpy(bytes.data(), &length, 8);
  const auto read = parse_safetensors(bytes, "f");
  ASSERT_FALSE(read.ok()) << "the data would have 2^64 - 1 bytes";
  EXPECT_THAT(read.status().message(), HasSubstr("it is truncated"));
}

TEST(SafetensorsTest, ReadsTensorsInTheOrderOfTheirData) {
  const std::string bytes = make_file(
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,3],"data_offsets":[2,26]},)"
      R"("a":{"dtype":"BF16","shape":[],"data_offsets":[0,2]},"c":{"dtype":"U8","shape":[0,5],"data_offsets":[26,26]}}  )",
      26);
  const SafetensorsHeader header = parse_safetensors(bytes, "f").value();
  ASSERT_EQ(header.tensors.size(), 3u);
  EXPECT_EQ(header.tensors[0].name, "a");
  EXPECT_EQ(header.tensors[1].name, "b");
  EXPECT_EQ(header.tensors[1].shape, (Shape{2, 3}));
  EXPECT_EQ(static_cast<const char*>(header.tensors[1].data) -
                static_cast<const char*>(header.tensors[0].data),
            2);
  EXPECT_EQ(header.metadata.at("format"), "pt");
}

TEST(SafetensorsTest, MetadataThatIsNullIsNone) {
  const auto header = parse_safetensors(
      make_file(R"({"__metadata__":null,"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 4),
      "f");
  ASSERT_TRUE(header.ok()) << header.status().message();
  EXPECT_TRUE(header->metadata.empty());
  EXPECT_EQ(header->tensors.size(), 1u);
}

struct HostileFile {
  const char* what;
  std::string header;
  size_t data_bytes;
  const char* message;
};

class HostileSafetensors : public testing::TestWithParam<HostileFile> {};

TEST_P(HostileSafetensors, AreRefusedWithTheirFault) {
  const auto result =
      parse_safetensors(make_file(GetParam().header, GetParam().data_bytes), "FILE");
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.status().message(), HasSubstr(GetParam().message));
  EXPECT_THAT(result.status().message(), testing::StartsWith("FILE"));
}

INSTANTIATE_TEST_SUITE_P(
    Files, HostileSafetensors,
    testing::Values(
        HostileFile{
            "overlap",
            R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
            6, "overlaps"},
        HostileFile{
            "overlap_of_one_byte",
            R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}})",
            7, "overlaps"},
        HostileFile{
            "overlap_of_the_last_byte",
            R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}})",
            4, "overlaps"},
        HostileFile{
            "same_place",
            R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
            4, "overlaps"},
        HostileFile{
            "hole",
            R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}})",
            9, "belong to no tensor"},
        HostileFile{"bytes_at_the_end", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
                    5, "belong to none"},
        HostileFile{"truncated", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 3,
                    "truncated"},
        HostileFile{"negative_offset", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}})",
                    4, "non-negative"},
        HostileFile{"negative_shape", R"({"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}})",
                    4, "non-negative"},
        HostileFile{"fraction", R"({"a":{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}})", 4,
                    "non-negative"},
        HostileFile{"backwards", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}})", 4,
                    "[begin, end]"},
        HostileFile{"huge_offset",
                    R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,18446744073709551615]}})",
                    4, "ends at byte"},
        HostileFile{
            "overflowing_shape",
            R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,4]}})", 4,
            "more elements"},
        HostileFile{"shape_unlike_size",
                    R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,4]}})", 4,
                    "takes 16 bytes"},
        HostileFile{"unknown_dtype", R"({"a":{"dtype":"F12","shape":[4],"data_offsets":[0,4]}})", 4,
                    "F12"},
        HostileFile{
            "duplicate",
            R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
            4, "a"},
        HostileFile{"unknown_key", R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"z":1}})",
                    4, "unknown key"},
        HostileFile{"missing_key", R"({"a":{"dtype":"U8","shape":[4]}})", 4, "needs dtype"},
        HostileFile{"too_many_dimensions",
                    R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1],"data_offsets":[0,1]}})", 1,
                    "dimensions"},
        HostileFile{"metadata_of_numbers", R"({"__metadata__":{"a":1}})", 0, "not a string"},
        HostileFile{"metadata_no_object", R"({"__metadata__":["a"]})", 0, "not an object"},
        HostileFile{"no_object", R"([1,2])", 0, "not a JSON object"},
        HostileFile{"no_json", "{", 0, "FILE"},
        HostileFile{"empty_header", "", 0, "not a JSON object"}),
    [](const auto& param) { return std::string(param.param.what); });

TEST(SafetensorsTest, AHeaderLongerThanTheFileOrTheLimitIsRefused) {
  for (const uint64_t claimed : {uint64_t{100}, uint64_t{200'000'000}, ~uint64_t{0}}) {
    std::string bytes = make_file("{}", 0);
    std::memcpy(bytes.data(), &claimed, 8);
    EXPECT_FALSE(parse_safetensors(bytes, "f").ok()) << claimed;
  }
  EXPECT_FALSE(parse_safetensors("1234567", "f").ok());
}

class CheckpointFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = testing::TempDir() + "/checkpoint_" +
           testing::UnitTest::GetInstance()->current_test_info()->name() + std::to_string(getpid());
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  void write(const std::string& name, const std::string& content) {
    std::ofstream(dir_ + "/" + name, std::ios::binary) << content;
  }
  void write_shard(const std::string& name, const std::string& tensor) {
    write(name,
          make_file(R"({")" + tensor + R"(":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 4));
  }
  std::string error() { return CheckpointFiles::open(dir_).status().message(); }
  std::string dir_;
};

TEST_F(CheckpointFilesTest, ShardsAreFoundByTheIndex) {
  write_shard("one.safetensors", "a");
  write_shard("two.safetensors", "b");
  write("model.safetensors.index.json",
        R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
  const auto files = CheckpointFiles::open(dir_);
  ASSERT_TRUE(files.ok()) << files.status().message();
  EXPECT_EQ(files.value().tensors().size(), 2u);
  EXPECT_NE(files.value().find("b"), nullptr);
  EXPECT_EQ(files.value().find("c"), nullptr);
}

TEST_F(CheckpointFilesTest, AnIndexThatDisagreesWithItsShardsIsRefused) {
  write_shard("one.safetensors", "a");
  write_shard("two.safetensors", "b");
  const struct {
    const char* index;
    const char* message;
  } cases[] = {
      {R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors","c":"one.safetensors"}})",
       "\"c\" is missing"},
      {R"({"weight_map":{"a":"one.safetensors","x":"two.safetensors"}})",
       "\"b\" is not in the index"},
      {R"({"weight_map":{"a":"two.safetensors","b":"one.safetensors"}})", "should be in"},
      {R"({"weight_map":{"a":"three.safetensors"}})", "three.safetensors"},
      {R"({"weight_map":{"a":"../one.safetensors"}})", "not a file name"},
      {R"({"weight_map":{"a":"/etc/passwd"}})", "not a file name"},
      {R"({"weight_map":{"a":1}})", "not a string"},
      {R"({"weight_map":{}})", "empty"},
      {R"({"weight_map":[]})", "weight_map"},
      {R"([])", "weight_map"},
  };
  for (const auto& c : cases) {
    write("model.safetensors.index.json", c.index);
    EXPECT_THAT(error(), HasSubstr(c.message)) << c.index;
  }
}

TEST_F(CheckpointFilesTest, ATensorInTwoShardsIsRefused) {
  write_shard("one.safetensors", "a");
  write(
      "two.safetensors",
      make_file(
          R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
          8));
  write("model.safetensors.index.json",
        R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
  EXPECT_THAT(error(), HasSubstr("another shard"));
}

TEST_F(CheckpointFilesTest, WhatIsNoFileIsRefusedWithoutWaiting) {
  const std::string path = dir_ + "/model.safetensors";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(error(), HasSubstr("not a regular file"));
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  EXPECT_THAT(error(), HasSubstr("not a regular file"));
  std::filesystem::remove(path);
  std::filesystem::create_symlink("/dev/zero", path);
  EXPECT_THAT(error(), HasSubstr("not a regular file"));
}

TEST_F(CheckpointFilesTest, ALinkThatLeadsToItselfIsASentence) {
  for (const char* name : {"model.safetensors.index.json", "model.safetensors"}) {
    const std::string path = dir_ + "/" + name;
    std::filesystem::create_symlink(name, path);
    EXPECT_THAT(error(), testing::AllOf(HasSubstr(path), HasSubstr("symbolic links")));
    std::filesystem::remove(path);
  }
}

TEST_F(CheckpointFilesTest, TensorsAreRenamedAndTakenOut) {
  const std::string header =
      R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})";
  write("model.safetensors", make_file(header, 8));
  CheckpointFiles files = CheckpointFiles::open(dir_).value();
  const auto same = files.rename([](const std::string&) { return std::string("c"); });
  ASSERT_FALSE(same.ok());
  EXPECT_THAT(same.status().message(),
              testing::AllOf(HasSubstr("\"a\""), HasSubstr("\"b\""), HasSubstr("both c")));
  files = CheckpointFiles::open(dir_).value();
  const auto taken = files.rename([](const std::string& name) {
    return name == "a" ? std::nullopt : std::optional<std::string>("new_" + name);
  });
  ASSERT_TRUE(taken.ok());
  ASSERT_EQ(taken->size(), 1u);
  EXPECT_EQ(taken->front().name, "a");
  EXPECT_EQ(files.tensors().size(), 1u);
  ASSERT_NE(files.find("new_b"), nullptr);
  EXPECT_EQ(files.find("new_b")->name, "b") << "messages name what stands in the file";
}

TEST_F(CheckpointFilesTest, AFolderWithoutWeightsSaysWhatItLookedFor) {
  EXPECT_THAT(error(), HasSubstr("model.safetensors.index.json"));
}

}  // namespace
}  // namespace jangwon::runtime
