#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/base/check.h"
#include "runtime/io/safetensors.h"

// The input is an index beside one small shard. Whatever it says, nothing outside the folder may be
// opened: the only checkpoint that can load is the shard's own tensor.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  static const std::string dir = [] {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("index_fuzz_" + std::to_string(getpid())))
            .string();
    std::filesystem::create_directories(path);
    const std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
    const uint64_t length = header.size();
    std::ofstream shard(path + "/one.safetensors", std::ios::binary);
    shard.write(reinterpret_cast<const char*>(&length), 8);
    shard << header << 'x';
    return path;
  }();
  std::ofstream(dir + "/model.safetensors.index.json", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  const Result<runtime::CheckpointFiles> files = runtime::CheckpointFiles::open(dir);
  if (files.ok()) {
    JANGWON_CHECK(files->tensors().size() == 1 && files->find("a") != nullptr);
  } else {
    JANGWON_CHECK(!files.status().message().empty());
  }
  return 0;
}
