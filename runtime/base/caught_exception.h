// Exceptions are not how this program reports failures, but its libraries throw them. They become
// sentences of ours here: those that a reader of JSON expects where it touches values, and whatever
// gets as far as main or out of a thread, where the text of a library that we have no words for
// stands as a quotation.

#pragma once

#include "runtime/base/status.h"

namespace jangwon {

// REQUIRES: called in a catch block. What it caught.
Status caught_exception();

}  // namespace jangwon
