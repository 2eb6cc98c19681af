// As cuda_runtime.h, for files without kernels.

#pragma once

#include "tests/cuda_emulator/runtime_calls.h"
