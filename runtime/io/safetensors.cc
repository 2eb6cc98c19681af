// Headers are hostile input: sizes are compared before they are added or multiplied, so that
// nothing overflows, and the header may not be longer than 100 MB (the limit of the reference
// implementation). Tests: tests/runtime/io; fuzzed by tests/fuzz/safetensors_fuzz.cc.

#include "runtime/io/safetensors.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/base/json.h"
#include "runtime/base/path_kind.h"

namespace jangwon::runtime {
namespace {

constexpr uint64_t kMaxHeaderBytes = 100'000'000;
constexpr size_t kMaxIndexEntries = 2'000'000;

struct Extent {
  uint64_t begin = 0;
  uint64_t end = 0;
};

// Unsigned integers only: a negative or fractional number in a header is a forgery or
// a broken writer.
Result<std::vector<uint64_t>> read_unsigned_list(const Json& value, const std::string& what) {
  if (!value.is_array()) return invalid_argument("{name} is not a list", {{"name", what}});
  std::vector<uint64_t> list;
  for (const Json& item : value) {
    if (!item.is_number_unsigned())
      return invalid_argument("{what} has {item}, not a non-negative integer",
                              {{"what", what}, {"item", item.dump()}});
    list.push_back(item.get<uint64_t>());
  }
  return list;
}

Result<Shape> read_shape(const Json& value, const std::string& what) {
  JANGWON_ASSIGN_OR_RETURN(const std::vector<uint64_t> dims, read_unsigned_list(value, what));
  if (dims.size() > Shape::kMaxRank) {
    return unsupported("{what} has {dims} dimensions, at most {max_rank} are supported",
                       {{"what", what}, {"dims", dims.size()}, {"max_rank", Shape::kMaxRank}});
  }
  Shape shape;
  shape.rank = static_cast<int>(dims.size());
  uint64_t elements = 1;
  constexpr uint64_t kMaxElements = uint64_t{1} << 56;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] > kMaxElements || (dims[i] != 0 && elements > kMaxElements / dims[i])) {
      return invalid_argument("{what} describes more elements than any file holds",
                              {{"what", what}});
    }
    elements *= dims[i];
    shape.dims[i] = static_cast<int64_t>(dims[i]);
  }
  return shape;
}

struct Entry {
  TensorView view;
  Extent extent;
};

Result<Entry> read_entry(const std::string& name, const Json& value, uint64_t data_bytes) {
  const std::string what = "tensor \"" + name + "\"";
  if (!value.is_object())
    return invalid_argument("tensor \"{tensor}\" is not an object", {{"tensor", name}});
  for (const auto& [key, unused] : value.items()) {
    if (key != "dtype" && key != "shape" && key != "data_offsets") {
      return invalid_argument("tensor \"{tensor}\" has an unknown key \"{key}\"",
                              {{"tensor", name}, {"key", key}});
    }
  }
  if (value.size() != 3)
    return invalid_argument("tensor \"{tensor}\" needs dtype, shape and data_offsets",
                            {{"tensor", name}});
  if (!value["dtype"].is_string())
    return invalid_argument("tensor \"{tensor}\": dtype is not a string", {{"tensor", name}});
  const std::string dtype_name = value["dtype"].get<std::string>();
  const std::optional<DType> dtype = find_dtype(dtype_name);
  if (!dtype)
    return unsupported("tensor \"{tensor}\": dtype \"{dtype_name}\" is not known",
                       {{"tensor", name}, {"dtype_name", dtype_name}});

  Entry entry;
  entry.view.name = name;
  entry.view.dtype = *dtype;
  JANGWON_ASSIGN_OR_RETURN(entry.view.shape, read_shape(value["shape"], what + ": shape"));
  JANGWON_ASSIGN_OR_RETURN(const std::vector<uint64_t> offsets,
                           read_unsigned_list(value["data_offsets"], what + ": data_offsets"));
  if (offsets.size() != 2 || offsets[0] > offsets[1])
    return invalid_argument("tensor \"{tensor}\": data_offsets is not [begin, end]",
                            {{"tensor", name}});
  entry.extent = {offsets[0], offsets[1]};
  if (entry.extent.end > data_bytes) {
    return invalid_argument(
        "tensor \"{tensor}\" ends at byte {extent} of the data, which has {data_bytes}; the file "
        "is truncated or its "
        "header wrong",
        {{"tensor", name}, {"extent", entry.extent.end}, {"data_bytes", data_bytes}});
  }
  const uint64_t expected = static_cast<uint64_t>(entry.view.size_bytes());
  if (entry.extent.end - entry.extent.begin != expected) {
    return invalid_argument(
        "tensor \"{tensor}\": {shape} takes {expected} bytes, data_offsets give it {extent}",
        {{"tensor", name},
         {"shape", dtype_name + entry.view.shape.to_text()},
         {"expected", expected},
         {"extent", entry.extent.end - entry.extent.begin}});
  }
  return entry;
}

