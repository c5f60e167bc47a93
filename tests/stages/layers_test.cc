// Layers as stages, slab by slab, against the same layers over whole arrays.
#include <doctest/doctest.h>

#include "engine/layers/batch_norm.h"
#include "engine/layers/convolution_gradient.h"
#include "engine/layers/pool.h"
#include "engine/layers/upsample.h"
#include "engine/stages/pool.h"
#include "engine/stages/transposed_convolve.h"
#include "tests/pipeline/written.h"
#include "tests/stages/refusal.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

Array<double> array_of(const Shape& extents, const std::vector<double>& values) {
  Array<double> result(extents);
  REQUIRE(result.size() == static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), result.data());
  return result;
}

// [1, channel, axis…]
Array<double> array_of(const Signal& s) {
  Shape extents{1, s.format.channels, *s.format.extent};
  for (Index n : s.format.inner) extents.push_back(n);
  return array_of(extents, s.values);
}

View<const double> read(const Array<double>& array) { return array.view(); }

void check_close(const Signal& got, const Array<double>& expected) {
  REQUIRE(got.format.channels == expected.extents()[1]);
  REQUIRE(got.values.size() == static_cast<std::size_t>(expected.size()));
  for (Index i = 0; i < expected.size(); ++i) {
    CHECK(got.values[static_cast<std::size_t>(i)] == doctest::Approx(expected[i]).epsilon(1e-12));
  }
}

struct Draw {
  std::mt19937 random;
  Index operator()(Index low, Index high) {
    return std::uniform_int_distribution<Index>(low, high)(random);
  }
};

}  // namespace

TEST_CASE("layers as stages: transposed convolution is that of whole arrays, in slabs of any length") {
  Draw draw{std::mt19937(11)};
  for (int trial = 0, done = 0; done < 150; ++trial) {
    REQUIRE(trial < 2000);
    TransposedOptions o;
    LayerGeometry g;
    const int rank = static_cast<int>(draw(1, 3));
    g.groups = o.groups = draw(1, 2);
    Shape extents, taps{o.groups * draw(1, 3), draw(1, 3)};
    for (int a = 0; a < rank; ++a) {
      extents.push_back(draw(1, 7));
      taps.push_back(draw(1, 5));
      o.stride.push_back(draw(1, 4));
      o.dilation.push_back(draw(1, 3));
      o.padding.push_back({draw(0, 4), draw(0, 4)});
      o.output_padding.push_back(draw(0, std::max(o.stride[a], o.dilation[a]) - 1));
    }
    g.stride = o.stride;
    g.dilation = o.dilation;
    g.padding = o.padding;
    const Signal in = noise(taps[0], extents, SampleType::float64, static_cast<unsigned>(trial));
    const Array<double> x = array_of(in);
    Shape out_extents;
    try {
      out_extents = transposed_extents(x.extents(), taps, g, o.output_padding);
    } catch (const Error&) {
      continue;  // nothing would be left
    }
    ++done;
    const Signal weights = noise(1, Shape{taps.product()}, SampleType::float64, 5);
    const Array<double> kernel = array_of(taps, weights.values);
    for (Index c = 0; c < out_extents[1]; ++c) o.bias.push_back(0.25 * static_cast<double>(c));
    o.kernel = [&](const Format&) { return Kernel{kernel.copy(), 0, "random", {}, {}}; };
    Array<double> expected(out_extents);
    transposed_convolution(read(x), read(kernel), o.bias.data(), g, expected.view());
    check_close(check_slab_invariance([&] { return make_transposed_convolve(o); }, in), expected);
  }
}

TEST_CASE("layers as stages: transposed convolution takes one kernel for all channels") {
  const Signal in = noise(2, Shape{5, 6}, SampleType::float64);
  Signal all = made_of("transposed_convolve: {kernel: [[1, 2], [3, 4]], stride: 2}", in);
  const Signal each = made_of(
      "transposed_convolve: {kernel: [[[1, 2], [3, 4]], [[1, 2], [3, 4]]], stride: 2}", in);
  CHECK(all.values == each.values);
  CHECK(all.format.inner == Shape{12});
  CHECK(all.at(1, 3, 4) == doctest::Approx(3 * in.values[static_cast<std::size_t>(30 + 6 + 2)]));
}

