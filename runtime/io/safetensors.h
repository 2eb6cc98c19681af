// Safetensors: tensors of one file, or of a folder with model.safetensors or shards
// and their index.
//
// The format: 8 bytes little-endian length of the header, a JSON object {name: {dtype, shape,
// data_offsets}}, then the data, which the tensors cover without holes or overlaps. Everything in
// the header is checked against the file before any tensor is handed out. A golden file may be a
// pipe, so a file can also be parsed from bytes.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/tensor_view.h"
#include "runtime/io/mapped_file.h"

namespace jangwon::runtime {

struct SafetensorsHeader {
  // in the order of their data; data pointers into the given bytes
  std::vector<TensorView> tensors;
  std::map<std::string, std::string> metadata;
};

// Parses and checks a whole file. `place` stands in front of messages. The views
// point into `bytes`.
Result<SafetensorsHeader> parse_safetensors(std::string_view bytes, const std::string& place);

// The tensors of a checkpoint folder.
class CheckpointFiles {
 public:
  // model.safetensors.index.json with its shards, else model.safetensors. An index that names a
  // tensor which its shard lacks, a shard with a tensor that the index lacks, or a shard outside
  // the folder is an error.
  static Result<CheckpointFiles> open(const std::string& dir);

  // Puts every tensor under the name that `new_name` has for it, and takes out and returns those
  // for which it has none. Error: two tensors would get one name.
  Result<std::vector<TensorView>> rename(
      const std::function<std::optional<std::string>(const std::string&)>& new_name);

  const TensorView* find(const std::string& name) const;
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  const std::vector<MappedFile>& files() const { return files_; }

 private:
  Result<std::vector<std::string>> add_file(const std::string& path);  // the names it added
  std::vector<MappedFile> files_;
  std::map<std::string, TensorView> tensors_;
};

}  // namespace jangwon::runtime
