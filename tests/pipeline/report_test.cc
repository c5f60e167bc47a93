// Reports: fields from end to end, work and algorithms, as numbered in the text.
#include "engine/pipeline/report.h"

#include <doctest/doctest.h>

#include "engine/pipeline/pipeline.h"

using namespace faltung;

namespace {

// A prepared pipeline and what it says of itself.
struct Explained {
  explicit Explained(const std::string& yaml, Format in) {
    pipeline = parse_pipeline(yaml, "test.yaml", nullptr);
    in.max_slab = in.extent.value_or(64);
    const Format out = pipeline.stage->prepare(in, {});
    explanation = explain_held(*pipeline.stage, in, out);
  }
  Pipeline pipeline;
  Explanation explanation;
};

Format image() {
  Format format;
  format.channels = 2;
  format.inner = {40};
  format.extent = 30;
  return format;
}

Shape extents(const std::vector<ReceptiveField>& fields) {
  Shape result;
  for (const ReceptiveField& field : fields) result.push_back(field.extent);
  return result;
}

Shape jumps(const std::vector<ReceptiveField>& fields) {
  Shape result;
  for (const ReceptiveField& field : fields) result.push_back(field.jump);
  return result;
}

}  // namespace

TEST_CASE("report: fields and strides grow along every axis, stage after stage") {
  const Explained e("stages: [correlate: {kernel: [[1, 2, 3]], stride: [1, 2], mode: valid}, "
                    "pool: {kind: max, size: [2, 3]}, correlate: {kernel: sobel-x}]",
                    image());
  const PipelineReport report = report_of(e.explanation);
  REQUIRE(report.stages.size() == 3);
  CHECK(extents(report.stages[0].own) == Shape{1, 3});
  CHECK(extents(report.stages[1].own) == Shape{2, 3});
  CHECK(extents(report.stages[1].whole) == Shape{2, 7});  // 3 + (3 − 1)·2
  CHECK(jumps(report.stages[1].whole) == Shape{2, 6});
  CHECK(extents(report.stages[2].whole) == Shape{6, 19});
  CHECK(extents(report.whole.whole) == Shape{6, 19});
  CHECK(jumps(report.whole.whole) == Shape{2, 6});
}

TEST_CASE("report: branches see the same input, and the whole sees what any of them sees") {
  const Explained e("stages: [pool: {kind: average, size: 2}, parallel: {merge: sum, branches: "
                    "[[correlate: {kernel: [[1], [2], [3], [4], [5]]}], "
                    "[correlate: {kernel: [[1, 2, 3]]}, gain: {db: 1}]]}]",
                    image());
  const PipelineReport report = report_of(e.explanation);
  std::string numbers;
  for (const StageReport& stage : report.stages) numbers += stage.number + " ";
  CHECK(numbers == "1 2 2.1 2.2 2.2.1 2.2.2 ");
  CHECK(extents(report.stages[2].whole) == Shape{10, 2});
  CHECK(extents(report.stages[4].whole) == Shape{2, 6});
  CHECK(extents(report.stages[1].own) == Shape{5, 3});
  CHECK(extents(report.whole.whole) == Shape{10, 6});
}

TEST_CASE("report: counts FLOPs, bytes and memory of all parts, and names the chosen algorithm") {
  const Explained e("stages: [correlate: {kernel: [[1, 2, 3]]}, pool: {kind: max, size: 2}]",
                    image());
  const PipelineReport report = report_of(e.explanation);
  REQUIRE(report.stages.size() == 2);
  CHECK(report.stages[0].flops == 2 * 3 * 2 * 30 * 40);
  CHECK(report.stages[0].bytes_moved == 2 * 4 * 2 * 30 * 40);
  CHECK(report.stages[1].flops == 4 * 2 * 15 * 20);
  CHECK(report.stages[1].bytes_moved == 4 * 2 * (30 * 40 + 15 * 20));
  CHECK(report.whole.flops == report.stages[0].flops + report.stages[1].flops);
  CHECK(report.whole.bytes_moved == report.stages[0].bytes_moved + report.stages[1].bytes_moved);
  CHECK(report.memory_bytes >= report.stages[0].stage->memory_bytes);
  const std::vector<Explanation::Candidate>& candidates = e.explanation.parts[0].candidates;
  for (const Explanation::Candidate& c : candidates) {
    if (c.chosen) CHECK(report.stages[0].algorithm == c.solver);
  }
  CHECK(!report.stages[0].algorithm.empty());
  CHECK(report.stages[1].algorithm.empty());
}

TEST_CASE("report: an endless signal has no sums") {
  const Explained e("stages: [convolve: {kernel: [1, 2]}]", Format{});
  const PipelineReport report = report_of(e.explanation);
  CHECK(report.whole.flops == 0);
  CHECK(report.whole.bytes_moved == 0);
  CHECK(extents(report.whole.own) == Shape{2});
}
