// Faltung's own way through a case that lies in memory: an ArrayConvolution, planned once.
#pragma once

#include <memory>
#include <string>

#include "apps/faltung/bench/case.h"
#include "apps/faltung/machine.h"
#include "engine/layers/convolve_array.h"
#include "engine/layers/layer_problem.h"

namespace faltung {

// "separable rank 1, kernel error 2e-16"
std::string plan_text(const Candidate& chosen);

// `in` is [item, channel, axis…], `weights` as layer_problem takes them. Computes in T.
template <class T>
class ArrayRun {
 public:
  ArrayRun(const Shape& in, const Array<double>& weights, const LayerOptions& options,
           Machine& machine, const std::string& method = "auto")
      : ArrayRun(layer_problem(in, weights.copy(), options), in[0], machine, method) {}

  ArrayRun(Problem problem, Index items, Machine& machine, const std::string& method = "auto") {
    const Setting setting = machine.setting(Clock::offline, "");
    problem.arithmetic = sample_type_of<T>;
    if (sizeof(T) == 8) problem.tolerance = 1e-13;
    prepare_s = seconds_taken([&] {
      convolution_ = std::make_unique<ArrayConvolution>(
          std::move(problem), items, ArraySetting{setting.costs, setting.workers, method});
    });
    out = Array<T>(convolution_->output_shape());
  }

  void run(const Array<T>& in) { convolution_->run(in.view(), out.view()); }

  const ArrayConvolution& convolution() const { return *convolution_; }
  std::string plan() const { return plan_text(convolution_->chosen()); }

  Array<T> out;
  double prepare_s = 0;

 private:
  std::unique_ptr<ArrayConvolution> convolution_;
};

// White noise in [-1, 1); the same for the same seed.
Array<float> noise_array(const Shape& extents, unsigned seed);

// The same values in float64.
Array<double> widened(const Array<float>& values);

// Preparing, once: what no call contains.
BenchRecord prepare_record(const std::string& suite, const std::string& name, double seconds,
                           double error);

}  // namespace faltung
