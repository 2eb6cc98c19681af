// The "decoder" of tokenizer.json: tokens → text, all at once or as they come.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/status.h"
#include "runtime/tokenizer/regex.h"

namespace jangwon::runtime {

class TokenDecoder {
 public:
  // `json` may be null: tokens are joined with blanks, as the library does. Errors name the kind
  // that is not supported.
  static Result<TokenDecoder> make(const Json& json);

  std::string decode(std::vector<std::string> tokens) const;

  // The bytes one token stands for without its neighbours.
  std::string token_bytes(std::string_view token) const;

  // One sequence being decoded.
  class Stream {
   public:
    explicit Stream(const TokenDecoder& decoder);
    std::string push(std::string token);
    std::string finish();

   private:
    struct StepState {
      std::string pending;   // bytes or text held back
      int64_t stripped = 0;  // kStrip behind a join: how much of the start is gone
      bool begun = false;
      bool done = false;  // kStrip behind a join: the start is over
    };
    void push(size_t step, std::string token, std::string& out);
    void finish(size_t step, std::string& out);
    const TokenDecoder& decoder_;
    std::vector<StepState> states_;
    std::vector<std::string> held_;  // where the chain cannot be followed token by token
  };

 private:
  enum class Kind {
    kByteLevel,
    kByteFallback,
    kFuse,
    kStrip,
    kReplaceText,
    kReplacePattern,
    kMetaspace,
    kBpeSuffix
  };
  struct Step {
    Kind kind;
    std::string from, to;
    std::vector<Regex> pattern;
    int64_t start = 0, stop = 0;  // kStrip
    bool joined = false;          // the step sees one text, not tokens
  };
  Status add(const Json& json, int depth);
  void apply(const Step& step, std::vector<std::string>& tokens) const;
  static std::string strip(const Step& step, const std::string& token);
  static std::string replace(const Step& step, const std::string& token);
  static std::string bytes_of_characters(const std::string& token);

  std::vector<Step> steps_;
  bool join_with_blanks_ = false;
  bool streams_ = true;
};

}  // namespace jangwon::runtime
