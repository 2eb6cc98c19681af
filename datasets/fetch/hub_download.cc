// A download survives what a busy hub does: 429 and 503 with their hints, connections that end
// early, a kill of this program. A file grows in PATH.part; PATH.state says which version of it
// that is (ETag, or commit), so that two versions never end up in one file. Redirects are followed
// here, one after the other: the token stays with the hub that it is for. Tests:
// tests/datasets/fetch_test.cc against tests/fakes/hub_fake.h.

#include "datasets/fetch/hub_download.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>
#include <utility>

#include "runtime/base/file.h"
#include "runtime/base/json.h"
#include "runtime/base/sha256.h"
#include "runtime/http/http_client.h"
#include "runtime/http/url.h"

namespace jangwon::datasets {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr int kMaxRedirects = 5;
constexpr int64_t kMovesOn = 1 << 20;
constexpr int kRowsPerPage = 100;  // the service's own limit

std::optional<int64_t> parse_count(const std::string* text) {
  int64_t value = 0;
  if (text == nullptr) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < 0) return std::nullopt;
  return value;
}

// "W/\"abc\"" → "abc".
std::string bare_etag(const std::string* etag) {
  if (etag == nullptr) return "";
  std::string text = etag->starts_with("W/") ? etag->substr(2) : *etag;
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  return text;
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// What the hub says of a file. On a redirect its own words stand in the first reply; the store
// behind it has an ETag of its own, which says nothing of the bytes but names their version.
struct Announced {
  std::string commit;
  // of large files; small ones have a hash of git, which is not one of the bytes
  std::string sha256;
  std::optional<int64_t> size;

  void read(const HttpReply& reply) {
    const std::string* repo_commit = reply.header("x-repo-commit");
    if (repo_commit != nullptr && commit.empty()) commit = *repo_commit;
    for (const char* name : {"x-linked-etag", "etag"}) {
      const std::string etag = bare_etag(reply.header(name));
      if (repo_commit != nullptr && sha256.empty() && is_sha256(etag)) sha256 = etag;
    }
    if (!size) size = parse_count(reply.header("x-linked-size"));
  }
};

class Download {
 public:
  Download(const HubAccess& access, const HubSource& source, HttpClient& client, std::string path)
      : access_(access),
        source_(source),
        client_(client),
        path_(std::move(path)),
        part_(path_ + ".part") {}

  Result<Downloaded> file(const std::string& file) {
    what_ = fs::path(file).filename().string();
    Downloaded downloaded;
    downloaded.url = access_.hub_url + "/datasets/" + source_.repository + "/resolve/" +
                     percent_encode(source_.revision) + "/" + file;
    read_state();
    int unchecked_ends = 0;
    for (int attempt = 1;; ++attempt) {
      const int64_t had = part_size();
      HttpReply reply = ask_for_file(downloaded.url);
      // Gigabytes may take many connections; those that bring the file on are no failed attempts.
      if (part_size() - had >= kMovesOn) attempt = 1;
      if (!wrong_part_.empty()) {
        // What is here cannot be continued by what the server sends; the next attempt begins anew.
        discard();
        reply.failure = HttpFailure::kBroken;
        reply.failure_text = std::exchange(wrong_part_, {});
        write_status_ = ok_status();
      }
      if (is_whole(reply)) {
        downloaded.revision = announced_.commit;
        const Status checked = check_file();
        if (checked.ok()) return finish(downloaded);
        discard();
        // Bytes may be damaged once; twice is no accident.
        if (++unchecked_ends == 2) return checked;
        continue;
      }
      JANGWON_RETURN_IF_ERROR(wait_or_fail(reply, attempt));
    }
  }

  Result<Downloaded> rows(const std::string& split) {
    what_ = fs::path(path_).filename().string();
    std::string config = source_.config;
    if (config.empty()) {
      JANGWON_ASSIGN_OR_RETURN(config, ask_for_config(split));
    }
    Downloaded downloaded;
    downloaded.url = access_.rows_url + "/rows?dataset=" + percent_encode(source_.repository) +
                     "&config=" + percent_encode(config) + "&split=" + percent_encode(split);
    read_state();
    JANGWON_ASSIGN_OR_RETURN(int64_t have, whole_lines_of_part());
    std::optional<int64_t> total;
    int restarts = 0;
    while (!total || have < *total) {
      JANGWON_ASSIGN_OR_RETURN(const Page page, ask_for_page(downloaded.url, have));
      const bool other_version =
          have > 0 && (page.revision != state_ || (total && page.total != *total));
      if (other_version) {
        if (++restarts > 2)
          return unavailable("the data set changes on the hub while it is read; try later")
              .at(what_);
        discard();
        have = 0;
        total.reset();
        continue;
      }
      JANGWON_RETURN_IF_ERROR(write_state(page.revision));
      total = page.total;
      downloaded.revision = page.revision;
      JANGWON_RETURN_IF_ERROR(append(page.lines));
      have += page.num_rows;
      report(have, total);
    }
    return finish(downloaded);
  }

 private:
  struct Page {
    int64_t total = 0;
    int64_t num_rows = 0;
    std::string lines;
    std::string revision;
  };

  // --- files ---

  // Bytes go to the end of the part, or to a new one where the server sends the whole or
  // another version.
  HttpReply ask_for_file(const std::string& url) {
    std::vector<HttpHeader> headers;
    const int64_t have = part_size();
    if (have > 0 && !state_.empty()) {
      headers.push_back({"Range", "bytes=" + std::to_string(have) + "-"});
      headers.push_back({"If-Range", "\"" + state_ + "\""});
    }
    announced_ = {};
    std::optional<FileWriter> part;
    written_ = have;
    write_status_ = ok_status();
    const auto on_data = [&](const HttpReply& head, std::string_view bytes) {
      if (!part) {
        announced_.read(head);
        write_status_ = open_part(head, part);
      }
      if (write_status_.ok()) write_status_ = part->append(bytes);
      written_ += static_cast<int64_t>(bytes.size());
      report(written_, announced_.size);
      return write_status_.ok();
    };
    HttpReply reply = follow(url, headers, on_data);
    if (reply.status == 200 && !part && reply.failure == HttpFailure::kNone) {
      announced_.read(reply);
      write_status_ = open_part(reply, part);  // a file without a byte
    }
    if (part && write_status_.ok()) write_status_ = part->close();
    return reply;
  }

  // What no file of a data set is: a page of a login or a proxy, or bytes that would have to
  // be unpacked first.
  Status refuse_foreign_body(const HttpReply& head) const {
    const std::string* type = head.header("content-type");
    if (type != nullptr && type->starts_with("text/html")) {
      return unavailable(
                 "the server sent a web page instead of the file; is a login or a proxy in "
                 "between? Nothing was "
                 "imported")
          .at(what_);
    }
    const std::string* encoding = head.header("content-encoding");
    if (encoding != nullptr && !encoding->empty() && *encoding != "identity") {
      return unavailable(
                 "the server sent the file in the encoding {encoding}, which was not asked for; is "
                 "a proxy in between? "
                 "Nothing was imported",
                 {{"encoding", *encoding}})
          .at(what_);
    }
    return ok_status();
  }

  Status open_part(const HttpReply& head, std::optional<FileWriter>& part) {
    JANGWON_RETURN_IF_ERROR(refuse_foreign_body(head));
    int64_t begin = 0;
    if (head.status == 206) {
      // "bytes 100-199/200"
      const std::string* range = head.header("content-range");
      const bool placed = range != nullptr && range->starts_with("bytes ");
      const std::string digits = placed ? range->substr(6, range->find('-') - 6) : "";
      begin = parse_count(&digits).value_or(-1);
      const std::string version = bare_etag(head.header("etag"));
      if (begin != written_) {
        wrong_part_ = Message("the server sent another part of the file than was asked for");
      } else if (begin > 0 && !version.empty() && version != state_) {
        wrong_part_ = Message("the server sent a part of another version of the file");
      }
      if (!wrong_part_.empty()) return unavailable(wrong_part_).at(what_);
      if (const size_t slash = range->find('/'); !announced_.size && slash != std::string::npos) {
        const std::string total = range->substr(slash + 1);
        announced_.size = parse_count(&total);
      }
    } else if (!announced_.size) {
      announced_.size = parse_count(head.header("content-length"));
    }
    written_ = begin;
    JANGWON_ASSIGN_OR_RETURN(part, FileWriter::open(part_, begin > 0 ? FileWriter::Start::kAtEnd
                                                                     : FileWriter::Start::kEmpty));
    const std::string version = bare_etag(head.header("etag"));
    return write_state(version.empty() ? announced_.sha256 : version);
  }

  bool is_whole(const HttpReply& reply) {
    if (!write_status_.ok()) return false;
    if (reply.status == 416 && part_size() > 0) return resume_was_beyond_the_end(reply);
    if (reply.failure != HttpFailure::kNone || (reply.status != 200 && reply.status != 206))
      return false;
    return !announced_.size || part_size() >= *announced_.size;
  }

  // The part is the whole file, but the call before was ended before it was checked; or it is no
  // part of this file.
  bool resume_was_beyond_the_end(const HttpReply& reply) {
    const std::string* range = reply.header("content-range");
    announced_.read(reply);
    if (range != nullptr && *range == "bytes */" + std::to_string(part_size())) {
      return true;
    }
    discard();
    return false;
  }

  Status check_file() const {
    const int64_t size = part_size();
    if (announced_.size && size != *announced_.size) {
      return unavailable("{count} bytes came where {announced} were announced",
                         {{"count", size}, {"announced", *announced_.size}})
          .at(what_);
    }
    if (announced_.sha256.empty()) return ok_status();
    JANGWON_ASSIGN_OR_RETURN(const std::string sha256, sha256_of_file(part_));
    if (sha256 == announced_.sha256) return ok_status();
    return unavailable(
               "the hub announces the SHA-256 {sha256}, what came has {sha256_2}; nothing was "
               "imported",
               {{"sha256", announced_.sha256}, {"sha256_2", sha256}})
        .at(what_);
  }

  // --- rows ---

  // The one config that has the split, of a set whose config nobody has seen.
  Result<std::string> ask_for_config(const std::string& split) {
    const std::string url =
        access_.rows_url + "/splits?dataset=" + percent_encode(source_.repository);
    for (int attempt = 1;; ++attempt) {
      HttpReply reply = follow(url, {}, {});
      if (reply.failure == HttpFailure::kNone && reply.status == 200)
        return config_of(reply.body, split);
      JANGWON_RETURN_IF_ERROR(wait_or_fail(reply, attempt));
    }
  }

  Result<std::string> config_of(const std::string& body, const std::string& split) const {
    const Result<Json> value = parse_json(body);
    if (!value.ok() || !value->is_object() || !value->contains("splits") ||
        !(*value)["splits"].is_array()) {
      return unavailable("the rows service sent no list of splits").at(what_);
    }
    std::string config, listed;
    int num_configs = 0;
    for (const Json& item : (*value)["splits"]) {
      if (!item.is_object() || item.value("split", Json()) != split ||
          !item.value("config", Json()).is_string())
        continue;
      config = item["config"].get<std::string>();
      listed += (listed.empty() ? "" : ", ") + config;
      ++num_configs;
    }
    if (num_configs == 1) return config;
    if (num_configs == 0)
      return not_found("{repository} has no split \"{split}\" on the hub",
                       {{"repository", source_.repository}, {"split", split}});
    return invalid_argument(
        "{repository} has several configs with the split \"{split}\": {list}; "
        "datasets/fetch/sources.yaml must name "
        "one",
        {{"repository", source_.repository}, {"split", split}, {"list", listed}});
  }

  Result<Page> ask_for_page(const std::string& base, int64_t offset) {
    const std::string url =
        base + "&offset=" + std::to_string(offset) + "&length=" + std::to_string(kRowsPerPage);
    for (int attempt = 1;; ++attempt) {
      write_status_ = ok_status();
      HttpReply reply = follow(url, {}, {});
      if (reply.failure == HttpFailure::kNone && reply.status == 200) {
        Result<Page> page = parse_page(reply, offset);
        if (page.ok()) return page;
        if (page.status().code() == StatusCode::kUnsupported ||
            attempt >= access_.retry.max_attempts) {
          return page.status().at(what_);
        }
        // A page that cannot be read is asked for again, like an answer that broke off.
        reply.failure = HttpFailure::kBroken;
        reply.failure_text = page.status().sentence();
      }
      JANGWON_RETURN_IF_ERROR(wait_or_fail(reply, attempt));
    }
  }

  Result<Page> parse_page(const HttpReply& reply, int64_t offset) const {
    const auto wrong = [&](const Message& what) {
      return unavailable("the rows service sent {what} (offset {offset})",
                         {{"what", what}, {"offset", offset}});
    };
    const Result<Json> value = parse_json(reply.body);
    if (!value.ok() || !value->is_object()) return wrong(Message("something that is no JSON"));
    if (!value->contains("rows") || !(*value)["rows"].is_array() ||
        !value->contains("num_rows_total") || !(*value)["num_rows_total"].is_number_integer()) {
      return wrong(Message("a page without rows and num_rows_total"));
    }
    if (value->contains("partial") && (*value)["partial"] == true) {
      return unsupported(
          "the rows service has a part of this data set only; import the files instead");
    }
    Page page;
    page.total = (*value)["num_rows_total"].get<int64_t>();
    if (const std::string* revision = reply.header("x-revision")) page.revision = *revision;
    for (const Json& item : (*value)["rows"]) {
      const int64_t index = offset + page.num_rows;
      if (!item.is_object() || !item.contains("row") || !item["row"].is_object() ||
          !item.contains("row_idx") || item["row_idx"] != index) {
        return wrong(Message("another row than number {row}", {{"row", index}}));
      }
      if (item.contains("truncated_cells") && item["truncated_cells"].is_array() &&
          !item["truncated_cells"].empty()) {
        return unsupported(
            "the rows service cuts long cells of row {index}; import the files instead",
            {{"index", index}});
      }
      page.lines += to_json_line(item["row"]) + "\n";
      ++page.num_rows;
    }
    const int64_t expected = std::min<int64_t>(kRowsPerPage, page.total - offset);
    if (page.total < 1 || page.num_rows != expected) {
      return wrong(Message("{rows} rows where {expected} are due",
                           {{"rows", page.num_rows}, {"expected", expected}}));
    }
    return page;
  }

  // The rows that an earlier call has written whole; a line that was cut off goes.
  Result<int64_t> whole_lines_of_part() {
    if (part_size() <= 0 || state_.empty()) {
      discard();
      return int64_t{0};
    }
    JANGWON_ASSIGN_OR_RETURN(std::string text, read_file(part_));
    const size_t end = text.rfind('\n');
    text.resize(end == std::string::npos ? 0 : end + 1);
    std::error_code error;
    fs::resize_file(part_, text.size(), error);
    if (error)
      return unavailable("cannot cut {part}: {cause}",
                         {{"part", part_}, {"cause", Message::system_error(error)}});
    return static_cast<int64_t>(std::count(text.begin(), text.end(), '\n'));
  }

  Status append(const std::string& lines) {
    JANGWON_ASSIGN_OR_RETURN(FileWriter part, FileWriter::open(part_, FileWriter::Start::kAtEnd));
    JANGWON_RETURN_IF_ERROR(part.append(lines));
    return part.close();
  }

  // --- both ---

  // One request and what it is redirected to.
  HttpReply follow(std::string url, const std::vector<HttpHeader>& headers,
                   const HttpClient::OnData& on_data) {
    const Result<Url> hub = parse_url(url);
    for (int hop = 0;; ++hop) {
      HttpRequest request;
      request.url = url;
      request.headers = headers;
      request.idle_timeout = access_.idle_timeout;
      request.max_body_bytes = uint64_t{1} << 36;
      const Result<Url> here = parse_url(url);
      if (here.ok() && hub.ok() && here->origin() == hub->origin())
        request.bearer_token = access_.token.value();
      HttpReply reply = client_.fetch(request, on_data);
      const bool redirected = reply.failure == HttpFailure::kNone && reply.status >= 301 &&
                              reply.status <= 308 && reply.status != 304 &&
                              reply.header("location") != nullptr;
      if (!redirected) return reply;
      announced_.read(reply);
      Result<std::string> next = resolve_url(url, *reply.header("location"));
      const Result<Url> target = next.ok() ? parse_url(*next) : Result<Url>(next.status());
      const bool downgrade =
          target.ok() && hub.ok() && hub->scheme == "https" && target->scheme != "https";
      if (!target.ok() || downgrade || hop == kMaxRedirects) {
        reply.failure = HttpFailure::kUrl;
        reply.failure_text = downgrade ? Message("the hub redirects to a host without TLS")
                                       : Message("the hub's redirects lead nowhere");
        return reply;
      }
      url = *next;
    }
  }

  // Waits before the next attempt, or says why there is none.
  Status wait_or_fail(const HttpReply& reply, int attempt) {
    JANGWON_RETURN_IF_ERROR(write_status_);
    const bool early_end =
        reply.failure == HttpFailure::kNone && (reply.status == 200 || reply.status == 206);
    const RetryClass retry =
        early_end || reply.status == 416 ? RetryClass::kTransient : retry_class(reply);
    Message why = reply.failure_text;
    if (early_end) why = Message("the file ended early");
    if (why.empty()) why = Message::value("HTTP " + std::to_string(reply.status));
    if (retry == RetryClass::kFinal) return refusal(reply, why);
    if (attempt >= access_.retry.max_attempts) {
      return unavailable(
          "{what} could not be fetched, {attempt} attempts ended in: {why}; the same command goes "
          "on where this one "
          "stopped",
          {{"what", what_}, {"attempt", attempt}, {"why", access_.token.redact(why)}});
    }
    const milliseconds own =
        backoff(access_.retry, attempt, std::uniform_real_distribution<double>(0.0, 1.0)(random_));
    const milliseconds asked = server_wait(reply, std::time(nullptr)).value_or(milliseconds(0));
    if (asked > access_.retry.max_server_wait) {
      return unavailable(
                 "the hub asks to wait {asked} seconds; call again then, it goes on where it "
                 "stopped",
                 {{"asked", asked.count() / 1000}})
          .at(what_);
    }
    const milliseconds time = std::max(own, asked);
    report(part_size(), std::nullopt,
           Message("{why}, next attempt in {milliseconds} ms",
                   {{"why", why}, {"milliseconds", time.count()}}));
    if (access_.wait) {
      access_.wait(time);
    } else {
      std::this_thread::sleep_for(time);
    }
    return ok_status();
  }

  Status refusal(const HttpReply& reply, const Message& why) const {
    // Without a token the hub says of a set that is not open to all that it does not exist.
    const bool hidden = reply.status == 404 && reply.header("x-error-code") != nullptr &&
                        *reply.header("x-error-code") == "RepoNotFound";
    if (reply.status == 401 || reply.status == 403 || hidden) {
      return unavailable(
          access_.token.empty()
              ? Message(
                    "{repository} is not given out without an access token ({why}): accept its "
                    "terms on "
                    "https://huggingface.co/datasets/{repository} while logged in, make an access "
                    "token on "
                    "https://huggingface.co/settings/tokens and call again with HF_TOKEN set to it",
                    {{"repository", source_.repository}, {"why", why}})
              : Message(
                    "{repository} is not given out with the token of HF_TOKEN ({why}): accept its "
                    "terms on "
                    "https://huggingface.co/datasets/{repository} while logged in, make an access "
                    "token on "
                    "https://huggingface.co/settings/tokens and call again with HF_TOKEN set to it",
                    {{"repository", source_.repository}, {"why", why}}));
    }
    return unavailable(
        "{what} of {repository} cannot be fetched: {why}",
        {{"what", what_}, {"repository", source_.repository}, {"why", access_.token.redact(why)}});
  }

  Result<Downloaded> finish(const Downloaded& downloaded) {
    JANGWON_RETURN_IF_ERROR(move_into_place(part_, path_));
    std::error_code ignored;
    fs::remove(path_ + ".state", ignored);
    return downloaded;
  }

  int64_t part_size() const {
    std::error_code error;
    const auto size = fs::file_size(part_, error);
    return error ? 0 : static_cast<int64_t>(size);
  }
  void read_state() {
    const Result<std::string> state = read_file(path_ + ".state", 4096);
    if (state.ok()) state_ = *state;
  }
  Status write_state(const std::string& state) {
    JANGWON_ASSIGN_OR_RETURN(const bool there, file_exists(path_ + ".state"));
    if (state == state_ && there) return ok_status();
    state_ = state;
    return write_file_atomically(path_ + ".state", state_);
  }
  void discard() {
    std::error_code ignored;
    fs::remove(part_, ignored);
    fs::remove(path_ + ".state", ignored);
    state_.clear();
  }
  void report(int64_t done, std::optional<int64_t> total, const Message& note = {}) const {
    if (access_.progress) access_.progress({what_, done, total, note});
  }

  const HubAccess& access_;
  const HubSource& source_;
  HttpClient& client_;
  std::string path_, part_;
  std::string what_;   // for messages
  std::string state_;  // which version the part is of
  Announced announced_;
  int64_t written_ = 0;
  Status write_status_;
  // why the part must be thrown away; empty: it need not
  Message wrong_part_;
  std::minstd_rand random_{std::random_device{}()};  // spreads attempts
};

Result<std::unique_ptr<HttpClient>> client_for(const HubAccess& access, const std::string& path) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (error)
    return unavailable("cannot make the folder of {path}: {cause}",
                       {{"path", path}, {"cause", Message::system_error(error)}});
  HttpClient::Options options;
  options.ca_file = access.ca_file;
  return HttpClient::create(options);
}

