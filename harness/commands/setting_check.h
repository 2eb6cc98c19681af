// Holds a flag to the table of settings: CLI11's own checks take nan, its conversions take
// hexadecimal and octal numbers and let large ones wrap.

#pragma once

#include <CLI/CLI.hpp>
#include <string_view>

namespace jangwon::harness {

// For Option::transform, because the value goes on in its plain spelling. REQUIRES: the
// table has the range.
CLI::Validator setting_check(std::string_view range);

// --numerics and --kv-cache-dtype, which every command that computes with a model has alike. An
// empty text stands for what suits the checkpoint; one that is not empty is shown as the default.
void add_arithmetic_options(CLI::App& command, std::string& numerics, std::string& kv_cache_dtype);

// --device, of commands that compute with a model or plan to.
void add_device_option(CLI::App& command, std::string& device);

// --weights, of commands that load a checkpoint or plan to.
void add_weights_option(CLI::App& command, std::string& weights);

// The table's range that the option is held to; empty where it is held to none.
std::string range_of(const CLI::Option& option);

}  // namespace jangwon::harness
