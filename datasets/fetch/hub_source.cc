#include "datasets/fetch/hub_source.h"

#include <vector>

#include "runtime/base/install_paths.h"
#include "runtime/base/nearest_name.h"
#include "runtime/base/yaml.h"

namespace jangwon::datasets {

Result<HubSource> find_hub_source(const std::string& data_set) {
  JANGWON_ASSIGN_OR_RETURN(const std::string path, find_installed("datasets/fetch/sources.yaml"));
  JANGWON_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::read_file(path));
  if (!root.has(data_set)) {
    return not_found(
        "{unknown} Others are imported from files: jangwon data import.",
        {{"unknown", unknown_name_message("data set to fetch", data_set, root.keys())}});
  }
  JANGWON_ASSIGN_OR_RETURN(const YamlNode node, root.at(data_set));
  JANGWON_RETURN_IF_ERROR(
      node.expect_keys({"repository", "revision", "method", "config", "config_by_file", "splits"}));
  HubSource source;
  std::string method;
  JANGWON_RETURN_IF_ERROR(node.read("repository", source.repository));
  JANGWON_RETURN_IF_ERROR(node.read("revision", source.revision));
  JANGWON_RETURN_IF_ERROR(node.read("method", method));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("config", source.config));
  JANGWON_RETURN_IF_ERROR(node.read_if_present("config_by_file", source.config_by_file));
  if (node.has("splits")) {
    JANGWON_ASSIGN_OR_RETURN(const YamlNode splits, node.at("splits"));
    for (const std::string& split : splits.keys())
      JANGWON_RETURN_IF_ERROR(splits.read(split, source.splits[split]));
  }
  if (method == "rows") {
    source.method = HubMethod::kRows;
  } else if (method != "files") {
    return node.error(unknown_name_message("method", method, {"files", "rows"}));
  }
  return source;
}

}  // namespace jangwon::datasets
