// Moves a signal from a source through a prepared stage into a sink.
#include "apps/faltung/transfer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <thread>

#include "apps/faltung/belt.h"

namespace faltung {
namespace {

using Seconds = std::chrono::duration<double>;
using SteadyClock = std::chrono::steady_clock;

// What passes between the caller and its two helpers.
struct Belts {
  Belt in;
  Belt out;
  std::exception_ptr read_error;         // set before in.end()
  std::exception_ptr write_error;        // set before out.stop()
  std::atomic<std::size_t> finished{0};  // segments that need no more input
};

// Lets both helpers end, however the caller leaves.
struct Dismissal {
  Belts& belts;
  ~Dismissal() {
    belts.in.stop();
    belts.out.end();
  }
};

Index fill(Source& source, const Slab& slab) {
  Index count = 0;
  while (count < slab.extent) {
    const Index got = source.read(slab.part(count, slab.extent - count));
    if (got == 0) break;
    count += got;
  }
  return count;
}

// Reads a source from any place on, also one that only reads forward.
class Reader {
 public:
  Reader(Source& source, Belts& belts) : source_(source), belts_(belts) {}

  // False where nobody wants more.
  bool read(const Segment& segment, std::size_t part) {
    bool first = true;
    while (belts_.finished.load(std::memory_order_acquire) <= part) {
      Belt::Piece* piece = belts_.in.empty();
      if (!piece) return false;
      if (first) go_to(segment, piece->slab);
      piece->count = fill(source_, piece->slab);
      piece->part = part;
      piece->first = first;
      piece->last = piece->count < piece->slab.extent;
      position_ += piece->count;
      if (piece->last) next_item();
      const bool ended = piece->last;
      belts_.in.load(piece);
      if (ended) break;
      first = false;
    }
    return true;
  }

 private:
  void next_item() {
    ++item_;
    position_ = 0;
  }

  // What lies before is read and dropped where the container cannot do otherwise.
  void go_to(const Segment& segment, const Slab& room) {
    if (item_ == segment.item && position_ == segment.first_in) return;
    if (source_.seek(segment.item, segment.first_in)) {
      item_ = segment.item;
      position_ = segment.first_in;
      return;
    }
    while (item_ < segment.item || position_ < segment.first_in) {
      const Index left = item_ < segment.item ? room.extent : segment.first_in - position_;
      const Index got = source_.read(room.part(0, std::min(room.extent, left)));
      position_ += got;
      if (got > 0) continue;
      if (item_ == segment.item) break;  // the signal is shorter than it said
      next_item();
    }
  }

  Source& source_;
  Belts& belts_;
  Index item_ = 0, position_ = 0;
};

void read_all(Source& source, const std::vector<Segment>& segments, Belts& belts) noexcept {
  try {
    Reader reader(source, belts);
    for (std::size_t part = 0; part < segments.size(); ++part) {
      if (!reader.read(segments[part], part)) break;
    }
  } catch (...) {
    belts.read_error = std::current_exception();
  }
  belts.in.end();
}

void write_all(Sink& sink, const std::vector<Segment>& segments, Belts& belts) noexcept {
  try {
    while (Belt::Piece* piece = belts.out.loaded()) {
      const Segment& segment = segments[piece->part];
      if (piece->first && sink.row_extent() > 0) sink.seek(segment.item, segment.first);
      if (piece->count > 0) sink.write(piece->slab.part(0, piece->count));
      belts.out.release(piece);
    }
  } catch (...) {
    belts.write_error = std::current_exception();
    belts.out.stop();
  }
}

// Moves positions [first, first + count) to the front.
void drop_front(const Slab& slab, Index first, Index count) noexcept {
  with_sample_type(slab.type, [&]<class T>() {
    const auto s = slab.as<T>();
    for (Index c = 0; c < s.channels; ++c) {
      std::copy_n(s.at(c, first), count * s.inner, s.channel(c));
    }
  });
}

// The calling thread's part: takes slabs, cuts them into blocks, collects what the stage gives.
class Computer {
 public:
  Computer(Stage& stage, Index block, Index most, Belt& out)
      : stage_(stage), block_(block), most_(most), out_(out), piece_(out.empty()) {}

  // No slab holds positions of two segments.
  void begin(const Segment& segment, std::size_t part) {
    stage_.reset();
    part_ = part;
    skip_ = segment.skip;
    left_ = segment.count < 0 ? INT64_MAX : segment.count;
    begin_piece(true);
  }

