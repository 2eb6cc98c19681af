// Making sandboxes: what of the machine they need, which tier the kernel gives, and
// the first frames.
//
// The tier is found by trying the whole sequence, not single calls: some systems let a namespace be
// made and then refuse its map, its mounts or its capabilities. Then a program of attacks that do
// no harm runs through the real path; a layer that lets one through counts as missing.

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>

#include "harness/sandbox/driver_source.h"
#include "harness/sandbox/interpreter_files.h"
#include "harness/sandbox/python_sandbox.h"
#include "harness/sandbox/quick_check.h"
#include "harness/sandbox/sandbox.h"
#include "harness/sandbox/spawner.h"
#include "runtime/base/file.h"

namespace jangwon::harness {
namespace fs = std::filesystem;
namespace {

constexpr int64_t kGibInKb = 1 << 20;

struct NamespaceFlag {
  uint64_t flag;
  const char* name;
};
constexpr NamespaceFlag kNamespaces[] = {{CLONE_NEWUSER, "user"},    {CLONE_NEWNS, "mnt"},
                                         {CLONE_NEWPID, "pid"},      {CLONE_NEWNET, "net"},
                                         {CLONE_NEWIPC, "ipc"},      {CLONE_NEWUTS, "uts"},
                                         {CLONE_NEWCGROUP, "cgroup"}};

// The first instruction of every sandbox's interpreter: take the driver from descriptor 3 and run
// it. 'M' is a compiled driver; compiling it anew for every sandbox would cost 10 ms.
constexpr const char* kBootSource = R"py(
import marshal, posix
def take(size):
    data = b''
    while len(data) < size:
        part = posix.read(3, size - len(data))
        if not part:
            posix._exit(97)
        data += part
    return data
kind, size = take(1), int.from_bytes(take(4), 'little')
code = take(size)
code = marshal.loads(code) if kind == b'M' else compile(code, 'sandbox_driver.py', 'exec')
exec(code, {'__name__': 'sandbox_driver', 'code': code})
)py";

int64_t available_memory_kb() {
  constexpr std::string_view kName = "MemAvailable:";
  const Result<std::string> text = read_file("/proc/meminfo", 1 << 20);
  const size_t at = text.ok() ? text->find(kName) : std::string::npos;
  return at != std::string::npos ? std::atoll(text->c_str() + at + kName.size()) : 8 * kGibInKb;
}

// Enough for everything the official checker passes on a machine that has it, and never so much
// that all sandboxes at once take the machine down.
int64_t memory_share_kb(int max_concurrent) {
  const int64_t share = (available_memory_kb() - kGibInKb) / std::max(1, max_concurrent);
  return std::clamp<int64_t>(share, kGibInKb / 2, 8 * kGibInKb);
}

}  // namespace

uint64_t namespaces_of(SandboxTier tier) {
  uint64_t flags = 0;
  for (const NamespaceFlag& space : kNamespaces)
    flags |= tier == SandboxTier::kA ? space.flag : 0;
  return flags;
}

uint32_t layers_of(SandboxTier tier) {
  constexpr uint32_t kAlways =
      kResourceLimits | kOrdinaryUser | kNoCapabilities | kNoNewPrivileges | kDeathSignal;
  constexpr uint32_t kFilters = kLandlockFiles | kLandlockScope | kSystemCallFilter;
  // Processes are counted by user namespace; elsewhere the limit would count all
  // processes of a user.
  constexpr uint32_t kOfNamespaces =
      kPrivateRoot | kReadOnlyMounts | kRestrictedMounts | kProcessLimit;
  return kAlways | (tier != SandboxTier::kNone ? kFilters : 0u) |
         (tier == SandboxTier::kA ? kOfNamespaces : 0u);
}

struct SandboxPool::Core {
  SandboxOptions options;
  ConfinementFiles files;
  std::unique_ptr<Spawner> spawner;
  SandboxTier tier = SandboxTier::kA;
  int64_t memory_kb = 0;
  std::string compiled_driver;  // empty: not yet
  std::string python_version;
  std::string numpy_version;
  std::string description;
  std::shared_mutex solitude;
  // in front of solitude, because a shared_mutex may let readers pass a waiting writer for ever
  std::mutex turnstile;
  std::mutex mutex;
  std::set<uint32_t> used_slots;

