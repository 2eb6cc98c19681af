// As cuda_runtime.h: of the driver there are only tensor maps.

#pragma once

#include "tests/cuda_emulator/runtime_calls.h"
