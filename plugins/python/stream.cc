// A convolution that runs: pieces in, as much out, its kernel swapped meanwhile.
#include <cstring>
#include <memory>
#include <mutex>

#include "engine/design/response_matrix.h"
#include "engine/stages/convolve.h"
#include "engine/stream/slab_memory.h"
#include "plugins/python/machine.h"
#include "plugins/python/module.h"

namespace faltung {
namespace {

// in, out, row of the responses, gain, delay
using Connections = std::vector<std::tuple<Index, Index, Index, double, Index>>;

// One kernel, as the stage reads it; or, with connections, responses [tap] and where they go.
using Kernels = std::vector<Doubles>;

std::shared_ptr<Kernel> kernel_from(const Kernels& kernels, const Connections& connections) {
  auto kernel = std::make_shared<Kernel>();
  std::vector<Array<double>> responses;
  for (const Doubles& values : kernels) responses.push_back(array_from(values));
  if (connections.empty()) {
    *kernel = {std::move(responses.at(0)), 0, "kernel", {}, {}};
    return kernel;
  }
  std::vector<Connection> joined;
  for (const auto& [in, out, response, gain, delay] : connections) {
    joined.push_back({in, out, response, gain, delay});
  }
  *kernel = response_matrix(responses, std::move(joined));
  kernel->name = "matrix";
  return kernel;
}

ConvolveOptions options_from(const Kernels& kernels, const Connections& connections) {
  ConvolveOptions options;
  options.kernel = [kernel = kernel_from(kernels, connections)](const Format&) {
    return kernel->copy();
  };
  return options;
}

// process and finish exclude each other, and so do two swaps; a swap may come while a piece is
// being processed. Nobody waits for a lock while holding the interpreter's.
class PyStream {
 public:
  PyStream(const Kernels& kernels, const Connections& connections, Index channels, Index block,
           double rate_hz, bool single)
      : stage_(make_convolve(options_from(kernels, connections))) {
    const py::gil_scoped_release unlocked;
    in_.channels = channels;
    in_.rate_hz = rate_hz;
    in_.type = single ? SampleType::float32 : SampleType::float64;
    in_.max_slab = block;
    Setting setting;
    setting.clock = Clock::live;
    setting.costs = &machine_costs();
    setting.swaps = Swaps::queue;
    setting.any_length = true;
    out_ = stage_->prepare(in_, setting);
    from_ = SlabMemory(in_, block);
    to_ = SlabMemory(out_, std::max(block, out_.max_slab));
  }

  Index inputs() const { return in_.channels; }
  Index outputs() const { return out_.channels; }
  Index block() const { return in_.max_slab; }
  Index latency() const { return stage_->timing().latency; }
  Index muted() {
    const py::gil_scoped_release unlocked;
    const std::lock_guard lock(processing_);
    return stage_->muted_slabs();
  }

  // `piece` is [frame, channel] of the stream's type, anywhere; gives the same of as many frames.
  py::array process(const py::array& piece) {
    return with_sample_type(in_.type, [&]<class T>() {
      const View<const T> in = input_of<T>(piece, "array");
      const Filled<T> out(Shape{in.extent(0), out_.channels});
      {
        const py::gil_scoped_release unlocked;
        through(in, out.view);
      }
      return out.array;
    });
  }

  // The tail, [frame, channel]; the stream begins anew.
  py::array finish() {
    return with_sample_type(in_.type, [&]<class T>() {
      std::vector<std::vector<T>> tail(static_cast<std::size_t>(out_.channels));
      {
        const py::gil_scoped_release unlocked;
        const std::lock_guard lock(processing_);
        while (const Index more = stage_->finish(to_.slab())) {
          const SlabOf<T> slab = to_.slab().part(0, more).template as<T>();
          for (Index c = 0; c < slab.channels; ++c) {
            auto& channel = tail[static_cast<std::size_t>(c)];
            channel.insert(channel.end(), slab.channel(c), slab.channel(c) + more);
          }
        }
        stage_->reset();
      }
      const Filled<T> out(Shape{static_cast<Index>(tail[0].size()), out_.channels});
      for (Index c = 0; c < out_.channels; ++c) {
        const auto& channel = tail[static_cast<std::size_t>(c)];
        for (std::size_t n = 0; n < channel.size(); ++n) {
          out.view(Shape{static_cast<Index>(n), c}) = channel[n];
        }
      }
      return out.array;
    });
  }

  void swap(const Kernels& kernels, const Connections& connections, double fade_ms) {
    const ConvolveOptions next = options_from(kernels, connections);
    const py::gil_scoped_release unlocked;
    const std::lock_guard lock(swapping_);
    stage_->collect_swaps();
    if (stage_->swap(next, fade_ms) == 0) {
      throw Error(Code::configuration,
                  std::to_string(SwappableConvolution::kMostOffers) +
                      " swaps are waiting; process what was there first");
    }
  }

 private:
  template <class T>
  void through(const View<const T>& in, const View<T>& out) {
    const std::lock_guard lock(processing_);
    for (Index at = 0; at < in.extent(0); at += in_.max_slab) {
      const Index count = std::min(in_.max_slab, in.extent(0) - at);
      const Slab from = from_.slab().part(0, count), to = to_.slab();
      planar<T>(in.part(0, at, count), from.as<T>());
      stage_->process(from, to);  // gives as much as it takes
      interleaved<T>(to.part(0, count).template as<T>(), out.part(0, at, count));
    }
  }

  template <class T>
  static void planar(const View<const T>& from, const SlabOf<T>& to) {
    for (Index c = 0; c < to.channels; ++c) {
      const T* x = from.data() + c * from.stride(1);
      T* y = to.channel(c);
      for (Index n = 0; n < to.extent; ++n) y[n] = x[n * from.stride(0)];
    }
  }

  template <class T>
  static void interleaved(const SlabOf<T>& from, const View<T>& to) {
    for (Index c = 0; c < from.channels; ++c) {
      const T* x = from.channel(c);
      T* y = to.data() + c * to.stride(1);
      for (Index n = 0; n < from.extent; ++n) y[n * to.stride(0)] = x[n];
    }
  }

  std::unique_ptr<ConvolveStage> stage_;
  Format in_, out_;
  SlabMemory from_, to_;
  std::mutex processing_, swapping_;
};

}  // namespace

void define_stream(py::module_& module) {
  py::class_<PyStream>(module, "Stream")
      .def(py::init<const Kernels&, const Connections&, Index, Index, double, bool>(),
           py::arg("kernels"), py::arg("connections"), py::arg("channels"), py::arg("block"),
           py::arg("rate"), py::arg("single"))
      .def_property_readonly("inputs", &PyStream::inputs)
      .def_property_readonly("outputs", &PyStream::outputs)
      .def_property_readonly("block", &PyStream::block)
      .def_property_readonly("latency", &PyStream::latency)
      .def_property_readonly("muted", &PyStream::muted)
      .def("process", &PyStream::process, py::arg("piece"))
      .def("finish", &PyStream::finish)
      .def("swap", &PyStream::swap, py::arg("kernels"), py::arg("connections"),
           py::arg("fade_ms"));
}

}  // namespace faltung
