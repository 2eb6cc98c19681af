// An allow-list, not a deny-list: what nobody thought of is refused. Two filters are needed
// because the interpreter must be executed and must fork for each test, while the program it then
// runs may do neither; the kernel applies the stricter answer of all installed filters. A call of
// another ABI (int 0x80, x32) kills the process: its numbers mean other calls. clone3 answers
// ENOSYS, not EPERM, because its flags stand in memory where no filter can see them, and because
// the C library falls back to clone on ENOSYS only. tests/harness/sandbox/attack_test.cc tries
// what is refused here.

#include "harness/sandbox/seccomp_filter.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace jangwon::harness {
namespace {

// What CPython, numpy with one BLAS thread and the C library call, and nothing that reaches another
// process, another machine or the configuration of this one.
constexpr const char* kAllowed[] = {"read",
                                    "write",
                                    "close",
                                    "fstat",
                                    "lseek",
                                    "mmap",
                                    "mprotect",
                                    "munmap",
                                    "brk",
                                    "rt_sigaction",
                                    "rt_sigprocmask",
                                    "rt_sigreturn",
                                    "pread64",
                                    "pwrite64",
                                    "readv",
                                    "writev",
                                    "access",
                                    "pipe",
                                    "pipe2",
                                    "select",
                                    "mremap",
                                    "madvise",
                                    "dup",
                                    "dup2",
                                    "dup3",
                                    "nanosleep",
                                    "getitimer",
                                    "setitimer",
                                    "alarm",
                                    "getpid",
                                    "exit",
                                    "uname",
                                    "fsync",
                                    "fdatasync",
                                    "ftruncate",
                                    "truncate",
                                    "getcwd",
                                    "chdir",
                                    "fchdir",
                                    "rename",
                                    "renameat",
                                    "renameat2",
                                    "mkdir",
                                    "mkdirat",
                                    "rmdir",
                                    "unlink",
                                    "unlinkat",
                                    "readlink",
                                    "readlinkat",
                                    "umask",
                                    "gettimeofday",
                                    "time",
                                    "getrlimit",
                                    "setrlimit",
                                    "prlimit64",
                                    "getrusage",
                                    "sysinfo",
                                    "times",
                                    "getuid",
                                    "getgid",
                                    "geteuid",
                                    "getegid",
                                    "getppid",
                                    "getpgrp",
                                    "getpgid",
                                    "getsid",
                                    "getgroups",
                                    "getresuid",
                                    "getresgid",
                                    "sigaltstack",
                                    "statfs",
                                    "fstatfs",
                                    "arch_prctl",
                                    "gettid",
                                    "futex",
                                    "sched_getaffinity",
                                    "getdents64",
                                    "set_tid_address",
                                    "clock_gettime",
                                    "clock_getres",
                                    "clock_nanosleep",
                                    "exit_group",
                                    "epoll_create",
                                    "epoll_create1",
                                    "epoll_ctl",
                                    "epoll_wait",
                                    "epoll_pwait",
                                    "tgkill",
                                    "open",
                                    "openat",
                                    "stat",
                                    "lstat",
                                    "newfstatat",
                                    "statx",
                                    "faccessat",
                                    "faccessat2",
                                    "pselect6",
                                    "ppoll",
                                    "poll",
                                    "set_robust_list",
                                    "getrandom",
                                    "rseq",
                                    "restart_syscall",
                                    "rt_sigtimedwait",
                                    "rt_sigpending",
                                    "rt_sigsuspend",
                                    "pause",
                                    "wait4",
                                    "waitid",
                                    "execve",
                                    "seccomp",
                                    "recvmsg",
                                    "sendmsg",
                                    "getsockname",
                                    "getsockopt",
                                    "getpeername",
                                    "membarrier",
                                    "utimensat",
                                    "fadvise64",
                                    "sendfile",
                                    "copy_file_range",
                                    "eventfd2"};

constexpr const char* kDeniedToProgram[] = {"execve",    "execveat", "fork",    "vfork",
                                            "seccomp",   "sendmsg",  "recvmsg", "prctl",
                                            "prlimit64", "utimensat"};

constexpr uint64_t kNamespaceFlags = 0x7e020080;  // every CLONE_NEW* of sched.h, CLONE_NEWTIME too

// The condition on one argument of a call; with SCMP_CMP_MASKED_EQ `value` is the mask and the
// masked argument must be 0.
constexpr scmp_arg_cmp argument(unsigned index, scmp_compare comparison, scmp_datum_t value) {
  return {index, comparison, value, 0};
}

class Filter {
 public:
  explicit Filter(uint32_t default_action)
      : context_(seccomp_init(default_action), &seccomp_release) {
    if (!context_) error_ = ENOMEM;
    keep(seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
    // we set no_new_privs ourselves
    keep(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_NNP, 0));
    // a binary tree: the list is long
    keep(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));
  }

