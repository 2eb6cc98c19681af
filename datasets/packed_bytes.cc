// Undoing base64 -> zlib -> pickle, the form in which LiveCodeBench ships its private tests (its
// loader: b64decode, zlib.decompress, pickle.loads, json.loads). These bytes come from the network,
// so each layer checks lengths before it reads and the inflated size has a ceiling: a kilobyte of
// zlib can hold a gigabyte of zeros. tests/datasets/packed_bytes_test.cc holds real and hostile
// vectors; tests/fuzz/packed_bytes_fuzz.cc feeds noise.

#include "datasets/packed_bytes.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>

#include "datasets/utf8.h"

namespace jangwon::datasets {

namespace {

constexpr std::array<int8_t, 256> make_base64_table() {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
  return table;
}

constexpr std::array<int8_t, 256> kBase64 = make_base64_table();

// Reads opcodes and their arguments from the front; every read says whether the bytes were there.
class PickleReader {
 public:
  explicit PickleReader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  bool take(size_t size, std::string_view& bytes) {
    if (size > rest_.size()) return false;
    bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  // An unsigned little-endian integer of `size` bytes.
  bool take_integer(size_t size, uint64_t& value) {
    std::string_view bytes;
    if (!take(size, bytes)) return false;
    value = 0;
    for (size_t i = size; i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return true;
  }
  bool take_sized(size_t size_of_length, std::string_view& bytes) {
    uint64_t size = 0;
    return take_integer(size_of_length, size) && size <= rest_.size() &&
           take(static_cast<size_t>(size), bytes);
  }
  bool take_line(std::string_view& line) {
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return false;
    line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }
  size_t num_left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

// Python's raw-unicode-escape: bytes are Latin-1, \uXXXX and \UXXXXXXXX are code points, a
// backslash before anything else stands for itself together with what follows.
Result<std::string> decode_raw_unicode_escape(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\\' || i + 1 == bytes.size()) {
      append_utf8(text, static_cast<unsigned char>(bytes[i]));
      continue;
    }
    const char kind = bytes[++i];
    if (kind != 'u' && kind != 'U') {
      text += '\\';
      append_utf8(text, static_cast<unsigned char>(kind));
      continue;
    }
    const size_t num_digits = kind == 'u' ? 4 : 8;
    if (bytes.size() - i - 1 < num_digits)
      return invalid_argument("the pickle holds a cut-off \\u escape");
    char32_t code_point = 0;
    for (const char c : bytes.substr(i + 1, num_digits)) {
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0 || code_point > 0x10FFFF)
        return invalid_argument("the pickle holds a wrong \\u escape");
      code_point = code_point << 4 | static_cast<char32_t>(digit);
    }
    if (code_point > 0x10FFFF) return invalid_argument("the pickle holds a wrong \\u escape");
    append_utf8(text, code_point);
    i += num_digits;
  }
  return text;
}

Status refused_opcode(unsigned char opcode) {
  char number[8];
  std::snprintf(number, sizeof number, "0x%02x", opcode);
  return invalid_argument(
      "the pickle uses opcode {opcode}; only a pickle of one str is read, none is run",
      {{"opcode", number}});
}

}  // namespace

Result<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0)
    return invalid_argument("base64 text is cut off: its length is not a multiple of 4");
  size_t num_pads = 0;
  while (num_pads < 2 && num_pads < text.size() && text[text.size() - 1 - num_pads] == '=')
    ++num_pads;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool pad = i >= text.size() - num_pads;
    const int value = pad ? 0 : kBase64[static_cast<unsigned char>(text[i])];
    if (value < 0) return invalid_argument("byte {byte} does not belong to base64", {{"byte", i}});
    bits = bits << 6 | static_cast<uint32_t>(value);
    if (i % 4 == 3) {
      for (const int shift : {16, 8, 0})
        bytes += static_cast<char>(bits >> shift & 0xFF);
      bits = 0;
    }
  }
  bytes.resize(bytes.size() - num_pads);
  return bytes;
}

Result<std::string> inflate_zlib(std::string_view bytes, size_t max_bytes) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return unavailable("zlib does not start: out of memory");
  std::string text;
  std::array<char, 1 << 16> piece;
  int code = Z_OK;
  while (code == Z_OK) {
    if (stream.avail_in == 0) {
      // avail_in is 32 bits wide: hand over at most a gigabyte at a time.
      const size_t size = std::min<size_t>(bytes.size(), size_t{1} << 30);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream.avail_in = static_cast<uInt>(size);
      bytes.remove_prefix(size);
    }
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    code = inflate(&stream, Z_NO_FLUSH);
    text.append(piece.data(), piece.size() - stream.avail_out);
    if (text.size() > max_bytes) {
      inflateEnd(&stream);
      return invalid_argument("the zlib stream holds more than the limit of {max_bytes} bytes",
                              {{"max_bytes", max_bytes}});
    }
  }
  const size_t num_left = stream.avail_in + bytes.size();
  inflateEnd(&stream);
  if (code == Z_BUF_ERROR) return invalid_argument("the zlib stream is cut off");
  if (code != Z_STREAM_END)
    return invalid_argument(stream.msg != nullptr
                                ? Message("not a zlib stream: {reason}", {{"reason", stream.msg}})
                                : Message("not a zlib stream{value}", {{"value", std::string()}}));
  if (num_left > 0)
    return invalid_argument("{num_left} bytes stand after the end of the zlib stream",
                            {{"num_left", num_left}});
  return text;
}

Result<std::string> unpickle_string(std::string_view bytes) {
  PickleReader reader(bytes);
  std::string text;
  bool has_text = false;
  while (!reader.at_end()) {
    std::string_view argument;
    uint64_t number = 0;
    bool whole = reader.take(1, argument);
    const auto opcode = static_cast<unsigned char>(argument[0]);
    bool is_text = false;
    switch (opcode) {
      case 0x80:  // PROTO
        whole = reader.take_integer(1, number);
        if (whole && number > 5)
          return invalid_argument("pickle protocol {protocol} is not known",
                                  {{"protocol", number}});
        break;
      case 0x95:  // FRAME
        whole = reader.take_integer(8, number) && number <= reader.num_left();
        break;
      case 0x8c:  // SHORT_BINUNICODE
        is_text = whole = reader.take_sized(1, argument);
        break;
      case 0x58:  // BINUNICODE
        is_text = whole = reader.take_sized(4, argument);
        break;
      case 0x8d:  // BINUNICODE8
        is_text = whole = reader.take_sized(8, argument);
        break;
      case 0x56:  // UNICODE, protocol 0
        is_text = whole = reader.take_line(argument);
        break;
      case 0x94:  // MEMOIZE
        break;
      case 0x71:  // BINPUT
        whole = reader.take_integer(1, number);
        break;
      case 0x72:  // LONG_BINPUT
        whole = reader.take_integer(4, number);
        break;
      case 0x70:  // PUT
        whole = reader.take_line(argument);
        break;
      case 0x2e:  // STOP
        if (!has_text) return invalid_argument("the pickle ends without a str");
        if (!reader.at_end()) return invalid_argument("bytes stand after the end of the pickle");
        return text;
      default:
        return refused_opcode(opcode);
    }
    if (!whole) return invalid_argument("the pickle is cut off");
    if (!is_text) continue;
    if (has_text) return invalid_argument("the pickle holds more than one str");
    has_text = true;
    if (opcode == 0x56) {
      JANGWON_ASSIGN_OR_RETURN(text, decode_raw_unicode_escape(argument));
    } else {
      text = argument;
    }
  }
  return invalid_argument("the pickle is cut off");
}

}  // namespace jangwon::datasets
