#include "runtime/cache/cache_memory.h"

#include <variant>

namespace jangwon::runtime {

int64_t CacheMemory::swapped_bytes() const {
  int64_t bytes = 0;
  for (const auto& [ticket, buffer] : swapped_)
    bytes += static_cast<int64_t>(buffer.size_bytes());
  return bytes;
}

void CacheMemory::apply(const std::vector<CacheCommand>& commands) {
  for (const CacheCommand& command : commands)
    std::visit([this](const auto& which) { carry_out(which); }, command);
}

void CacheMemory::carry_out(const ZeroBlock& command) {
  kv_.zero(command.group, command.block);
}

void CacheMemory::carry_out(const ZeroState& command) {
  states_.zero(command.slot);
}

void CacheMemory::carry_out(const CopyState& command) {
  states_.copy(command.from, command.to);
}

void CacheMemory::carry_out(const SwapOut& command) {
  int64_t bytes = command.state == kNoSlot ? 0 : states_.bytes_of_slot();
  for (const GroupBlock& held : command.blocks)
    bytes += kv_.bytes_of_block(held.group);
  AlignedBuffer buffer(static_cast<size_t>(bytes));
  std::byte* to = buffer.data();
  for (const GroupBlock& held : command.blocks) {
    kv_.copy_out(held.group, held.block, to);
    to += kv_.bytes_of_block(held.group);
  }
  if (command.state != kNoSlot) states_.copy_out(command.state, to);
  swapped_[command.ticket] = std::move(buffer);
}

void CacheMemory::carry_out(const SwapIn& command) {
  const std::byte* from = swapped_.at(command.ticket).data();
  for (const GroupBlock& held : command.blocks) {
    if (held.block != kNoBlock) kv_.copy_in(held.group, held.block, from);
    from += kv_.bytes_of_block(held.group);
  }
  if (command.state != kNoSlot) states_.copy_in(command.state, from);
  swapped_.erase(command.ticket);
}

void CacheMemory::carry_out(const DropSwapped& command) {
  swapped_.erase(command.ticket);
}

}  // namespace jangwon::runtime