std::string variable_or(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  std::string text = value != nullptr && *value != '\0' ? value : otherwise;
  while (text.ends_with('/'))
    text.pop_back();
  return text;
}

}  // namespace

Result<HubAccess> HubAccess::from_environment() {
  HubAccess access;
  access.hub_url = variable_or("HF_ENDPOINT", "https://huggingface.co");
  const bool own_hub = access.hub_url != "https://huggingface.co";
  access.rows_url = variable_or(
      "HF_ROWS_ENDPOINT", own_hub ? access.hub_url : "https://datasets-server.huggingface.co");
  JANGWON_ASSIGN_OR_RETURN(access.token, Secret::from_environment("HF_TOKEN"));
  for (const std::string& url : {access.hub_url, access.rows_url}) {
    const Result<Url> parsed = parse_url(url);
    if (!parsed.ok()) return parsed.status().at("HF_ENDPOINT or HF_ROWS_ENDPOINT");
  }
  return access;
}

Result<Downloaded> download_file(const HubAccess& access, const HubSource& source,
                                 const std::string& file, const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<HttpClient> client, client_for(access, path));
  return Download(access, source, *client, path).file(file);
}

Result<Downloaded> download_rows(const HubAccess& access, const HubSource& source,
                                 const std::string& split, const std::string& path) {
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<HttpClient> client, client_for(access, path));
  return Download(access, source, *client, path).rows(split);
}

}  // namespace jangwon::datasets