  // All return false where the writer takes no more.
  bool process(const Slab& slab) {
    for (Index first = 0; first < slab.extent && piece_ && left_ > 0; first += block_) {
      const Slab part = slab.part(first, std::min(block_, slab.extent - first));
      give([&](const Slab& room) { return stage_.process(part, room); });
    }
    return piece_ != nullptr;
  }

  bool finish() {
    while (piece_ && left_ > 0 && give([&](const Slab& room) { return stage_.finish(room); }) > 0) {
    }
    return end();
  }

  bool end() {
    if (piece_ && piece_->count > 0) hand_over();
    return piece_ != nullptr;
  }

  bool is_complete() const { return left_ == 0; }
  Index left() const { return left_; }
  Index given() const { return given_; }
  double compute_s() const { return compute_s_; }

 private:
  template <class Step>
  Index give(const Step& step) {
    const auto begin = SteadyClock::now();
    const Slab room = piece_->slab.part(piece_->count, most_);
    const Index count = step(room);
    compute_s_ += Seconds(SteadyClock::now() - begin).count();
    const Index dropped = std::min(skip_, count), kept = std::min(count - dropped, left_);
    if (dropped > 0) drop_front(room, dropped, kept);
    skip_ -= dropped;
    left_ -= kept;
    piece_->count += kept;
    given_ += kept;
    if (piece_->slab.extent - piece_->count < most_) hand_over();
    return count;
  }

  void begin_piece(bool first) {
    if (!piece_) return;
    piece_->count = 0;
    piece_->part = part_;
    piece_->first = first;
  }

  void hand_over() {
    out_.load(piece_);
    piece_ = out_.empty();
    begin_piece(false);
  }

  Stage& stage_;
  const Index block_;
  const Index most_;  // that one step may give
  Belt& out_;
  Belt::Piece* piece_;
  std::size_t part_ = 0;
  Index skip_ = 0, left_ = 0;  // positions of the segment
  Index given_ = 0;
  double compute_s_ = 0;
};

// Takes what the reader brings until the segments are complete or somebody gives up.
void compute_all(Computer& computer, const std::vector<Segment>& segments, Belts& belts,
                 Transferred& result, const std::function<void(Index)>& watch) {
  bool wanted = true;
  Belt::Piece* piece = nullptr;
  while (wanted && (piece = belts.in.loaded()) != nullptr) {
    const std::size_t part = piece->part;
    if (part >= belts.finished.load(std::memory_order_relaxed)) {
      if (piece->first) computer.begin(segments[part], part);
      wanted = computer.process(piece->slab.part(0, piece->count));
      result.taken += piece->count;
      if (wanted && piece->last) wanted = computer.finish();
      if (piece->last || computer.is_complete()) {
        wanted = wanted && computer.end();
        belts.finished.store(part + 1, std::memory_order_release);
      }
      if (wanted && piece->last && segments[part].count > 0 && !computer.is_complete()) {
        throw Error(Code::input, "the signal ended " + std::to_string(computer.left()) +
                                     " positions before it said it would");
      }
    }
    belts.in.release(piece);
    watch(result.taken);
  }
}

}  // namespace

std::vector<Segment> whole_items(Index items) {
  std::vector<Segment> segments(static_cast<std::size_t>(items));
  for (Index n = 0; n < items; ++n) segments[static_cast<std::size_t>(n)].item = n;
  return segments;
}

// Room for about a slab, so that small blocks do not mean small writes, and for at least what one
// step can give, which is far more where a stage works in large tiles.
Index room_for(const Format& out, const Cutting& cutting) {
  const Index most = std::max<Index>(1, out.max_slab);
  return std::max<Index>(1, cutting.slab / most) * most;
}

Transferred transfer(Source& source, Stage& stage, Sink& sink, const Format& in, const Format& out,
                     const Cutting& cutting, const std::vector<Segment>& segments,
                     const std::function<void(Index taken)>& watch) {
  const Index most = std::max<Index>(1, out.max_slab);
  Belts belts{Belt(in, cutting.slab), Belt(out, room_for(out, cutting)), {}, {}};
  Transferred result;
  {
    const std::jthread reader([&] { read_all(source, segments, belts); });
    const Dismissal dismiss_reader{belts};
    const std::jthread writer([&] { write_all(sink, segments, belts); });
    const Dismissal dismiss_both{belts};
    Computer computer(stage, cutting.block, most, belts.out);
    compute_all(computer, segments, belts, result, watch);
    result.given = computer.given();
    result.compute_s = computer.compute_s();
  }
  if (belts.write_error) std::rethrow_exception(belts.write_error);
  if (belts.read_error) std::rethrow_exception(belts.read_error);
  return result;
}

}  // namespace faltung