  // A name that this architecture does not have (open on arm64) is skipped.
  template <typename... Comparisons>
  void add(uint32_t action, const char* name, Comparisons... comparisons) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number < 0) return;
    keep(seccomp_rule_add(context_.get(), action, number, sizeof...(comparisons), comparisons...));
  }

  Result<std::string> compile() {
    const int fd = memfd_create("seccomp", MFD_CLOEXEC);
    if (fd < 0)
      return unavailable("cannot make a seccomp filter: memfd_create: {cause}",
                         {{"cause", Message::system_error(errno)}});
    keep(seccomp_export_bpf(context_.get(), fd));
    std::string program(static_cast<size_t>(std::max<off_t>(lseek(fd, 0, SEEK_END), 0)), '\0');
    const bool complete =
        pread(fd, program.data(), program.size(), 0) == static_cast<ssize_t>(program.size());
    close(fd);
    if (error_ != 0 || !complete || program.empty())
      return unavailable("cannot make a seccomp filter with libseccomp: {cause}",
                         {{"cause", Message::system_error(error_)}});
    return program;
  }

 private:
  void keep(int rc) {
    if (rc < 0 && error_ == 0) error_ = -rc;
  }
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  int error_ = 0;
};

Result<std::string> make_interpreter_filter() {
  Filter filter(SCMP_ACT_ERRNO(EPERM));
  for (const char* name : kAllowed)
    filter.add(SCMP_ACT_ALLOW, name);
  filter.add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  // Succeeds and does nothing: whoever gives its processor up to others spends no time of its own,
  // and on a busy machine no clock would end it but the backstop, which is ours.
  filter.add(SCMP_ACT_ERRNO(0), "sched_yield");
  filter.add(SCMP_ACT_ALLOW, "clone", argument(0, SCMP_CMP_MASKED_EQ, kNamespaceFlags));
  // asyncio's wake-up pipe
  filter.add(SCMP_ACT_ALLOW, "socketpair", argument(0, SCMP_CMP_EQ, AF_UNIX));
  filter.add(SCMP_ACT_ALLOW, "prctl", argument(0, SCMP_CMP_EQ, PR_SET_PDEATHSIG));
  for (int command :
       {F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, 1032 /* F_GETPIPE_SZ */})
    filter.add(SCMP_ACT_ALLOW, "fcntl",
               // no locks, no leases
               argument(1, SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
  for (unsigned request : {static_cast<unsigned>(TCGETS), static_cast<unsigned>(FIOCLEX),
                           static_cast<unsigned>(FIONCLEX), static_cast<unsigned>(FIONREAD),
                           static_cast<unsigned>(FIONBIO), static_cast<unsigned>(TIOCGWINSZ)})
    filter.add(SCMP_ACT_ALLOW, "ioctl", argument(1, SCMP_CMP_EQ, request));
  return filter.compile();
}

Result<std::string> make_program_filter() {
  Filter filter(SCMP_ACT_ALLOW);
  for (const char* name : kDeniedToProgram) {
    if (std::strcmp(name, "prlimit64") == 0) {
      // Its own limits may go down; those of the interpreter that forked it are none
      // of its business.
      filter.add(SCMP_ACT_ERRNO(EPERM), name, argument(0, SCMP_CMP_NE, 0));
    } else {
      filter.add(SCMP_ACT_ERRNO(std::strstr(name, "fork") != nullptr ? EAGAIN : EPERM), name);
    }
  }
  filter.add(SCMP_ACT_ERRNO(EAGAIN), "clone", argument(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD));
  // Signals to itself alone (abort, raise_signal): stopping the interpreter would look like a
  // failure of ours.
  filter.add(SCMP_ACT_ERRNO(EPERM), "tgkill", argument(0, SCMP_CMP_NE, kOwnPidMark));
  return filter.compile();
}

}  // namespace

Result<SeccompFilters> make_seccomp_filters() {
  SeccompFilters filters;
  JANGWON_ASSIGN_OR_RETURN(filters.interpreter, make_interpreter_filter());
  JANGWON_ASSIGN_OR_RETURN(filters.program, make_program_filter());
  return filters;
}

}  // namespace jangwon::harness
