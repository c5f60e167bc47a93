// A real transform for power-of-two extents whose bins come in the order the butterflies leave.
#include "engine/fft/power_of_two.h"

#include <algorithm>
#include <vector>

#include "engine/fft/twiddles.h"
#include "engine/simd/butterflies.h"

namespace faltung {
namespace {

constexpr Index kLeafBytes = 16 * 1024;   // half of a first-level cache: passes go level by level
constexpr Index kStripBytes = 24 * 1024;  // columns of an outer axis that are transformed together
constexpr Index kGapFromBytes = 1024;     // rows at least this long are kept off equal cache sets
constexpr Index kStepBlocks = 32;         // memory blocks of a step: about 0.1 µs
constexpr Index kWhole = Index{1} << 40;  // more than any transform has

// One pass, or a part of one, over memory that no other step of the pass touches.
struct Step {
  enum class Kind { real, levels, lanes, columns };
  Kind kind;
  Index row;         // of the last axis; for columns the first memory block
  Index at = 0;      // memory block within the row
  Index blocks = 1;  // of the transform; for lanes memory blocks; for columns the axis
  Index part = 0;    // memory blocks from one part of a block to the next
  Index width = 0;   // memory blocks of each part
  Index first = 0;   // the first block's twiddle
};

template <class T>
class PowerOfTwo final : public SlicedTransform<T> {
 public:
  explicit PowerOfTwo(const Shape& extents) {
    this->extents_ = extents;
    bins_ = extents.back() / 2;
    rows_ = extents.product() / extents.back();
    row_samples_ = 2 * bins_;
    if (rows_ > 1 && row_samples_ * static_cast<Index>(sizeof(T)) >= kGapFromBytes) {
      row_samples_ += 2 * kBlock;
    }
    // A gap behind every plane, too: a column's elements would else fall on one cache set.
    strides_ = extents;
    Index stride = row_samples_;
    for (int axis = extents.rank() - 2; axis >= 0; --axis) {
      strides_[axis] = stride;
      stride *= extents[axis];
      if (axis > 0) stride += 2 * kBlock;
    }
    this->spectrum_samples_ = stride;
    first_radix_ = log2_of(bins_ / kBlock) % 2 == 0 ? 4 : 2;
    Index twiddles = 2 * bins_ / kBlock + 8;
    for (Index extent : extents) twiddles = std::max(twiddles, extent + 8);
    twiddles_ = make_twiddles<T>(twiddles);
    lane_table_ = make_lane_table<T>(bins_ / kBlock);
    scale_ = static_cast<T>(1.0 / static_cast<double>(bins_ * rows_));
    passes_ = cut_into(kWhole);
    steps_ = cut_into(kStepBlocks);
    this->step_count_ = static_cast<Index>(steps_.size());
  }

  void forward(const T* x, T* spectrum, T*) const noexcept override {
    for (const Step& pass : passes_) split(pass, x, x + this->samples() / 2, spectrum);
  }
  void inverse(T* spectrum, T* x, T*) const noexcept override {
    for (auto pass = passes_.rbegin(); pass != passes_.rend(); ++pass) {
      join(*pass, spectrum, x, x + this->samples() / 2);
    }
  }
  void forward_step(Index step, const T* older, const T* newer,
                    T* spectrum) const noexcept override {
    split(steps_[static_cast<std::size_t>(step)], older, newer, spectrum);
  }
  void inverse_step(Index step, T* spectrum, T* newer) const noexcept override {
    join(steps_[steps_.size() - 1 - static_cast<std::size_t>(step)], spectrum, nullptr, newer);
  }

  std::string describe() const override { return "power of two"; }

 private:
  static constexpr Index kBlock = kSpectrumBlock<T>;
  static constexpr Index kLeafBlocks = kLeafBytes / 128;

  // --- the list of steps, none with more than about `limit` memory blocks -----------------------

  std::vector<Step> cut_into(Index limit) const {
    std::vector<Step> list;
    const Index size = bins_ / kBlock;
    for (Index row = 0; row < rows_; ++row) {
      const Index part = size / first_radix_, width = std::min(part, limit / first_radix_);
      for (Index w = 0; w < part; w += width) {
        list.push_back({Step::Kind::real, row, w, 1, part, std::min(width, part - w), 2});
      }
      add_levels({Step::Kind::levels, row, 0, first_radix_, 0, 0, 2 * first_radix_}, part, limit,
                 &list);
    }
    for (int axis = this->extents_.rank() - 2; axis >= 0; --axis) add_columns(axis, &list);
    return list;
  }

  // Depth first while a block (of `size` memory blocks) is larger than the cache, level by level
  // below.
  void add_levels(Step at, Index size, Index limit, std::vector<Step>* list) const {
    while (size > 1) {
      if (at.blocks > 1 && size * at.blocks > kLeafBlocks) {
        for (Index b = 0; b < at.blocks; ++b) {
          add_levels({at.kind, at.row, at.at + b * size, 1, 0, 0, at.first + b}, size, limit, list);
        }
        return;
      }
      add_level(at, size / 4, limit, list);
      size /= 4;
      at.blocks *= 4;
      at.first *= 4;
    }
    at.kind = Step::Kind::lanes;
    const Index end = at.at + at.blocks;
    for (; at.at < end; at.at += limit) {
      at.blocks = std::min(limit, end - at.at);
      list->push_back(at);
    }
  }

