// The part of `bench loops` that times real transforms: Faltung's own beside FFTW's.
#include "apps/faltung/bench/transforms.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

#include "apps/faltung/bench/rounds.h"
#include "engine/fft/fftw.h"
#include "engine/fft/real_transform.h"
#include "engine/nd/array.h"
#include "engine/simd/accumulate_spectra.h"
#include "engine/simd/rates.h"

namespace faltung {
namespace {

constexpr double kRunSeconds = 2e-3;      // one turn of one transform
constexpr double kPlanningSeconds = 1.0;  // for FFTW, so that it is at its best
constexpr double kTaps[] = {0.5, -0.25, 0.125};
constexpr Index kTapCount = 3;

const Shape kExtents[] = {{256},    {1024},     {4096},     {16384},    {65536},
                          {262144}, {524288},   {480},      {5040},     {50400},
                          {504000}, {128, 128}, {256, 256}, {120, 120}, {240, 240}};

template <class T>
class TimedTransform {
 public:
  explicit TimedTransform(std::shared_ptr<const RealTransform<T>> transform)
      : transform_(std::move(transform)),
        x_(transform_->samples()),
        y_(transform_->samples()),
        spectrum_(transform_->spectrum_samples()),
        product_(transform_->spectrum_samples()),
        work_(transform_->work_samples()) {
    std::mt19937 random(1);
    for (T& x : x_) x = static_cast<T>(static_cast<double>(random()) / 2147483648.0 - 1.0);
  }

  void calibrate(bool quick) {
    if (!quick) repeats_ = repeats_for(kRunSeconds, [this] { forward(); });
  }

  // The inverse destroys the spectrum. Of zeros it leaves zeros: they can be transformed again and
  // again without growing beyond all numbers, and cost the same.
  void turn() {
    product_.clear();
    keep_least(&forward_s, timed([this] { forward(); }));
    keep_least(&inverse_s,
               timed([this] { transform_->inverse(product_.data(), y_.data(), work_.data()); }));
  }

  // Of a convolution of x with three taps along the last axis, where nothing wraps around.
  double error() {
    y_.clear();
    for (Index k = 0; k < kTapCount; ++k) y_[k] = static_cast<T>(kTaps[k]);
    Buffer<T> kernel(transform_->spectrum_samples());
    transform_->forward(y_.data(), kernel.data(), work_.data());
    forward();
    const SpectrumRun<T> term{spectrum_.data(), kernel.data()};
    product_.clear();
    accumulate_spectra(product_.data(), &term, 1, product_.size(), SumStart::zero);
    transform_->inverse(product_.data(), y_.data(), work_.data());
    const Index columns = transform_->extents().back();
    double off = 0, peak = 0;
    for (Index n = 0; n < x_.size(); ++n) {
      if (n % columns < kTapCount - 1) continue;
      double sum = 0;
      for (Index k = 0; k < kTapCount; ++k) sum += kTaps[k] * static_cast<double>(x_[n - k]);
      off = std::max(off, std::abs(static_cast<double>(y_[n]) - sum));
      peak = std::max(peak, std::abs(sum));
    }
    return off / peak;
  }

  double forward_s = kNotMeasured;
  double inverse_s = kNotMeasured;

 private:
  template <class Work>
  double timed(Work&& work) const {
    return seconds_taken([&] {
             for (long i = 0; i < repeats_; ++i) work();
           }) /
           static_cast<double>(repeats_);
  }

  void forward() { transform_->forward(x_.data(), spectrum_.data(), work_.data()); }

  const std::shared_ptr<const RealTransform<T>> transform_;
  Buffer<T> x_, y_, spectrum_, product_, work_;
  long repeats_ = 1;
};

template <class T>
std::shared_ptr<const RealTransform<T>> planned_fftw(const Shape& extents, bool quick) {
  set_planning_seconds(quick ? 0 : kPlanningSeconds);
  auto transform = make_fftw<T>(extents);
  set_planning_seconds(0);
  return transform;
}

template <class T>
void bench_extents(const Shape& extents, const std::string& type, bool quick, BenchReport* report) {
  const bool own = is_tree_transform(extents);
  TimedTransform<T> ours(make_transform<T>(extents));
  std::unique_ptr<TimedTransform<T>> fftw;
  if (own) fftw = std::make_unique<TimedTransform<T>>(planned_fftw<T>(extents, quick));
  ours.calibrate(quick);
  if (fftw) fftw->calibrate(quick);
  const double bytes = static_cast<double>(extents.product()) * static_cast<double>(sizeof(T));
  double copy_s = kNotMeasured;
  take_turns(quick ? 1 : kBenchRounds,
             {[&] { ours.turn(); },
              [&] {
                if (fftw) fftw->turn();
              },
              [&] { keep_least(&copy_s, bytes / copy_rate(static_cast<long>(bytes))); }});
  const double error = ours.error();
  const bool peer_right = fftw && fftw->error() <= kWrongOutput;
  if (!(error <= kWrongOutput)) {
    throw Error(Code::failure, "the transform of " + extents.text() + " is wrong");
  }
  for (const bool forward : {true, false}) {
    BenchRecord record{"loops",
                       std::string(forward ? "forward " : "inverse ") + extents.text() + ", " +
                           type + (own ? "" : ", FFTW inside"),
                       "time",
                       "s",
                       forward ? ours.forward_s : ours.inverse_s,
                       {},
                       copy_s,
                       error};
    if (fftw) {
      record.peers.push_back({"FFTW", forward ? fftw->forward_s : fftw->inverse_s,
                              peer_right ? PeerValue::State::measured : PeerValue::State::wrong});
    }
    report->records.push_back(std::move(record));
  }
}

}  // namespace

void bench_transforms(const BenchOptions& options, BenchReport* report) {
  for (const Shape& extents : kExtents) {
    if (options.quick && extents.product() > 20000) continue;
    bench_extents<float>(extents, "float32", options.quick, report);
    bench_extents<double>(extents, "float64", options.quick, report);
  }
}

}  // namespace faltung
