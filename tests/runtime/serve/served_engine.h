// A server on the loopback address in this process, with a stand-in behind it.

#pragma once

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "runtime/engine/engine.h"
#include "runtime/http/http_server.h"
#include "runtime/http/secret.h"
#include "runtime/serve/service.h"
#include "tests/fakes/socket_client.h"

namespace jangwon::runtime {

struct ServedEngineOptions {
  HttpServerOptions http = {};
  ServiceOptions service = {};
  EngineOptions engine = {};
  std::string key = {};
};

class ServedEngine {
 public:
  explicit ServedEngine(ServedEngineOptions options = {});
  ~ServedEngine();  // ends the server at once

  int port() const { return server_->port(); }
  void signal();  // as SIGTERM does
  void join() { thread_.join(); }

  fakes::SocketReply ask(const std::string& method, const std::string& path,
                         const std::string& body = "", const std::string& headers = "") const;
  nlohmann::ordered_json ask_json(const std::string& path,
                                  const nlohmann::ordered_json& body) const;

  // A figure of /metrics; -1 where it is not there.
  int64_t figure(const std::string& name) const;
  // Waits until it has that value, as long as the engine computes and some time more.
  bool wait_for_figure(const std::string& name, int64_t value) const;

 private:
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Engine> engine_;
  Secret key_;
  std::atomic<int> num_signals_ = 0;
  std::unique_ptr<ServedModel> model_;
  std::unique_ptr<Service> service_;
  std::thread thread_;
};

std::string stand_in_folder();

}  // namespace jangwon::runtime
