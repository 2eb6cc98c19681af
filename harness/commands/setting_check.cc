#include "harness/commands/setting_check.h"

#include "runtime/base/setting_range.h"
#include "runtime/engine/engine_options.h"

namespace jangwon::harness {

CLI::Validator setting_check(std::string_view range) {
  const std::string name(range);
  return CLI::Validator(
      [name](std::string& text) {
        Result<std::string> plain = plain_setting(name, "", text);
        if (!plain.ok()) return plain.status().message();
        text = std::move(plain).value();
        return std::string();
      },
      text_of(setting_range(range)).english(), name);
}

void add_arithmetic_options(CLI::App& command, std::string& numerics, std::string& kv_cache_dtype) {
  CLI::Option* of_sums =
      command.add_option("--numerics", numerics, "how sums are made; results depend on it")
          ->check(CLI::IsMember(runtime::numerics_names()));
  CLI::Option* of_cache =
      command.add_option("--kv-cache-dtype", kv_cache_dtype, "of keys and values in the cache")
          ->check(CLI::IsMember(runtime::cache_dtype_names()));
  if (!numerics.empty()) of_sums->capture_default_str();
  if (!kv_cache_dtype.empty()) of_cache->capture_default_str();
}

void add_device_option(CLI::App& command, std::string& device) {
  command
      .add_option("--device,--devices", device,
                  "cpu (the default), cuda, auto: a GPU where there is one that can be used; or "
                  "several, between which the layers are divided: cuda:0,cuda:1,cpu")
      ->check(CLI::Validator(
          [](std::string& wish) {
            const Status status = runtime::check_device_wish(wish);
            return status.ok() ? std::string() : status.message();
          },
          "{auto,cuda,cpu}", "devices"))
      ->group("Speed");
}

void add_weights_option(CLI::App& command, std::string& weights) {
  command
      .add_option("--weights", weights,
                  "made of plain linear layers at load, in groups as in int4:64; results depend on "
                  "it (default: none are)")
      ->check(CLI::IsMember(runtime::made_weights_names()));
}

std::string range_of(const CLI::Option& option) {
  for (const SettingRange& range : all_setting_ranges()) {
    try {
      // get_validator is not const in CLI11 2.1, and throws where there is none of that name.
      const_cast<CLI::Option&>(option).get_validator(std::string(range.name));  // NOLINT
      return std::string(range.name);
    } catch (const CLI::OptionNotFound&) {
    }
  }
  return "";
}

}  // namespace jangwon::harness
