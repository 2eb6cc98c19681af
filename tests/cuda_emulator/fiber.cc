#include "tests/cuda_emulator/fiber.h"

#include <boost/context/protected_fixedsize_stack.hpp>

namespace jangwon::cuda_emulator {
namespace {

// AddressSanitizer's frames are several times larger than others
constexpr std::size_t kStackBytes = 256 * 1024;

}  // namespace

Fiber::Fiber(std::function<void(Fiber&)> loop) : tsan_fiber(tsan_create_fiber()) {
  boost::context::protected_fixedsize_stack allocator(kStackBytes);
  const boost::context::stack_context stack = allocator.allocate();
  // Stacks are whole pages; beginning each at another place within its page keeps them out of each
  // other's cache lines.
  static unsigned num_fibers = 0;
  constexpr std::size_t kStagger = 5 * 64, kPage = 4096;
  const std::size_t skipped = num_fibers++ * kStagger % kPage;
  stack_bottom_ = static_cast<std::byte*>(stack.sp) - stack.size;
  stack_size_ = stack.size;
  suspended_ = boost::context::fiber(
      std::allocator_arg,
      boost::context::preallocated(static_cast<std::byte*>(stack.sp) - skipped,
                                   stack.size - skipped, stack),
      allocator,
      [this, loop = std::move(loop)](boost::context::fiber&& left) -> boost::context::fiber {
        announce_arrival(std::move(left));
        loop(*this);
        return {};
      });
}

}  // namespace jangwon::cuda_emulator
