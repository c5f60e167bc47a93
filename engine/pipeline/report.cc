// What a prepared pipeline does and costs, stage by stage.
#include "engine/pipeline/report.h"

#include <algorithm>

namespace faltung {
namespace {

using Fields = std::vector<ReceptiveField>;

// `next` behind `first`, axis by axis.
Fields behind(Fields first, const Fields& next) {
  for (std::size_t axis = 0; axis < first.size() && axis < next.size(); ++axis) {
    first[axis].append(next[axis]);
  }
  return first;
}

// What both see.
Fields beside(Fields a, const Fields& b) {
  for (std::size_t axis = 0; axis < a.size() && axis < b.size(); ++axis) {
    const Index end = std::max(a[axis].start + a[axis].extent, b[axis].start + b[axis].extent);
    a[axis].start = std::min(a[axis].start, b[axis].start);
    a[axis].extent = end - a[axis].start;
  }
  return a;
}

Fields points(const Format& format) {
  return Fields(static_cast<std::size_t>(format.spatial_rank()));
}

Fields fields_of(const Explanation& e) {
  Fields result = points(e.in);
  if (e.parts.empty()) {
    std::copy_n(e.inner_fields.begin(), std::min(e.inner_fields.size(), result.size() - 1),
                result.begin() + 1);
  } else if (e.side_by_side) {
    result = fields_of(e.parts[0]);
    for (const Explanation& part : e.parts) result = beside(std::move(result), fields_of(part));
  } else {
    for (const Explanation& part : e.parts) result = behind(std::move(result), fields_of(part));
  }
  result[0] = e.timing.field;
  return result;
}

double extent_of(const Format& format) {
  return format.extent ? static_cast<double>(*format.extent) : 0;
}

double bytes_of(const Format& format) {
  return extent_of(format) * static_cast<double>(format.channels * format.inner_size() *
                                                 size_of(format.type));
}

std::string chosen(const Explanation& e) {
  for (const Explanation::Candidate& c : e.candidates) {
    if (c.chosen) return c.solver;
  }
  return "";
}

double flops_of(const Explanation& e) {
  double sum = e.flops_per_position * extent_of(e.out);
  for (const Explanation& part : e.parts) sum += flops_of(part);
  return sum;
}

// Of a combinator: what its parts move.
double moved_by(const Explanation& e) {
  if (e.parts.empty()) return e.in.extent && e.out.extent ? bytes_of(e.in) + bytes_of(e.out) : 0;
  double sum = 0;
  for (const Explanation& part : e.parts) sum += moved_by(part);
  return sum;
}

Index memory_of(const Explanation& e) {
  Index sum = e.memory_bytes;
  for (const Explanation& part : e.parts) sum += memory_of(part);
  return sum;
}

StageReport report_one(const Explanation& e, const Fields& before) {
  StageReport report;
  report.stage = &e;
  report.own = fields_of(e);
  report.whole = behind(before, report.own);
  report.flops = flops_of(e);
  report.bytes_moved = moved_by(e);
  report.algorithm = chosen(e);
  return report;
}

class Walk {
 public:
  explicit Walk(std::vector<StageReport>& stages) : stages_(stages) {}

  // A combinator's parts are numbered below its own number: 2.1, 2.2.
  void parts(const Explanation& e, const std::string& prefix, int depth, Fields before) {
    int count = 0;
    for (const Explanation& part : e.parts) {
      stage(part, prefix + std::to_string(++count), depth, before);
      if (!e.side_by_side) before = behind(std::move(before), fields_of(part));
    }
  }

  void stage(const Explanation& e, const std::string& number, int depth, const Fields& before) {
    // A chain of one, which every branch of one stage is, needs no entry of its own.
    if (e.candidates.empty() && e.parts.size() == 1) {
      return stage(e.parts[0], number, depth, before);
    }
    StageReport report = report_one(e, before);
    report.number = number;
    report.depth = depth;
    stages_.push_back(std::move(report));
    parts(e, number + ".", depth + 1, before);
  }

 private:
  std::vector<StageReport>& stages_;
};

}  // namespace

PipelineReport report_of(const Explanation& whole) {
  PipelineReport report;
  report.whole = report_one(whole, points(whole.in));
  report.memory_bytes = memory_of(whole);
  Walk walk(report.stages);
  if (whole.parts.empty() || whole.side_by_side || !whole.candidates.empty()) {
    walk.stage(whole, "1", 0, points(whole.in));
  } else {
    walk.parts(whole, "", 0, points(whole.in));
  }
  return report;
}

}  // namespace faltung
