// Convolution as a product of matrices: weights times patches of input.
#include "engine/convolve/matrix.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "engine/convolve/channel_groups.h"
#include "engine/convolve/patches.h"
#include "engine/convolve/weighing.h"
#include "engine/simd/multiply_panels.h"

namespace faltung {
namespace {

constexpr Index kStrip = PatchLayout::kStrip;
constexpr Index kDepth = 256;            // of one sum: a panel of weights and one of patches in level 1
constexpr Index kChannelsAtOnce = 256;   // of one task where channels lie along vectors
constexpr Index kChunkBytes = 1 << 20;  // of padded input taken at once
constexpr double kFirstRows = 7;  // of a product, in time: patches enter level 1
constexpr double kErrorMargin = 2.5;  // of a chain's additions: twice the error of layers in tests
constexpr double kWaste = 0.05;  // of vectors along a plane, at which channels go there

Index rounded_up(Index n, Index grain) { return (n + grain - 1) / grain * grain; }

// What lies along the vectors of the product.
enum class Along { outputs, channels };

// The weights of one group as panels: for each run of kDepth one after the other.
template <class T>
struct Weights {
  ChannelGroup group;
  Index depth = 0;
  Index panel = 0;        // channels of a panel
  Index stored_outs = 0;  // whole panels where they lie along vectors
  Buffer<T> panels;
  Buffer<T> bias;

  // All output channels from `first` on (a multiple of panel), depths from `first_depth`.
  const T* at(Index first, Index first_depth) const noexcept {
    return panels.data() + offset(first, first_depth);
  }
  Index offset(Index first, Index first_depth) const noexcept {
    return first_depth * stored_outs + first * std::min(kDepth, depth - first_depth);
  }
};

template <class T>
Weights<T> packed_weights(const Problem& p, const ChannelGroup& group, Along along) {
  const PanelSizes sizes = panel_sizes<T>();
  Weights<T> w;
  w.group = group;
  const Index taps = p.kernel_size(), ins = static_cast<Index>(group.ins.size());
  w.depth = ins * taps;
  w.panel = along == Along::outputs ? sizes.rows : sizes.columns;
  // Panels along vectors are read whole, those of rows are as narrow as they are.
  w.stored_outs = along == Along::outputs ? group.outs : rounded_up(group.outs, w.panel);
  w.panels = Buffer<T>(w.depth * w.stored_outs);
  w.bias = Buffer<T>(group.outs);
  for (Index o = 0; o < group.outs; ++o) {
    if (!p.bias.empty()) {
      w.bias[o] = static_cast<T>(p.bias[static_cast<std::size_t>(group.first_out + o)]);
    }
    const Index first = o / w.panel * w.panel;
    const Index width = std::min(w.panel, w.stored_outs - first);
    const Path* path = p.paths.data() + group.first_path + o * ins;
    const double* kernel = p.kernel(path->kernel);
    T* to = nullptr;
    for (Index k = 0, tap = 0; k < w.depth; ++k, to += width) {
      if (k % kDepth == 0) to = w.panels.data() + w.offset(first, k) + o - first;
      *to = static_cast<T>(kernel[tap]);
      if (++tap == taps && k + 1 < w.depth) kernel = p.kernel((++path)->kernel), tap = 0;
    }
  }
  return w;
}

// Everything that processing only reads: shared by all that were prepared from a plan.
template <class T>
struct Layer {
  Along along;
  PatchLayout window, input;
  std::vector<Weights<T>> groups;
};

// Small planes fill vectors badly.
Along best_along(const Problem& p, Index lanes) {
  Index fewest = p.out_channels;
  for (const ChannelGroup& group : channel_groups(p)) fewest = std::min(fewest, group.outs);
  const Index outputs = p.output_inner().product() *
                        (p.extent ? p.output_extent_of(0) : std::max<Index>(1, p.max_slab / p.stride[0]));
  const auto waste = [lanes](Index n) {
    const double stored = static_cast<double>(rounded_up(n, lanes));
    return 1 - static_cast<double>(n) / stored;
  };
  return waste(outputs) > kWaste && waste(fewest) < waste(outputs) ? Along::channels
                                                                   : Along::outputs;
}

template <class T>
std::shared_ptr<const Layer<T>> make_layer(const Problem& p) {
  const Along along = best_along(p, panel_sizes<T>().columns / 2);
  auto layer = std::make_shared<Layer<T>>(
      Layer<T>{along, PatchLayout::of_window(p), PatchLayout::of_input(p), {}});
  for (const ChannelGroup& group : channel_groups(p)) {
    layer->groups.push_back(packed_weights<T>(p, group, along));
  }
  return layer;
}

template <class T>
class Matrix final : public TileSolver<T> {
 public:
  Matrix(const Problem& p, std::shared_ptr<const Layer<T>> layer, Workers* workers)
      : layer_(std::move(layer)),
        workers_(workers),
        sizes_(panel_sizes<T>()),
        stride_(p.stride[0]),
        phases_(p.stride[p.rank() - 1]) {
    const Index position = p.padded_inner().product() * p.in_channels;
    chunk_ = std::max(8 * stride_, kChunkBytes / (position * static_cast<Index>(sizeof(T))));
    if (p.rank() == 1) chunk_ = std::clamp<Index>(chunk_, 256, 16384);
    padded_ = std::any_of(p.padding.begin(), p.padding.end(),
                          [](const Padding& side) { return side.before + side.after > 0; });
    const bool along_outputs = layer_->along == Along::outputs;
    panels_ = {along_outputs ? sizes_.columns : sizes_.rows, !along_outputs};
    for (int slot = 0; slot < slots_of(workers); ++slot) {
      patches_.push_back(Buffer<T>(panels_.stride(kDepth) * (kStrip / panels_.width + 1)));
      turned_.push_back(Buffer<T>(along_outputs ? 0 : kStrip * kChannelsAtOnce));
    }
  }

