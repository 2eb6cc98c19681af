// Whether this machine's GPUs can be used, found out by using them.

#pragma once

#include <string>

namespace jangwon::runtime {

// Empty where a small kernel of this library runs on GPU `device` and sums rightly: neither driver,
// architecture nor memory is in the way. It says nothing of the other kernels. Otherwise a sentence
// that says what is the matter.
std::string check_gpu(int device);

}  // namespace jangwon::runtime
