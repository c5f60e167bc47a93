// Real transforms of any 2·3·5·7-smooth extents through FFTW 3.
#include "engine/fft/fftw.h"

#include <fftw3.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <vector>

#include "engine/fft/ordered.h"
#include "engine/nd/array.h"
#include "engine/simd/accumulate_spectra.h"

namespace faltung {
namespace {

std::mutex planner;  // FFTW plans in one thread at a time
std::atomic<double> planning_seconds{0};

// The two precisions of FFTW under one name.
template <class T>
struct Fftw;

template <>
struct Fftw<float> {
  using Plan = fftwf_plan;
  static Plan forward(int rank, const int* n, float* x, float* z, unsigned flags) {
    return fftwf_plan_dft_r2c(rank, n, x, reinterpret_cast<fftwf_complex*>(z), flags);
  }
  static Plan inverse(int rank, const int* n, float* z, float* x, unsigned flags) {
    return fftwf_plan_dft_c2r(rank, n, reinterpret_cast<fftwf_complex*>(z), x, flags);
  }
  static void run_forward(Plan plan, float* x, float* z) {
    fftwf_execute_dft_r2c(plan, x, reinterpret_cast<fftwf_complex*>(z));
  }
  static void run_inverse(Plan plan, float* z, float* x) {
    fftwf_execute_dft_c2r(plan, reinterpret_cast<fftwf_complex*>(z), x);
  }
  static void destroy(Plan plan) { fftwf_destroy_plan(plan); }
  static void limit(double seconds) { fftwf_set_timelimit(seconds); }
  static int load(const char* path) { return fftwf_import_wisdom_from_filename(path); }
  static int save(const char* path) { return fftwf_export_wisdom_to_filename(path); }
  static constexpr const char* kSuffix = "-float32";
};

template <>
struct Fftw<double> {
  using Plan = fftw_plan;
  static Plan forward(int rank, const int* n, double* x, double* z, unsigned flags) {
    return fftw_plan_dft_r2c(rank, n, x, reinterpret_cast<fftw_complex*>(z), flags);
  }
  static Plan inverse(int rank, const int* n, double* z, double* x, unsigned flags) {
    return fftw_plan_dft_c2r(rank, n, reinterpret_cast<fftw_complex*>(z), x, flags);
  }
  static void run_forward(Plan plan, double* x, double* z) {
    fftw_execute_dft_r2c(plan, x, reinterpret_cast<fftw_complex*>(z));
  }
  static void run_inverse(Plan plan, double* z, double* x) {
    fftw_execute_dft_c2r(plan, reinterpret_cast<fftw_complex*>(z), x);
  }
  static void destroy(Plan plan) { fftw_destroy_plan(plan); }
  static void limit(double seconds) { fftw_set_timelimit(seconds); }
  static int load(const char* path) { return fftw_import_wisdom_from_filename(path); }
  static int save(const char* path) { return fftw_export_wisdom_to_filename(path); }
  static constexpr const char* kSuffix = "-float64";
};

template <class T>
class FftwTransform final : public RealTransform<T> {
 public:
  explicit FftwTransform(const Shape& extents) {
    this->extents_ = extents;
    bins_ = extents.product() / extents.back() * (extents.back() / 2 + 1);
    const Index blocks = (bins_ + kBlock - 1) / kBlock;
    this->spectrum_samples_ = blocks * 2 * kBlock;
    this->work_samples_ = this->spectrum_samples_;
    plan();
  }

  ~FftwTransform() override {
    const std::lock_guard lock(planner);
    Fftw<T>::destroy(forward_);
    Fftw<T>::destroy(inverse_);
  }

  // FFTW promises to leave x alone, though its interface cannot say so.
  void forward_piece(Index, const T* x, T* spectrum, T* work) const noexcept override {
    Fftw<T>::run_forward(forward_, const_cast<T*>(x), work);
    for (Index block = 0; block * kBlock < bins_; ++block) {
      const Index count = std::min(kBlock, bins_ - block * kBlock);
      const T* z = work + block * 2 * kBlock;
      T* out = spectrum + block * 2 * kBlock;
      for (Index i = 0; i < count; ++i) {
        out[i] = z[2 * i];
        out[kBlock + i] = z[2 * i + 1];
      }
    }
  }

  void inverse_piece(Index, T* spectrum, T* x, T* work) const noexcept override {
    const T scale = static_cast<T>(1.0 / static_cast<double>(this->samples()));
    for (Index block = 0; block * kBlock < bins_; ++block) {
      const T* in = spectrum + block * 2 * kBlock;
      T* z = work + block * 2 * kBlock;
      for (Index i = 0; i < kBlock; ++i) {
        z[2 * i] = in[i] * scale;
        z[2 * i + 1] = in[kBlock + i] * scale;
      }
    }
    Fftw<T>::run_inverse(inverse_, work, x);
  }

