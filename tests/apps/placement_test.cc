// Where the outputs of a pipeline lie.
#include "apps/faltung/placement.h"

#include <doctest/doctest.h>

#include "engine/pipeline/pipeline.h"

using namespace faltung;

namespace {

// Rows and columns of 2 and 3 mm, from 10 and 20; and the same as an affine.
std::shared_ptr<Description> grid(bool with_affine) {
  auto d = std::make_shared<Description>();
  d->space = {{"y", 40, 2, with_affine ? 0.0 : 10.0, "mm"},
              {"x", 30, 3, with_affine ? 0.0 : 20.0, "mm"}};
  if (with_affine) d->affine = from_spacing({3, 2, 1}, {20, 10, 0});
  return d;
}

std::shared_ptr<const Description> through(const std::string& stages,
                                           const std::shared_ptr<const Description>& input) {
  const StagePtr stage = parse_pipeline("stages: [" + stages + "]", "test.yaml", nullptr).stage;
  const Format in{.inner = {30}, .max_slab = 8, .extent = 40};
  const Format out = stage->prepare(in, {});
  return placed(input, explain_held(*stage, in, out));
}

}  // namespace

TEST_CASE("placement: a centred kernel leaves everything where it was") {
  const auto d = through("convolve: {kernel: {gaussian: {sigma: 2}}}", grid(false));
  REQUIRE(d);
  CHECK(d->space[0].spacing == 2);
  CHECK(d->space[0].origin == 10);
  CHECK(through("convolve: {kernel: {gaussian: {sigma: 2}}}", grid(true))->affine ==
        grid(true)->affine);
}

TEST_CASE("placement: a stride spreads, a valid kernel moves") {
  const auto d =
      through("convolve: {kernel: {box: {size: 5}}, mode: valid, stride: [2, 3]}", grid(false));
  CHECK(d->space[0].spacing == 4);
  CHECK(d->space[0].origin == 10 + 2 * 2);
  CHECK(d->space[0].extent == 18);
  CHECK(d->space[1].spacing == 9);
  CHECK(d->space[1].origin == 20 + 2 * 3);
  const auto a =
      through("convolve: {kernel: {box: {size: 5}}, mode: valid, stride: [2, 3]}", grid(true));
  CHECK(a->affine == Affine{9, 0, 0, 26, 0, 4, 0, 14, 0, 0, 1, 0});
  CHECK(a->space[0].origin == 0);
}

TEST_CASE("placement: pools lie in the middle of what they see, one after the other") {
  const auto d = through("{pool: {kind: max, size: 2}}, {pool: {kind: max, size: 2}}", grid(false));
  CHECK(d->space[0].spacing == 8);
  CHECK(d->space[0].origin == 10 + 1.5 * 2);
}

TEST_CASE("placement: what is made finer keeps its middle") {
  const auto d = through("upsample: {factor: 2}", grid(false));
  CHECK(d->space[0].spacing == 1);
  CHECK(d->space[0].extent == 80);
  CHECK(d->space[0].origin == 9.5);
  CHECK(d->space[1].origin == 19.25);
}

TEST_CASE("placement: other channels lose their names, other axes their places") {
  auto named = grid(false);
  named->channels = {{"gene", 1, 1, 0, ""}};
  CHECK(through("mix: {matrix: [[1], [1]]}", named)->channels[0].name == "c");
  CHECK(through("gain: {db: 0}", named)->channels[0].name == "gene");
  named->space.pop_back();
  CHECK(!through("gain: {db: 0}", named));
  CHECK(!through("gain: {db: 0}", nullptr));
}