  void add_level(const Step& level, Index part, Index limit, std::vector<Step>* list) const {
    const Index width = std::min(part, std::max(limit / 4, Index{1}));
    const Index together = width < part ? 1 : std::max(limit / (4 * part), Index{1});
    for (Index b = 0; b < level.blocks; b += together) {
      for (Index w = 0; w < part; w += width) {
        list->push_back({level.kind, level.row, level.at + 4 * b * part + w,
                         std::min(together, level.blocks - b), part, std::min(width, part - w),
                         level.first + b});
      }
    }
  }

  // Every column strip of one outer axis.
  void add_columns(int axis, std::vector<Step>* list) const {
    const Index extent = this->extents_[axis];
    if (extent == 1) return;
    const Index run = strides_[axis] / (2 * kBlock);
    const Index strip = std::clamp(kStripBytes / (extent * 128), Index{1}, run);
    const Index rows = this->extents_.product() / this->extents_.back() /
                       this->extents_.to(axis).product();  // of the last axis in one such block
    for (Index row = 0; row < rows_; row += rows) {
      for (Index from = 0; from < run; from += strip) {
        list->push_back({Step::Kind::columns, row_at(row) / (2 * kBlock) + from, 0, axis, 0,
                         std::min(strip, run - from), 0});
      }
    }
  }

  // Where a row of the last axis begins in the spectrum.
  Index row_at(Index row) const noexcept {
    Index at = 0;
    for (int axis = strides_.rank() - 2; axis >= 0; --axis) {
      at += row % this->extents_[axis] * strides_[axis];
      row /= this->extents_[axis];
    }
    return at;
  }

  // --- running a step ---------------------------------------------------------------------------

  void split(const Step& s, const T* older, const T* newer, T* spectrum) const noexcept {
    if (s.kind == Step::Kind::columns) return split_column(spectrum + s.row * 2 * kBlock, s);
    T* z = spectrum + row_at(s.row) + s.at * 2 * kBlock;
    if (s.kind == Step::Kind::levels) return split4(pass_of(s, z));
    if (s.kind == Step::Kind::lanes) return split_lanes(z, s.blocks, lanes_at(s));
    const auto [lower, upper] = halves(s, older, newer);
    split_real(lower, upper, first_radix_, pass_of(s, z));
  }

  void join(const Step& s, T* spectrum, T* older, T* newer) const noexcept {
    if (s.kind == Step::Kind::columns) return join_column(spectrum + s.row * 2 * kBlock, s);
    T* z = spectrum + row_at(s.row) + s.at * 2 * kBlock;
    if (!older && rows_ > 1 && s.row < rows_ / 2) return;
    if (s.kind == Step::Kind::levels) return join4(pass_of(s, z));
    if (s.kind == Step::Kind::lanes) return join_lanes(z, s.blocks, lanes_at(s));
    const auto [lower, upper] = halves(s, older, newer);
    join_real(lower, upper, first_radix_, scale_, pass_of(s, z));
  }

  Pass<T> pass_of(const Step& s, T* z) const noexcept {
    return {z, s.blocks, 1, s.part * 2 * kBlock, s.width, twiddles_.data(), s.first};
  }
  const T* lanes_at(const Step& s) const noexcept {
    return lane_table_.data() + s.at * lane_table_step<T>();
  }

  // Where the lower and the upper half of the step's row are, from the step's first element on. One
  // row: its halves are the older and the newer one.
  template <class X>
  std::pair<X*, X*> halves(const Step& s, X* older, X* newer) const noexcept {
    const Index from = s.at * kBlock;
    if (rows_ == 1) return {older ? older + from : older, newer + from};
    const Index half = rows_ / 2, extent = 2 * bins_;
    X* row = (s.row < half ? older + s.row * extent : newer + (s.row - half) * extent) + from;
    return {row, row + bins_};
  }

  Pass<T> column_pass(T* z, Index blocks, Index rows, Index stride, Index width) const noexcept {
    return {z, blocks, rows, stride, width, twiddles_.data(), 0};
  }

  void split_column(T* z, const Step& s) const noexcept {
    const int axis = static_cast<int>(s.blocks);
    const Index extent = this->extents_[axis], stride = strides_[axis];
    Index blocks = 1;
    if (log2_of(extent) % 2 == 1) {
      split2(column_pass(z, 1, extent / 2, stride, s.width));
      blocks = 2;
    }
    for (; blocks < extent; blocks *= 4) {
      split4(column_pass(z, blocks, extent / blocks / 4, stride, s.width));
    }
  }

  void join_column(T* z, const Step& s) const noexcept {
    const int axis = static_cast<int>(s.blocks);
    const Index extent = this->extents_[axis], stride = strides_[axis];
    Index blocks = extent;
    while (blocks >= 4) {
      blocks /= 4;
      join4(column_pass(z, blocks, extent / blocks / 4, stride, s.width));
    }
    if (blocks == 2) join2(column_pass(z, 1, extent / 2, stride, s.width));
  }

  Index bins_ = 0;  // complex bins in a row
  Index rows_ = 0;
  Index row_samples_ = 0;
  Shape strides_;  // of the outer axes in the spectrum
  Index first_radix_ = 4;
  T scale_ = 1;
  Buffer<T> twiddles_, lane_table_;
  std::vector<Step> passes_, steps_;  // of a forward; an inverse runs them from the last
};

}  // namespace

template <class T>
std::shared_ptr<const SlicedTransform<T>> make_power_of_two(const Shape& extents) {
  return std::make_shared<PowerOfTwo<T>>(extents);
}

template std::shared_ptr<const SlicedTransform<float>> make_power_of_two(const Shape&);
template std::shared_ptr<const SlicedTransform<double>> make_power_of_two(const Shape&);

}  // namespace faltung
