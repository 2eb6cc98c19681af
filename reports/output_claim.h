// May a file of ours take this place in a folder of the user's? What this program writes there
// is signed with an extended attribute (user.jangwon), so that a report can be written anew and
// a file of somebody else's never is. On a file system without attributes DIR/.jangwon lists
// the names instead.

#pragma once

#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::reports {

// Makes the folder, and the folders that `names` (paths below it) lie in. A name may be a folder's:
// then everything below it is ours with it. Errors: something of that name is there and is not
// ours, or it is a link or lies behind one. In a run folder the files that a run writes are ours.
Status claim_output(const std::string& folder, const std::vector<std::string>& names);

// Signs what was written under names that were claimed.
Status sign_output(const std::string& folder, const std::vector<std::string>& names);

}  // namespace jangwon::reports
