// Winograd's minimal filtering for layers of 3x3 kernels.
#include "engine/convolve/winograd.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "engine/convolve/channel_groups.h"
#include "engine/convolve/weighing.h"
#include "engine/simd/copy_runs.h"
#include "engine/simd/winograd_lanes.h"

namespace faltung {
namespace {

constexpr Index kDepth = 128;             // channels of one sum: short sums round less
constexpr double kRoundings2 = 14, kRoundings4 = 80;  // of the peak: twice the most in tests
constexpr Index kFewest = 8;              // channels of a group: with fewer, transforms outweigh sums
constexpr Index kChunkBytes = 384 << 10;  // of padded input taken at once: stays in level 2
constexpr Index kStripBytes = 1 << 20;    // of transformed tiles at once: level 2
constexpr Index kChannelsOfTask = 8;

// The transformed kernels of one group: [element][run of kDepth][panel of rows].
template <class T>
struct Kernels {
  ChannelGroup group;
  Buffer<T> panels, bias;
  Index ins() const noexcept { return static_cast<Index>(group.ins.size()); }
  Index element_size() const noexcept { return ins() * group.outs; }
};

template <class T>
Kernels<T> transformed(const Problem& p, const ChannelGroup& group, Index m) {
  Kernels<T> k{group, {}, Buffer<T>(group.outs)};
  const Index elements = (m + 2) * (m + 2), rows = panel_sizes<T>().rows, ins = k.ins();
  k.panels = Buffer<T>(elements * k.element_size());
  for (Index o = 0; o < group.outs; ++o) {
    if (!p.bias.empty()) {
      k.bias[o] = static_cast<T>(p.bias[static_cast<std::size_t>(group.first_out + o)]);
    }
    const Index first = o / rows * rows, width = std::min(rows, group.outs - first);
    for (Index i = 0; i < ins; ++i) {
      const Path& path = p.paths[static_cast<std::size_t>(group.first_path + o * ins + i)];
      const auto values = winograd_kernel(m, p.kernel(path.kernel));
      const Index run = i / kDepth * kDepth, depth = std::min(kDepth, ins - run);
      T* to = k.panels.data() + run * group.outs + first * depth + (i - run) * width + o - first;
      for (Index e = 0; e < elements; ++e, to += k.element_size()) {
        *to = static_cast<T>(values[static_cast<std::size_t>(e)]);
      }
    }
  }
  return k;
}

template <class T>
using Layer = std::vector<Kernels<T>>;

template <class T>
class Winograd final : public TileSolver<T> {
 public:
  Winograd(const Problem& p, Index m, std::shared_ptr<const Layer<T>> layer, Workers* workers)
      : m_(m),
        e_(m + 2),
        columns_(p.output_extent_of(1)),
        padded_(p.padded(1)),
        across_((columns_ + m - 1) / m),
        width_(panel_sizes<T>().columns),
        layer_(std::move(layer)),
        workers_(workers) {
    const Index bytes = static_cast<Index>(sizeof(T));
    Index ins = 0, outs = 0;
    for (const Kernels<T>& k : *layer_) {
      ins = std::max(ins, k.ins());
      outs = std::max(outs, k.group.outs);
    }
    panels_ = std::clamp<Index>(kStripBytes / (e_ * e_ * (ins + outs) * width_ * bytes), 1, 4);
    tiles_ = panels_ * width_;
    chunk_ = std::max(4 * m_, kChunkBytes / (padded_ * p.in_channels * bytes));
    inputs_ = Buffer<T>(e_ * e_ * ins * tiles_);
    sums_ = Buffer<T>(e_ * e_ * outs * tiles_);
    runs_.resize(static_cast<std::size_t>(e_ * e_ * tiles_));
    zeros_.resize(runs_.size());
    for (int slot = 0; slot < slots_of(workers); ++slot) {
      scratch_.push_back(Buffer<T>(e_ * e_ * tiles_ + kRowSlack));
    }
  }

  Index tile() const noexcept override { return m_; }
  Index phases() const noexcept override { return m_; }  // tiles lie side by side
  Index chunk() const noexcept override { return chunk_; }
  Index memory_bytes() const noexcept override {
    Index numbers = inputs_.size() + sums_.size();
    for (const Kernels<T>& k : *layer_) numbers += k.panels.size() + k.bias.size();
    for (const Buffer<T>& s : scratch_) numbers += s.size();
    return numbers * static_cast<Index>(sizeof(T));
  }

  void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
           const TileWork& work) noexcept override {
    const Index tiles = (work.count + m_ - 1) / m_ * across_;
    for (Index done = 0; done < tiles; done += tiles_) {
      const Strip strip{done, std::min(tiles_, tiles - done), work.first, work.count};
      find_runs(window, strip);
      for (const Kernels<T>& k : *layer_) {
        transform_inputs(window, strip, k);
        multiply(strip, k);
        transform_sums(out, strip, k);
      }
    }
  }

