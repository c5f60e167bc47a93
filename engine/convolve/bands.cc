// Runs a stateless solver over a signal that lies in memory as a whole.
#include "engine/convolve/bands.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/simd/accumulate_rows.h"

namespace faltung {
namespace {

constexpr Index kPieceBytes = 256 << 10;  // of padded input, or of output, taken at once
constexpr Index kLargeBytes = 16 << 20;  // half of a third-level cache
constexpr Index kMostPieces = 8;          // of a band
constexpr Index kBandsOfThread = 4;       // so that the last ones end together
constexpr Index kAlignedColumns = 64;     // a register block
constexpr Index kFewestBorrowed = 8 * kAlignedColumns;  // below, edges cost more than copies

Index up(Index n, Index unit) { return (n + unit - 1) / unit * unit; }

template <class T>
class Bands final : public Whole {
 public:
  Bands(const Problem& p, std::unique_ptr<TileSolver<T>> solver, Workers* workers)
      : solver_(std::move(solver)),
        workers_(workers),
        continuation_(p),
        rank_(p.rank()),
        stride_(p.stride[0]),
        dilated_(p.dilated(0)),
        extent_(p.extent.value()),
        before_(p.padding_of(0).before),
        outputs_(p.output_extent_of(0)),
        in_channels_(p.in_channels),
        out_channels_(p.out_channels),
        out_inner_(p.output_inner().product()) {
    if (rank_ > 1) state_lines(p);
    state_pieces();
    for (int slot = 0; slot < slots_of(workers); ++slot) {
      places_.emplace_back();
      Place& place = places_.back();
      if (solver_->reads_lines()) continue;
      place.window = Buffer<T>(checked_product({in_channels_, channel_stride_}) + kRowSlack);
      place.line = Buffer<T>(phases_ > 1 ? columns_ : 0);
    }
  }

  void run(const WholeInput& in, const WholeOutput& out) noexcept override {
    std::visit([&](const auto& from) {
      std::visit([&](const auto& to) { run_typed(from, to); }, out);
    }, in);
  }

  Index memory_bytes() const noexcept override {
    Index samples = 0;
    for (const Place& p : places_) samples += p.window.size() + p.line.size() + p.converted.size();
    return solver_->memory_bytes() + samples * static_cast<Index>(sizeof(T));
  }

 private:
  // What one thread holds.
  struct Place {
    Buffer<T> window, line, converted;
    Index begin = 0, available = 0;  // padded positions in the window
    bool edges_only = false;         // of each line
  };

  void state_lines(const Problem& p) {
    const int x = rank_ - 1;
    columns_ = p.padded(x);
    in_columns_ = p.inner[x - 1];
    columns_before_ = p.padding_of(x).before;
    out_columns_ = p.output_extent_of(x);
    phases_ = solver_->phases();
    phase_extent_ = (columns_ + phases_ - 1) / phases_;
    row_samples_ = phase_extent_ * phases_;
    rows_ = p.padded_inner().to(x - 1).product();
    dilated_columns_ = p.dilated(x);
    can_borrow_ = rank_ == 2 && phases_ == 1 && p.stride[x] == 1 && solver_->takes_columns();
  }

  // Columns whose outputs read nothing from outside, nor past the end of a row of the input. The
  // first one lies at the begin of a cache line, if the rows of `out` all do so at the same column.
  void find_inside(const void* out) noexcept {
    const auto past = static_cast<Index>(reinterpret_cast<std::uintptr_t>(out) % kAlignment /
                                         sizeof(T));
    first_inside_ = up(columns_before_ + past, kRowSlack) - past;
    const Index end = in_columns_ + columns_before_ - (dilated_columns_ - 1) - kRowSlack;
    last_inside_ = first_inside_ + std::max<Index>(0, end - first_inside_) / kAlignedColumns *
                                       kAlignedColumns;
    borrows_ = can_borrow_ && last_inside_ - first_inside_ >= kFewestBorrowed;
  }

