// jangwon serve: the embedded engine behind OpenAI's API, for everybody else's clients. What it
// does stands in runtime/serve; here are its flags, its key and its signals.

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>

#include "harness/backends/all_backends.h"
#include "harness/backends/load_meter.h"
#include "harness/commands/command.h"
#include "harness/commands/help_text.h"
#include "harness/commands/setting_check.h"
#include "harness/run_loop/build_info.h"
#include "runtime/base/json.h"
#include "runtime/base/localized.h"
#include "runtime/base/path_kind.h"
#include "runtime/base/standard_streams.h"
#include "runtime/base/thinking_markers.h"
#include "runtime/engine/engine.h"
#include "runtime/http/http_server.h"
#include "runtime/http/secret.h"
#include "runtime/model/architectures/model_registry.h"
#include "runtime/serve/service.h"

namespace jangwon::harness {

namespace {

struct ServeFlags {
  std::string model;
  std::string name;
  std::string host = "127.0.0.1";
  int port = 8000;
  std::string key_variable, key_file;
  std::string template_arguments = "{}";
  std::vector<std::string> thinking_markers;
  std::string numerics;
  std::string device;
  std::string kv_cache_dtype;
  std::string weights;
  int threads = 0;
  int num_drafts = 0;
  int batch_size = runtime::EngineOptions().max_batch_size;
  int context = 0;
  int cache_mb = static_cast<int>(runtime::EngineOptions().kv_cache_max_bytes >> 20);
  int max_queue = runtime::ServiceOptions().max_choices;
  int max_connections = HttpServerOptions().max_connections;
  int max_body_mb = static_cast<int>(HttpLimits().max_body_bytes >> 20);
  std::optional<int> call_seconds;
  int read_seconds = 60;
  int grace_seconds = 30;
  bool json = false;
};

// The first signal asks for the end, a second one for it at once.
std::atomic<int> g_num_signals = 0;
std::atomic<HttpServer*> g_server = nullptr;

void on_signal(int) {
  ++g_num_signals;
  if (HttpServer* server = g_server) server->wake();
}

class SignalWatch {
 public:
  explicit SignalWatch(HttpServer& server) {
    g_num_signals = 0;
    g_server = &server;
    set_handler(on_signal);
  }
  ~SignalWatch() {
    set_handler(SIG_DFL);
    g_server = nullptr;
  }
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  static void set_handler(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGINT, SIGTERM})
      ::sigaction(signal, &action, nullptr);
  }
};

