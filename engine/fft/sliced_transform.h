// A real transform of one axis that can be cut into steps of about equal cost, to spread a long one in time.
//
// The steps of a forward transform, run in order, do what forward does, bit for bit; so do those of
// the inverse. Both halves of the samples are given apart, since overlap-save finds them so: the
// older and the newer one; of an inverse only the newer half is wanted.
#pragma once

#include "engine/fft/real_transform.h"

namespace faltung {

// As RealTransform: allocates nothing, throws nothing, needs no work memory.
template <class T>
class SlicedTransform : public RealTransform<T> {
 public:
  Index steps() const noexcept { return step_count_; }  // of a forward, and of an inverse

  virtual void forward_step(Index step, const T* older, const T* newer,
                            T* spectrum) const noexcept = 0;
  // Destroys the spectrum.
  virtual void inverse_step(Index step, T* spectrum, T* newer) const noexcept = 0;

  // Lines that lie so far apart, each as forward and inverse do it.
  virtual void forward_lines(const T* x, Index samples_apart, Index lines, T* spectra,
                             Index spectra_apart) const noexcept = 0;
  virtual void inverse_lines(T* spectra, Index spectra_apart, Index lines, T* x,
                             Index samples_apart) const noexcept = 0;

 protected:
  Index step_count_ = 0;
};

// An extent that is_tree_transform allows. Throws Error{failure} for others.
template <class T>
std::shared_ptr<const SlicedTransform<T>> make_sliced_transform(Index extent);

}  // namespace faltung
