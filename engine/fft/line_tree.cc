// A real transform of one axis whose bins come in the order the butterflies leave.
#include "engine/fft/line_tree.h"

#include <algorithm>
#include <vector>

#include "engine/fft/twiddles.h"
#include "engine/simd/butterflies.h"

namespace faltung {
namespace {

constexpr Index kLeafBytes = 16 * 1024;   // half of a first-level cache: passes go level by level
constexpr Index kStepBlocks = 32;         // memory blocks of a step: about 0.1 µs
constexpr Index kWhole = Index{1} << 40;  // more than any transform has

// One pass, or a part of one, over memory that no other step of the pass touches.
struct Step {
  enum class Kind { real, levels, odd, lanes };
  Kind kind;
  Index at = 0;      // memory block
  Index blocks = 1;  // of the transform; for lanes memory blocks
  Index part = 0;    // memory blocks from one part of a block to the next
  Index width = 0;   // memory blocks of each part
  Index first = 0;   // the first block's twiddle
};

template <class T>
class LineTree final : public SlicedTransform<T> {
 public:
  LineTree(Index extent, double scale) : bins_(extent / 2), odd_(odd_part(extent)) {
    this->extents_ = Shape{extent};
    this->spectrum_samples_ = extent;
    const Index size = bins_ / kBlock, leaves = size / odd_;
    first_radix_ = log2_of(leaves) % 2 == 0 ? 4 : 2;
    twiddles_ = make_twiddles<T>(2 * leaves + 8);
    odd_twiddles_ = make_odd_twiddles<T>(2 * leaves, leaves, odd_);
    lane_table_ = make_lane_table<T>(leaves, odd_);
    scale_ = static_cast<T>(scale / static_cast<double>(bins_));
    passes_ = cut_into(kWhole);
    steps_ = cut_into(kStepBlocks);
    this->step_count_ = static_cast<Index>(steps_.size());
  }

  void forward_piece(Index, const T* x, T* spectrum, T*) const noexcept override {
    for (const Step& pass : passes_) split(pass, x, x + bins_, spectrum, {});
  }
  void inverse_piece(Index, T* spectrum, T* x, T*) const noexcept override {
    for (auto pass = passes_.rbegin(); pass != passes_.rend(); ++pass) {
      join(*pass, spectrum, x, x + bins_, {});
    }
  }
  // As many at once as stay in the cache from pass to pass.
  void forward_lines(const T* x, Index samples_apart, Index lines, T* spectra,
                     Index spectra_apart) const noexcept override {
    const Index together = std::max(kLeafBlocks / (bins_ / kBlock), Index{1});
    for (Index n = 0; n < lines; n += together, x += together * samples_apart) {
      const Lines some{std::min(together, lines - n), samples_apart, spectra_apart};
      for (const Step& pass : passes_) split(pass, x, x + bins_, spectra + n * spectra_apart, some);
    }
  }
  void inverse_lines(T* spectra, Index spectra_apart, Index lines, T* x,
                     Index samples_apart) const noexcept override {
    const Index together = std::max(kLeafBlocks / (bins_ / kBlock), Index{1});
    for (Index n = 0; n < lines; n += together, x += together * samples_apart) {
      const Lines some{std::min(together, lines - n), samples_apart, spectra_apart};
      for (auto pass = passes_.rbegin(); pass != passes_.rend(); ++pass) {
        join(*pass, spectra + n * spectra_apart, x, x + bins_, some);
      }
    }
  }
  void forward_step(Index step, const T* older, const T* newer,
                    T* spectrum) const noexcept override {
    split(steps_[static_cast<std::size_t>(step)], older, newer, spectrum, {});
  }
  void inverse_step(Index step, T* spectrum, T* newer) const noexcept override {
    join(steps_[steps_.size() - 1 - static_cast<std::size_t>(step)], spectrum, nullptr, newer, {});
  }

  std::string describe() const override { return "remainder tree"; }

 private:
  static constexpr Index kBlock = kSpectrumBlock<T>;
  static constexpr Index kLeafBlocks = kLeafBytes / 128;

  // --- the list of steps, none with more than about `limit` memory blocks -----------------------

  std::vector<Step> cut_into(Index limit) const {
    std::vector<Step> list;
    const Index size = bins_ / kBlock;
    const Index part = size / first_radix_, width = std::min(part, limit / first_radix_);
    for (Index w = 0; w < part; w += width) {
      list.push_back({Step::Kind::real, w, 1, part, std::min(width, part - w), 2});
    }
    add_levels({Step::Kind::levels, 0, first_radix_, 0, 0, 2 * first_radix_}, part, limit, &list);
    return list;
  }

