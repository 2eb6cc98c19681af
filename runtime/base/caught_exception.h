// Exceptions are not how this program reports failures, but libraries and the system's own throw. Whatever gets as far
// as main or out of a thread becomes one sentence here, in which the library's text stands as a quotation.

#pragma once

#include "runtime/base/status.h"

namespace jangwon {

// REQUIRES: called in a catch block. What it caught.
Status caught_exception();

}  // namespace jangwon