  uint32_t take_slot();
  Result<std::unique_ptr<PythonSandbox::Core>> spawn(const SandboxLimits& limits,
                                                     int expected_runs);
  Status ask_interpreter();
  Status check_tier();
  Status settle_tier();
  std::string refused_namespaces();
  std::string describe_layers() const;
};

uint32_t SandboxPool::Core::take_slot() {
  const std::lock_guard lock(mutex);
  uint32_t slot = 0;
  while (used_slots.contains(slot))
    ++slot;
  used_slots.insert(slot);
  return slot;
}

// A sandbox whose interpreter has the driver, and nothing else yet. kUnavailable names
// the refused layer.
Result<std::unique_ptr<PythonSandbox::Core>> SandboxPool::Core::spawn(const SandboxLimits& limits,
                                                                      int expected_runs) {
  auto sandbox = std::make_unique<PythonSandbox::Core>();
  sandbox->limits = limits;
  if (sandbox->limits.memory_kb <= 0) sandbox->limits.memory_kb = memory_kb;
  OwnedFd stdin_end, stdin_unused, stdout_end, stdout_unused, stderr_end, frame_end, status_end;
  // 0 and 1 are pipes from the start, so that what the interpreter learns about them at its start
  // is true of every run.
  if (!make_pipe(&stdin_end, &stdin_unused) || !make_pipe(&stdout_unused, &stdout_end) ||
      !make_pipe(&sandbox->stderr_pipe, &stderr_end) ||
      !make_socket_pair(SOCK_STREAM, &sandbox->control.fd, &frame_end) ||
      !make_socket_pair(SOCK_SEQPACKET, &sandbox->status, &status_end)) {
    return unavailable("no descriptors for a sandbox: {cause}",
                       {{"cause", Message::system_error(errno)}});
  }
  fcntl(sandbox->stderr_pipe.get(), F_SETFL, O_NONBLOCK);
  SpawnRequest request;
  request.slot = take_slot();
  sandbox->release_slot = [this, slot = request.slot] {
    const std::lock_guard lock(mutex);
    used_slots.erase(slot);
  };
  request.namespaces = namespaces_of(tier);
  request.layers = layers_of(tier);
  request.cpu_seconds =
      static_cast<uint64_t>((expected_runs + 1) * limits.stop_cpu_ms() / 1000 + 10);
  request.memory_bytes = static_cast<uint64_t>(sandbox->limits.memory_kb + kGibInKb)
                         << 10;  // thread stacks are not resident
  request.file_bytes = 16 << 20;
  request.max_processes = 128;
  const int fds[kNumSpawnFds] = {stdin_end.get(), stdout_end.get(), stderr_end.get(),
                                 frame_end.get(), status_end.get()};
  JANGWON_ASSIGN_OR_RETURN(const SpawnedSandbox spawned, spawner->spawn(request, fds));
  sandbox->pidfd.reset(spawned.pidfd);
  if (spawned.failed_step != ConfinementStep::kNone) {
    sandbox->failed_step = spawned.failed_step;
    const std::string layer = spawned.failed_step == ConfinementStep::kClone
                                  ? refused_namespaces()
                                  : describe(spawned.failed_step);
    return unavailable("the kernel refuses {failed_step}: {cause}",
                       {{"failed_step", layer}, {"cause", Message::system_error(spawned.error)}});
  }
  sandbox->alive = true;
  sandbox->filtered = tier != SandboxTier::kNone;
  const std::string_view driver =
      compiled_driver.empty() ? std::string_view(kDriverSource) : compiled_driver;
  sandbox->send_frame(compiled_driver.empty() ? 'S' : 'M', driver, {});
  return sandbox;
}

