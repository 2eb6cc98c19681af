// Puts the parts together in the library's order: added tokens that want raw text, then per
// remaining part the normalizer, then added tokens that want normalised text, then pre-tokenizer
// and model. What a thread needs to work (match data, a cache of pre-tokens) is borrowed from a
// pool for the length of a call, so that calls from several threads do not meet.

#include "runtime/tokenizer/tokenizer.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/tokenizer/added_tokens.h"
#include "runtime/tokenizer/bpe.h"
#include "runtime/tokenizer/decoder.h"
#include "runtime/tokenizer/normalizer.h"
#include "runtime/tokenizer/pre_tokenizer.h"
#include "runtime/tokenizer/regex.h"
#include "runtime/tokenizer/text.h"
#include "runtime/tokenizer/tokenizer_file.h"

namespace jangwon::runtime {

namespace {

constexpr uint64_t kMaxFileBytes = 512ull << 20;

// Pre-tokens → ids, a bounded table in which a newer entry takes the place of an older one.
class PreTokenCache {
 public:
  PreTokenCache() : slots_(kSlots) {}

  bool find(std::string_view text, std::vector<int32_t>& ids) const {
    if (text.size() > kMaxBytes) return false;
    const Slot& slot = slots_[index(text)];
    if (slot.num_bytes != text.size() || std::memcmp(slot.text, text.data(), text.size()) != 0)
      return false;
    ids.insert(ids.end(), slot.ids, slot.ids + slot.num_ids);
    return true;
  }

  void store(std::string_view text, const int32_t* ids, size_t count) {
    if (text.size() > kMaxBytes || count > kMaxIds) return;
    Slot& slot = slots_[index(text)];
    slot.num_bytes = static_cast<uint8_t>(text.size());
    slot.num_ids = static_cast<uint8_t>(count);
    std::memcpy(slot.text, text.data(), text.size());
    std::copy(ids, ids + count, slot.ids);
  }

 private:
  static constexpr size_t kSlots = 1 << 15, kMaxBytes = 42, kMaxIds = 12;
  struct Slot {
    uint8_t num_bytes = 0, num_ids = 0;
    char text[kMaxBytes];
    int32_t ids[kMaxIds];
  };
  static size_t index(std::string_view text) {
    return std::hash<std::string_view>()(text) & (kSlots - 1);
  }
  std::vector<Slot> slots_;
};

struct EncodeRoom {
  std::shared_ptr<Regex::Workspace> regex = Regex::make_workspace();
  PreTokenCache cache;
  std::string spelled;
};

class RoomPool {
 public:
  std::unique_ptr<EncodeRoom> borrow() {
    {
      const std::lock_guard lock(mutex_);
      if (!rooms_.empty()) {
        std::unique_ptr<EncodeRoom> room = std::move(rooms_.back());
        rooms_.pop_back();
        return room;
      }
    }
    return std::make_unique<EncodeRoom>();
  }
  void give_back(std::unique_ptr<EncodeRoom> room) {
    const std::lock_guard lock(mutex_);
    if (rooms_.size() < kKept) rooms_.push_back(std::move(room));
  }

 private:
  static constexpr size_t kKept = 64;
  std::mutex mutex_;
  std::vector<std::unique_ptr<EncodeRoom>> rooms_;
};

Json member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() ? *found : Json();
}

}  // namespace

struct TokenizerState {
  explicit TokenizerState(Bpe bpe) : model(std::move(bpe)) {}

  Status read_post_processor(const Json& json, int depth);
  Status read_template(const Json& json);
  Status read_config(const Json& json);
  std::optional<int32_t> find(std::string_view token) const;
  const std::string* token(int32_t id) const;
  bool is_special(int32_t id) const;
  std::optional<int32_t> named(const char* name) const;
  void encode_piece(std::string_view piece, EncodeRoom& room, std::vector<int32_t>& ids) const;
  Status encode_part(std::string_view text, bool at_start, EncodeRoom& room,
                     std::vector<int32_t>& ids) const;

  Bpe model;
  AddedTokens added;
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  TokenDecoder decoder;
  std::vector<int32_t> before, after;  // what the post-processor puts around the ids of a text
  std::vector<NamedToken> named_tokens;
  mutable RoomPool rooms;
};

