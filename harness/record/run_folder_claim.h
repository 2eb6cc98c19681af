// May a run write into this folder? run.json says whose it is: the files of a run have plain names,
// and a file of such a name in a folder without a run.json of ours is somebody else's.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runtime/base/status.h"

namespace jangwon::harness {

// run.json of an earlier call on the folder; an empty object where there was none. Errors: one
// that is not ours.
Result<nlohmann::ordered_json> read_earlier_run(const std::string& run_folder);

// Makes the folder where it is missing. Errors: it holds a file of one of our names and no run
// of this program; one of a run's files is a link or no regular file, because what is written
// would land elsewhere.
Status claim_run_folder(const std::string& run_folder);

// What claim_run_folder would say, for a command that makes a run of its own: a run that is there
// already is an error, too. Makes nothing.
Status check_new_run_folder(const std::string& run_folder);

// Makes the folder in which a whole run is built (whole_run.h), where it is missing. Errors: a
// link, or something in it that no run writes.
Status claim_unfinished_run(const std::string& path);

// Removes what an earlier process has left of such a run. REQUIRES: the lock of the folder.
Status clear_unfinished_run(const std::string& path);

// What a killed process had not yet given its name. REQUIRES: the lock of the run folder.
void remove_leftovers(const std::string& run_folder);

// Undoes a claim that came to nothing: removes the files of a run that holds no reply, and the
// folder if it is empty.
void give_up_run_folder(const std::string& run_folder);

}  // namespace jangwon::harness