Status check_cover(const std::vector<Entry>& sorted, uint64_t data_bytes) {
  uint64_t position = 0;
  for (const Entry& entry : sorted) {
    if (entry.extent.begin < position)
      return invalid_argument("tensor \"{tensor}\" overlaps another one",
                              {{"tensor", entry.view.name}});
    if (entry.extent.begin > position) {
      return invalid_argument("bytes {position} to {extent} of the data belong to no tensor",
                              {{"position", position}, {"extent", entry.extent.begin}});
    }
    position = entry.extent.end;
  }
  if (position != data_bytes) {
    return invalid_argument("{position} bytes after the last tensor belong to none",
                            {{"position", data_bytes - position}});
  }
  return ok_status();
}

Result<SafetensorsHeader> parse_checked(std::string_view bytes) {
  if (bytes.size() < 8) return invalid_argument("too short for a safetensors file");
  uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), 8);
  if (header_bytes > kMaxHeaderBytes) {
    return invalid_argument(
        "the header claims {header_bytes} bytes, more than the limit of {max_header_bytes}; is "
        "this a safetensors "
        "file?",
        {{"header_bytes", header_bytes}, {"max_header_bytes", kMaxHeaderBytes}});
  }
  if (header_bytes > bytes.size() - 8) {
    return invalid_argument(
        "the header claims {header_bytes} bytes, the file has {bytes}; it is truncated",
        {{"header_bytes", header_bytes}, {"bytes", bytes.size() - 8}});
  }
  const std::string_view text = bytes.substr(8, header_bytes);
  if (text.empty() || text[0] != '{') return invalid_argument("the header is not a JSON object");
  JANGWON_ASSIGN_OR_RETURN(const Json header, parse_json(text));  // refuses duplicate names
  if (!header.is_object()) return invalid_argument("the header is not a JSON object");

  const uint64_t data_bytes = bytes.size() - 8 - header_bytes;
  const char* data = bytes.data() + 8 + header_bytes;
  SafetensorsHeader result;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      if (value.is_null()) continue;  // as writers without metadata leave it
      if (!value.is_object()) return invalid_argument("__metadata__ is not an object");
      for (const auto& [key, item] : value.items()) {
        if (!item.is_string())
          return invalid_argument("__metadata__ key \"{key}\" is not a string", {{"key", key}});
        result.metadata[key] = item.get<std::string>();
      }
      continue;
    }
    JANGWON_ASSIGN_OR_RETURN(Entry entry, read_entry(name, value, data_bytes));
    entry.view.data = data + entry.extent.begin;
    entries.push_back(std::move(entry));
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.extent.begin, a.extent.end) < std::pair(b.extent.begin, b.extent.end);
  });
  JANGWON_RETURN_IF_ERROR(check_cover(entries, data_bytes));
  for (Entry& entry : entries)
    result.tensors.push_back(std::move(entry.view));
  return result;
}

}  // namespace

Result<SafetensorsHeader> parse_safetensors(std::string_view bytes, const std::string& place) {
  Result<SafetensorsHeader> result = parse_checked(bytes);
  if (!result.ok()) return result.status().at(place);
  return result;
}

Result<std::vector<std::string>> CheckpointFiles::add_file(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(path));
  const std::string_view bytes(reinterpret_cast<const char*>(file.data()), file.size_bytes());
  JANGWON_ASSIGN_OR_RETURN(SafetensorsHeader header, parse_safetensors(bytes, path));
  std::vector<std::string> names;
  for (TensorView& tensor : header.tensors) {
    names.push_back(tensor.name);
    const bool inserted = tensors_.emplace(names.back(), std::move(tensor)).second;
    if (!inserted)
      return invalid_argument("tensor \"{tensor}\" stands in another shard too",
                              {{"tensor", names.back()}})
          .at(path);
  }
  files_.push_back(std::move(file));
  return names;
}

