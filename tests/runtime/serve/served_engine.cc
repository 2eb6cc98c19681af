#include "tests/runtime/serve/served_engine.h"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

namespace jangwon::runtime {

std::string stand_in_folder() {
  return std::string(JANGWON_SOURCE_DIR) + "/runtime/stand_ins/standin-k-exaone";
}

ServedEngine::ServedEngine(ServedEngineOptions options) : key_(options.key) {
  server_ = HttpServer::listen(options.http).value();
  options.engine.num_threads = 2;
  engine_ = Engine::load(stand_in_folder(), options.engine).value();
  model_ = std::make_unique<ServedModel>(*engine_, "m", JsonValue::object(),
                                         [] { return uint64_t{11}; });
  options.service.num_signals = [this] { return num_signals_.load(); };
  service_ = std::make_unique<Service>(*server_, *engine_, *model_, key_, options.service);
  thread_ = std::thread([this] { server_->run(*service_); });
}

ServedEngine::~ServedEngine() {
  num_signals_ = 2;
  server_->wake();
  if (thread_.joinable()) thread_.join();
}

void ServedEngine::signal() {
  ++num_signals_;
  server_->wake();
}

fakes::SocketReply ServedEngine::ask(const std::string& method, const std::string& path,
                                     const std::string& body, const std::string& headers) const {
  fakes::SocketClient client(port());
  client.send(fakes::http_request(method, path, body, headers));
  return client.read_reply();
}

Json ServedEngine::ask_json(const std::string& path, const Json& body) const {
  const fakes::SocketReply reply = ask("POST", path, to_json_line(body));
  EXPECT_TRUE(reply.is_whole);
  EXPECT_EQ(reply.status, 200) << reply.body;
  return Json::parse(reply.body, nullptr, false);
}

int64_t ServedEngine::figure(const std::string& name) const {
  const std::string text = "\n" + ask("GET", "/metrics").body;
  const size_t at = text.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::atoll(text.c_str() + at + name.size() + 2);
}

bool ServedEngine::wait_for_figure(const std::string& name, int64_t value) const {
  int64_t last_steps = -1;
  for (int idle_looks = 0; idle_looks < 2000; ++idle_looks) {
    if (figure(name) == value) return true;
    const int64_t steps = figure("jangwon_steps_total");
    if (std::exchange(last_steps, steps) != steps) idle_looks = 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace jangwon::runtime
