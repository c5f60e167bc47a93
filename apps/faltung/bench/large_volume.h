// A volume larger than memory, on disk as a Zarr store, whose every voxel is known without reading.
#pragma once

#include <string>

#include "apps/faltung/bench/volume_kernel.h"

namespace faltung {

// float32 noise in [-0.5, 0.5), [slice, row, column], in plain chunks of some slices. The store's
// first slices are a volume of their own: show() makes it smaller and larger again.
class LargeVolume {
 public:
  // Rows and columns are 1024, or 64 where it is `small`. Throws Error{output}.
  LargeVolume(const std::string& path, Index slices, bool small);

  void show(Index slices) const;
  const std::string& path() const { return path_; }
  const Shape& extents() const { return extents_; }  // of the whole
  double bytes(Index slices) const;

  // Out of the page cache, so that everyone reads it from disk.
  void forget() const;

  // Copies the chunks of the first slices one by one, and waits for the disk: s.
  double copy(Index slices, const std::string& to) const;

  // The largest error of the store `path`, relative to the largest value looked at: `kernel` over
  // the first slices with zeros around them. Looks at corners and at random places, computed here
  // by plain loops. Throws Error{input} where the store has other extents.
  double error_of(const std::string& path, Index slices, const VolumeKernel& kernel) const;

 private:
  float voxel(Index slice, Index row, Index column) const noexcept;
  double plain(Index slices, const VolumeKernel& kernel, const Shape& at) const noexcept;
  std::string chunk(Index slice, Index row) const;

  const std::string path_;
  const Shape extents_, chunks_;
};

}  // namespace faltung
