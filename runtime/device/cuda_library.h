// The shared library of GPU kernels, beside the program: loaded when a GPU is first asked for, so
// that a machine without one, or a build without the toolkit, pays nothing and lacks nothing.

#pragma once

#include <string>

#include "runtime/base/status.h"
#include "runtime/ops/op_library.h"

namespace jangwon::runtime {

// The library at `path`; its layout is that of this build. It stays loaded.
Result<const OpLibrary*> load_op_library(const std::string& path);

// That of this build, with at least one GPU to run on; the Status says in one sentence why there is
// none. Looked for once.
const Result<const OpLibrary*>& cuda_library();

}  // namespace jangwon::runtime
