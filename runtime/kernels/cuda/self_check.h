// Whether this machine's GPUs can be used, found out by using them.

#pragma once

#include <string>

namespace jangwon::runtime {

struct CudaContext;

// Empty where a small kernel of this library runs on GPU `device` and sums rightly: neither driver,
// architecture nor memory is in the way. It says nothing of the other kernels. Otherwise a sentence
// that says what is the matter.
std::string check_gpu(int device);

// Empty where experts by wgmma (hopper_experts.h) have the bits of those by mma.sync on GPU
// `device`, and the sums that they should have; otherwise what differs. REQUIRES: Hopper.
std::string check_wgmma_experts(int device);

// Experts of many rows are wgmma's in this context where its GPU is a Hopper and passes the check,
// which is made once. A GPU that fails it computes all experts by mma.sync, and the context
// says so.
void choose_expert_products(CudaContext& cuda);

}  // namespace jangwon::runtime
