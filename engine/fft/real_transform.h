// Real Fourier transforms, 1-D and N-D, made for convolution: spectra are opaque.
//
// Only this room knows the order of the bins. Two spectra of one transform may be multiplied bin by
// bin (accumulate_spectra); the inverse of the product is the cyclic convolution of the two inputs
// along every axis, except that what wraps around the last axis may come back with its sign
// changed. Overlap-save discards exactly that part; nothing else may rely on it.
//
// Extents of 2^k, 3·2^k and 5·2^k run through transforms of our own (butterflies without reordering,
// no planning); every other 2·3·5·7-smooth size through FFTW 3 (Frigo & Johnson 2005).
#pragma once

#include <memory>
#include <string>

#include "engine/nd/shape.h"

namespace faltung {

// forward and inverse allocate nothing, throw nothing and may run in several threads at once, each
// with its own work memory. All pointers are 64-byte aligned.
template <class T>
class RealTransform {
 public:
  virtual ~RealTransform() = default;

  const Shape& extents() const noexcept { return extents_; }
  Index samples() const noexcept { return extents_.product(); }
  Index spectrum_samples() const noexcept { return spectrum_samples_; }  // numbers in a spectrum
  Index work_samples() const noexcept { return work_samples_; }          // numbers of work memory

  // `spectrum` must have been zeroed once before its first use (gaps are never written).
  void forward(const T* x, T* spectrum, T* work) const noexcept {
    const Index piece_samples = samples() / pieces_;
    for (Index p = 0; p < pieces_; ++p) forward_piece(p, x + p * piece_samples, spectrum, work);
    for (Index s = 0; s < strips_; ++s) forward_strip(s, spectrum);
  }

  // Destroys the spectrum. Scaled, so that inverse(forward(x)) = x.
  void inverse(T* spectrum, T* x, T* work) const noexcept {
    const Index piece_samples = samples() / pieces_;
    for (Index s = 0; s < strips_; ++s) inverse_strip(s, spectrum);
    for (Index p = 0; p < pieces_; ++p) inverse_piece(p, spectrum, x + p * piece_samples, work);
  }

  // The same in parts, for whoever has more to do with a part while it is in the cache, or wants only
  // some of the samples. A piece is a run of positions of the first axis, all of the same number; a
  // strip is a run of the spectrum, all of the same length, that no other strip reads. First all
  // pieces, then all strips; back all strips, then pieces. Parts of one stage may run at the same
  // time, pieces each with its own work memory.
  Index pieces() const noexcept { return pieces_; }
  Index strips() const noexcept { return strips_; }
  Index strip_samples() const noexcept { return spectrum_samples_ / strips_; }
  virtual void forward_piece(Index piece, const T* x, T* spectrum, T* work) const noexcept = 0;
  virtual void forward_strip(Index, T*) const noexcept {}
  virtual void inverse_strip(Index, T*) const noexcept {}
  virtual void inverse_piece(Index piece, T* spectrum, T* x, T* work) const noexcept = 0;

  virtual std::string describe() const = 0;  // "remainder tree", "FFTW"

 protected:
  Shape extents_;
  Index spectrum_samples_ = 0;
  Index work_samples_ = 0;
  Index pieces_ = 1;
  Index strips_ = 1;
};

// Extents must be good (see below). Throws Error{failure} for an extent that is not.
template <class T>
std::shared_ptr<const RealTransform<T>> make_transform(const Shape& extents);

enum class Family { tree, fftw };

// The smallest extent a transform of the family can have that is at least n. `last` axes have a
// minimum (64) and are even; of a tree they are 64·2^k, 192·2^k or 320·2^k.
Index good_extent(Index n, Family family, bool last_axis);

// Whether these extents go through our own transform.
bool is_tree_transform(const Shape& extents) noexcept;

// FFTW's wisdom, kept between runs: false where the file is absent, corrupt or cannot be written,
// which harms nothing but planning time.
bool load_wisdom(const std::string& path_prefix);
bool save_wisdom(const std::string& path_prefix);

// How long FFTW may measure when it meets a size without wisdom; 0 (the default): it estimates.
void set_planning_seconds(double seconds);

}  // namespace faltung
