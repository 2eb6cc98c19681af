// libFuzzer entry point: the row readers and the decoder of options in one cell. The first byte
// chooses the format.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "datasets/option_list.h"
#include "datasets/row_decoder.h"
#include "datasets/row_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jangwon;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr datasets::FileFormat kFormats[] = {
      datasets::FileFormat::kJsonl, datasets::FileFormat::kJson, datasets::FileFormat::kCsv};
  datasets::ColumnMap columns;
  columns.question = {"q"};
  columns.options = "o";
  columns.option_pad = "N/A";
  columns.answer = {"a"};
  columns.answer_form = datasets::AnswerForm::kLetter;
  const Status status = datasets::visit_rows(
      text, kFormats[data[0] % 3], [&](nlohmann::ordered_json& row, size_t number) {
        static_cast<void>(datasets::decode_row(row, columns, number, {}).ok());
        return ok_status();
      });
  static_cast<void>(status.ok());
  static_cast<void>(datasets::parse_option_list(text).ok());
  static_cast<void>(datasets::find_options_in(text).ok());
  return 0;
}
