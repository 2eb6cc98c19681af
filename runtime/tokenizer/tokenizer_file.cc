// A vocabulary has up to a few hundred thousand entries, and an ordered Json object searches
// linearly; so the two tables are taken from the event stream, and everything else goes into a
// document as usual.

#include "runtime/tokenizer/tokenizer_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_set>

namespace jangwon::runtime {

namespace {

constexpr int kMaxDepth = 64;
constexpr int64_t kMaxTokenId = (1 << 24) - 1;

class Handler : public nlohmann::json_sax<Json> {
 public:
  using Dom = nlohmann::detail::json_sax_dom_parser<Json>;
  Handler(TokenizerFile& file) : file_(file), dom_(*file.rest, false) {}

  bool null() override {
    return value([&] { return dom_.null(); });
  }
  bool boolean(bool v) override {
    return value([&] { return dom_.boolean(v); });
  }
  bool number_integer(int64_t v) override {
    if (where_ == Where::kVocab) return token_id(v);
    return value([&] { return dom_.number_integer(v); });
  }
  bool number_unsigned(uint64_t v) override {
    if (where_ == Where::kVocab)
      return token_id(v > INT64_MAX ? INT64_MAX : static_cast<int64_t>(v));
    return value([&] { return dom_.number_unsigned(v); });
  }
  bool number_float(double v, const std::string& text) override {
    return value([&] { return dom_.number_float(v, text); });
  }
  bool string(std::string& v) override {
    if (where_ == Where::kMerges) return merge_line(v);
    if (where_ == Where::kMergePair) {
      if (pair_.size() == 2) return refuse("a merge of more than two parts");
      pair_.push_back(std::move(v));
      return true;
    }
    return value([&] { return dom_.string(v); });
  }
  bool binary(binary_t&) override { return refuse("binary data"); }

  bool start_object(std::size_t size) override {
    if (!descend()) return false;
    if (in_model_ && depth_ == 3 && last_key_ == "vocab") {
      if (seen_vocab_) return refuse("two vocabularies");
      seen_vocab_ = true;
      where_ = Where::kVocab;
      return true;
    }
    if (depth_ == 2 && last_key_ == "model") in_model_ = true;
    keys_.emplace_back();
    return value([&] { return dom_.start_object(size); });
  }
  bool key(std::string& name) override {
    last_key_ = name;
    if (where_ == Where::kVocab) {
      if (!tokens_.insert(name).second)
        return refuse("the token \"{token}\" stands twice in the vocabulary", {{"token", name}});
      token_ = std::move(name);
      return true;
    }
    if (!keys_.back().insert(name).second)
      return refuse("the key \"{key}\" stands twice in one object", {{"key", name}});
    // The tables' keys are left out of the document with their values.
    if (in_model_ && depth_ == 2 && (name == "vocab" || name == "merges")) {
      pending_ = name;
      return true;
    }
    return dom_.key(name);
  }
  bool end_object() override {
    --depth_;
    if (where_ == Where::kVocab) {
      where_ = Where::kRest;
      pending_.clear();
      return true;
    }
    keys_.pop_back();
    if (depth_ == 1) in_model_ = false;
    return dom_.end_object();
  }
  bool start_array(std::size_t size) override {
    if (!descend()) return false;
    if (where_ == Where::kMerges) {
      where_ = Where::kMergePair;
      pair_.clear();
      return true;
    }
    if (in_model_ && depth_ == 3 && last_key_ == "merges") {
      where_ = Where::kMerges;
      return true;
    }
    return value([&] { return dom_.start_array(size); });
  }
  bool end_array() override {
    --depth_;
    if (where_ == Where::kMergePair) {
      if (pair_.size() != 2) return refuse("a merge of {pair} parts", {{"pair", pair_.size()}});
      file_.merges.emplace_back(std::move(pair_[0]), std::move(pair_[1]));
      where_ = Where::kMerges;
      return true;
    }
    if (where_ == Where::kMerges) {
      where_ = Where::kRest;
      pending_.clear();
      return true;
    }
    return dom_.end_array();
  }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception&) override {
    problem_ = token.empty()
                   ? Message("not valid JSON at byte {position}", {{"position", position}})
                   : Message("not valid JSON at byte {position}, at \"{token}\"",
                             {{"position", position}, {"token", token.substr(0, 40)}});
    return false;
  }