  Index phases() const noexcept override { return phases_; }
  Index chunk() const noexcept override { return chunk_ * slots_of(workers_); }
  Index memory_bytes() const noexcept override {
    Index numbers = 0;
    for (const Weights<T>& w : layer_->groups) numbers += w.panels.size() + w.bias.size();
    for (const Buffer<T>& b : patches_) numbers += b.size();
    for (const Buffer<T>& b : turned_) numbers += b.size();
    return numbers * static_cast<Index>(sizeof(T));
  }

  void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
           const TileWork& work) noexcept override {
    compute(layer_->window, window.at(0, work.first * stride_), window.channel_stride, out,
            work.count * out.inner);
  }

  bool run_whole(const SlabOf<T>& in, const SlabOf<T>& out) noexcept override {
    if (padded_) return false;
    compute(layer_->input, in.data, in.channel_stride, out, out.extent * out.inner);
    return true;
  }

 private:
  // What one task computes: outputs [first, first + count) of some channels of a group.
  struct Part {
    const Weights<T>& weights;
    Index first_out, outs, first, count;
  };

  void compute(const PatchLayout& layout, const T* origin, Index channel_stride,
               const SlabOf<T>& out, Index outputs) noexcept {
    const Index strips = (outputs + kStrip - 1) / kStrip;
    for (const Weights<T>& w : layer_->groups) {
      const Index blocks = blocks_of(w, strips);
      const Index block = rounded_up((w.group.outs + blocks - 1) / blocks, w.panel);
      const typename PatchLayout::Source<T> source{origin, channel_stride, w.group.ins.data()};
      run_tasks(workers_, strips * blocks, [&](Index task, int slot) {
        const Index first = task / blocks * kStrip, first_out = task % blocks * block;
        if (first_out >= w.group.outs) return;
        const Part part{w, first_out, std::min(block, w.group.outs - first_out), first,
                        std::min(kStrip, outputs - first)};
        layer_->along == Along::outputs ? along_outputs(layout, source, out, part, slot)
                                        : along_channels(layout, source, out, part, slot);
      });
    }
  }

