#include "tests/cuda_emulator/fiber.h"

#include <boost/context/protected_fixedsize_stack.hpp>

#include "tests/cuda_emulator/address_sanitizer.h"

#ifdef JANGWON_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace jangwon::cuda_emulator {
namespace {

constexpr std::size_t kStackBytes = 256 * 1024;  // AddressSanitizer's frames are several times larger than others

// The fiber that the running one was switched to from. One host thread at a time runs the emulator.
Fiber* left_last = nullptr;

}  // namespace

Fiber::Fiber(std::function<void(Fiber&)> loop) : tsan_fiber(tsan_create_fiber()) {
  boost::context::protected_fixedsize_stack allocator(kStackBytes);
  const boost::context::stack_context stack = allocator.allocate();
  stack_bottom_ = static_cast<std::byte*>(stack.sp) - stack.size;
  stack_size_ = stack.size;
  suspended_ =
      boost::context::fiber(std::allocator_arg, boost::context::preallocated(stack.sp, stack.size, stack), allocator,
                            [this, loop = std::move(loop)](boost::context::fiber&& left) -> boost::context::fiber {
                              announce_arrival(std::move(left));
                              loop(*this);
                              return {};
                            });
}

void Fiber::switch_to(Fiber& to) {
  left_last = this;
  announce_leaving(to);
  announce_arrival(std::move(to.suspended_).resume());
}

void Fiber::announce_leaving([[maybe_unused]] const Fiber& to) {
#ifdef JANGWON_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(&fake_stack_, to.stack_bottom_, to.stack_size_);
#endif
  tsan_become(to.tsan_fiber);
}

void Fiber::announce_arrival(boost::context::fiber&& left) {
#ifdef JANGWON_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(fake_stack_, &left_last->stack_bottom_, &left_last->stack_size_);
#endif
  left_last->suspended_ = std::move(left);
}

}  // namespace jangwon::cuda_emulator
