// Moves a signal from a source through a prepared stage into a sink.
#include "apps/faltung/transfer.h"

#include <algorithm>
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
  std::exception_ptr read_error;   // set before in.end()
  std::exception_ptr write_error;  // set before out.stop()
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

void read_all(Source& source, Index items, Belts& belts) noexcept {
  try {
    while (items > 0) {
      Belt::Piece* piece = belts.in.empty();
      if (!piece) break;
      piece->count = fill(source, piece->slab);
      piece->last = piece->count < piece->slab.extent;
      items -= piece->last ? 1 : 0;
      belts.in.load(piece);
    }
  } catch (...) {
    belts.read_error = std::current_exception();
  }
  belts.in.end();
}

void write_all(Sink& sink, Belts& belts) noexcept {
  try {
    while (Belt::Piece* piece = belts.out.loaded()) {
      sink.write(piece->slab.part(0, piece->count));
      belts.out.release(piece);
    }
  } catch (...) {
    belts.write_error = std::current_exception();
    belts.out.stop();
  }
}

// The calling thread's part: takes slabs, cuts them into blocks, collects what the stage gives.
class Computer {
 public:
  Computer(Stage& stage, Index block, Index most, Belt& out)
      : stage_(stage), block_(block), most_(most), out_(out), piece_(out.empty()) {}

  // Both return false where the writer takes no more.
  bool process(const Slab& slab) {
    for (Index first = 0; first < slab.extent && piece_; first += block_) {
      const Slab part = slab.part(first, std::min(block_, slab.extent - first));
      give([&](const Slab& room) { return stage_.process(part, room); });
    }
    return piece_ != nullptr;
  }

  // Ends an item: no slab holds the end of one and the beginning of the next.
  bool finish() {
    while (piece_ && give([&](const Slab& room) { return stage_.finish(room); }) > 0) {
    }
    if (piece_ && piece_->count > 0) hand_over();
    return piece_ != nullptr;
  }

  Index given() const { return given_; }
  double compute_s() const { return compute_s_; }

 private:
  template <class Step>
  Index give(const Step& step) {
    const auto begin = SteadyClock::now();
    const Index count = step(piece_->slab.part(piece_->count, most_));
    compute_s_ += Seconds(SteadyClock::now() - begin).count();
    piece_->count += count;
    given_ += count;
    if (piece_->slab.extent - piece_->count < most_) hand_over();
    return count;
  }

  void hand_over() {
    out_.load(piece_);
    piece_ = out_.empty();
  }

  Stage& stage_;
  const Index block_;
  const Index most_;  // that one step may give
  Belt& out_;
  Belt::Piece* piece_;
  Index given_ = 0;
  double compute_s_ = 0;
};

}  // namespace

Transferred transfer(Source& source, Stage& stage, Sink& sink, const Format& in, const Format& out,
                     const Cutting& cutting, const std::function<void(Index taken)>& watch) {
  // Room for about a slab, so that small blocks do not mean small writes, and for at least what one
  // step can give, which is far more where a stage works in large tiles.
  const Index most = std::max<Index>(1, out.max_slab);
  const Index room = std::max<Index>(1, cutting.slab / most) * most;
  Belts belts{Belt(in, cutting.slab), Belt(out, room), {}, {}};
  Transferred result;
  {
    const Index items = source.encoding().items;
    const std::jthread reader([&] { read_all(source, items, belts); });
    const Dismissal dismiss_reader{belts};
    const std::jthread writer([&] { write_all(sink, belts); });
    const Dismissal dismiss_both{belts};

    Computer computer(stage, cutting.block, most, belts.out);
    bool wanted = true;
    Index done = 0;  // items
    Belt::Piece* piece = nullptr;
    while (wanted && (piece = belts.in.loaded()) != nullptr) {
      wanted = computer.process(piece->slab.part(0, piece->count));
      result.taken += piece->count;
      if (wanted && piece->last) {
        wanted = computer.finish();
        if (++done < items) stage.reset();
      }
      belts.in.release(piece);
      watch(result.taken);
    }
    result.given = computer.given();
    result.compute_s = computer.compute_s();
  }
  if (belts.write_error) std::rethrow_exception(belts.write_error);
  if (belts.read_error) std::rethrow_exception(belts.read_error);
  return result;
}

}  // namespace faltung