// A connection is a descriptor; many systems give a program 1024 of them unless it asks for more.
void allow_many_connections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<Secret> read_key(const ServeFlags& flags) {
  if (!flags.key_variable.empty() && !flags.key_file.empty())
    return invalid_argument(
        "--api-key-env and --api-key-file are both given; the key comes from one of them");
  if (flags.key_variable.empty() && flags.key_file.empty()) return Secret();
  JANGWON_ASSIGN_OR_RETURN(Secret key, flags.key_file.empty()
                                           ? Secret::from_environment(flags.key_variable)
                                           : Secret::from_file(flags.key_file));
  if (!key.empty()) return key;
  return invalid_argument(
      flags.key_file.empty()
          ? Message("--api-key-env: the variable {key_variable} is not set",
                    {{"key_variable", flags.key_variable}})
          : Message("--api-key-file: {key_file} is empty", {{"key_file", flags.key_file}}));
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<std::unique_ptr<runtime::Engine>> load_engine(const ServeFlags& flags,
                                                     const std::string& folder) {
  runtime::EngineOptions options;
  options.numerics = flags.numerics;
  options.kv_cache_dtype = flags.kv_cache_dtype;
  options.weights = flags.weights;
  options.device = flags.device;
  options.num_threads = flags.threads;
  options.num_drafts = flags.num_drafts;
  options.max_batch_size = flags.batch_size;
  options.max_context_tokens = flags.context;
  options.kv_cache_max_bytes = int64_t{flags.cache_mb} << 20;
  options.on_load = make_load_meter(stderr);
  JANGWON_ASSIGN_OR_RETURN(options.thinking_markers,
                           parse_thinking_markers(flags.thinking_markers));
  // Reading weights takes minutes: what is known before is told before.
  if (!path_exists(folder + "/tokenizer.json"))
    return invalid_argument("the model in {folder} has no tokenizer.json; a server needs one",
                            {{"folder", folder}});
  JANGWON_ASSIGN_OR_RETURN(const runtime::ModelConfig config, runtime::read_model_config(folder));
  if (flags.context > config.max_position_embeddings) {
    return invalid_argument(
        "--context is {context}; the model takes {max_position_embeddings} tokens",
        {{"context", flags.context}, {"max_position_embeddings", config.max_position_embeddings}});
  }
  return runtime::Engine::load(folder, options);
}

Status serve(const ServeFlags& flags) {
  JANGWON_ASSIGN_OR_RETURN(const Secret key, read_key(flags));
  const Result<Json> arguments = parse_json(flags.template_arguments);
  if (!arguments.ok()) return arguments.status().at("--chat-template-args");
  if (!arguments->is_object())
    return invalid_argument("--chat-template-args: a JSON object is needed");
  const auto [given_name, word] = split_model_word(flags.model);
  JANGWON_ASSIGN_OR_RETURN(const std::string folder, find_model_folder(word));
  allow_many_connections();
  // Listening comes before the weights: a port that is taken is told at once.
  HttpServerOptions http;
  http.host = flags.host;
  http.port = flags.port;
  http.max_connections = flags.max_connections;
  http.limits.max_body_bytes = static_cast<size_t>(flags.max_body_mb) << 20;
  http.max_bodies_bytes = std::max(http.max_bodies_bytes, http.limits.max_body_bytes);
  http.write_time = std::chrono::seconds(flags.read_seconds);
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<HttpServer> server, HttpServer::listen(http));
  JANGWON_ASSIGN_OR_RETURN(const std::unique_ptr<runtime::Engine> engine,
                           load_engine(flags, folder));
  const std::string name = !flags.name.empty()   ? flags.name
                           : !given_name.empty() ? given_name
                                                 : engine->name();
  std::random_device entropy;
  const runtime::ServedModel model(*engine, name, *arguments,
                                   [&entropy] { return (uint64_t{entropy()} << 32) | entropy(); });
  runtime::ServiceOptions options;
  options.max_choices = flags.max_queue;
  options.grace = std::chrono::seconds(flags.grace_seconds);
  if (flags.call_seconds) options.call_time = std::chrono::seconds(*flags.call_seconds);
  options.version = program_version();
  options.num_signals = [] { return g_num_signals.load(); };
  runtime::Service service(*server, *engine, model, key, options);
  const SignalWatch watch(*server);
  if (key.empty() && !is_loopback(flags.host)) {
    write_note(localized("Everybody who reaches {host} can use this server; --api-key-env or "
                         "--api-key-file makes them show a key.",
                         {{"host", flags.host}}) +
               "\n");
  }
  const std::string url = server->url() + "/v1";
  write_output(flags.json ? to_json_line({{"url", url}}) + "\n"
                          : localized("Serving {name} at {url}/v1; Ctrl-C ends it",
                                      {{"name", name}, {"url", server->url()}}) +
                                "\n");
  flush_output();
  server->run(service);
  return ok_status();
}

