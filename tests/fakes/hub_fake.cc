#include "tests/fakes/hub_fake.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/base/sha256.h"

namespace jangwon::fakes {

namespace {

constexpr const char* kResolve = "/resolve/";

// Refusals that concern every path; true: the request is answered.
bool refuse(HubManner manner, FakeConnection& connection) {
  switch (manner) {
    case HubManner::k429RetryAfter:
      connection.reply(429, "slow down", {{"Retry-After", "0"}});
      return true;
    case HubManner::k503:
      connection.reply(503, "<html>busy</html>", {{"Content-Type", "text/html"}});
      return true;
    case HubManner::kUnauthorized:
      connection.reply(401, "Access to this dataset is restricted",
                       {{"X-Error-Code", "GatedRepo"}});
      return true;
    case HubManner::kHidden:
      connection.reply(404, "Repository not found", {{"X-Error-Code", "RepoNotFound"}});
      return true;
    case HubManner::kNotFound:
      connection.reply(404, "Entry not found", {{"X-Error-Code", "EntryNotFound"}});
      return true;
    default:
      return false;
  }
}

}  // namespace

HubFake::HubFake(Plan plan, const std::string& certificate_host) : plan_(std::move(plan)) {
  store_ =
      std::make_unique<FakeServer>([this](const FakeRequest& request, FakeConnection& connection) {
        handle_store(request, connection);
      });
  hub_ = std::make_unique<FakeServer>(
      [this](const FakeRequest& request, FakeConnection& connection) {
        handle_hub(request, connection);
      },
      certificate_host);
}

void HubFake::put_file(const std::string& name, const std::string& content) {
  std::lock_guard lock(mutex_);
  files_[name] = content;
}

void HubFake::put_rows(const std::string& name, const std::vector<std::string>& rows) {
  std::lock_guard lock(mutex_);
  rows_[name] = rows;
}

void HubFake::set_revision(const std::string& revision) {
  std::lock_guard lock(mutex_);
  revision_ = revision;
}

HubManner HubFake::next_manner(const std::string& path) {
  std::lock_guard lock(mutex_);
  return plan_(path, numbers_[path]++);
}

void HubFake::handle_hub(const FakeRequest& request, FakeConnection& connection) {
  const std::string path = request.path();
  if (path == "/rows") {
    send_rows(next_manner(path), request, connection);
    return;
  }
  if (path == "/splits") {
    send_splits(request, connection);
    return;
  }
  // /datasets/OWNER/NAME/resolve/REVISION/FILE
  const size_t resolve = path.find(kResolve);
  const std::string prefix = "/datasets/";
  if (!path.starts_with(prefix) || resolve == std::string::npos) {
    connection.reply(404, "Not Found");
    return;
  }
  const size_t file = path.find('/', resolve + std::string(kResolve).size());
  const std::string name = path.substr(prefix.size(), resolve - prefix.size()) + path.substr(file);
  std::string content, revision;
  {
    std::lock_guard lock(mutex_);
    if (!files_.contains(name)) {
      connection.reply(404, "Entry not found", {{"X-Error-Code", "EntryNotFound"}});
      return;
    }
    content = files_[name];
    revision = revision_;
  }
  if (refuse(next_manner("hub"), connection)) return;
  connection.reply(302, "",
                   {{"Location", store_->url() + "/" + name},
                    {"X-Repo-Commit", revision},
                    {"X-Linked-Size", std::to_string(content.size())},
                    {"X-Linked-ETag", "\"" + sha256_hex(content) + "\""}});
}

void HubFake::handle_store(const FakeRequest& request, FakeConnection& connection) {
  const std::string name = request.path().substr(1);
  std::string content;
  {
    std::lock_guard lock(mutex_);
    content = files_[name];
  }
  const HubManner manner = next_manner(request.path());
  if (refuse(manner, connection)) return;
  std::string etag = "\"store-" + sha256_hex(content).substr(0, 8) + "\"";
  if (manner == HubManner::kWrongHash) content.back() = content.back() == 'x' ? 'y' : 'x';
  size_t begin = 0;
  const std::string range = request.header("range");
  const bool wanted = range.starts_with("bytes=") && request.header("if-range") == etag;
  if (wanted && manner != HubManner::kNoRange) begin = std::strtoul(range.c_str() + 6, nullptr, 10);
  if (begin > 0 && begin >= content.size()) {
    connection.reply(
        416, "", {{"Content-Range", "bytes */" + std::to_string(content.size())}, {"ETag", etag}});
    return;
  }
  if (manner == HubManner::kLoginPage) {
    connection.reply(200, "<!DOCTYPE html><html>Log in</html>",
                     {{"Content-Type", "text/html; charset=utf-8"}});
    return;
  }
  if (manner == HubManner::kPacked) {
    connection.reply(200, "\x1f\x8b not unpacked", {{"Content-Encoding", "gzip"}});
    return;
  }
  if (manner == HubManner::kWrongRange && begin > 10) begin -= 10;
  if (manner == HubManner::kOtherVersion && begin > 0) etag = "\"another\"";
  const std::string body = content.substr(begin);
  std::string head = begin > 0
                         ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " +
                               std::to_string(begin) + "-" + std::to_string(content.size() - 1) +
                               "/" + std::to_string(content.size()) + "\r\n"
                         : "HTTP/1.1 200 OK\r\n";
  head += "ETag: " + etag + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  connection.send(head);
  if (manner == HubManner::kTruncatedBody || manner == HubManner::kResetInBody) {
    connection.send(body.substr(0, body.size() / 2));
    store_->wait(std::chrono::milliseconds(5));
    manner == HubManner::kResetInBody ? connection.reset() : connection.close();
    return;
  }
  if (manner == HubManner::kSlow) {
    const size_t piece = std::max<size_t>(1, body.size() / 20);
    for (size_t at = 0; at < body.size(); at += piece) {
      connection.send(body.substr(at, piece));
      store_->wait(std::chrono::milliseconds(2));
    }
    return;
  }
  connection.send(body);
}

void HubFake::send_splits(const FakeRequest& request, FakeConnection& connection) {
  const std::string prefix = request.query("dataset") + "/";
  std::string body;
  std::lock_guard lock(mutex_);
  for (const auto& [name, rows] : rows_) {
    if (!name.starts_with(prefix)) continue;
    const size_t bar = name.find('/', prefix.size());
    body += (body.empty() ? "" : ", ") + std::string(R"({"config": ")") +
            name.substr(prefix.size(), bar - prefix.size()) + R"(", "split": ")" +
            name.substr(bar + 1) + "\"}";
  }
  connection.reply(200, R"({"splits": [)" + body + "]}");
}

void HubFake::send_rows(HubManner manner, const FakeRequest& request, FakeConnection& connection) {
  if (refuse(manner, connection)) return;
  const std::string name =
      request.query("dataset") + "/" + request.query("config") + "/" + request.query("split");
  std::vector<std::string> rows;
  std::string revision;
  {
    std::lock_guard lock(mutex_);
    rows = rows_[name];
    revision = revision_;
  }
  if (rows.empty()) {
    connection.reply(404, R"({"error": "Not found."})");
    return;
  }
  const size_t offset = std::strtoul(request.query("offset").c_str(), nullptr, 10);
  const size_t length =
      std::min<size_t>(100, std::strtoul(request.query("length").c_str(), nullptr, 10));
  const size_t end =
      std::min(rows.size(), offset + length) - (manner == HubManner::kRowMissing ? 1 : 0);
  std::string body = R"({"features": [], "rows": [)";
  for (size_t i = offset; i < end; ++i) {
    const std::string cut = manner == HubManner::kRowsTruncated ? R"(["question"])" : "[]";
    const size_t sent = manner == HubManner::kRowTwice && i > offset ? i - 1 : i;
    const std::string index =
        manner == HubManner::kOddTypes ? "\"" + std::to_string(sent) + "\"" : std::to_string(sent);
    body += (i > offset ? "," : "") + std::string(R"({"row_idx": )") + index + R"(, "row": )" +
            rows[sent] + R"(, "truncated_cells": )" + cut + "}";
  }
  body += R"(], "num_rows_total": )" + std::to_string(rows.size()) +
          R"(, "num_rows_per_page": 100, "partial": )" +
          (manner == HubManner::kOddTypes ? "null}" : "false}");
  if (manner == HubManner::kWrongJson) body.resize(body.size() / 2);
  if (manner == HubManner::kTruncatedBody) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n\r\n" + body.substr(0, body.size() / 2));
    connection.close();
    return;
  }
  connection.reply(200, body, {{"Content-Type", "application/json"}, {"X-Revision", revision}});
}

}  // namespace jangwon::fakes