  void state_pieces() {
    position_samples_ = rows_ * row_samples_;
    const Index samples = std::max(position_samples_ * in_channels_ * stride_,
                                   out_inner_ * out_channels_);
    const Index fit = kPieceBytes / (std::max<Index>(1, samples) * static_cast<Index>(sizeof(T)));
    const Index tile = solver_->tile();
    piece_ = up(std::max<Index>(fit, rank_ == 2 ? 8 : 4), tile);
    if (fit >= 16) piece_ = up(fit / 8 * 8, tile);
    piece_ = std::min(piece_, std::max<Index>(1, up(outputs_, tile)));
    band_ = outputs_;
    if (workers_) {
      const Index share = (outputs_ + kBandsOfThread * workers_->threads() - 1) /
                          (kBandsOfThread * workers_->threads());
      const Index most = std::max(kMostPieces * piece_, up(4 * dilated_ / stride_, piece_));
      band_ = std::clamp(up(share, piece_), piece_, most);
    }
    span_ = (piece_ - 1) * stride_ + dilated_;
    capacity_ = span_ + 2 * dilated_;
    channel_stride_ = capacity_ * position_samples_ + kRowSlack;
  }

  template <class From, class To>
  void run_typed(const SlabOf<const From>& in, const SlabOf<To>& out) noexcept {
    if (!std::is_same_v<T, To>) {
      for (Place& p : places_) make_room(&p.converted);
    }
    find_inside(out.data);
    if (solver_->reads_lines()) return run_lines(in, out);
    run_tasks(workers_, (outputs_ + band_ - 1) / band_, [&](Index b, int slot) {
      Place& place = places_[static_cast<std::size_t>(slot)];
      place.begin = place.available = 0;
      run_band(in, out, b * band_, std::min(outputs_, (b + 1) * band_), place, slot);
    });
  }

  void make_room(Buffer<T>* converted) {
    if (converted->size() > 0) return;
    const Index positions = solver_->reads_lines() ? solver_->tile() : piece_;
    *converted = Buffer<T>(out_channels_ * positions * out_inner_);
  }

  template <class From, class To>
  void run_lines(const SlabOf<const From>& in, const SlabOf<To>& out) noexcept {
    const WholeLines<T, From> lines(continuation_, in);
    if constexpr (std::is_same_v<T, To>) {
      solver_->run_lines(lines, out, {0, outputs_, Team{workers_}});
    } else {
      const Index tile = solver_->tile();
      for (Index m = 0; m < outputs_; m += tile) {
        const Index count = std::min(tile, outputs_ - m);
        const SlabOf<T> mine = converted(places_[0], count);
        solver_->run_lines(lines, mine, {m, count, Team{workers_}});
        convert(mine, out, m, workers_);
      }
    }
  }

  SlabOf<T> converted(Place& place, Index count) const noexcept {
    return {place.converted.data(), out_channels_, count, out_inner_, count * out_inner_};
  }

  template <class To>
  void convert(const SlabOf<T>& mine, const SlabOf<To>& out, Index m, Workers* workers) noexcept {
    run_tasks(workers, mine.channels * mine.extent, [&](Index task, int) {
      const Index c = task / mine.extent, n = task % mine.extent;
      convert_samples(mine.at(c, n), mine.inner, out.at(c, m + n));
    });
  }

  // Outputs [first, end).
  template <class From, class To>
  void run_band(const SlabOf<const From>& in, const SlabOf<To>& out, Index first, Index end,
                Place& place, int slot) noexcept {
    for (Index m = first; m < end;) {
      Index count = std::min(piece_, end - m);
      bool borrow = false;
      if constexpr (std::is_same_v<T, From>) {
        const Index from = (before_ + stride_ - 1) / stride_;  // the first output inside
        const Index until = extent_ + before_ < dilated_ ? 0 : (extent_ + before_ - dilated_) / stride_ + 1;
        borrow = borrows_ && m >= from && m < until;
        if (borrow) count = std::min(count, until - m);
        else if (borrows_ && m < from) count = std::min(count, from - m);
      }
      run_piece(in, out, m, count, borrow, place, slot);
      m += count;
    }
  }

  template <class From, class To>
  void run_piece(const SlabOf<const From>& in, const SlabOf<To>& out, Index m, Index count,
                 bool borrow, Place& place, int slot) noexcept {
    SlabOf<T> mine;
    if constexpr (std::is_same_v<T, To>) {
      mine = {out.at(0, m), out.channels, count, out.inner, out.channel_stride};
    } else {
      mine = converted(place, count);
    }
    TileWork work{m, count, Team{nullptr, slot}};
    load(in, m * stride_, (m + count - 1) * stride_ + dilated_, borrow, place);
    if (!borrow) {
      solver_->run(held(place), mine, work);
    } else {
      work.columns = first_inside_;
      if (first_inside_ > 0) solver_->run(held(place), mine, work);
      work.column = last_inside_;
      work.columns = out_columns_ - last_inside_;
      solver_->run(held(place), mine, work);
      if constexpr (std::is_same_v<T, From>) {
        work.column = first_inside_;
        work.columns = last_inside_ - first_inside_;
        if (large<To>()) work.store = Store::past_caches;
        solver_->run(borrowed(in), mine, work);
      }
    }
    if constexpr (!std::is_same_v<T, To>) convert(mine, out, m, nullptr);
  }