std::string SandboxPool::Core::refused_namespaces() {
  std::vector<std::string> refused;
  for (const NamespaceFlag& space : kNamespaces) {
    // Without root the others exist only inside a user namespace, so each is tried with it.
    SpawnRequest request;
    request.probe_only = 1;
    request.namespaces = space.flag | CLONE_NEWUSER;
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    const int fds[kNumSpawnFds] = {null, null, null, null, null};
    const auto spawned = spawner->spawn(request, fds);
    close(null);
    if (spawned.ok() && spawned->pidfd >= 0) close(spawned->pidfd);
    if (spawned.ok() && spawned->failed_step == ConfinementStep::kNone) continue;
    refused.push_back(space.name);
    if (space.flag == CLONE_NEWUSER) break;  // the rest follows from it
  }
  if (refused.empty()) return describe(ConfinementStep::kClone);
  return fmt::format("{} namespaces", fmt::join(refused, ", "));
}

// Versions, and the driver compiled by this very interpreter; no foreign code has run
// in that sandbox.
Status SandboxPool::Core::ask_interpreter() {
  compiled_driver.clear();
  JANGWON_ASSIGN_OR_RETURN(const auto sandbox, spawn({}, 1));
  sandbox->send_frame('i', {}, {});
  JANGWON_RETURN_IF_ERROR(sandbox->await_interpreter('i'));
  const std::string answer = sandbox->control.frames.front().payload;
  const size_t first = answer.find('\n');
  const size_t second = first == std::string::npos ? first : answer.find('\n', first + 1);
  if (second == std::string::npos) return unavailable("its interpreter broke the protocol");
  python_version = answer.substr(0, first);
  numpy_version = answer.substr(first + 1, second - first - 1);
  compiled_driver = answer.substr(second + 1);
  return ok_status();
}

std::string SandboxPool::Core::describe_layers() const {
  std::vector<std::string> layers;
  if (tier == SandboxTier::kA) {
    for (const NamespaceFlag& space : kNamespaces)
      layers.emplace_back(space.name);
    layers.emplace_back("private root");
  }
  if (tier != SandboxTier::kNone) {
    layers.push_back(fmt::format("landlock {}", landlock_abi()));
    layers.emplace_back("seccomp");
  }
  layers.emplace_back("rlimits");
  return fmt::format("{}", fmt::join(layers, ", "));
}

Status SandboxPool::Core::check_tier() {
  JANGWON_RETURN_IF_ERROR(ask_interpreter());
  if (tier == SandboxTier::kNone) return ok_status();
  if (tier == SandboxTier::kB && landlock_abi() < 3)
    return unavailable("the kernel refuses Landlock version 3 (it has {landlock_abi})",
                       {{"landlock_abi", landlock_abi()}});
  SandboxLimits limits;
  JANGWON_ASSIGN_OR_RETURN(auto core, spawn(limits, 1));
  core->send_frame('f', encode_program_filter(files.filters.program), {});
  core->send_frame('j', std::string(1, '\0') + kQuickCheckSource, {});
  JANGWON_RETURN_IF_ERROR(core->await_interpreter('y'));
  core->control.frames.pop_front();
  const ExecResult result = core->run_child('P', {}, tier == SandboxTier::kA ? "A\n" : "B\n");
  if (result.status != ExecStatus::kOk || result.stdout_text != kQuickCheckPassed) {
    return unavailable(
        "the sandbox does not hold on this kernel: {stderr}",
        {{"stderr",
          !result.error.empty() ? result.error : result.stdout_text + result.stderr_text}});
  }
  return ok_status();
}

Status SandboxPool::Core::settle_tier() {
  if (options.only_tier) {
    tier = *options.only_tier;
    return check_tier();
  }
  tier = SandboxTier::kA;
  const Status tier_a = check_tier();
  if (tier_a.ok()) return tier_a;
  tier = SandboxTier::kB;
  const Status tier_b = check_tier();
  if (tier_b.ok()) return tier_b;
  if (!options.allow_unsandboxed) {
    return unavailable(
        "model-written programs need a sandbox, and {cause} (and with Landlock and seccomp alone: "
        "{cause_2}); allow it "
        "on this machine, use another, or accept the risk with --allow-unsandboxed",
        {{"cause", tier_a.sentence()}, {"cause_2", tier_b.sentence()}});
  }
  tier = SandboxTier::kNone;
  return check_tier();
}