void add_limit_flags(CLI::App& command, ServeFlags& flags) {
  command
      .add_option("--max-queue", flags.max_queue,
                  "choices that are answered or wait; beyond them clients get 429")
      ->transform(setting_check("queue"))
      ->capture_default_str()
      ->group("Limits");
  command.add_option("--max-connections", flags.max_connections, "open connections")
      ->transform(setting_check("connections"))
      ->capture_default_str()
      ->group("Limits");
  command.add_option("--max-body-mb", flags.max_body_mb, "MiB of a request's body")
      ->transform(setting_check("body_mb"))
      ->capture_default_str()
      ->group("Limits");
  command
      .add_option("--call-seconds", flags.call_seconds,
                  "a call that takes longer is ended (default: none is)")
      ->transform(setting_check("timeout_s"))
      ->group("Limits");
  command
      .add_option("--read-seconds", flags.read_seconds,
                  "a client that reads nothing of its reply for so long is dropped")
      ->transform(setting_check("timeout_s"))
      ->capture_default_str()
      ->group("Limits");
  command
      .add_option("--grace-seconds", flags.grace_seconds,
                  "what runs may go on for so long after SIGTERM or Ctrl-C; a second signal ends "
                  "it at once")
      ->transform(setting_check("grace_s"))
      ->capture_default_str()
      ->group("Limits");
}

}  // namespace

void add_serve_command(CLI::App& app, CommandContext& context) {
  CLI::App& command = *app.add_subcommand("serve", "Serve a model to clients of the OpenAI API");
  auto flags = std::make_shared<ServeFlags>();
  command
      .add_option("--model,-m,-M,--model-name", flags->model,
                  "folder in Hugging Face format or registered name")
      ->required();
  command.add_option("--served-model-name", flags->name,
                     "what clients call it (default: the folder's name)");
  command.add_option("--host", flags->host, "address to listen on")->capture_default_str();
  command.add_option("--port", flags->port, "0: a free one")
      ->transform(setting_check("port"))
      ->capture_default_str();
  command.add_option("--api-key-env", flags->key_variable,
                     "clients must show the key in this environment variable");
  command.add_option("--api-key-file", flags->key_file,
                     "clients must show the key in the first line of this file");
  command.add_option("--chat-template-args,--template-kwargs", flags->template_arguments,
                     "JSON object for the chat template, e.g. {\"enable_thinking\": false}");
  command
      .add_option("--thinking-markers,--reasoning-markers,--reasoning-tags",
                  flags->thinking_markers,
                  "how the model marks its thinking: a known name, BEGIN...END, JSON or a YAML "
                  "file; may be repeated")
      ->allow_extra_args(false);
  command.add_flag("--json", flags->json,
                   "the URL as one line of JSON on stdout, once the server is ready");
  add_arithmetic_options(command, flags->numerics, flags->kv_cache_dtype);
  add_device_option(command, flags->device);
  add_weights_option(command, flags->weights);
  command
      .add_option("--speculate", flags->num_drafts,
                  "tokens that the model's draft module proposes for a step to verify; changes no "
                  "result (default: 0)")
      ->transform(setting_check("speculate"))
      ->group("Speed");
  command.add_option("--threads", flags->threads, "of the engine (default: all)")
      ->transform(setting_check("threads"))
      ->group("Speed");
  command.add_option("--batch-size,-b,--max-num-seqs", flags->batch_size, "sequences in one step")
      ->transform(setting_check("batch_size"))
      ->capture_default_str()
      ->group("Speed");
  command
      .add_option("--context,--max-model-len", flags->context,
                  "tokens of prompt and reply together (default: as many as the model takes)")
      ->transform(setting_check("context_tokens"))
      ->group("Speed");
  command.add_option("--cache-mb", flags->cache_mb, "most MiB of the cache of keys and values")
      ->transform(setting_check("cache_mb"))
      ->capture_default_str()
      ->group("Speed");
  add_limit_flags(command, *flags);
  set_examples(command,
               {{"jangwon serve --model standin-k-exaone",
                 "on http://127.0.0.1:8000/v1, for this machine alone"},
                {"jangwon serve --model models/k-exaone --port 0 --json",
                 "a free port, for a program to read"},
                {"jangwon serve --model models/k-exaone --host 0.0.0.0 --api-key-file key.txt",
                 "for others, with a key"}});
  command.callback([flags, &context] { context.status = serve(*flags); });
}

}  // namespace jangwon::harness
