#include "harness/commands/setting_check.h"

#include "runtime/base/setting_range.h"

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
      text_of(setting_range(range)), name);
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
