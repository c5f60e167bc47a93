// Convolves arrays of any element type and layout: converted blockwise, never as a whole.
#include "engine/layers/element_convolution.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace faltung {
namespace {

constexpr Index kBlockBytes = 128 << 10;  // of samples converted at once: a quarter of level 2

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

Index positions_in_block(const Shape& in, Index taps, SampleType type, int threads) {
  const Index position = in[1] * in.from(3).product() * size_of(type);
  const Index fitting = kBlockBytes * threads / std::max<Index>(1, position);
  return std::clamp<Index>(std::max(fitting, taps), 1, std::max<Index>(1, in[2]));
}

// [channel, position, inner…] as a slab.
template <class T>
SlabOf<T> plain_slab(const ElementView& item) {
  const Shape& shape = item.extents;
  return {reinterpret_cast<T*>(item.data), shape[0], shape[1], shape.from(2).product(),
          item.strides[0] / static_cast<Index>(sizeof(T))};
}

template <class T>
View<T> plain_view(const ElementView& view) {
  Shape strides;
  for (Index stride : view.strides) strides.push_back(stride / static_cast<Index>(sizeof(T)));
  // Along axes of one position nobody steps, whatever their stride.
  const Shape dense = row_major_strides(view.extents);
  for (int axis = 2; axis < strides.rank(); ++axis) strides[axis] = dense[axis];
  return View<T>(reinterpret_cast<T*>(view.data), view.extents, strides);
}

// One side of a run: an array that slabs are taken from or given to, in place or through a block.
template <class T>
class Side {
 public:
  // `block` has room for `most` positions of `item` [channel, position, inner…], or is not used.
  Side(const ElementView& item, bool in_place, T* block)
      : item_(item), in_place_(in_place), block_(block),
        inner_(item.extents.from(2).product()) {}

  Slab taken(Index first, Index count) const {
    if (in_place_) return Slab(plain_slab<T>(item_)).part(first, count);
    gather(item_.part(1, first, count), block_);
    return block_slab(count);
  }
  Slab room(Index first, Index count) const {
    return in_place_ ? Slab(plain_slab<T>(item_)).part(first, count) : block_slab(count);
  }
  // `room` has got positions [first, first + count).
  void put(const Slab& room, Index first, Index count, const Storing& storing) const {
    if (in_place_) return;
    const ElementView part = item_.part(1, first, count);
    for (Index c = 0; c < room.channels; ++c) {
      scatter(room.as<T>().channel(c), part.at(c), storing);
    }
  }

 private:
  Slab block_slab(Index count) const {
    return SlabOf<T>{block_, item_.extents[0], count, inner_, count * inner_};
  }
  ElementView item_;
  bool in_place_;
  T* block_;
  Index inner_;
};

template <class T>
T* room_in(Buffer<std::byte>& block, Index samples) {
  const Index bytes = samples * static_cast<Index>(sizeof(T));
  if (block.size() < bytes) block = Buffer<std::byte>(bytes);
  return reinterpret_cast<T*>(block.data());
}

struct Extents {
  Index in, out, block;  // positions; a block of 0 is the whole
  Index wrapped;         // positions from the signal's end that come before its start
  Index given;           // those, the signal, and what comes again after its end
};

template <class T>
void run_item(Streaming& streaming, const Side<T>& in, const Side<T>& out, const Storing& storing,
              const Extents& n) noexcept {
  streaming.reset();
  const Index step = n.block > 0 ? n.block : n.given;
  const Index most = n.block > 0 ? streaming.max_output() : n.out;
  Index given = 0, got = 0;
  const auto room = [&] { return out.room(given, std::min(most, n.out - given)); };
  const auto put = [&](const Slab& slab) {
    out.put(slab, given, got, storing);
    given += got;
  };
  for (Index taken = 0, count = 0; taken < n.given; taken += count) {
    const Index at = ((taken - n.wrapped) % n.in + n.in) % n.in;
    count = std::min({step, n.given - taken, n.in - at});
    const Slab slab = room();
    got = streaming.process(in.taken(at, count), slab);
    put(slab);
  }
  while (given < n.out) {
    const Slab slab = room();
    got = streaming.finish(slab);
    if (got == 0) break;
    put(slab);
  }
}

void check_shape(const char* what, const Shape& given, const Shape& expected) {
  if (given == expected) return;
  refuse(std::string(what) + " has shape " + given.text() + "; allowed: " + expected.text());
}

// Whether what wraps along the stream axis can be read twice: arguments that make sense, else they
// are refused as they are.
bool may_read_again(const Shape& in, const LayerOptions& options) {
  constexpr Index kMost = Index{1} << 28;
  if (options.boundary != Boundary::wrap || options.padding.empty()) return false;
  const Padding& padding = options.padding[0];
  return in.rank() > 2 && in[2] > 0 && std::min(padding.before, padding.after) >= 0 &&
         std::max(padding.before, padding.after) <= kMost;
}

}  // namespace

