#include "harness/backends/embedded_backend.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file.h"
#include "runtime/base/json.h"

namespace jangwon::harness {
namespace {

constexpr const char* kStandIn = JANGWON_SOURCE_DIR "/runtime/stand_ins/standin-axk1";

Request request_of(const std::string& id, const std::string& text) {
  Request request;
  request.task = "t";
  request.sample_id = id;
  request.messages = {{"user", text}};
  request.sampling.max_tokens = 4;
  return request;
}

// Serves the texts and returns their completions in the order in which they came.
std::vector<Completion> serve_all(Backend& backend, const std::vector<std::string>& texts) {
  std::vector<Completion> completions;
  size_t next = 0;
  const Status served = backend.serve(
      [&]() -> std::optional<Request> {
        if (next == texts.size()) return std::nullopt;
        Request request = request_of(std::to_string(next), texts[next]);
        ++next;
        EXPECT_TRUE(backend.prepare(request).ok());
        return request;
      },
      [&](const Request&, Completion completion) { completions.push_back(std::move(completion)); },
      [] { return false; });
  EXPECT_TRUE(served.ok()) << served.message();
  return completions;
}

TEST(EmbeddedBackend, PromptsThatDoNotFitTheContextAreAnsweredWithoutAStep) {
  Result<std::unique_ptr<Backend>> backend = make_embedded_backend(kStandIn, {});
  ASSERT_TRUE(backend.ok()) << backend.status().message();
  std::string endless;
  for (int i = 0; i < 6000; ++i)
    endless += "7 + 8 = 15; ";
  const std::vector<Completion> completions = serve_all(**backend, {endless, endless, endless});
  ASSERT_EQ(completions.size(), 3u);
  for (const Completion& completion : completions) {
    EXPECT_EQ(completion.finish_reason, FinishReason::kContext);
    EXPECT_TRUE(completion.token_ids.empty());
  }
}

TEST(EmbeddedBackend, FittingPromptsBetweenTooLongOnesAreServed) {
  Result<std::unique_ptr<Backend>> backend = make_embedded_backend(kStandIn, {});
  ASSERT_TRUE(backend.ok()) << backend.status().message();
  std::string endless;
  for (int i = 0; i < 6000; ++i)
    endless += "7 + 8 = 15; ";
  const std::vector<Completion> completions = serve_all(**backend, {endless, "1 + 1 = ?", endless});
  ASSERT_EQ(completions.size(), 3u);
  int generated = 0;
  for (const Completion& completion : completions)
    generated += completion.token_ids.empty() ? 0 : 1;
  EXPECT_EQ(generated, 1);
}

TEST(EmbeddedBackend, RecommendedSamplingKeepsTheNamesOfGenerationConfig) {
  const std::string folder = testing::TempDir() + "/embedded_backend_" + std::to_string(getpid());
  std::filesystem::remove_all(folder);
  std::filesystem::copy(kStandIn, folder, std::filesystem::copy_options::recursive);
  const Result<Json> before = read_json_file(std::string(kStandIn) + "/generation_config.json");
  Json config = before.ok() ? *before : Json::object();
  config["do_sample"] = true;
  config["temperature"] = 0.6;
  config["max_new_tokens"] = 77;
  ASSERT_TRUE(write_file_atomically(folder + "/generation_config.json", to_json_text(config)).ok());
  Result<std::unique_ptr<Backend>> backend = make_embedded_backend(folder, {});
  ASSERT_TRUE(backend.ok()) << backend.status().message();
  const Json& sampling = *(*backend)->info().sampling;
  EXPECT_EQ(sampling.at("temperature"), 0.6);
  EXPECT_EQ(sampling.at("max_new_tokens"), 77)
      << "harness/run_loop/sampling_origin.cc reads this name";
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace jangwon::harness