namespace {

// The shards that an index names, and which tensor it expects in which.
Result<std::map<std::string, std::string>> read_weight_map(const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const Json index, read_json_file(path));
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object()) {
    return invalid_argument("no object \"weight_map\"").at(path);
  }
  std::map<std::string, std::string> weight_map;
  for (const auto& [name, shard] : index["weight_map"].items()) {
    if (!shard.is_string())
      return invalid_argument("the shard of \"{name}\" is not a string", {{"name", name}}).at(path);
    const std::string file = shard.get<std::string>();
    // A plain file name: an index must not make us open anything outside its folder.
    if (file.empty() || file == "." || file == ".." || file.find('/') != std::string::npos ||
        file.find('\0') != std::string::npos) {
      return invalid_argument("\"{file}\" is not a file name of this folder", {{"file", file}})
          .at(path);
    }
    weight_map[name] = file;
  }
  if (weight_map.empty()) return invalid_argument("\"weight_map\" is empty").at(path);
  if (weight_map.size() > kMaxIndexEntries)
    return invalid_argument("\"weight_map\" is too large").at(path);
  return weight_map;
}

}  // namespace

Result<CheckpointFiles> CheckpointFiles::open(const std::string& dir) {
  CheckpointFiles checkpoint;
  const std::string index_path = dir + "/model.safetensors.index.json";
  const std::string single_path = dir + "/model.safetensors";
  if (!path_exists(index_path)) {
    if (!path_exists(single_path)) {
      return not_found(
          "no weights in {dir}: neither model.safetensors nor model.safetensors.index.json is "
          "there",
          {{"dir", dir}});
    }
    JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                             checkpoint.add_file(single_path));
    if (names.empty())
      return invalid_argument("{dir}/model.safetensors holds no tensors", {{"dir", dir}});
    return checkpoint;
  }
  using WeightMap = std::map<std::string, std::string>;
  JANGWON_ASSIGN_OR_RETURN(const WeightMap weight_map, read_weight_map(index_path));
  std::set<std::string> shards;
  for (const auto& [name, shard] : weight_map)
    shards.insert(shard);
  for (const std::string& shard : shards) {
    JANGWON_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                             checkpoint.add_file(dir + "/" + shard));
    for (const std::string& name : names) {
      const auto listed = weight_map.find(name);
      if (listed == weight_map.end()) {
        return invalid_argument("{dir}/{shard}: tensor \"{tensor}\" is not in the index",
                                {{"dir", dir}, {"shard", shard}, {"tensor", name}});
      }
      if (listed->second != shard) {
        return invalid_argument(
            "{dir}/model.safetensors.index.json: tensor \"{tensor}\" should be in {list}, but is "
            "in {shard}",
            {{"dir", dir}, {"tensor", name}, {"list", listed->second}, {"shard", shard}});
      }
    }
  }
  for (const auto& [name, shard] : weight_map) {
    if (!checkpoint.tensors_.contains(name)) {
      return invalid_argument(
          "{dir}/model.safetensors.index.json: tensor \"{tensor}\" is missing from {shard}",
          {{"dir", dir}, {"tensor", name}, {"shard", shard}});
    }
  }
  return checkpoint;
}

Result<std::vector<TensorView>> CheckpointFiles::rename(
    const std::function<std::optional<std::string>(const std::string&)>& new_name) {
  std::map<std::string, TensorView> renamed;
  std::vector<TensorView> taken_out;
  for (auto& [name, tensor] : tensors_) {
    const std::optional<std::string> wanted = new_name(name);
    if (!wanted) {
      taken_out.push_back(std::move(tensor));
    } else if (const auto [at, inserted] = renamed.emplace(*wanted, std::move(tensor)); !inserted) {
      return invalid_argument("tensors \"{tensor}\" and \"{name}\" are both {wanted}",
                              {{"tensor", at->second.name}, {"name", name}, {"wanted", *wanted}});
    }
  }
  tensors_ = std::move(renamed);
  return taken_out;
}

const TensorView* CheckpointFiles::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

}  // namespace jangwon::runtime