TEST_CASE("layers as stages: upsampling is that of whole arrays") {
  for (const Shape& extents : {Shape{9}, Shape{1}, Shape{4, 5}, Shape{3, 1, 4}}) {
    for (const Shape& factor : {Shape{1}, Shape{2}, Shape{3}, Shape{4}}) {
      for (const UpsampleKind kind : {UpsampleKind::nearest, UpsampleKind::linear}) {
        const Signal in = noise(2, extents, SampleType::float64);
        const Array<double> x = array_of(in);
        Shape larger = x.extents();
        for (int a = 2; a < larger.rank(); ++a) larger[a] *= factor[0];
        Array<double> expected(larger);
        upsample(read(x),
                 {kind == UpsampleKind::nearest ? Interpolation::nearest : Interpolation::linear},
                 expected.view());
        check_close(check_slab_invariance([&] { return make_upsample(kind, factor); }, in),
                    expected);
      }
    }
  }
}

TEST_CASE("layers as stages: pools with gaps and norms are those of whole arrays") {
  const Signal in = noise(2, Shape{11, 9}, SampleType::float64);
  const Array<double> x = array_of(in);
  const PoolWindow window{Shape{3, 2}, Shape{2, 1}, Shape{2, 3}, {{2, 1}, {1, 2}}, false};
  Array<double> expected(pool_extents(x.extents(), window));
  const std::string shape = "size: [3, 2], stride: [2, 1], dilation: [2, 3], padding: [[2, 1], [1, 2]]";
  lp_pool(read(x), window, 3.0, expected.view());
  check_close(made_of("pool: {kind: lp, power: 3, " + shape + "}", in), expected);
  max_pool(read(x), window, expected.view());
  check_close(made_of("pool: {kind: max, " + shape + "}", in), expected);
  average_pool(read(x), window, {false, {}}, expected.view());
  check_close(made_of("pool: {kind: average, count_include_pad: false, " + shape + "}", in), expected);
  average_pool(read(x), window, {true, {}}, expected.view());
  check_close(made_of("pool: {kind: average, " + shape + "}", in), expected);
}

TEST_CASE("layers as stages: global pools give one sample for each channel") {
  const Signal in = noise(2, Shape{11, 9}, SampleType::float64);
  const Array<double> x = array_of(in);
  const PoolWindow window = global_window(x.extents());
  Array<double> expected(Shape{1, 2, 1, 1});
  max_pool(read(x), window, expected.view());
  check_close(made_of("pool: {kind: max, size: global}", in), expected);
  average_pool(read(x), window, {}, expected.view());
  check_close(made_of("pool: {kind: average, size: global}", in), expected);
  lp_pool(read(x), window, 2.0, expected.view());
  check_close(made_of("pool: {kind: lp, size: global}", in), expected);
}

TEST_CASE("layers as stages: a batch norm folded into a convolution is the one after it") {
  const Signal in = noise(2, Shape{9, 8}, SampleType::float64);
  const std::string norm = "batch_norm: {mean: [0.5, -1], variance: [4, 0.25], gain: [3, 2], shift: [1, 0.5]}";
  for (const char* kernel : {"[[1, 2], [3, 4]]", "[[[1, 2], [3, 4]], [[0, 1], [1, 0]]]"}) {
    const std::string layer = std::string("correlate: {kernel: ") + kernel + ", bias: [0.1, 0.2]";
    const auto of = [&](const std::string& stages) {
      return check_slab_invariance(
          [&] { return std::move(written("stages: [" + stages + "]\n").stage); }, in);
    };
    const Signal folded = of("{" + layer + "}}, {" + norm + "}");
    const Signal apart = of("{" + layer + "}}, {gain: {factor: 1}}, {" + norm + "}");
    REQUIRE(folded.values.size() == apart.values.size());
    for (std::size_t i = 0; i < apart.values.size(); ++i) {
      CHECK(folded.values[i] == doctest::Approx(apart.values[i]).epsilon(1e-12));
    }
    CHECK(written("stages: [{" + layer + "}}, {" + norm + "}]\n").stage->prepare(
              [&] { Format f = in.format; f.max_slab = 4; return f; }(), {}).channels == 2);
  }
}

