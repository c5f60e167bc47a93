// Runs a stateless solver over a stream: window in, tiles out.
#include "engine/convolve/sliding.h"

#include <algorithm>

namespace faltung {

void copy_slab(const Slab& from, const Slab& to) noexcept {
  with_sample_type(from.type, [&]<class From>() {
    with_sample_type(to.type, [&]<class To>() {
      for (Index c = 0; c < from.channels; ++c) {
        const From* x = from.as<const From>().channel(c);
        std::transform(x, x + from.extent * from.inner, to.as<To>().channel(c),
                       [](From value) { return static_cast<To>(value); });
      }
    });
  });
}

void Streaming::whole(const Slab& in, const Slab& out) noexcept {
  reset();
  Index given = process(in, out);
  while (given < out.extent) {
    const Index more = finish(out.part(given, out.extent - given));
    if (more == 0) break;
    given += more;
  }
}

namespace {

template <class T>
class Sliding final : public Streaming {
 public:
  Sliding(const Problem& p, std::unique_ptr<TileSolver<T>> solver, Workers* workers)
      : solver_(std::move(solver)),
        extent_(p.dilated(0)),
        stride_(p.stride[0]),
        channels_(p.out_channels),
        inner_(p.output_inner().product()),
        max_slab_(p.max_slab),
        most_(p.extent ? std::max<Index>(1, p.output_extent_of(0)) : INT64_MAX),
        head_(p.padding_of(0).before),
        boundary_needs_head_(p.boundary != Boundary::zero && p.boundary != Boundary::constant),
        workers_(workers),
        window_(p, span(p), std::min(p.max_slab, std::max(solver_->chunk(), solver_->tile())),
                solver_->phases(), workers) {
    batch_ = sliding_batch(p, solver_->tile(), solver_->chunk());
    if (!p.block)
      converted_ = Buffer<T>(channels_ * batch_ * inner_);
    else
      converted_ = Buffer<T>(channels_ * std::max(batch_, max_output()) * inner_);
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    Index taken = 0, given = 0;
    while (taken < in.extent) {
      taken += window_.push(in, taken);
      given += compute(out.part(given, out.extent - given), solver_->tile());
    }
    return given;
  }

  Index finish(const Slab& out) noexcept override {
    end();
    return compute(out.part(0, std::min(out.extent, max_output())), 1);
  }

  void reset() noexcept override {
    window_.reset();
    next_ = 0;
    ended_ = false;
  }

  void whole(const Slab& in, const Slab& out) noexcept override {
    const bool same = in.type == sample_type_of<T> && out.type == sample_type_of<T>;
    if (same && solver_->run_whole(in.as<T>(), out.as<T>())) return;
    reset();
    Index taken = 0, given = 0;
    while (given < out.extent) {
      if (taken < in.extent) taken += window_.push(in, taken);
      // The foot before the computing: a small signal is one piece of work, its kernels read once.
      if (taken == in.extent && !ended_ && window_.can_end()) end();
      const Index more = compute(out.part(given, out.extent - given), ended_ ? 1 : solver_->tile());
      if (more == 0 && ended_) break;
      given += more;
    }
  }

  Index max_output() const noexcept override {
    // Padding beyond the kernel's extent is output that the first slab gives at once.
    const Index head = boundary_needs_head_ ? head_ + 1 : std::max(head_ - (extent_ - 1), Index{0});
    const Index tile = solver_->tile();
    // Whole tiles, so that what follows live gets blocks no longer than those that came in.
    return std::min(most_, (max_slab_ + stride_ * tile - 1 + head) / stride_ / tile * tile);
  }

  Index held_back() const noexcept override { return (solver_->tile() - 1) * stride_; }
  Index memory_bytes() const noexcept override {
    return window_.memory_bytes() + solver_->memory_bytes() +
           converted_.size() * static_cast<Index>(sizeof(T));
  }

 private:
  void end() noexcept {
    if (!ended_) window_.end();
    ended_ = true;
  }

  Index span(const Problem& p) const { return p.dilated(0) + (solver_->tile() - 1) * p.stride[0]; }

  // Everything that is determined, in multiples of `grain`, as far as `out` has room.
  Index compute(const Slab& out, Index grain) noexcept {
    const Index available = window_.available();
    if (available < extent_) return 0;
    const Index end = ((available - extent_) / stride_ + 1) / grain * grain;
    Index given = 0;
    while (next_ < end && given < out.extent) {
      Index count = std::min({end - next_, batch_, out.extent - given});
      // Only the signal's end may cut a tile.
      if (next_ + count < end) count = count / solver_->tile() * solver_->tile();
      if (count == 0) break;
      run(out.part(given, count));
      given += count;
      next_ += count;
      window_.release(next_ * stride_);
    }
    return given;
  }

  void run(const Slab& out) noexcept {
    if (out.type == sample_type_of<T>) {
      solver_->run(window_.padded(), out.as<T>(), {next_, out.extent, Team{workers_}});
      return;
    }
    const SlabOf<T> mine{converted_.data(), channels_, out.extent, inner_, out.extent * inner_};
    solver_->run(window_.padded(), mine, {next_, out.extent, Team{workers_}});
    copy_slab(Slab(mine), out);
  }

  std::unique_ptr<TileSolver<T>> solver_;
  Index extent_, stride_, channels_, inner_, max_slab_, most_, head_;
  bool boundary_needs_head_;
  Workers* workers_;
  Window<T> window_;
  Index batch_ = 1;
  Buffer<T> converted_;
  Index next_ = 0;  // output position
  bool ended_ = false;
};

}  // namespace

Index sliding_batch(const Problem& p, Index tile, Index chunk) {
  const Index batch = std::max(tile, chunk / p.stride[0] + 1);
  const Index head = std::max<Index>(p.padding_of(0).before, 0);
  const Index most = (p.max_slab + head) / p.stride[0] + tile;  // what one call can give, at most
  return std::max(tile, std::min(batch, most) / tile * tile);
}

bool moves_too_much_live(const Problem& p) {
  constexpr Index kMostSamples = 1 << 16;
  return p.block && p.dilated(0) * p.padded_inner().product() * p.in_channels > kMostSamples;
}

template <class T>
std::unique_ptr<Streaming> make_sliding(const Problem& problem,
                                        std::unique_ptr<TileSolver<T>> solver, Workers* workers) {
  return std::make_unique<Sliding<T>>(problem, std::move(solver), workers);
}

template std::unique_ptr<Streaming> make_sliding(const Problem&, std::unique_ptr<TileSolver<float>>,
                                                 Workers*);
template std::unique_ptr<Streaming> make_sliding(const Problem&,
                                                 std::unique_ptr<TileSolver<double>>, Workers*);

}  // namespace faltung