  const Message& problem() const { return problem_; }

 private:
  enum class Where { kRest, kVocab, kMerges, kMergePair };

  template <typename Pass>
  bool value(const Pass& pass) {
    if (where_ != Where::kRest)
      return refuse("a value in the vocabulary or the merges that does not belong there");
    if (!pending_.empty()) {
      return refuse(pending_ == "vocab"
                        ? Message("model.{pending} is not an object", {{"pending", pending_}})
                        : Message("model.{pending} is not a list", {{"pending", pending_}}));
    }
    return pass();
  }
  bool descend() {
    return ++depth_ <= kMaxDepth ||
           refuse("nesting deeper than {max_depth} levels", {{"max_depth", kMaxDepth}});
  }
  bool refuse(Message problem) {
    problem_ = std::move(problem);
    return false;
  }
  bool refuse(MessageTemplate text, Message::Arguments arguments = {}) {
    return refuse(Message(text, arguments));
  }
  bool token_id(int64_t id) {
    if (id < 0 || id > kMaxTokenId)
      return refuse("the token \"{token}\" has the id {id}, out of range",
                    {{"token", token_}, {"id", id}});
    if (!ids_.insert(static_cast<int32_t>(id)).second)
      return refuse("two tokens have the id {id}", {{"id", id}});
    file_.vocab.emplace_back(std::move(token_), static_cast<int32_t>(id));
    return true;
  }
  bool merge_line(const std::string& line) {
    if (line.starts_with("#version")) return true;
    const size_t space = line.find(' ');
    if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos) {
      return refuse("the merge \"{line}\" does not have two parts", {{"line", line}});
    }
    file_.merges.emplace_back(line.substr(0, space), line.substr(space + 1));
    return true;
  }

  TokenizerFile& file_;
  Dom dom_;
  Where where_ = Where::kRest;
  int depth_ = 0;
  bool in_model_ = false, seen_vocab_ = false;
  std::string last_key_, pending_, token_;
  Message problem_;
  std::vector<std::string> pair_;
  std::vector<std::set<std::string>> keys_;
  std::unordered_set<std::string> tokens_;
  std::unordered_set<int32_t> ids_;
};

}  // namespace

Result<TokenizerFile> read_tokenizer_file(std::string_view json_text) {
  TokenizerFile file;
  file.rest = std::make_shared<Json>();
  Handler handler(file);
  if (!Json::sax_parse(json_text.begin(), json_text.end(), &handler))
    return invalid_argument(handler.problem());
  if (!file.rest->is_object()) return invalid_argument("the document is not an object");
  return file;
}

Result<bool> read_bool(const Json& object, const std::string& key, bool otherwise) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return otherwise;
  if (!found->is_boolean())
    return invalid_argument("\"{key}\" is not true or false", {{"key", key}});
  return found->get<bool>();
}

Result<std::string> read_string(const Json& object, const std::string& key,
                                const std::string& otherwise) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return otherwise;
  if (!found->is_string()) return invalid_argument("\"{key}\" is not a string", {{"key", key}});
  return found->get<std::string>();
}

Result<int64_t> read_integer(const Json& object, const std::string& key, int64_t otherwise) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return otherwise;
  if (!found->is_number_integer() ||
      (found->is_number_unsigned() && found->get<uint64_t>() > INT64_MAX)) {
    return invalid_argument("\"{key}\" is not an integer", {{"key", key}});
  }
  return found->get<int64_t>();
}

Status refuse_unknown_keys(const Json& object, const std::string& what,
                           std::initializer_list<const char*> known) {
  if (!object.is_object()) return invalid_argument("{name} is not an object", {{"name", what}});
  for (const auto& [key, value] : object.items()) {
    if (std::find_if(known.begin(), known.end(),
                     [&name = key](const char* k) { return name == k; }) == known.end()) {
      return unsupported("the key \"{key}\" of {what} is not supported",
                         {{"key", key}, {"what", what}});
    }
  }
  return ok_status();
}

}  // namespace jangwon::runtime