  // Into how many blocks a group's channels are cut: enough for every thread.
  Index blocks_of(const Weights<T>& w, Index strips) const noexcept {
    Index blocks = layer_->along == Along::channels
                       ? (w.group.outs + kChannelsAtOnce - 1) / kChannelsAtOnce : 1;
    const Index wanted = workers_ && workers_->threads() > 1 ? 2 * workers_->threads() : 1;
    while (strips * blocks < wanted && w.group.outs / blocks >= 4 * w.panel) blocks *= 2;
    return blocks;
  }

  void along_outputs(const PatchLayout& layout, const typename PatchLayout::Source<T>& source,
                     const SlabOf<T>& out, const Part& part, int slot) noexcept {
    T* patches = patches_[static_cast<std::size_t>(slot)].data();
    const Weights<T>& w = part.weights;
    PanelProduct<T> product;
    product.row_count = part.outs;
    product.column_count = part.count;
    product.out = out.channel(w.group.first_out + part.first_out) + part.first;
    product.out_stride = out.channel_stride;
    product.bias = w.bias.data() + part.first_out;
    for (Index k = 0; k == 0 || k < w.depth; k += kDepth) {
      product.depth = std::min(kDepth, w.depth - k);
      product.rows = w.at(part.first_out, k);
      product.row_panel_stride = sizes_.rows * product.depth;
      product.start = k == 0 ? Start::bias : Start::accumulate;
      const Index there = lies_so(layout, w) ? part.count / sizes_.columns * sizes_.columns : 0;
      if (there > 0) {
        product.column_count = there;
        product.columns = source.origin + source.channels[k] * source.channel_stride + part.first;
        product.column_depth_stride = source.channel_stride;
        product.column_panel_stride = sizes_.columns;
        multiply_panels(product);
        if (there == part.count) continue;
      }
      PanelProduct<T> rest = product;
      rest.out += there;
      rest.column_count = part.count - there;
      layout.pack(source, part.first + there, rest.column_count, k, product.depth, panels_, patches);
      rest.columns = patches;
      rest.column_depth_stride = sizes_.columns;
      rest.column_panel_stride = panels_.stride(product.depth);
      multiply_panels(rest);
    }
  }

  // Whether patches are the input as it is, channel after channel.
  static bool lies_so(const PatchLayout& layout, const Weights<T>& w) noexcept {
    const std::vector<Index>& ins = w.group.ins;
    return layout.plain() && ins.back() - ins.front() == static_cast<Index>(ins.size()) - 1;
  }

  void along_channels(const PatchLayout& layout, const typename PatchLayout::Source<T>& source,
                      const SlabOf<T>& out, const Part& part, int slot) noexcept {
    T* patches = patches_[static_cast<std::size_t>(slot)].data();
    T* turned = turned_[static_cast<std::size_t>(slot)].data();
    const Weights<T>& w = part.weights;
    for (Index n = 0; n < part.count; ++n) {
      std::copy_n(w.bias.data() + part.first_out, part.outs, turned + n * kChannelsAtOnce);
    }
    PanelProduct<T> product;
    product.row_count = part.count;
    product.column_count = part.outs;
    product.out = turned;
    product.out_stride = kChannelsAtOnce;
    product.start = Start::accumulate;
    for (Index k = 0; k < w.depth; k += kDepth) {
      product.depth = std::min(kDepth, w.depth - k);
      layout.pack(source, part.first, part.count, k, product.depth, panels_, patches);
      product.rows = patches;
      product.row_panel_stride = panels_.stride(product.depth);
      product.columns = w.at(part.first_out, k);
      product.column_depth_stride = sizes_.columns;
      product.column_panel_stride = sizes_.columns * product.depth;
      multiply_panels(product);
    }
    turn(turned, out, part);
  }

