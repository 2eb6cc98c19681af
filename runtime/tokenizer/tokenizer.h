// tokenizer.json of Hugging Face's `tokenizers`, read as it is: the same ids and the same text as
// that library gives.
//
// text → added tokens cut out → normalizer → pre-tokenizer → BPE → post-processor → ids,
// and ids → decoder → text. A kind of component or an option that is not implemented is an
// error that names it.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace jangwon::runtime {

enum class AddSpecial {
  // the ids of the text alone: right for a rendered chat prompt, whose template writes its own BOS
  kNo,
  kYes,  // with what the post-processor puts around a text: right for a bare completion prompt
};

enum class SkipSpecial {
  kNo,
  kYes,  // tokens that are flagged "special" leave no text
};

// The special tokens that tokenizer_config.json (or special_tokens_map.json) names, as text and,
// where the vocabulary has them, as ids.
struct NamedToken {
  std::string name;  // "bos_token", "eos_token", "pad_token", …
  std::string text;
  std::optional<int32_t> id;
};

class StreamDecoder;
struct TokenizerState;

// Immutable but for an internal cache; cheap to copy (copies share it); usable from several
// threads at once.
class Tokenizer {
 public:
  // DIR/tokenizer.json, and DIR/tokenizer_config.json where there is one. No weights needed.
  static Result<Tokenizer> load(const std::string& directory);

  // From the texts of the two files; `config` may be empty.
  static Result<Tokenizer> parse(std::string_view tokenizer_json,
                                 std::string_view tokenizer_config_json = {});

  // Errors: text that is not UTF-8; a pattern of the pre-tokenizer that gives up on it.
  Result<std::vector<int32_t>> encode(std::string_view text, AddSpecial add_special) const;

  // Ids that no token has are left out. The text is valid UTF-8: bytes that form no
  // character become U+FFFD.
  std::string decode(std::span<const int32_t> ids, SkipSpecial skip_special) const;

  // Text as it becomes final, id by id; see StreamDecoder.
  StreamDecoder stream_decoder(SkipSpecial skip_special) const;

  // token as written in tokenizer.json
  std::optional<int32_t> token_to_id(std::string_view token) const;
  std::optional<std::string> id_to_token(int32_t id) const;
  bool is_special(int32_t id) const;  // flagged "special": left out by SkipSpecial::kYes
  int vocab_size() const;             // highest id + 1, added tokens included

  const std::vector<NamedToken>& named_tokens() const;
  std::optional<int32_t> bos_id() const;
  std::optional<int32_t> eos_id() const;
  std::optional<int32_t> pad_id() const;

  // The bytes of text that one token stands for, without regard to its neighbours (byte-level and
  // byte-fallback tokens give their raw bytes): what a check of stop strings or a display of
  // single tokens needs.
  std::string token_bytes(int32_t id) const;

 private:
  friend class StreamDecoder;
  explicit Tokenizer(std::shared_ptr<const TokenizerState> state) : state_(std::move(state)) {}
  std::shared_ptr<const TokenizerState> state_;
};

// Decodes a growing sequence. The concatenation of everything returned, finish() included, equals
// decode() of all ids; text is held back only while later ids can still change it (an incomplete
// UTF-8 sequence, a run of byte tokens).
class StreamDecoder {
 public:
  std::string push(int32_t id);
  std::string finish();

 private:
  friend class Tokenizer;
  StreamDecoder(std::shared_ptr<const TokenizerState> state, SkipSpecial skip_special);
  struct Stage;
  std::shared_ptr<const TokenizerState> state_;
  SkipSpecial skip_special_;
  std::shared_ptr<Stage> stage_;
};

}  // namespace jangwon::runtime
