// Convolves whole arrays in memory: one problem, planned once, run for every item.
#include "engine/layers/convolve_array.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/simd/convert_samples.h"

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

template <class T>
SlabOf<T> whole_item(const View<T>& view, Index item) {
  const Shape& shape = view.extents();
  return {view.data() + item * view.stride(0), shape[1], shape[2], shape.from(3).product(),
          view.stride(1)};
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

Index ArrayConvolution::memory_bytes() const {
  return wholes_.memory_bytes() + streams_.memory_bytes();
}

template <class T>
void ArrayConvolution::run(const View<const T>& in, const View<T>& out) const {
  check_view(in, input_shape(), "input");
  check_view(out, output_shape(), "output");
  if (chosen().prepare_whole) return run_whole(in, out);
  if constexpr (std::is_integral_v<T>) return run_converted(in, out);
  else run_streams(in, out);
}

template <class T>
void ArrayConvolution::run_streams(const View<const T>& in, const View<T>& out) const {
  std::vector<std::unique_ptr<Streaming>> streaming;  // one for each slot
  for (int slot = 0; slot < slots_of(among_items_); ++slot) {
    streaming.push_back(streams_.borrow(chosen().prepare));
  }
  run_tasks(among_items_, items_, [&](Index item, int slot) {
    streaming[static_cast<std::size_t>(slot)]->whole(item_of(in, item), item_of(out, item));
  });
  for (auto& mine : streaming) streams_.give_back(std::move(mine));
}

template <class T>
void ArrayConvolution::run_whole(const View<const T>& in, const View<T>& out) const {
  std::vector<std::unique_ptr<Whole>> wholes;  // one for each slot
  for (int slot = 0; slot < slots_of(among_items_); ++slot) {
    wholes.push_back(wholes_.borrow(chosen().prepare_whole));
  }
  run_tasks(among_items_, items_, [&](Index item, int slot) {
    wholes[static_cast<std::size_t>(slot)]->run(whole_item<const T>(in, item),
                                                whole_item<T>(out, item));
  });
  for (auto& whole : wholes) wholes_.give_back(std::move(whole));
}

// For solvers of streams, which know floating point only.
template <class T>
void ArrayConvolution::run_converted(const View<const T>& in, const View<T>& out) const {
  Array<float> from(in.extents()), to(out.extents());
  const auto lines = [](const Shape& shape) { return shape[0] * shape[1]; };
  const auto line = [](const auto& view, Index n) {
    const Index channels = view.extent(1);
    return view.data() + n / channels * view.stride(0) + n % channels * view.stride(1);
  };
  const Index in_size = from.size() / std::max<Index>(1, lines(in.extents()));
  const Index out_size = to.size() / std::max<Index>(1, lines(out.extents()));
  for (Index n = 0; n < lines(in.extents()); ++n) {
    convert_samples(line(in, n), in_size, from.data() + n * in_size);
  }
  run_streams<float>(from.view(), to.view());
  for (Index n = 0; n < lines(out.extents()); ++n) {
    convert_samples(to.data() + n * out_size, out_size, line(out, n));
  }
}

template void ArrayConvolution::run(const View<const float>&, const View<float>&) const;
template void ArrayConvolution::run(const View<const double>&, const View<double>&) const;

template void ArrayConvolution::run(const View<const std::uint8_t>&,
                                    const View<std::uint8_t>&) const;
template void ArrayConvolution::run(const View<const std::uint16_t>&,
                                    const View<std::uint16_t>&) const;
template void ArrayConvolution::run(const View<const std::int16_t>&,
                                    const View<std::int16_t>&) const;

}  // namespace faltung
