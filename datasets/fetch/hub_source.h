// Where a data set lies on the Hugging Face hub: datasets/fetch/sources.yaml.

#pragma once

#include <map>
#include <string>

#include "runtime/base/status.h"

namespace jangwon::datasets {

enum class HubMethod {
  kFiles,  // HUB/datasets/REPOSITORY/resolve/REVISION/FILE
  kRows,   // ROWS/rows?dataset=REPOSITORY&config=CONFIG&split=SPLIT&offset=…&length=…
};

struct HubSource {
  std::string repository;  // "owner/name"
  std::string revision;    // branch or commit; the rows API knows only the newest
  HubMethod method = HubMethod::kFiles;
  // of the rows API; empty: the only one that the set has
  std::string config;
  // each file of the split has a config of its name, without the ending
  bool config_by_file = false;
  std::map<std::string, std::string> splits;  // the manifest's → the hub's, where they differ
};

// Error: nothing is known of a data set of that name; the message lists those that can be fetched.
Result<HubSource> find_hub_source(const std::string& data_set);

}  // namespace jangwon::datasets
