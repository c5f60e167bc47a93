// Kernel files: a whole small file as the coefficients of a convolution, and back.
#include "engine/io/array.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/io/formats.h"
#include "engine/io/npy_file.h"

namespace faltung {
namespace {

constexpr Index kMostTaps = Index{1} << 28;  // 2 GB of float64: no response, but a wrong file
constexpr Index kSlabSamples = 65536;

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string place(const Shape& extents, Index tap) {
  Shape position = Shape::filled(extents.rank(), 0);
  for (int axis = extents.rank() - 1; axis >= 0; --axis) {
    position[axis] = tap % extents[axis];
    tap /= extents[axis];
  }
  std::string text;
  for (Index p : position) text += (text.empty() ? "" : ",") + std::to_string(p);
  return text;
}

void refuse_unusable(const std::string& path, const Array<double>& values) {
  if (values.size() == 0) throw Error(Code::input, path + ": a kernel without taps");
  for (Index i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw Error(Code::input, path + ": tap " + place(values.extents(), i) + " is " +
                                 (std::isnan(values[i]) ? "NaN" : "infinite") +
                                 "; taps are finite numbers");
  }
}

void refuse_size(const std::string& path, Index taps) {
  if (taps <= kMostTaps) return;
  throw Error(Code::input,
              path + ": more than " + std::to_string(kMostTaps) + " numbers are no kernel");
}

Array<double> read_npy(const std::string& path) {
  const NpyFile file{InputFile(path)};
  const Shape& shape = file.header().shape;
  refuse_size(path, shape.product());
  Array<double> values(shape);
  if (shape.rank() == 0) {
    file.convert(0, 1, 1, values.data());
    return std::move(values).reshaped({1});
  }
  const int last = shape.rank() - 1;
  double* to = values.data();
  for_each_position(shape.to(last), [&](const Shape& position) {
    Index offset = 0;
    for (int axis = 0; axis < last; ++axis) offset += position[axis] * file.strides()[axis];
    file.convert(offset, file.strides()[last], shape[last], to);
    to += shape[last];
  });
  return values;
}

// All of a source, channel after channel.
Array<double> read_all(const std::string& path, Source& source) {
  const Format& format = source.format();
  const Index inner = format.inner_size();
  const Index slab = std::max<Index>(1, kSlabSamples / (format.channels * inner));
  refuse_size(path, slab_samples(format, std::max(slab, format.extent.value_or(0))));
  std::vector<std::vector<double>> channels(static_cast<std::size_t>(format.channels));
  with_sample_type(format.type, [&]<class T>() {
    Buffer<T> memory(slab_samples(format, slab));
    const SlabOf<T> out{memory.data(), format.channels, slab, inner, slab * inner};
    while (const Index got = source.read(out)) {
      for (Index c = 0; c < format.channels; ++c) {
        auto& to = channels[static_cast<std::size_t>(c)];
        to.insert(to.end(), out.channel(c), out.channel(c) + got * inner);
      }
      refuse_size(path, static_cast<Index>(channels[0].size()) * format.channels);
    }
  });
  Shape shape{format.channels, static_cast<Index>(channels[0].size()) / inner};
  for (Index extent : format.inner) shape.push_back(extent);
  Array<double> values(shape);
  double* to = values.data();
  for (const auto& channel : channels) to = std::copy(channel.begin(), channel.end(), to);
  return values;
}

Array<double> transposed(const Array<double>& in) {
  Array<double> out({in.extents()[1], in.extents()[0]});
  for_each_position(out.extents(), [&](const Shape& p) { out(p) = in({p[1], p[0]}); });
  return out;
}

bool is_text(const Encoding& encoding) { return encoding.container == "csv"; }

Shape signal_shape(const Container& container, const Kernel& kernel) {
  const std::string name = container.name;
  const int rank = kernel.values.rank();
  const auto among = [&](std::initializer_list<const char*> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const bool series = among({"wav", "rf64", "w64", "aiff", "csv", "tsv", "text", "raw", "f32"});
  if (series && rank <= 2) return kernel.values.extents();
  if (name == "tiff" && rank == 2) return kernel.values.extents();
  throw Error(Code::configuration, "a kernel of " + std::to_string(rank) + " axes cannot go to ." +
                                       name +
                                       "; allowed are .npy for any, .wav .aiff .csv .txt "
                                       "for one or two axes, .tif for two");
}

void write_npy(const std::string& path, const Array<double>& values) {
  StagedFile file(path);
  const std::string header = npy_header("<f8", values.extents());
  file.write(header.data(), header.size());
  file.write(values.data(), static_cast<std::size_t>(values.size()) * sizeof(double));
  file.commit();
}

}  // namespace

Kernel read_kernel(const std::string& path) {
  Kernel kernel;
  kernel.name = base_name(path);
  if (path != "-" && container_for_input(path).name == std::string("npy")) {
    kernel.values = read_npy(path);
  } else {
    const auto source = open_source(path, {});
    const Format& format = source->format();
    const Encoding& encoding = source->encoding();
    kernel.values = read_all(path, *source);
    if (format.channels == 1) {
      const Shape single = kernel.values.extents().from(1);
      kernel.values = std::move(kernel.values).reshaped(single);
    } else if (is_text(encoding) && encoding.column_names.empty()) {
      kernel.values = transposed(kernel.values);
    }
    kernel.rate_hz = format.rate_hz;
  }
  refuse_unusable(path, kernel.values);
  return kernel;
}

void write_kernel(const std::string& path, const Kernel& kernel, double rate_hz) {
  refuse_unusable(kernel.name, kernel.values);
  const Container* container = container_for_path(path);
  if (!container) {
    throw Error(Code::configuration, "cannot tell from '" + path +
                                         "' what kernel file to write; allowed are .npy .wav .aiff "
                                         ".csv .txt .tif");
  }
  if (container->name == std::string("npy")) return write_npy(path, kernel.values);
  const Shape shape = signal_shape(*container, kernel);
  const bool image = container->name == std::string("tiff");
  const bool table = container->name == std::string("text") && shape.rank() == 2;
  const Array<double> values = table ? transposed(kernel.values) : kernel.values.copy();
  Format format;
  format.type = SampleType::float64;
  format.rate_hz = image ? 0 : rate_hz;
  format.channels = image || shape.rank() == 1 ? 1 : values.extents()[0];
  format.extent = image ? shape[0] : values.extents().back();
  if (image) format.inner.push_back(shape[1]);
  Encoding like;
  const bool csv = container->name == std::string("csv") || container->name == std::string("tsv");
  like.sample = Encoding::Sample::f32;
  for (Index c = 0; csv && shape.rank() == 2 && c < format.channels; ++c) {
    like.column_names.push_back("channel_" + std::to_string(c + 1));
  }
  const auto sink = create_sink(path, format, like);
  const Index run = *format.extent * format.inner_size();
  sink->write(SlabOf<double>{const_cast<double*>(values.data()), format.channels, *format.extent,
                             format.inner_size(), run});
  sink->commit();
}

}  // namespace faltung
