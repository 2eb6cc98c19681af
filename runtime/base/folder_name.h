// A folder → the name under which its content stands in records, tables and file names.

#pragma once

#include <string>

namespace jangwon {

// The last part of the path; of one that says where and not what ("." and "..") that of the
// folder it leads to.
std::string name_of_folder(const std::string& folder);

// The same for a folder that holds a model: one of the Hugging Face hub's cache
// (…/models--ORG--NAME/snapshots/COMMIT) is called by a commit's hash and takes the
// repository's NAME.
std::string name_of_model_folder(const std::string& folder);

}  // namespace jangwon
