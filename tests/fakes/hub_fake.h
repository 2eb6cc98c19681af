// The Hugging Face hub as far as fetching needs it: file URLs that redirect to a store, and the
// rows API; with the ways in which both fail.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/fakes/fake_server.h"

namespace jangwon::fakes {

enum class HubManner {
  kGood,
  kTruncatedBody,  // half of what Content-Length says, then the end of the connection
  kResetInBody,    // likewise, with RST
  k429RetryAfter,
  k503,
  kSlow,       // in small pieces
  kWrongHash,  // other bytes of the announced length than those of the announced SHA-256
  kNoRange,    // sends the whole file though a part was asked for
  kWrongJson,  // of the rows API
  kRowMissing,
  kRowsTruncated,  // a cell was cut
  kWrongRange,     // sends another part than was asked for
  kOtherVersion,   // goes on with a part of another version, whatever If-Range says
  kLoginPage,      // 200 and a web page
  kPacked,         // 200 and a Content-Encoding that was not asked for
  kOddTypes,       // of the rows API: texts and null where numbers and booleans belong
  kRowTwice,       // of the rows API: one row in the place of the next
  kUnauthorized,
  kHidden,  // 404, as for a set whose terms were not accepted
  kNotFound,
};

class HubFake {
 public:
  // What becomes of request `number` (from 0) of the path.
  using Plan = std::function<HubManner(const std::string& path, int number)>;

  // With `certificate_host` the hub speaks TLS (fake_server.h), and the store does not.
  explicit HubFake(Plan plan, const std::string& certificate_host = "");

  // "owner/name/file" → content; the store behind the redirect is another server.
  void put_file(const std::string& name, const std::string& content);
  // "owner/name/config/split" → rows, each a JSON object.
  void put_rows(const std::string& name, const std::vector<std::string>& rows);
  void set_revision(const std::string& revision);

  std::string url() const { return hub_->url(); }
  FakeServer& hub() { return *hub_; }
  FakeServer& store() { return *store_; }

 private:
  void handle_hub(const FakeRequest& request, FakeConnection& connection);
  void handle_store(const FakeRequest& request, FakeConnection& connection);
  void send_splits(const FakeRequest& request, FakeConnection& connection);
  void send_rows(HubManner manner, const FakeRequest& request, FakeConnection& connection);
  HubManner next_manner(const std::string& path);

  Plan plan_;
  std::mutex mutex_;
  std::map<std::string, int> numbers_;
  std::map<std::string, std::string> files_;
  std::map<std::string, std::vector<std::string>> rows_;
  std::string revision_ = "0123456789abcdef0123456789abcdef01234567";
  std::unique_ptr<FakeServer> store_;  // last: their threads use the rest
  std::unique_ptr<FakeServer> hub_;
};

}  // namespace jangwon::fakes