// ByteLevel changes offsets only; TemplateProcessing adds tokens.
Status TokenizerState::read_post_processor(const Json& json, int depth) {
  if (json.is_null()) return ok_status();
  if (depth > 16) return invalid_argument("post-processors are nested too deeply");
  if (!json.is_object()) return invalid_argument("a post-processor is not an object");
  JANGWON_ASSIGN_OR_RETURN(const std::string type, read_string(json, "type", ""));
  if (type == "ByteLevel") return ok_status();
  if (type == "Sequence") {
    if (!json.contains("processors") || !json["processors"].is_array())
      return invalid_argument("the post-processor Sequence has no list");
    for (const Json& part : json["processors"])
      JANGWON_RETURN_IF_ERROR(read_post_processor(part, depth + 1));
    return ok_status();
  }
  if (type == "TemplateProcessing") return read_template(json);
  return unsupported("the post-processor \"{post_processor}\" is not supported",
                     {{"post_processor", type}});
}

Status TokenizerState::read_template(const Json& json) {
  const std::string what = "the post-processor TemplateProcessing";
  JANGWON_RETURN_IF_ERROR(
      refuse_unknown_keys(json, what, {"type", "single", "pair", "special_tokens"}));
  const Json single = member(json, "single"), specials = member(json, "special_tokens");
  if (!single.is_array() || !(specials.is_object() || specials.is_null()))
    return invalid_argument("the post-processor TemplateProcessing has no \"single\" list");
  // A second template goes around the first one's result.
  std::vector<int32_t> left, right;
  bool seen_text = false;
  for (const Json& piece : single) {
    if (!piece.is_object() || piece.size() != 1)
      return invalid_argument("the post-processor TemplateProcessing: a piece is not understood");
    const Json& value = piece.begin().value();
    if (!value.is_object())
      return invalid_argument("the post-processor TemplateProcessing: a piece is not understood");
    JANGWON_ASSIGN_OR_RETURN(const std::string id, read_string(value, "id", ""));
    if (piece.begin().key() == "Sequence") {
      if (id != "A" || seen_text)
        return unsupported(
            "the post-processor TemplateProcessing with the sequence \"{sequence}\" in a single "
            "text is not supported",
            {{"sequence", id}});
      seen_text = true;
      continue;
    }
    if (piece.begin().key() != "SpecialToken")
      return unsupported(
          "the post-processor TemplateProcessing: the piece \"{piece}\" is not supported",
          {{"piece", piece.begin().key()}});
    const Json ids = member(member(specials, id.c_str()), "ids");
    if (!ids.is_array())
      return invalid_argument(
          "the post-processor TemplateProcessing has no ids for the token \"{token}\"",
          {{"token", id}});
    for (const Json& number : ids) {
      if (!number.is_number_unsigned() || number.get<uint64_t>() >= (1 << 24))
        return invalid_argument("the post-processor TemplateProcessing has an id out of range");
      (seen_text ? right : left).push_back(static_cast<int32_t>(number.get<uint64_t>()));
    }
  }
  if (!seen_text)
    return unsupported(
        "the post-processor TemplateProcessing without the text itself is not supported");
  before.insert(before.begin(), left.begin(), left.end());
  after.insert(after.end(), right.begin(), right.end());
  return ok_status();
}

Status TokenizerState::read_config(const Json& json) {
  if (!json.is_object()) return invalid_argument("the document is not an object");
  for (const char* name : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                           "cls_token", "mask_token"}) {
    Json value = member(json, name);
    if (value.is_object()) value = member(value, "content");
    if (value.is_null()) continue;
    if (!value.is_string())
      return invalid_argument("\"{name}\" is neither a string nor a token", {{"name", name}});
    const auto text = value.get<std::string>();
    named_tokens.push_back({name, text, find(text)});
  }
  return ok_status();
}

std::optional<int32_t> TokenizerState::find(std::string_view token) const {
  if (const auto id = added.find(token)) return id;
  return model.find(token);
}

const std::string* TokenizerState::token(int32_t id) const {
  if (const AddedToken* token = added.find(id)) return &token->shown;
  return model.token(id);
}

