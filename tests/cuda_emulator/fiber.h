// A stack that a thread of the emulated device runs on, and the switch between two of them. The
// sanitizers are told of every switch: AddressSanitizer of the stacks' bounds, ThreadSanitizer that
// fibers are threads which nothing orders.

#pragma once

#include <boost/context/fiber.hpp>
#include <cstddef>
#include <functional>
#include <utility>

#include "tests/cuda_emulator/address_sanitizer.h"

#ifdef JANGWON_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef JANGWON_EMULATOR_TSAN
#include <sanitizer/tsan_interface.h>
extern "C" void __tsan_read_range(const void*, unsigned long);
extern "C" void __tsan_write_range(void*, unsigned long);
extern "C" void AnnotateIgnoreReadsBegin(const char* file, int line);
extern "C" void AnnotateIgnoreReadsEnd(const char* file, int line);
extern "C" void AnnotateIgnoreWritesBegin(const char* file, int line);
extern "C" void AnnotateIgnoreWritesEnd(const char* file, int line);
#endif

namespace jangwon::cuda_emulator {

#ifdef JANGWON_EMULATOR_TSAN
constexpr bool kTsan = true;
inline void* tsan_create_fiber() {
  return __tsan_create_fiber(0);
}
inline void* tsan_current_fiber() {
  return __tsan_get_current_fiber();
}
inline void tsan_become(void* fiber) {
  __tsan_switch_to_fiber(fiber, __tsan_switch_to_fiber_no_sync);
}
inline void tsan_release(void* token) {
  __tsan_release(token);
}
inline void tsan_acquire(void* token) {
  __tsan_acquire(token);
}
inline void tsan_ignore(bool ignore) {
  if (ignore) {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  } else {
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  }
}
#else
constexpr bool kTsan = false;
inline void* tsan_create_fiber() {
  return nullptr;
}
inline void* tsan_current_fiber() {
  return nullptr;
}
inline void tsan_become(void*) {}
inline void tsan_release(void*) {}
inline void tsan_acquire(void*) {}
inline void tsan_ignore(bool) {}
#endif

// ThreadSanitizer takes another fiber for the running one.
class ActingAs {
 public:
  explicit ActingAs(void* tsan_fiber) : before_(tsan_current_fiber()) { tsan_become(tsan_fiber); }
  ~ActingAs() { tsan_become(before_); }
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;

 private:
  void* before_;
};

class Fiber {
 public:
  // The host's own stack, when the host calls.
  Fiber() = default;
  // Runs `loop`, which never returns, from the first switch_to on.
  explicit Fiber(std::function<void(Fiber&)> loop);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // REQUIRES: `this` is the running fiber. Returns when somebody switches back. Inlined, like
  // all that stands between it and a kernel: a processor foresees no return on a stack that it
  // was switched to.
  [[gnu::always_inline]] void switch_to(Fiber& to) {
    left_last = this;
    announce_leaving(to);
    announce_arrival(std::move(to.suspended_).resume());
  }

  void* tsan_fiber = nullptr;

 private:
  [[gnu::always_inline]] void announce_leaving([[maybe_unused]] const Fiber& to) {
#ifdef JANGWON_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&fake_stack_, to.stack_bottom_, to.stack_size_);
#endif
    tsan_become(to.tsan_fiber);
  }
  [[gnu::always_inline]] void announce_arrival(boost::context::fiber&& left) {
#ifdef JANGWON_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(fake_stack_, &left_last->stack_bottom_,
                                    &left_last->stack_size_);
#endif
    left_last->suspended_ = std::move(left);
  }

  // The fiber that the running one was switched to from. One host thread at a time
  // runs the emulator.
  static inline Fiber* left_last = nullptr;

  boost::context::fiber suspended_;  // where it goes on
  const void* stack_bottom_ = nullptr;
  std::size_t stack_size_ = 0;
  [[maybe_unused]] void* fake_stack_ = nullptr;
};

}  // namespace jangwon::cuda_emulator
