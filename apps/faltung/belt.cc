// A bounded belt of recycled slabs between two threads.
#include "apps/faltung/belt.h"

#include <cstddef>

namespace faltung {
namespace {

// One being loaded, one being emptied, one waiting so that neither side stands still when the
// other's slab takes longer than usual.
constexpr std::size_t kPieces = 3;

// Large slabs, which a stage with long tiles gives, even out by themselves: the third is only
// memory.
constexpr Index kLarge_bytes = 4 << 20;
constexpr std::size_t kLargePieces = 2;

Index bytes_of(const Format& format, Index extent) {
  return slab_samples(format, extent) * size_of(format.type);
}

std::size_t pieces_for(const Format& format, Index extent) {
  return bytes_of(format, extent) > kLarge_bytes ? kLargePieces : kPieces;
}

}  // namespace

Index Belt::memory_bytes(const Format& format, Index extent) {
  return bytes_of(format, extent) * static_cast<Index>(pieces_for(format, extent));
}

Belt::Belt(const Format& format, Index extent) : pieces_(pieces_for(format, extent)) {
  for (Piece& piece : pieces_) {
    memory_.emplace_back(bytes_of(format, extent));
    piece.slab.type = format.type;
    piece.slab.data = memory_.back().data();
    piece.slab.channels = format.channels;
    piece.slab.extent = extent;
    piece.slab.inner = format.inner_size();
    piece.slab.channel_stride = extent * format.inner_size();
    empty_.push_back(&piece);
  }
}

Belt::Piece* Belt::empty() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopped_ || !empty_.empty(); });
  if (stopped_) return nullptr;
  Piece* piece = empty_.front();
  empty_.pop_front();
  piece->count = 0;
  return piece;
}

void Belt::load(Piece* piece) {
  const std::lock_guard lock(mutex_);
  loaded_.push_back(piece);
  changed_.notify_all();
}

void Belt::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

Belt::Piece* Belt::loaded() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stopped_ || ended_ || !loaded_.empty(); });
  if (stopped_ || loaded_.empty()) return nullptr;
  Piece* piece = loaded_.front();
  loaded_.pop_front();
  return piece;
}

void Belt::release(Piece* piece) {
  const std::lock_guard lock(mutex_);
  empty_.push_back(piece);
  changed_.notify_all();
}

void Belt::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace faltung
