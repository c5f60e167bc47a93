// Convolves whole arrays in memory: one problem, planned once, run for every item.
#include "engine/layers/convolve_array.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace faltung {
namespace {

constexpr double kWorthPlanning = 3e5;  // flop of an item: below, planning takes longer than them
constexpr double kWorthThreads = 2e6;  // flop: below, waking a thread costs more than it gives

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

double flops(const Problem& p, Index items) {
  return p.flops_per_position() * static_cast<double>(p.output_extent_of(0)) *
         static_cast<double>(items);
}

template <class T>
void check_view(const View<T>& view, const Shape& shape, const char* what) {
  if (!(view.extents() == shape)) {
    refuse(std::string(what) + " has shape " + view.extents().text() + "; allowed: " +
           shape.text());
  }
  if (shape.product() == 0) return;
  const Shape dense = row_major_strides(shape);
  for (int axis = 2; axis < shape.rank(); ++axis) {
    if (shape[axis] > 1 && view.stride(axis) != dense[axis]) {
      refuse(std::string(what) + " has gaps along axis " + std::to_string(axis) +
             "; within a channel samples must be row-major");
    }
  }
}

// One item of a view as the slab that holds all of it.
template <class T>
Slab item_of(const View<T>& view, Index item) {
  const Shape& shape = view.extents();
  // A slab's data has no const; process() never writes its input.
  auto* data = const_cast<std::remove_const_t<T>*>(view.data() + item * view.stride(0));
  return SlabOf<std::remove_const_t<T>>{data, shape[1], shape[2], shape.from(3).product(),
                                        view.stride(1)};
}

void run_item(Streaming& streaming, const Slab& in, const Slab& out) noexcept {
  streaming.reset();
  Index given = streaming.process(in, out);
  while (given < out.extent) {
    const Index more = streaming.finish(out.part(given, out.extent - given));
    if (more == 0) break;
    given += more;
  }
}

}  // namespace

ArrayConvolution::ArrayConvolution(Problem problem, Index items, const ArraySetting& setting)
    : problem_(std::move(problem)), items_(items) {
  if (!problem_.extent) refuse("an array has an extent along every axis");
  check(problem_);
  problem_.max_slab = std::max<Index>(1, setting.slab > 0 ? setting.slab : *problem_.extent);
  problem_.block.reset();
  const bool alone = !setting.workers || flops(problem_, items) < kWorthThreads;
  if (!alone && items >= 2 * setting.workers->threads()) among_items_ = setting.workers;
  Workers* shared = alone || among_items_ ? nullptr : setting.workers;
  const Costs costs = setting.costs ? *setting.costs : Costs{};
  const bool tiny = setting.method == "auto" && problem_.memory == 0 &&
                    flops(problem_, 1) < kWorthPlanning;
  plan_ = tiny ? plan_directly(problem_, costs)
               : make_plan(problem_, costs, shared, setting.method);
  prepared_.resize(static_cast<std::size_t>(slots_of(among_items_)));
}

Shape ArrayConvolution::input_shape() const {
  Shape shape{items_, problem_.in_channels};
  for (int axis = 0; axis < problem_.rank(); ++axis) shape.push_back(problem_.input_extent(axis));
  return shape;
}

Shape ArrayConvolution::output_shape() const {
  Shape shape{items_, problem_.out_channels};
  for (int axis = 0; axis < problem_.rank(); ++axis) {
    shape.push_back(problem_.output_extent_of(axis));
  }
  return shape;
}

Streaming& ArrayConvolution::prepared(int slot) {
  auto& mine = prepared_[static_cast<std::size_t>(slot)];
  if (!mine) mine = chosen().prepare();
  return *mine;
}

Index ArrayConvolution::memory_bytes() const noexcept {
  Index bytes = 0;
  for (const auto& one : prepared_) bytes += one ? one->memory_bytes() : 0;
  return bytes;
}

template <class T>
void ArrayConvolution::run(const View<const T>& in, const View<T>& out) {
  check_view(in, input_shape(), "input");
  check_view(out, output_shape(), "output");
  for (int slot = 0; slot < slots_of(among_items_); ++slot) prepared(slot);
  run_tasks(among_items_, items_, [&](Index item, int slot) {
    run_item(prepared(slot), item_of(in, item), item_of(out, item));
  });
}

template void ArrayConvolution::run(const View<const float>&, const View<float>&);
template void ArrayConvolution::run(const View<const double>&, const View<double>&);

}  // namespace faltung