 private:
  // Tiles [begin, begin + tiles) in row-major order, of output rows [first, first + rows).
  struct Strip {
    Index begin, tiles, first, rows;
  };

  // Calls body(tile row, first tile of the row, tiles, tiles before) for each row of tiles.
  template <class Body>
  void for_each_row(const Strip& strip, Body&& body) const noexcept {
    for (Index done = 0; done < strip.tiles;) {
      const Index tile = strip.begin + done;
      const Index count = std::min(strip.tiles - done, across_ - tile % across_);
      body(tile / across_, tile % across_, count, done);
      done += count;
    }
  }

  // Where the strip's samples lie in any channel, and which of them lie nowhere.
  void find_runs(const PaddedSlab<T>& window, const Strip& strip) noexcept {
    run_count_ = zero_count_ = 0;
    for (Index i = 0; i < e_; ++i) {
      for (Index j = 0; j < e_; ++j) {
        const Index there = (padded_ - j + m_ - 1) / m_;  // tiles of a row that have a column j
        for_each_row(strip, [&](Index row, Index tile, Index count, Index before) {
          const Index y = row * m_ + i, to = (i * e_ + j) * tiles_ + before;
          const bool inside = strip.first + y < window.available;
          const Index some = inside ? std::clamp<Index>(there - tile, 0, count) : 0;
          const Index from = y * window.position_samples + j % m_ * window.phase_extent +
                             j / m_ + tile;
          if (some > 0) runs_[static_cast<std::size_t>(run_count_++)] = {from, to, some};
          for (Index n = some; n < count; ++n) {
            zeros_[static_cast<std::size_t>(zero_count_++)] = to + n;
          }
        });
      }
    }
  }

  void transform_inputs(const PaddedSlab<T>& window, const Strip& strip,
                        const Kernels<T>& k) noexcept {
    const Index tasks = (k.ins() + kChannelsOfTask - 1) / kChannelsOfTask;
    run_tasks(workers_, tasks, [&](Index task, int slot) {
      T* patches = scratch_[static_cast<std::size_t>(slot)].data();
      const Index end = std::min(k.ins(), (task + 1) * kChannelsOfTask);
      for (Index c = task * kChannelsOfTask; c < end; ++c) {
        const T* from = window.at(k.group.ins[static_cast<std::size_t>(c)], strip.first);
        copy_runs(from, 1, runs_.data(), run_count_, Slack::rows, window.channel_stride,
                  patches);
        for (Index n = 0; n < zero_count_; ++n) patches[zeros_[static_cast<std::size_t>(n)]] = 0;
        for (Index panel = 0; panel * width_ < strip.tiles; ++panel) {
          winograd_input(WinogradInput<T>{
              m_, patches + panel * width_, tiles_, std::min(width_, strip.tiles - panel * width_),
              inputs_.data() + (panel * k.ins() + c) * width_, k.ins() * tiles_});
        }
      }
    });
  }

  void multiply(const Strip& strip, const Kernels<T>& k) noexcept {
    run_tasks(workers_, e_ * e_, [&](Index element, int) {
      PanelProduct<T> product;
      product.row_count = k.group.outs;
      product.column_count = strip.tiles;
      product.column_depth_stride = width_;
      product.column_panel_stride = k.ins() * width_;
      product.out = sums_.data() + element * k.group.outs * tiles_;
      product.out_stride = tiles_;
      for (Index run = 0; run < k.ins(); run += kDepth) {
        product.depth = std::min(kDepth, k.ins() - run);
        product.rows = k.panels.data() + element * k.element_size() + run * k.group.outs;
        product.row_panel_stride = panel_sizes<T>().rows * product.depth;
        product.columns = inputs_.data() + element * k.ins() * tiles_ + run * width_;
        product.start = run == 0 ? Start::bias : Start::accumulate;
        multiply_panels(product);
      }
    });
  }

  void transform_sums(const SlabOf<T>& out, const Strip& strip, const Kernels<T>& k) noexcept {
    const Index tasks = (k.group.outs + kChannelsOfTask - 1) / kChannelsOfTask;
    run_tasks(workers_, tasks, [&](Index task, int slot) {
      T* rows = scratch_[static_cast<std::size_t>(slot)].data();
      const Index end = std::min(k.group.outs, (task + 1) * kChannelsOfTask);
      for (Index o = task * kChannelsOfTask; o < end; ++o) {
        winograd_output(WinogradOutput<T>{m_, sums_.data() + o * tiles_, k.group.outs * tiles_,
                                          strip.tiles, k.bias[o], rows, tiles_ * m_});
        write(rows, strip, out.channel(k.group.first_out + o));
      }
    });
  }

  // Rows of tiles to the rows of a channel, without what passes its edges.
  void write(const T* rows, const Strip& strip, T* to) const noexcept {
    for_each_row(strip, [&](Index row, Index tile, Index count, Index before) {
      const Index y = row * m_, x = tile * m_;
      for (Index i = 0; i < std::min(m_, strip.rows - y); ++i) {
        const SampleRun run{(i * tiles_ + before) * m_, (y + i) * columns_ + x,
                            std::min(count * m_, columns_ - x)};
        copy_runs(rows, 1, &run, 1, Slack::none, 0, to);
      }
    });
  }