  // Depth first while a block (of `size` memory blocks) is larger than the cache, level by level
  // below.
  void add_levels(Step at, Index size, Index limit, std::vector<Step>* list) const {
    while (size > odd_) {
      if (at.blocks > 1 && size * at.blocks > kLeafBlocks) {
        for (Index b = 0; b < at.blocks; ++b) {
          add_levels({at.kind, at.at + b * size, 1, 0, 0, at.first + b}, size, limit, list);
        }
        return;
      }
      add_level(at, size / 4, limit, list);
      size /= 4;
      at.blocks *= 4;
      at.first *= 4;
    }
    add_leaves(at, limit, list);
  }

  void add_level(const Step& level, Index part, Index limit, std::vector<Step>* list) const {
    const Index width = std::min(part, std::max(limit / 4, Index{1}));
    const Index together = width < part ? 1 : std::max(limit / (4 * part), Index{1});
    for (Index b = 0; b < level.blocks; b += together) {
      for (Index w = 0; w < part; w += width) {
        list->push_back({level.kind, level.at + 4 * b * part + w,
                         std::min(together, level.blocks - b), part, std::min(width, part - w),
                         level.first + b});
      }
    }
  }

  // Blocks of `odd_` memory blocks each: into the memory blocks, and these into bins.
  void add_leaves(Step at, Index limit, std::vector<Step>* list) const {
    const Index end = at.at + at.blocks * odd_, together = std::max(limit / odd_, Index{1});
    for (Index b = 0; odd_ > 1 && b < at.blocks; b += together) {
      list->push_back({Step::Kind::odd, at.at + b * odd_, std::min(together, at.blocks - b), 1, 1});
    }
    for (; at.at < end; at.at += limit) {
      list->push_back({Step::Kind::lanes, at.at, std::min(limit, end - at.at)});
    }
  }

  // --- running a step ---------------------------------------------------------------------------

  void split(const Step& s, const T* older, const T* newer, T* spectrum,
             const Lines& lines) const noexcept {
    T* z = spectrum + s.at * 2 * kBlock;
    if (s.kind == Step::Kind::lanes) return split_lanes(z, s.blocks, lanes_at(s), lines);
    if (s.kind == Step::Kind::real) {
      const Index from = s.at * kBlock;
      return split_real(older + from, newer + from, first_radix_, pass_of(s, z), lines);
    }
    for (Index n = 0; n < lines.count; ++n, z += lines.spectrum) {
      s.kind == Step::Kind::odd ? split_odd(odd_pass_of(s, z), odd_) : split4(pass_of(s, z));
    }
  }

  void join(const Step& s, T* spectrum, T* older, T* newer, const Lines& lines) const noexcept {
    T* z = spectrum + s.at * 2 * kBlock;
    if (s.kind == Step::Kind::lanes) return join_lanes(z, s.blocks, lanes_at(s), lines);
    if (s.kind == Step::Kind::real) {
      const Index from = s.at * kBlock;
      return join_real(older ? older + from : nullptr, newer + from, first_radix_, scale_,
                       pass_of(s, z), lines);
    }
    for (Index n = 0; n < lines.count; ++n, z += lines.spectrum) {
      s.kind == Step::Kind::odd ? join_odd(odd_pass_of(s, z), odd_) : join4(pass_of(s, z));
    }
  }

  Pass<T> pass_of(const Step& s, T* z) const noexcept {
    return {z, s.blocks, 1, s.part * 2 * kBlock, s.width, twiddles_.data(), s.first};
  }
  Pass<T> odd_pass_of(const Step& s, T* z) const noexcept {
    return {z, s.blocks, 1, 2 * kBlock, 1, odd_twiddles_.data(), s.at / odd_};
  }
  const T* lanes_at(const Step& s) const noexcept {
    return lane_table_.data() + s.at * lane_table_step<T>();
  }

  Index bins_;
  Index odd_;  // 1, 3 or 5
  Index first_radix_ = 4;
  T scale_ = 1;
  Buffer<T> twiddles_, odd_twiddles_, lane_table_;
  std::vector<Step> passes_, steps_;  // of a forward; an inverse runs them from the last
};

}  // namespace

template <class T>
std::shared_ptr<const SlicedTransform<T>> make_line_tree(Index extent, double scale) {
  return std::make_shared<LineTree<T>>(extent, scale);
}

template std::shared_ptr<const SlicedTransform<float>> make_line_tree(Index, double);
template std::shared_ptr<const SlicedTransform<double>> make_line_tree(Index, double);

}  // namespace faltung
