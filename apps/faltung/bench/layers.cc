// bench layers: layers of neural networks, forwards and backwards, plain arrays in and out.
#include <algorithm>

#include "apps/faltung/bench/array.h"
#include "apps/faltung/bench/bench.h"
#include "apps/faltung/bench/floor.h"
#include "apps/faltung/bench/layer_case.h"
#include "apps/faltung/bench/onednn.h"
#include "apps/faltung/bench/python.h"
#include "engine/layers/convolution_gradient.h"

namespace faltung {
namespace {

constexpr double kScratchBytes = 200e6;  // the largest layer's arrays, as files for the peers

// Input, kernel, and a gradient for the output: the same noise for everybody.
struct LayerArrays {
  explicit LayerArrays(const LayerCase& layer)
      : in(noise_array(layer.in_shape(), 1)),
        weight(noise_array(layer.weight_shape(), 2)),
        change(noise_array(layer.out_shape(), 3)) {}
  Array<float> in, weight, change;
};

// Both gradients, as the engine computes them.
template <class T>
struct Gradients {
  explicit Gradients(const LayerCase& layer) : in(layer.in_shape()), weight(layer.weight_shape()) {}

  void run(const LayerCase& layer, const Array<T>& input, const Array<T>& kernel,
           const Array<T>& change, Workers* workers) {
    const LayerGeometry geometry = layer.geometry();
    convolution_input_gradient<T>(change.view(), kernel.view(), geometry, in.view(), workers);
    convolution_kernel_gradient<T>(input.view(), change.view(), geometry, weight.view(), workers);
  }

  Array<T> in, weight;
};

class LayersBench {
 public:
  LayersBench(const BenchOptions& options, BenchReport* report)
      : options_(options),
        effort_(bench_effort(options.quick)),
        report_(*report),
        scratch_(kScratchBytes),
        python_(scratch_, {"torch"}) {
    const std::string blas = python_.blas_note("PyTorch", "torch");
    if (!blas.empty()) report_.notes.push_back(blas);
  }

  void run(const LayerCase& layer) {
    const LayerArrays arrays(layer);
    python_.load("input", arrays.in);
    python_.load("weight", arrays.weight);
    python_.load("change", arrays.change);
    python_.set("stride", layer.stride);
    python_.set("padding", layer.padding());
    python_.set("groups", layer.groups);
    run_forwards(layer, arrays);
    run_backwards(layer, arrays);
  }

 private:
  static constexpr int kThreads[] = {1, 2};

  GeneralOptions general(int threads) const {
    GeneralOptions result = options_.general;
    result.threads = threads;
    return result;
  }

  void run_forwards(const LayerCase& layer, const LayerArrays& arrays) {
    Machine all(options_.general);
    ArrayRun<double> exact(layer.in_shape(), widened(arrays.weight), layer.options(), all);
    exact.run(widened(arrays.in));
    const BenchReference reference(std::move(exact.out));
    reference.check(layer.name(), [&](const Shape& position) {
      return plain_output(layer, arrays.in, arrays.weight, position);
    });
    for (const int threads : kThreads) forwards(layer, arrays, reference, threads);
  }

  void forwards(const LayerCase& layer, const LayerArrays& arrays, const BenchReference& reference,
                int threads) {
    Machine machine(general(threads));
    python_.set_threads(threads);
    ArrayRun<float> ours(layer.in_shape(), widened(arrays.weight), layer.options(), machine);
    BenchCase bench_case;
    bench_case.suite = "layers";
    bench_case.name = with_threads(layer.name(), threads);
    bench_case.group = "forwards";
    bench_case.errors_tabled = false;
    bench_case.flops = layer.flops();
    bench_case.turn = [&] { return fastest_call(effort_.turn_s, [&] { ours.run(arrays.in); }); };
    bench_case.error = [&] { return reference.error_of(ours.out); };
    bench_case.floor = [&] { return multiply_add_floor(layer.flops(), threads); };
    bench_case.peers = {
        onednn(layer, arrays, reference, threads),
        python_.peer("PyTorch", "torch", "forward", effort_.turn_s,
                     [&](const Array<double>& out) { return reference.error_of(out); })};
    run_case(bench_case, effort_, &report_);
    report_.records.push_back(
        prepare_record("layers", bench_case.name, ours.prepare_s, reference.error_of(ours.out)));
    if (threads == 1) report_.notes.push_back(layer.name() + ": Faltung chose " + ours.plan());
  }