  // Whether the output's begin has left the caches when its end is written.
  template <class To>
  bool large() const noexcept {
    return std::is_same_v<T, To> && outputs_ * out_inner_ * out_channels_ *
                                            static_cast<Index>(sizeof(T)) >= kLargeBytes;
  }

  PaddedSlab<T> held(const Place& place) const noexcept {
    return {place.window.data(), place.begin,  place.available, channel_stride_,
            position_samples_,   row_samples_, phase_extent_};
  }

  // The caller's rows under padded coordinates.
  PaddedSlab<T> borrowed(const SlabOf<const T>& in) const noexcept {
    return {in.data - columns_before_, before_,     before_ + extent_, in.channel_stride,
            in_columns_,               in_columns_, in_columns_};
  }

  // Makes padded positions [begin, end) available, keeping those that are there.
  template <class From>
  void load(const SlabOf<const From>& in, Index begin, Index end, bool edges_only,
            Place& place) noexcept {
    if (place.edges_only != edges_only || begin < place.begin || begin > place.available) {
      place.begin = place.available = begin;
    }
    place.edges_only = edges_only;
    if (end - place.begin > capacity_) shift(place, begin);
    for (Index position = place.available; position < end; ++position) {
      for (Index c = 0; c < in_channels_; ++c) {
        T* to = place.window.data() + c * channel_stride_ +
                (position - place.begin) * position_samples_;
        for (Index row = 0; row < rows_; ++row) {
          load_row(in, c, position, row, edges_only, place, to + row * row_samples_);
        }
      }
    }
    place.available = std::max(place.available, end);
  }

  void shift(Place& place, Index begin) noexcept {
    const Index samples = (place.available - begin) * position_samples_;
    for (Index c = 0; c < in_channels_; ++c) {
      T* to = place.window.data() + c * channel_stride_;
      const T* from = to + (begin - place.begin) * position_samples_;
      std::copy(from, from + samples, to);
    }
    place.begin = begin;
  }

  template <class From>
  void load_row(const SlabOf<const From>& in, Index c, Index position, Index row, bool edges_only,
                Place& place, T* to) const noexcept {
    if (edges_only) {
      const Index left = first_inside_ == 0 ? 0 : first_inside_ + dilated_columns_ - 1;
      continuation_.copy(in, c, position, row, 0, left, to);
      continuation_.copy(in, c, position, row, last_inside_, columns_ - last_inside_,
                         to + last_inside_);
    } else if (phases_ == 1) {
      continuation_.copy(in, c, position, row, 0, columns_, to);
    } else {
      T* line = place.line.data();
      continuation_.copy(in, c, position, row, 0, columns_, line);
      for (Index x = 0; x < columns_; ++x) to[x % phases_ * phase_extent_ + x / phases_] = line[x];
    }
  }

  std::unique_ptr<TileSolver<T>> solver_;
  Workers* workers_;
  Continuation continuation_;
  int rank_;
  Index stride_, dilated_, extent_, before_, outputs_;  // along the stream axis
  Index in_channels_, out_channels_, out_inner_;
  Index columns_ = 1, in_columns_ = 1, columns_before_ = 0, out_columns_ = 1, dilated_columns_ = 1;
  Index phases_ = 1, phase_extent_ = 1, row_samples_ = 1, rows_ = 1, position_samples_ = 1;
  Index first_inside_ = 0, last_inside_ = 0;
  bool can_borrow_ = false, borrows_ = false;
  Index piece_ = 1, band_ = 1, span_ = 1, capacity_ = 1, channel_stride_ = 1;
  std::vector<Place> places_;
};

}  // namespace

template <class T>
std::unique_ptr<Whole> make_bands(const Problem& problem, std::unique_ptr<TileSolver<T>> solver,
                                  Workers* workers) {
  return std::make_unique<Bands<T>>(problem, std::move(solver), workers);
}

template std::unique_ptr<Whole> make_bands(const Problem&, std::unique_ptr<TileSolver<float>>,
                                           Workers*);
template std::unique_ptr<Whole> make_bands(const Problem&, std::unique_ptr<TileSolver<double>>,
                                           Workers*);

}  // namespace faltung