bool is_plain(const ElementView& view, SampleType type) noexcept {
  const Element own = type == SampleType::float32 ? Element::float32 : Element::float64;
  const Index size = size_of(type);
  if (view.extents.product() == 0) return true;  // nothing is read or written
  return view.type == own && dense_from(view, 2) &&
         reinterpret_cast<std::uintptr_t>(view.data) % static_cast<std::uintptr_t>(size) == 0 &&
         (view.extents[0] == 1 || view.strides[0] % size == 0) &&
         (view.extents[1] == 1 || view.strides[1] % size == 0);
}

ElementConvolution::ElementConvolution(const Shape& in, Array<double> weights,
                                       const LayerOptions& options, const ElementSetting& setting)
    : workers_(setting.workers), arithmetic_(setting.arithmetic), input_shape_(in) {
  Shape given = in;
  LayerOptions asked = options;
  if (may_read_again(in, options)) {
    wrapped_ = std::exchange(asked.padding[0], Padding{});
    given[2] += wrapped_.before + wrapped_.after;
  }
  Problem p = layer_problem(given, std::move(weights), asked);
  p.arithmetic = setting.arithmetic;
  p.tolerance = setting.tolerance;
  p.memory = setting.memory;
  const int threads = slots_of(workers_.get());
  if (setting.blocks) block_ = positions_in_block(in, p.taps(0), arithmetic_, threads);
  array_ = std::make_unique<ArrayConvolution>(
      std::move(p), in[0],
      ArraySetting{setting.costs, workers_.get(), setting.method, block_});
  output_shape_ = array_->output_shape();
  streaming_.resize(static_cast<std::size_t>(slots_of(array_->among_items())));
  in_blocks_.resize(streaming_.size());
  out_blocks_.resize(in_blocks_.size());
}

Index ElementConvolution::memory_bytes() const noexcept {
  Index bytes = array_->memory_bytes();
  for (const auto& one : streaming_) bytes += one ? one->memory_bytes() : 0;
  for (const auto& block : in_blocks_) bytes += block.size();
  for (const auto& block : out_blocks_) bytes += block.size();
  return bytes;
}

Streaming& ElementConvolution::prepared(int slot) {
  auto& mine = streaming_[static_cast<std::size_t>(slot)];
  if (!mine) mine = chosen().prepare();
  return *mine;
}

void ElementConvolution::run(const ElementView& in, const ElementView& out,
                             const Storing& storing) {
  check_shape("input", in.extents, input_shape_);
  check_shape("output", out.extents, output_shape_);
  if (output_shape_.product() == 0) return;
  with_sample_type(arithmetic_, [&]<class T>() { run_in<T>(in, out, storing); });
}

template <class T>
void ElementConvolution::run_in(const ElementView& in, const ElementView& out,
                                const Storing& storing) {
  Workers* among = array_->among_items();
  const bool take_in_place = is_plain(in, arithmetic_);
  const bool put_in_place = is_plain(out, arithmetic_) && storing.divisor == 1;
  if (block_ == 0 && !(take_in_place && put_in_place)) {
    refuse("arrays that need blocks, where none were asked for");
  }
  const bool whole = block_ == 0 && chosen().prepare_whole && in.data != out.data &&
                     wrapped_.before + wrapped_.after == 0;
  if (whole) return array_->run<T>(plain_view<const T>(in), plain_view<T>(out));
  const Index position = in.extents[1] * in.extents.from(3).product();
  const Index out_position = out.extents[1] * out.extents.from(3).product();
  std::vector<T*> taken, put;
  for (int slot = 0; slot < slots_of(among); ++slot) {
    const auto s = static_cast<std::size_t>(slot);
    const Index most = prepared(slot).max_output();
    taken.push_back(take_in_place ? nullptr : room_in<T>(in_blocks_[s], block_ * position));
    put.push_back(put_in_place ? nullptr : room_in<T>(out_blocks_[s], most * out_position));
  }
  run_tasks(among, in.extents[0], [&](Index item, int slot) {
    const auto s = static_cast<std::size_t>(slot);
    run_item(prepared(slot), Side<T>(in.at(item), take_in_place, taken[s]),
             Side<T>(out.at(item), put_in_place, put[s]), storing,
             {in.extents[2], out.extents[2], block_, wrapped_.before,
              in.extents[2] + wrapped_.before + wrapped_.after});
  });
}

}  // namespace faltung