  std::string describe() const override { return "FFTW"; }

 private:
  static constexpr Index kBlock = kSpectrumBlock<T>;

  void plan() {
    std::vector<int> n;
    for (Index extent : this->extents_) n.push_back(static_cast<int>(extent));
    const int rank = static_cast<int>(n.size());
    Buffer<T> x(this->samples()), z(this->work_samples_);
    const double seconds = planning_seconds;
    const unsigned effort = seconds > 0 ? FFTW_MEASURE : FFTW_ESTIMATE;
    const std::lock_guard lock(planner);
    Fftw<T>::limit(seconds > 0 ? seconds : FFTW_NO_TIMELIMIT);
    forward_ = Fftw<T>::forward(rank, n.data(), x.data(), z.data(), effort | FFTW_PRESERVE_INPUT);
    inverse_ = Fftw<T>::inverse(rank, n.data(), z.data(), x.data(), effort | FFTW_DESTROY_INPUT);
    if (!forward_ || !inverse_) {
      throw Error(Code::failure, "FFTW has no plan for extents " + this->extents_.text());
    }
  }

  Index bins_ = 0;
  typename Fftw<T>::Plan forward_ = nullptr;
  typename Fftw<T>::Plan inverse_ = nullptr;
};

// One transform between x and its bins in order, estimated and used once.
class OrderedPlan {
 public:
  enum Direction { forward, inverse };
  OrderedPlan(Index samples, double* x, double* z, Direction direction) {
    const int n = static_cast<int>(samples);
    const std::lock_guard lock(planner);
    plan_ = direction == forward ? Fftw<double>::forward(1, &n, x, z, FFTW_ESTIMATE)
                                 : Fftw<double>::inverse(1, &n, z, x, FFTW_ESTIMATE);
    if (!plan_) {
      throw Error(Code::failure, "FFTW has no plan for " + std::to_string(samples) + " samples");
    }
  }
  ~OrderedPlan() {
    const std::lock_guard lock(planner);
    Fftw<double>::destroy(plan_);
  }
  OrderedPlan(const OrderedPlan&) = delete;
  OrderedPlan& operator=(const OrderedPlan&) = delete;

  void run() const noexcept { fftw_execute(plan_); }

 private:
  Fftw<double>::Plan plan_ = nullptr;
};

template <class T>
bool save_one(const std::string& prefix) {
  const std::string path = prefix + Fftw<T>::kSuffix, part = path + ".part";
  if (Fftw<T>::save(part.c_str()) && std::rename(part.c_str(), path.c_str()) == 0) return true;
  std::remove(part.c_str());
  return false;
}

}  // namespace

template <class T>
std::shared_ptr<const RealTransform<T>> make_fftw(const Shape& extents) {
  return std::make_shared<FftwTransform<T>>(extents);
}

template std::shared_ptr<const RealTransform<float>> make_fftw(const Shape&);
template std::shared_ptr<const RealTransform<double>> make_fftw(const Shape&);

bool load_wisdom(const std::string& prefix) {
  const std::lock_guard lock(planner);
  const bool single = Fftw<float>::load((prefix + Fftw<float>::kSuffix).c_str()) != 0;
  const bool both = Fftw<double>::load((prefix + Fftw<double>::kSuffix).c_str()) != 0;
  return single && both;
}

bool save_wisdom(const std::string& prefix) {
  const std::lock_guard lock(planner);
  const bool single = save_one<float>(prefix);
  return save_one<double>(prefix) && single;
}

void set_planning_seconds(double seconds) { planning_seconds = seconds; }

std::vector<std::complex<double>> ordered_spectrum(std::span<const double> signal, Index n) {
  std::vector<double> x(signal.begin(), signal.end());
  x.resize(static_cast<std::size_t>(n));
  std::vector<std::complex<double>> bins(static_cast<std::size_t>(n / 2 + 1));
  const OrderedPlan plan(n, x.data(), reinterpret_cast<double*>(bins.data()), OrderedPlan::forward);
  plan.run();
  return bins;
}

std::vector<double> signal_of_spectrum(std::vector<std::complex<double>> bins) {
  const Index n = 2 * (static_cast<Index>(bins.size()) - 1);
  std::vector<double> x(static_cast<std::size_t>(n));
  const OrderedPlan plan(n, x.data(), reinterpret_cast<double*>(bins.data()), OrderedPlan::inverse);
  plan.run();
  for (double& sample : x) sample /= static_cast<double>(n);
  return x;
}

}  // namespace faltung
