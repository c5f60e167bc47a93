// Pipelines from YAML, on arrays: run, explained, reported.
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

#include "apps/faltung/cutting.h"
#include "apps/faltung/explanation_text.h"
#include "apps/faltung/pipeline_file.h"
#include "apps/faltung/report_json.h"
#include "apps/faltung/signal_shape.h"
#include "engine/stream/slab_memory.h"
#include "plugins/python/machine.h"
#include "plugins/python/module.h"

namespace faltung {
namespace {

// Where slabs are gathered until their number is known: a block for each channel.
class Gathered {
 public:
  explicit Gathered(const Format& format)
      : format_(format), channels_(static_cast<std::size_t>(format.channels)) {}

  void add(const Slab& slab) {
    const auto bytes = static_cast<std::size_t>(slab.extent * slab.inner * size_of(slab.type));
    for (Index c = 0; c < slab.channels; ++c) {
      const char* from =
          static_cast<const char*>(slab.data) + c * slab.channel_stride * size_of(slab.type);
      auto& to = channels_[static_cast<std::size_t>(c)];
      to.insert(to.end(), from, from + bytes);
    }
    extent_ += slab.extent;
  }

  py::array array() const {
    Shape shape{format_.channels, extent_};
    for (Index n : format_.inner) shape.push_back(n);
    return with_sample_type(format_.type, [&]<class T>() {
      py::array result = new_array(shape, py::dtype::of<T>());
      char* to = static_cast<char*>(result.mutable_data());
      for (const auto& channel : channels_) {
        std::memcpy(to, channel.data(), channel.size());
        to += channel.size();
      }
      return result;
    });
  }

 private:
  Format format_;
  std::vector<std::vector<char>> channels_;
  Index extent_ = 0;
};

// One call at a time: a stage is prepared anew for every signal.
class PyPipeline {
 public:
  explicit PyPipeline(const std::string& path) : loaded_(load_pipeline(path, "")) {}

  const std::string& name() const { return loaded_.name; }

  // `input` is [channel, axis…], contiguous.
  py::array run(const py::array& input, double rate_hz) {
    Slab signal;
    signal.type = type_of(input, "array");
    signal.data = const_cast<void*>(input.data());  // process never writes its input
    const Format in = format_of(input, signal.type, rate_hz);
    signal.channels = in.channels;
    signal.extent = *in.extent;
    signal.inner = in.inner_size();
    signal.channel_stride = signal.extent * signal.inner;
    std::unique_ptr<Gathered> gathered;
    {
      const py::gil_scoped_release unlocked;
      const std::lock_guard lock(busy_);
      gathered = std::make_unique<Gathered>(process(signal, in));
    }
    return gathered->array();
  }

  std::string explain(const std::string& shape, double rate_hz, Index block) {
    const py::gil_scoped_release unlocked;
    const std::lock_guard lock(busy_);
    const Explanation whole = explained(shape, rate_hz, block);
    return loaded_.name + ": " + whole.in.text() +
           (block > 0 ? ", in blocks of " + std::to_string(block) : "") + "\n\n" +
           explanation_text(whole);
  }

  std::string report(const std::string& shape, double rate_hz, Index block) {
    const py::gil_scoped_release unlocked;
    const std::lock_guard lock(busy_);
    const Explanation whole = explained(shape, rate_hz, block);
    return report_json(report_of(whole));
  }

 private:
  double rate_of(double rate_hz) const { return rate_hz > 0 ? rate_hz : loaded_.pipeline.rate_hz; }

  Format format_of(const py::array& input, SampleType type, double rate_hz) const {
    const Shape shape = shape_of(input);
    Format in;
    in.channels = shape[0];
    in.extent = shape[1];
    in.inner = shape.from(2);
    in.type = type;
    in.rate_hz = in.is_series() ? rate_of(rate_hz) : 0;
    in.max_slab = choose_cutting(in, 0).block;
    return in;
  }

  Format prepare(const Format& in, Clock clock, Workers* pool) {
    Setting setting;
    setting.clock = clock;
    setting.workers = pool;
    setting.costs = &machine_costs();
    setting.any_length = clock == Clock::live && in.is_series();
    return loaded_.pipeline.stage->prepare(in, setting);
  }

  Gathered process(const Slab& signal, const Format& in) {
    const auto pool = workers();
    const Format out = prepare(in, Clock::offline, pool.get());
    Stage& stage = *loaded_.pipeline.stage;
    const SlabMemory memory(out, std::max<Index>(1, out.max_slab));
    Gathered result(out);
    for (Index at = 0; at < signal.extent; at += in.max_slab) {
      const Slab part = signal.part(at, std::min(in.max_slab, signal.extent - at));
      result.add(memory.slab().part(0, stage.process(part, memory.slab())));
    }
    while (const Index more = stage.finish(memory.slab())) {
      result.add(memory.slab().part(0, more));
    }
    return result;
  }

  // Without a shape: for the first usual signal that the pipeline takes, as the program does.
  Explanation explained(const std::string& shape, double rate_hz, Index block) {
    const auto pool = workers();
    Format in, out;
    const auto with = [&](Format format) {
      in = std::move(format);
      in.max_slab = choose_cutting(in, block).block;
      out = prepare(in, block > 0 ? Clock::live : Clock::offline, pool.get());
    };
    if (shape.empty()) {
      prepare_usual(rate_of(rate_hz), with);
    } else {
      with(format_of_shape(shape, rate_of(rate_hz)));
    }
    return explain_held(*loaded_.pipeline.stage, in, out);
  }

  LoadedPipeline loaded_;
  std::mutex busy_;
};

}  // namespace

void define_pipeline(py::module_& module) {
  py::class_<PyPipeline>(module, "Pipeline")
      .def(py::init<const std::string&>(), py::arg("path"))
      .def_property_readonly("name", &PyPipeline::name)
      .def("run", &PyPipeline::run, py::arg("array"), py::arg("rate"))
      .def("explain", &PyPipeline::explain, py::arg("shape"), py::arg("rate"), py::arg("block"))
      .def("report", &PyPipeline::report, py::arg("shape"), py::arg("rate"), py::arg("block"));
}

}  // namespace faltung