bool TokenizerState::is_special(int32_t id) const {
  const std::string* content = token(id);
  return content != nullptr && added.is_special(*content);
}

std::optional<int32_t> TokenizerState::named(const char* name) const {
  for (const NamedToken& token : named_tokens) {
    if (token.name == name) return token.id;
  }
  return std::nullopt;
}

void TokenizerState::encode_piece(std::string_view piece, EncodeRoom& room,
                                  std::vector<int32_t>& ids) const {
  if (room.cache.find(piece, ids)) return;
  const size_t begin = ids.size();
  if (pre_tokenizer.ends_in_byte_characters()) {
    room.spelled.clear();
    for (char c : piece)
      append_byte_character(room.spelled, static_cast<unsigned char>(c));
    model.encode(room.spelled, ids);
  } else {
    model.encode(piece, ids);
  }
  room.cache.store(piece, ids.data() + begin, ids.size() - begin);
}

Status TokenizerState::encode_part(std::string_view text, bool at_start, EncodeRoom& room,
                                   std::vector<int32_t>& ids) const {
  Pieces pieces;
  pieces.list.push_back({text, at_start});
  JANGWON_RETURN_IF_ERROR(pre_tokenizer.apply(pieces, *room.regex));
  for (const Pieces::Piece& piece : pieces.list)
    encode_piece(piece.text, room, ids);
  return ok_status();
}

Result<Tokenizer> Tokenizer::load(const std::string& directory) {
  const std::string path = directory + "/tokenizer.json";
  Result<std::string> text = read_file(path, kMaxFileBytes);
  if (!text.ok()) return text.status();
  std::string config;
  for (const char* name : {"/tokenizer_config.json", "/special_tokens_map.json"}) {
    Result<std::string> read = read_file(directory + name, kMaxFileBytes);
    if (read.ok()) {
      config = std::move(*read);
      break;
    }
    if (read.status().code() != StatusCode::kNotFound) return read.status();
  }
  Result<Tokenizer> tokenizer = parse(*text, config);
  if (!tokenizer.ok()) return tokenizer.status().at(path);
  return tokenizer;
}

Result<Tokenizer> Tokenizer::parse(std::string_view tokenizer_json,
                                   std::string_view tokenizer_config_json) {
  JANGWON_ASSIGN_OR_RETURN(TokenizerFile file, read_tokenizer_file(tokenizer_json));
  const std::shared_ptr<Json> document = file.rest;
  // Truncation and padding are requests to the library, not properties of the model; what calls the
  // library turns them off.
  JANGWON_RETURN_IF_ERROR(
      refuse_unknown_keys(*document, "the tokenizer",
                          {"version", "truncation", "padding", "added_tokens", "normalizer",
                           "pre_tokenizer", "post_processor", "decoder", "model"}));
  JANGWON_ASSIGN_OR_RETURN(Bpe model, Bpe::make(member(*document, "model"), std::move(file)));
  auto state = std::make_shared<TokenizerState>(std::move(model));
  JANGWON_ASSIGN_OR_RETURN(state->normalizer, Normalizer::make(member(*document, "normalizer")));
  JANGWON_ASSIGN_OR_RETURN(state->pre_tokenizer,
                           PreTokenizer::make(member(*document, "pre_tokenizer")));
  JANGWON_ASSIGN_OR_RETURN(state->decoder, TokenDecoder::make(member(*document, "decoder")));
  JANGWON_RETURN_IF_ERROR(state->read_post_processor(member(*document, "post_processor"), 0));
  JANGWON_ASSIGN_OR_RETURN(state->added,
                           AddedTokens::make(member(*document, "added_tokens"), state->model));
  const std::shared_ptr<Regex::Workspace> workspace = Regex::make_workspace();
  JANGWON_RETURN_IF_ERROR(state->added.build(
      [&](std::string& content) { return state->normalizer.apply(content, *workspace); }));
  if (!tokenizer_config_json.empty()) {
    Result<Json> config = parse_json(tokenizer_config_json);
    if (!config.ok()) return config.status().at("tokenizer_config.json");
    if (const Status status = state->read_config(*config); !status.ok())
      return status.at("tokenizer_config.json");
  }
  return Tokenizer(std::move(state));
}

