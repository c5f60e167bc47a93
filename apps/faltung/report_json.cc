// A pipeline's report as JSON.
#include "apps/faltung/report_json.h"

#include "apps/faltung/json.h"

namespace faltung {
namespace {

// "key": value, … between braces; the values are JSON already.
class Object {
 public:
  Object& add(const char* key, const std::string& value) {
    text_ += (text_.empty() ? "" : ", ") + json_text(key) + ": " + value;
    return *this;
  }
  Object& add(const char* key, double value) { return add(key, json_number(value)); }
  Object& add(const char* key, Index value) { return add(key, std::to_string(value)); }
  std::string text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

template <class List, class Text>
std::string list(const List& items, Text text) {
  std::string result;
  for (const auto& item : items) result += (result.empty() ? "" : ", ") + text(item);
  return "[" + result + "]";
}

std::string format_json(const Format& format) {
  std::string shape = "[" + std::to_string(format.channels) + ", " +
                      (format.extent ? std::to_string(*format.extent) : "null");
  for (Index extent : format.inner) shape += ", " + std::to_string(extent);
  return Object()
      .add("channels", format.channels)
      .add("shape", shape + "]")
      .add("rate_hz", format.rate_hz)
      .add("dtype", json_text(format.type == SampleType::float32 ? "float32" : "float64"))
      .text();
}

std::string extents_json(const std::vector<ReceptiveField>& fields) {
  return list(fields, [](const ReceptiveField& f) { return std::to_string(f.extent); });
}

std::string strides_json(const std::vector<ReceptiveField>& fields) {
  return list(fields, [](const ReceptiveField& f) {
    return json_number(static_cast<double>(f.jump) / static_cast<double>(f.finer));
  });
}

std::string candidate_json(const Explanation::Candidate& c) {
  return Object()
      .add("solver", json_text(c.solver))
      .add("detail", json_text(c.detail))
      .add("seconds_per_position", c.predicted_s < 0 ? "null" : json_number(c.predicted_s))
      .add("error", json_number(c.error_bound))
      .add("chosen", c.chosen ? "true" : "false")
      .text();
}

// What stages and the whole have in common.
void add_figures(Object& object, const StageReport& report, Index memory_bytes) {
  const Explanation& e = *report.stage;
  object.add("input", format_json(e.in))
      .add("output", format_json(e.out))
      .add("latency", e.timing.latency)
      .add("tail", e.timing.tail)
      .add("receptive_field", extents_json(report.own))
      .add("stride", strides_json(report.own))
      .add("receptive_field_of_input", extents_json(report.whole))
      .add("effective_stride", strides_json(report.whole))
      .add("flops", report.flops)
      .add("bytes_moved", report.bytes_moved)
      .add("memory_bytes", memory_bytes)
      .add("algorithm", report.algorithm.empty() ? "null" : json_text(report.algorithm));
}

std::string stage_json(const StageReport& report) {
  Object object;
  object.add("number", json_text(report.number))
      .add("depth", Index{report.depth})
      .add("stage", json_text(report.stage->text));
  add_figures(object, report, report.stage->memory_bytes);
  return object.add("candidates", list(report.stage->candidates, candidate_json)).text();
}

}  // namespace

std::string report_json(const PipelineReport& report) {
  Object whole;
  add_figures(whole, report.whole, report.memory_bytes);
  return Object()
      .add("stages", list(report.stages, stage_json))
      .add("whole", whole.text())
      .text();
}

}  // namespace faltung