Result<std::unique_ptr<SandboxPool>> SandboxPool::create(const SandboxOptions& options) {
  auto core = std::make_unique<Core>();
  core->options = options;
  JANGWON_ASSIGN_OR_RETURN(core->files, find_interpreter_files(options.python));
  core->files.argv.emplace_back(kBootSource);
  JANGWON_ASSIGN_OR_RETURN(core->files.filters, make_seccomp_filters());
  JANGWON_ASSIGN_OR_RETURN(core->spawner, Spawner::start(core->files));
  core->memory_kb = memory_share_kb(options.max_concurrent);
  JANGWON_RETURN_IF_ERROR(core->settle_tier());
  core->description =
      fmt::format("tier {} ({}) python {}{}", name_of(core->tier), core->describe_layers(),
                  core->python_version,
                  core->numpy_version.empty() ? ", no numpy" : " numpy " + core->numpy_version);
  return std::unique_ptr<SandboxPool>(new SandboxPool(std::move(core)));
}

SandboxPool::SandboxPool(std::unique_ptr<Core> core) : core_(std::move(core)) {}
SandboxPool::~SandboxPool() = default;

SandboxTier SandboxPool::tier() const {
  return core_->tier;
}
const std::string& SandboxPool::description() const {
  return core_->description;
}
const std::string& SandboxPool::python_version() const {
  return core_->python_version;
}
const std::string& SandboxPool::numpy_version() const {
  return core_->numpy_version;
}
const std::string& SandboxPool::python_path() const {
  return core_->files.python;
}
int SandboxPool::spawner_pid() const {
  return core_->spawner->pid();
}
int64_t SandboxPool::default_memory_kb() const {
  return core_->memory_kb;
}

std::shared_lock<std::shared_mutex> SandboxPool::run_beside_others() {
  const std::lock_guard turn(core_->turnstile);
  return std::shared_lock(core_->solitude);
}

std::unique_lock<std::shared_mutex> SandboxPool::run_alone() {
  const std::lock_guard turn(core_->turnstile);
  return std::unique_lock(core_->solitude);
}

Result<std::unique_ptr<PythonSandbox>> SandboxPool::open(const PythonProgram& program,
                                                         const SandboxLimits& limits) {
  JANGWON_ASSIGN_OR_RETURN(auto sandbox, core_->spawn(limits, program.expected_runs));
  const bool numpy = program.source.find("numpy") != std::string::npos;
  const char flags = static_cast<char>((program.import_header ? 1 : 0) | (numpy ? 2 : 0));
  sandbox->send_frame(
      'f',
      encode_program_filter(core_->tier == SandboxTier::kNone ? "" : core_->files.filters.program),
      {});
  sandbox->send_frame('j', flags + program.source, {});
  JANGWON_RETURN_IF_ERROR(sandbox->await_interpreter('y'));
  sandbox->missing_module = std::move(sandbox->control.frames.front().payload);
  sandbox->control.frames.pop_front();
  return std::make_unique<PythonSandbox>(std::move(sandbox));
}

ExecResult SandboxPool::run_program(const PythonProgram& program, std::string_view stdin_text,
                                    const SandboxLimits& limits) {
  const auto sandbox = open(program, limits);
  if (sandbox.ok()) return (*sandbox)->run_program(stdin_text);
  ExecResult result;
  result.error = sandbox.status().message();
  return result;
}

std::string encode_program_filter(const std::string& filter) {
  const uint32_t numbers[] = {SYS_seccomp, kOwnPidMark};
  return std::string(reinterpret_cast<const char*>(numbers), sizeof numbers) + filter;
}

const char* name_of(ExecStatus status) {
  switch (status) {
    case ExecStatus::kOk:
      return "ok";
    case ExecStatus::kRunError:
      return "run_error";
    case ExecStatus::kSignal:
      return "signal";
    case ExecStatus::kTimeLimit:
      return "time_limit";
    case ExecStatus::kWallLimit:
      return "wall_limit";
    case ExecStatus::kMemoryLimit:
      return "memory_limit";
    case ExecStatus::kOutputLimit:
      return "output_limit";
    case ExecStatus::kSandboxError:
      return "sandbox_error";
  }
  return "";
}

const char* name_of(SandboxTier tier) {
  return tier == SandboxTier::kA ? "A" : tier == SandboxTier::kB ? "B" : "none";
}

}  // namespace jangwon::harness
