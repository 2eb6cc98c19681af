#include "runtime/kernels/cpu/chain_panels.h"

namespace jangwon::runtime {

int64_t chain_panels_bytes(const ChainLayout& layout) {
  const int64_t pointers = layout.group_size == 0 ? 1 : layout.has_offsets ? 3 : 2;
  return layout.storage_bytes() +
         layout.num_panels() * pointers * static_cast<int64_t>(sizeof(void*));
}

ChainPanels::ChainPanels(CpuContext& context, const StoredMatrix& stored, const ChainLayout& layout)
    : layout_(layout) {
  const int64_t num_panels = layout.num_panels();
  memory_ = context.weights.allocate(static_cast<size_t>(layout.storage_bytes()));
  const std::byte* scales = memory_.get() + num_panels * layout.panel_bytes();
  const std::byte* offsets = scales + num_panels * layout.scale_bytes();
  panels_.reserve(static_cast<size_t>(num_panels));
  scales_.reserve(static_cast<size_t>(layout.group_size > 0 ? num_panels : 0));
  offsets_.reserve(static_cast<size_t>(layout.has_offsets ? num_panels : 0));
  for (int64_t panel = 0; panel < num_panels; ++panel) {
    panels_.push_back(memory_.get() + panel * layout.panel_bytes());
    if (layout.group_size > 0) scales_.push_back(scales + panel * layout.scale_bytes());
    if (layout.has_offsets)
      offsets_.push_back(reinterpret_cast<const uint8_t*>(offsets + panel * layout.offset_bytes()));
  }
  codebook_ = chain_codebook_of(stored, layout).data();
  context.for_tasks(num_panels, [&](int64_t panel, CpuScratch& scratch) {
    const auto at = static_cast<size_t>(panel);
    const ChainPanelMemory memory{
        .codes = const_cast<std::byte*>(panels_[at]),
        .scales = layout.group_size > 0 ? const_cast<std::byte*>(scales_[at]) : nullptr,
        .offsets = layout.has_offsets ? const_cast<uint8_t*>(offsets_[at]) : nullptr};
    fill_chain_panel(stored, layout, panel, memory, {scratch.decoded_row, scratch.rounded_rows});
  });
}

ChainArguments ChainPanels::arguments(int64_t first_panel, int64_t num_panels) const {
  return {.format = layout_.format,
          .inner = static_cast<int>(layout_.cols),
          .num_panels = static_cast<int>(num_panels),
          .panels = panels_.data() + first_panel,
          .scales = layout_.group_size > 0 ? scales_.data() + first_panel : nullptr,
          .scales_are_bf16 = layout_.scales_are_bf16,
          .offsets = layout_.has_offsets ? offsets_.data() + first_panel : nullptr,
          .codebook = codebook_,
          .group_size = static_cast<int>(layout_.group_size)};
}

}  // namespace jangwon::runtime