  Index m_, e_;  // extents of a tile: outputs, inputs
  Index columns_, padded_, across_, width_;
  std::shared_ptr<const Layer<T>> layer_;
  Workers* workers_;
  Index chunk_ = 1, panels_ = 1, tiles_ = 0;
  Buffer<T> inputs_;  // [element][panel][channel][tile of the panel]
  Buffer<T> sums_;    // [element][out channel][tile]
  std::vector<SampleRun> runs_;
  std::vector<Index> zeros_;
  Index run_count_ = 0, zero_count_ = 0;
  std::vector<Buffer<T>> scratch_;  // one for each slot: samples or outputs of a strip
};

template <class T>
std::function<std::unique_ptr<Streaming>()> preparation(const Problem& p, Index m,
                                                        Workers* workers) {
  struct Shared {
    std::once_flag once;
    std::shared_ptr<const Layer<T>> layer;
  };
  return [&p, m, workers, shared = std::make_shared<Shared>()] {
    std::call_once(shared->once, [&] {
      auto layer = std::make_shared<Layer<T>>();
      for (const ChannelGroup& g : channel_groups(p)) layer->push_back(transformed<T>(p, g, m));
      shared->layer = std::move(layer);
    });
    return make_sliding<T>(p, std::make_unique<Winograd<T>>(p, m, shared->layer, workers), workers);
  };
}

// For one output position of the stream axis.
double seconds_of(const Problem& p, Index m, const Costs::OfType& c) {
  constexpr double kVector = 16, kFirstRows = 7, kTransform = 5;  // in copies within level 2
  const double elements = static_cast<double>((m + 2) * (m + 2));
  const double extent = static_cast<double>(m);
  const double across = std::ceil(static_cast<double>(p.output_extent_of(1)) / extent);
  const double rows =
      p.extent ? std::ceil(static_cast<double>(p.output_extent_of(0)) / extent) : 1e6;
  const double tiles = across * rows;
  const double fill = tiles / (kVector * std::ceil(tiles / kVector));
  double products = 0, samples = 0, kernels = 0;
  for (const ChannelGroup& group : channel_groups(p)) {
    const double ins = static_cast<double>(group.ins.size());
    const double outs = static_cast<double>(group.outs);
    products += 2 * elements * ins * (outs + kFirstRows);
    samples += elements * (ins + outs);
    kernels += elements * ins * outs;
  }
  // The kernels, 16 or 36 values each, come once for each strip: from level 2, level 3 or beyond.
  const double bytes = kernels * static_cast<double>(size_of(p.arithmetic));
  const double stream = bytes <= 1 << 20 ? 0.3 * c.cached_copy : 0.3 * c.copy;
  const double strips = std::ceil(tiles / (2 * kVector));
  const double tile = products / fill / c.panels + kTransform * samples * c.cached_copy +
                      kernels * strips / tiles * stream;
  return tile * across / extent +
         static_cast<double>(p.in_channels * p.padded(1)) * c.copy;
}

}  // namespace

std::string why_not_winograd(const Problem& p) {
  if (p.block) return "offline only";
  if (p.interleaved != 1) return "not for interleaved samples";
  if (p.rank() != 2 || p.taps(0) != 3 || p.taps(1) != 3) return "only for images and 3x3 taps";
  if (p.stride[0] * p.stride[1] * p.dilation[0] * p.dilation[1] != 1) {
    return "only for stride 1 and taps without gaps";
  }
  for (const ChannelGroup& group : channel_groups(p)) {
    if (group.outs < kFewest || static_cast<Index>(group.ins.size()) < kFewest) {
      return "a group has fewer than 8 channels";
    }
  }
  return "";
}

std::vector<Candidate> winograd_candidates(const Problem& p, const Costs& costs,
                                           Workers* workers) {
  std::vector<Candidate> result;
  for (const Index m : {Index{4}, Index{2}}) {
    Candidate candidate;
    candidate.solver = "winograd";
    candidate.detail = m == 4 ? "F(4x4, 3x3)" : "F(2x2, 3x3)";
    candidate.seconds = seconds_of(p, m, costs.of(p.arithmetic));
    candidate.error = (m == 4 ? kRoundings4 : kRoundings2) * direct_error(p.arithmetic, 0);
    const double grown = static_cast<double>((m + 2) * (m + 2)) / 9.0;
    const double strip = 3.0 * static_cast<double>(kStripBytes / size_of(p.arithmetic));
    candidate.memory = sliding_memory(p, m, usual_chunk(p, workers),
                                      1.25 * grown * static_cast<double>(p.kernels.size()) + strip);
    candidate.prepare = p.arithmetic == SampleType::float32 ? preparation<float>(p, m, workers)
                                                            : preparation<double>(p, m, workers);
    result.push_back(candidate);
  }
  return result;
}

}  // namespace faltung
