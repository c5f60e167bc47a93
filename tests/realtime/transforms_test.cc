// Transforms of every family: what they promise, nothing but arithmetic.
#include <doctest/doctest.h>

#include "engine/fft/real_transform.h"
#include "engine/nd/array.h"
#include "tests/realtime/guard.h"

using namespace faltung;
using namespace faltung::realtime;

namespace {

template <class T>
void check_transform(const Shape& extents) {
  const auto transform = make_transform<T>(extents);
  const auto again = make_transform<T>(extents);  // the code is there, the plan's memory is not
  Buffer<T> x(transform->samples()), spectrum(transform->spectrum_samples()),
      work(transform->work_samples());
  transform->forward(x.data(), spectrum.data(), work.data());
  transform->inverse(spectrum.data(), x.data(), work.data());
  Guard guard;
  for (int i = 0; i < 3; ++i) {
    guard.watch([&] {
      again->forward(x.data(), spectrum.data(), work.data());
      again->inverse(spectrum.data(), x.data(), work.data());
    });
  }
  CAPTURE(extents.text());
  CAPTURE(sizeof(T));
  CAPTURE(again->describe());
  CHECK_MESSAGE(guard.violations().none(), guard.violations().text());
}

}  // namespace

// Not FFTW in several dimensions: some of its plans buffer, and allocate the buffer each time.
TEST_CASE("realtime: transforms of powers of two, and lines of every family, only compute") {
  for (const Shape& extents :
       {Shape{64}, Shape{1024}, Shape{65536}, Shape{524288}, Shape{16, 64}, Shape{128, 128},
        Shape{512, 1024}, Shape{8, 16, 32}, Shape{6}, Shape{30}, Shape{96}, Shape{360}, Shape{1000},
        Shape{5040}, Shape{7200}, Shape{44100}, Shape{96000}, Shape{201600}}) {
    check_transform<float>(extents);
    check_transform<double>(extents);
  }
}
