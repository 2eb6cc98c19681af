// May a file of ours take this place in a folder of the user's? DIR/.jangwon lists what this program has written there,
// so that a report can be written anew and a file of somebody else's never is.

#pragma once

#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::reports {

// Makes the folder, and the folders that `names` (paths below it) lie in, and notes the names down as ours. A name may
// be a folder's: then everything below it is. Errors: something of that name is there and is not ours, or it is a link
// or lies behind one. In a run folder the files that a run writes are ours.
Status claim_output(const std::string& folder, const std::vector<std::string>& names);

}  // namespace jangwon::reports
