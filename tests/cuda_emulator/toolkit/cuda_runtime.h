// Stands where the toolkit's header of this name stands: found first on the include path of what is
// compiled for the emulator.

#pragma once

#include "tests/cuda_emulator/runtime_calls.h"
#include "tests/cuda_emulator/vocabulary.h"
