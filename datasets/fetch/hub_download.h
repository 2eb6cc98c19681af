// One file, or all rows of one split, from the hub into a local file: resumed where an earlier call
// was cut off, tried again by the rules of runtime/http/retry.h, checked against whatever the
// server says of length and hash.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "datasets/fetch/hub_source.h"
#include "runtime/base/status.h"
#include "runtime/http/retry.h"
#include "runtime/http/secret.h"

namespace jangwon::datasets {

struct FetchProgress {
  std::string what;              // file name
  int64_t done = 0;              // bytes of a file, rows of the rows API
  std::optional<int64_t> total;  // absent: the server does not say
  Message note;                  // why it waits; empty while it moves
};

struct HubAccess {
  std::string hub_url;   // without a slash at its end
  std::string rows_url;  // likewise
  Secret token;          // sent to these two alone, never to where they redirect
  std::string ca_file;
  RetryPolicy retry;
  std::chrono::milliseconds idle_timeout{60000};        // without one byte
  std::function<void(std::chrono::milliseconds)> wait;  // between attempts; empty: really waits
  std::function<void(const FetchProgress&)> progress;   // may be empty

  // https://huggingface.co and its rows service, or $HF_ENDPOINT for both ($HF_ROWS_ENDPOINT for
  // the second alone), with the token of $HF_TOKEN.
  static Result<HubAccess> from_environment();
};

struct Downloaded {
  std::string url;
  std::string revision;  // the commit that the server names; empty: it names none
};

// `file` as it is called in the repository → `path`. PATH.part and PATH.state keep what an
// interrupted call has; a change of the file in between (its ETag) starts it anew. Errors:
// access refused (with the way to get it), attempts used up, a length or SHA-256 that is not
// the announced one.
Result<Downloaded> download_file(const HubAccess& access, const HubSource& source,
                                 const std::string& file, const std::string& path);

// All rows of `split` as JSON Lines, in order. Errors as above, and cells that the service has cut.
Result<Downloaded> download_rows(const HubAccess& access, const HubSource& source,
                                 const std::string& split, const std::string& path);

}  // namespace jangwon::datasets
