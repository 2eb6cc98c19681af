// Whether this machine's GPUs can be used, found out by using them.

#pragma once

#include <string>

namespace jangwon::runtime {

// Empty where kernels of this library give the right numbers on GPU `device`; otherwise a sentence that says what is
// the matter.
std::string check_gpu(int device);

}  // namespace jangwon::runtime