TEST_CASE("layers as stages: paddings named same_upper and same_lower") {
  const Signal in = signal({1, 2, 3, 4, 5, 6}, Shape{6});
  CHECK(made_of("correlate: {kernel: [1, 10], mode: same_upper}", in).values ==
        std::vector<double>{21, 32, 43, 54, 65, 6});
  CHECK(made_of("correlate: {kernel: [1, 10], mode: same_lower}", in).values ==
        std::vector<double>{10, 21, 32, 43, 54, 65});
  CHECK(made_of("correlate: {kernel: [1, 10, 100], mode: same_upper, stride: 2}", in).values ==
        std::vector<double>{321, 543, 65});
  CHECK(made_of("correlate: {kernel: [1, 10, 100], mode: same_lower, stride: 2}", in).values ==
        std::vector<double>{210, 432, 654});
}

TEST_CASE("layers as stages: receptive fields of stacks that go down and up again") {
  const Pipeline p = written(
      "stages: [{correlate: {kernel: [1, 1, 1], stride: 2, padding: 1}}, {transposed_convolve: "
      "{kernel: [1, 1, 1, 1], stride: 4, padding: 1}}]\n");
  Format in;
  in.max_slab = 8;
  in.rate_hz = 100;
  const Format out = p.stage->prepare(in, {});
  const ReceptiveField field = p.stage->timing().field;
  CHECK(out.rate_hz == 200);
  CHECK(field.jump == 1);
  CHECK(field.finer == 2);
  CHECK(field.extent == 3);
  CHECK(field.start == -1);
}

TEST_CASE("layers as stages: refuse what makes no sense, at its place") {
  const Signal in = noise(2, Shape{6, 6});
  const auto told = [&](const std::string& text) { return refusal_of(text, in); };
  const std::string up = "transposed_convolve: {kernel: [[1, 2], [3, 4]], ";
  CHECK(told(up + "stride: 2, output_padding: 2}") ==
        "p.yaml:2:5: output_padding 2; allowed: 0 to 1, below stride or dilation");
  CHECK(told(up + "padding: 9}").find("leaves nothing") != std::string::npos);
  CHECK(told(up + "bias: [1, 2, 3]}").find("bias has 3 values") != std::string::npos);
  CHECK(told("transposed_convolve: {kernel: [[[[1]]], [[[1]]], [[[1]]]]}")
            .find("is for 3 channels; the signal has 2") != std::string::npos);
  CHECK(told("upsample: {factor: [2, 2, 2]}").find("factor has 3 values") != std::string::npos);
  CHECK(told("batch_norm: {mean: [1, 2, 3], variance: 1}").find("3 values of mean") !=
        std::string::npos);
  CHECK(refusal(stage("batch_norm: {mean: [1, 2, 3], variance: [1, 1]}")).find("2 values where") !=
        std::string::npos);
  const std::string after = "stages: [{correlate: {kernel: [[1]], bias: ";
  const std::string norm = "}}, {batch_norm: {mean: [1, 2, 3], variance: 1}}]\n";
  CHECK(refusal(after + "[1, 2]" + norm) ==
        "p.yaml:1:67: batch normalisation of 3 channels after a convolution with 2 values of bias");
  CHECK(refusal(stage("batch_norm: {mean: 1, variance: -1}")).find("must be above 0") !=
        std::string::npos);
  CHECK(refusal(stage("pool: {kind: max, size: 2, power: 2}")).find("only for kind lp") !=
        std::string::npos);
  CHECK(refusal(stage("pool: {kind: lp, size: 2, power: 0.5}")).find("at least 1") !=
        std::string::npos);
  CHECK(refusal(stage("pool: {kind: lp, size: global, stride: 2}")).find("global pool") !=
        std::string::npos);
}