Result<std::vector<int32_t>> Tokenizer::encode(std::string_view text,
                                               AddSpecial add_special) const {
  if (!is_valid_utf8(text)) return invalid_argument("the text to be tokenized is not valid UTF-8");
  const TokenizerState& state = *state_;
  std::unique_ptr<EncodeRoom> room = state.rooms.borrow();
  std::vector<int32_t> ids;
  if (add_special == AddSpecial::kYes) ids = state.before;
  Status status;
  std::vector<AddedTokens::Cut> cuts, inner;
  state.added.split(text, AddedTokens::Which::kRaw, cuts);
  std::string normalized;
  for (const AddedTokens::Cut& cut : cuts) {
    if (cut.id) {
      ids.push_back(*cut.id);
      continue;
    }
    std::string_view part = text.substr(cut.begin, cut.end - cut.begin);
    bool lost_start = false;
    if (!state.normalizer.is_identity()) {
      normalized = part;
      status = state.normalizer.apply(normalized, *room->regex, &lost_start);
      if (!status.ok()) break;
      part = normalized;
    }
    state.added.split(part, AddedTokens::Which::kNormalized, inner);
    for (const AddedTokens::Cut& piece : inner) {
      if (piece.id) {
        ids.push_back(*piece.id);
        continue;
      }
      status = state.encode_part(part.substr(piece.begin, piece.end - piece.begin),
                                 cut.begin == 0 && piece.begin == 0 && !lost_start, *room, ids);
      if (!status.ok()) break;
    }
    if (!status.ok()) break;
  }
  state.rooms.give_back(std::move(room));
  if (!status.ok()) return status;
  if (add_special == AddSpecial::kYes)
    ids.insert(ids.end(), state.after.begin(), state.after.end());
  return ids;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, SkipSpecial skip_special) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (int32_t id : ids) {
    const std::string* token = state_->token(id);
    if (token == nullptr || (skip_special == SkipSpecial::kYes && state_->added.is_special(*token)))
      continue;
    tokens.push_back(*token);
  }
  return state_->decoder.decode(std::move(tokens));
}

std::optional<int32_t> Tokenizer::token_to_id(std::string_view token) const {
  return state_->find(token);
}

std::optional<std::string> Tokenizer::id_to_token(int32_t id) const {
  const std::string* token = state_->token(id);
  return token != nullptr ? std::optional<std::string>(*token) : std::nullopt;
}

bool Tokenizer::is_special(int32_t id) const {
  return state_->is_special(id);
}

int Tokenizer::vocab_size() const {
  return std::max(state_->model.end_id(), state_->added.end_id());
}

const std::vector<NamedToken>& Tokenizer::named_tokens() const {
  return state_->named_tokens;
}

std::optional<int32_t> Tokenizer::bos_id() const {
  return state_->named("bos_token");
}

std::optional<int32_t> Tokenizer::eos_id() const {
  return state_->named("eos_token");
}

std::optional<int32_t> Tokenizer::pad_id() const {
  return state_->named("pad_token");
}

std::string Tokenizer::token_bytes(int32_t id) const {
  const std::string* token = state_->token(id);
  if (token == nullptr) return {};
  return state_->decoder.token_bytes(*token);
}

StreamDecoder Tokenizer::stream_decoder(SkipSpecial skip_special) const {
  return StreamDecoder(state_, skip_special);
}

struct StreamDecoder::Stage {
  explicit Stage(const TokenDecoder& decoder) : stream(decoder) {}
  TokenDecoder::Stream stream;
};

StreamDecoder::StreamDecoder(std::shared_ptr<const TokenizerState> state, SkipSpecial skip_special)
    : state_(std::move(state)),
      skip_special_(skip_special),
      stage_(std::make_shared<Stage>(state_->decoder)) {}

std::string StreamDecoder::push(int32_t id) {
  const std::string* token = state_->token(id);
  if (token == nullptr || (skip_special_ == SkipSpecial::kYes && state_->added.is_special(*token)))
    return {};
  return stage_->stream.push(*token);
}

std::string StreamDecoder::finish() {
  return stage_->stream.finish();
}

}  // namespace jangwon::runtime