  // The better of its two ways, in every turn; the worse of their errors.
  BenchPeer onednn(const LayerCase& layer, const LayerArrays& arrays,
                   const BenchReference& reference, int threads) const {
    if (!has_onednn()) return {"oneDNN", {}, {}};
    using Layout = OneDnnLayer::Layout;
    std::vector<std::shared_ptr<OneDnnLayer>> ways;
    for (const Layout layout : {Layout::plain, Layout::own}) {
      ways.push_back(make_onednn_layer(layer, arrays.weight, layout, threads));
    }
    const auto out = std::make_shared<Array<float>>(layer.out_shape());
    const double turn_s = effort_.turn_s / 2;
    return {"oneDNN",
            [=, &arrays] {
              double least = kNotMeasured;
              for (const auto& way : ways) {
                keep_least(&least, fastest_call(turn_s, [&] { way->run(arrays.in, *out); }));
              }
              return least;
            },
            [=, &arrays, &reference] {
              double error = 0;
              for (const auto& way : ways) {
                std::fill(out->begin(), out->end(), 0.0F);
                way->run(arrays.in, *out);
                error = std::max(error, reference.error_of(*out));
              }
              return error;
            }};
  }

  void run_backwards(const LayerCase& layer, const LayerArrays& arrays) {
    Machine all(options_.general);
    Gradients<double> exact(layer);
    exact.run(layer, widened(arrays.in), widened(arrays.weight), widened(arrays.change),
              all.setting(Clock::offline, "").workers);
    const BenchReference in(std::move(exact.in)), weight(std::move(exact.weight));
    in.check(layer.name() + ", input gradient", [&](const Shape& position) {
      return plain_input_gradient(layer, arrays.change, arrays.weight, position);
    });
    weight.check(layer.name() + ", kernel gradient", [&](const Shape& position) {
      return plain_kernel_gradient(layer, arrays.in, arrays.change, position);
    });
    for (const int threads : kThreads) backwards(layer, arrays, in, weight, threads);
  }

  void backwards(const LayerCase& layer, const LayerArrays& arrays, const BenchReference& in,
                 const BenchReference& weight, int threads) {
    Machine machine(general(threads));
    python_.set_threads(threads);
    Workers* workers = machine.setting(Clock::offline, "").workers;
    Gradients<float> ours(layer);
    BenchCase bench_case;
    bench_case.suite = "layers";
    bench_case.name = with_threads("backward " + layer.name(), threads);
    bench_case.group = "backwards";
    bench_case.errors_tabled = false;
    bench_case.flops = 2 * layer.flops();
    bench_case.turn = [&] {
      return fastest_call(effort_.turn_s, [&] {
        ours.run(layer, arrays.in, arrays.weight, arrays.change, workers);
      });
    };
    bench_case.error = [&] { return std::max(in.error_of(ours.in), weight.error_of(ours.weight)); };
    bench_case.floor = [&] { return multiply_add_floor(2 * layer.flops(), threads); };
    bench_case.peers = {torch_gradients(in, weight)};
    run_case(bench_case, effort_, &report_);
  }

  BenchPeer torch_gradients(const BenchReference& in, const BenchReference& weight) const {
    if (!python_.has("torch")) return {"PyTorch", {}, {}};
    const double turn_s = effort_.turn_s / 2;
    static constexpr const char* kWays[] = {"grad", "autograd"};
    return {"PyTorch",
            [=, this] {
              double least = kNotMeasured;
              for (const char* way : kWays)
                keep_least(&least, python_.seconds("torch", way, turn_s));
              return least;
            },
            [&] {
              double error = 0;
              for (const char* way : kWays) {
                python_.seconds("torch", way, 0);
                error = std::max({error, in.error_of(python_.result("torch", 0)),
                                  weight.error_of(python_.result("torch", 1))});
              }
              return error;
            }};
  }

  const BenchOptions& options_;
  const BenchEffort effort_;
  BenchReport& report_;
  const ScratchFolder scratch_;
  PythonPeers python_;
};

}  // namespace

BenchReport bench_layers(const BenchOptions& options) {
  BenchReport report;
  LayersBench bench(options, &report);
  for (const LayerCase& layer : layer_cases(options.quick)) bench.run(layer);
  const std::vector<std::string> method = {
      "ResNet-50's layers (He et al. 2016) and two depthwise ones, float32, arrays "
      "[item, channel, row, column] in and out, in memory that is there already; white noise; " +
          effort_text(bench_effort(options.quick)),
      "Operations are those of the definition, whatever is done instead: Winograd's and other "
      "shorter ways may pass the limit, which is the multiply-add rate of one thread, measured in "
      "the same run, times the threads. Backward is the gradients for input and kernel together",
      "oneDNN's kernel is reordered once, before; reorders of input and output count. It is the "
      "better of plain arrays and its own layout. PyTorch's gradients are the better of "
      "torch.nn.grad and autograd",
      "Faltung's kernel is packed within each call as far as its plan wants that; preparing is "
      "the planning",
      "Everyone's whole output is compared with Faltung in float64, which is checked by plain "
      "loops at " +
          std::to_string(kCheckedOutputs) + " outputs; peers' errors stand in the JSON"};
  report.notes.insert(report.notes.begin(), method.begin(), method.end());
  return report;
}

}  // namespace faltung