  // [output][channel] to the channels of `out`, in squares that share cache lines.
  void turn(const T* turned, const SlabOf<T>& out, const Part& part) const noexcept {
    constexpr Index kSquare = 16;
    const Index first_out = part.weights.group.first_out + part.first_out;
    for (Index n0 = 0; n0 < part.count; n0 += kSquare) {
      for (Index o = 0; o < part.outs; ++o) {
        T* to = out.channel(first_out + o) + part.first;
        for (Index n = n0; n < std::min(part.count, n0 + kSquare); ++n) {
          to[n] = turned[n * kChannelsAtOnce + o];
        }
      }
    }
  }

  std::shared_ptr<const Layer<T>> layer_;
  Workers* workers_;
  PanelSizes sizes_;
  PatchLayout::Panels panels_;  // of patches
  Index stride_, phases_, chunk_ = 1;
  bool padded_ = false;
  std::vector<Buffer<T>> patches_;  // one for each slot
  std::vector<Buffer<T>> turned_;   // the same: [output][channel]
};

// Packs at the first preparation, for all of them.
template <class T>
std::function<std::unique_ptr<Streaming>()> preparation(const Problem& p, Workers* workers) {
  struct Shared {
    std::once_flag once;
    std::shared_ptr<const Layer<T>> layer;
  };
  return [&p, workers, shared = std::make_shared<Shared>()] {
    std::call_once(shared->once, [&] { shared->layer = make_layer<T>(p); });
    return make_sliding<T>(p, std::make_unique<Matrix<T>>(p, shared->layer, workers), workers);
  };
}

}  // namespace

std::string why_not_matrix(const Problem& p) {
  if (p.block) return "offline only";
  if (p.interleaved != 1) return "not for interleaved samples";
  if (static_cast<Index>(p.paths.size()) < 2) return "one path: no matrix";
  for (const ChannelGroup& group : channel_groups(p)) {
    if (group.outs < 2) return "output channels that share their inputs with no other";
    if (group.ins.empty()) return "output channels that nothing reaches";
  }
  return "";
}

std::vector<Candidate> matrix_candidates(const Problem& p, const Costs& costs, Workers* workers) {
  const Costs::OfType& c = costs.of(p.arithmetic);
  const double outputs = static_cast<double>(p.output_inner().product());
  double depth = 0, products = 0, packed = 0;
  for (const ChannelGroup& group : channel_groups(p)) {
    const double mine = static_cast<double>(group.ins.size()) * static_cast<double>(p.kernel_size());
    depth = std::max(depth, mine);
    // The first rows wait for patches from level 2.
    products += 2 * mine * outputs * (static_cast<double>(group.outs) + kFirstRows);
    packed += mine * outputs;
  }
  const double sum = static_cast<double>(kDepth);
  Candidate candidate;
  candidate.solver = "matrix";
  candidate.detail = "patches of " + std::to_string(std::llround(depth)) + " samples times weights";
  candidate.seconds = products / c.panels + 2 * packed * c.cached_copy +
                      input_samples(p) * c.copy;
  const double chain = std::min(depth, sum) + std::floor(depth / sum);
  candidate.error = direct_error(p.arithmetic, kErrorMargin * chain);
  candidate.exact = true;
  // Weights in whole vectors; for each thread patches and, where they are turned, a strip of outputs.
  const double each = static_cast<double>(kStrip * (kDepth + kChannelsAtOnce));
  candidate.memory = sliding_memory(p, 1, usual_chunk(p, workers, kChunkBytes),
                                    1.25 * static_cast<double>(p.kernels.size()) +
                                        each * slots_of(workers));
  candidate.prepare = p.arithmetic == SampleType::float32 ? preparation<float>(p, workers)
                                                          : preparation<double>(p, workers);
  return {candidate};
}

}  // namespace faltung
