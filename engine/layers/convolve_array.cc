// Convolves whole arrays in memory: one problem, planned once, run for every item.
#include "engine/layers/convolve_array.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace faltung {
namespace {

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

}  // namespace

ArrayConvolution::ArrayConvolution(Problem problem, Index items, const ArraySetting& setting)
    : problem_(std::move(problem)), items_(items) {
  if (!problem_.extent) refuse("an array has an extent along every axis");
  check(problem_);
  problem_.max_slab = std::max<Index>(1, *problem_.extent);
  problem_.block.reset();
  const bool alone = !setting.workers || flops(problem_, items) < kWorthThreads;
  if (!alone && items >= 2 * setting.workers->threads()) among_items_ = setting.workers;
  plan_ = make_plan(problem_, setting.costs ? *setting.costs : Costs{},
                    alone || among_items_ ? nullptr : setting.workers, setting.method);
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

std::unique_ptr<Streaming> ArrayConvolution::prepared() const {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto streaming = std::move(idle_.back());
      idle_.pop_back();
      return streaming;
    }
  }
  return chosen().prepare();
}

void ArrayConvolution::keep(std::unique_ptr<Streaming> streaming) const {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(streaming));
}

template <class T>
void ArrayConvolution::run(const View<const T>& in, const View<T>& out) const {
  check_view(in, input_shape(), "input");
  check_view(out, output_shape(), "output");
  std::vector<std::unique_ptr<Streaming>> streaming;  // one for each slot
  for (int slot = 0; slot < slots_of(among_items_); ++slot) {
    streaming.push_back(prepared());
  }
  run_tasks(among_items_, items_, [&](Index item, int slot) {
    streaming[static_cast<std::size_t>(slot)]->whole(item_of(in, item), item_of(out, item));
  });
  for (auto& mine : streaming) keep(std::move(mine));
}

template void ArrayConvolution::run(const View<const float>&, const View<float>&) const;
template void ArrayConvolution::run(const View<const double>&, const View<double>&) const;

}  // namespace faltung
