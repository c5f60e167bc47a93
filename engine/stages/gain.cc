// Multiplies by a factor: one for all channels or one for each, settable while running.
#include "engine/stages/gain.h"

#include <cmath>
#include <deque>

#include "engine/stages/ramp.h"
#include "engine/stages/series.h"

namespace faltung {
namespace {

constexpr double kMostDb = 200;  // either way, as Located::factor_of_db has it

class Gain final : public Stage {
 public:
  explicit Gain(const GainOptions& options) : options_(options) {
    const bool db = options.unit == GainUnit::db;
    const double most = db ? kMostDb : std::pow(10.0, kMostDb / 20);
    for (std::size_t i = 0; i < options.values.size(); ++i) {
      const std::string number = options.values.size() > 1 ? "." + std::to_string(i + 1) : "";
      parameters_.emplace_back((db ? "db" : "factor") + number, db ? "dB" : "", -most, most,
                               options.values[i]);
    }
  }

  Format prepare(const Format& in, const Setting&) override {
    const auto given = static_cast<Index>(parameters_.size());
    if (given != 1 && given != in.channels) {
      throw Error(Code::configuration, "gain has " + std::to_string(given) +
                                           " values; allowed: one for all channels, or one for "
                                           "each of the signal's " +
                                           std::to_string(in.channels));
    }
    ramp_frames_ = frames_of_ms(options_.ramp_ms, kDefaultRampMs, in, "gain");
    ramps_.resize(static_cast<std::size_t>(in.channels));
    reset();
    return in;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    with_sample_type(in.type, [&]<class T>() {
      for (std::size_t c = 0; c < ramps_.size(); ++c) {
        ramps_[c].aim(factor(c), ramp_frames_);
        const auto channel = static_cast<Index>(c);
        multiply(ramps_[c], in.as<const T>().channel(channel), out.as<T>().channel(channel),
                 in.extent, in.inner);
      }
    });
    return in.extent;
  }

  Index finish(const Slab&) noexcept override { return 0; }
  void reset() noexcept override {
    for (std::size_t c = 0; c < ramps_.size(); ++c) ramps_[c].jump(factor(c));
  }
  Timing timing() const override { return {}; }
  Explanation explain() const override {
    Explanation result;
    result.text = "gain";
    return result;
  }

  std::vector<Control> controls() override {
    std::vector<Control> all;
    for (Parameter& parameter : parameters_) all.push_back(control_of(parameter));
    return all;
  }

 private:
  double factor(std::size_t channel) const noexcept {
    const double value = parameters_[parameters_.size() == 1 ? 0 : channel].value();
    return options_.unit == GainUnit::db ? std::pow(10.0, value / 20) : value;
  }

  GainOptions options_;
  std::deque<Parameter> parameters_;
  std::vector<Ramp> ramps_;  // one for each channel
  Index ramp_frames_ = 0;
};

}  // namespace

StagePtr make_gain(const GainOptions& options) { return std::make_unique<Gain>(options); }

StagePtr read_gain(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  at.check_keys(node, "gain", {"db", "factor", "ramp_ms"});
  const Node* db = node.find("db");
  const Node* factor = node.find("factor");
  if ((db == nullptr) == (factor == nullptr))
    at.refuse(node, "'gain' needs either 'db' or 'factor'");
  GainOptions options;
  options.values = at.numbers(db ? *db : *factor);
  if (db) {
    options.unit = GainUnit::db;
    if (db->kind != Node::Kind::list) at.factor_of_db(*db);  // refuses what has no factor
    for (const Node& item : db->items) at.factor_of_db(item);
  }
  if (const Node* ramp = node.find("ramp_ms")) options.ramp_ms = read_ramp_ms(*ramp, at);
  try {
    return make_gain(options);
  } catch (const Error& error) {
    at.refuse(db ? *db : *factor, error.what());
  }
}

}  // namespace faltung
