// A side's channels cut into tasks for products of matrices.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/layers/tap_sums.h"
#include "engine/nd/array.h"

namespace faltung {

constexpr Index kProductDepth = 256;  // of one product: a panel of columns stays in level 1
constexpr Index kChunkPanels = 2;     // row panels of a task: what they add to stays in level 2
constexpr Index kMostPacked = Index{8} << 20;  // bytes of packed items, one item at least: level 3
constexpr Index kTasksEach = 3;       // for a thread, where items can be shared out

inline Index pieces(Index count, Index size) { return (count + size - 1) / size; }

// One side's channels, chunk by chunk, and the items in blocks that fit level 3.
class Chunks {
 public:
  // Bytes of an item once it is packed, and of a block of items, one item at least.
  struct Packed {
    Index item, most;
  };
  Chunks(Index groups, Index rows, Index chunk, Index items, Packed bytes, const Workers* workers)
      : rows_(rows),
        chunk_(std::min(rows, chunk)),
        chunks_(pieces(rows, chunk_)),
        tasks_(groups * chunks_),
        at_once_(std::clamp<Index>(bytes.most / std::max<Index>(1, bytes.item), 1,
                                   std::max<Index>(1, items))),
        splits_(std::clamp<Index>(pieces(kTasksEach * slots_of(workers), tasks_), 1, at_once_)) {}

  Index rows() const { return chunk_; }       // of a chunk, at most
  Index at_once() const { return at_once_; }  // items of a block
  Index tasks() const { return tasks_; }      // chunks of all groups
  Index splits() const { return splits_; }    // tasks that share a chunk's items

  struct Part {
    Index group, row, rows;
  };
  Part part(Index task) const {
    const Index row = task % chunks_ * chunk_;
    return {task / chunks_, row, std::min(chunk_, rows_ - row)};
  }

 private:
  Index rows_, chunk_, chunks_, tasks_, at_once_, splits_;
};

// Unfilled memory for each slot.
template <class T>
std::vector<Buffer<T>> slot_buffers(Workers* workers, Index size) {
  std::vector<Buffer<T>> result;
  for (int slot = 0; slot < slots_of(workers); ++slot) result.push_back(Buffer<T>::unfilled(size));
  return result;
}

}  // namespace faltung
