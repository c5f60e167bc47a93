// Hosts an LV2 plugin as a stage.
#include "engine/stages/lv2.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <optional>

#include "engine/design/number_text.h"
#include "engine/simd/denormals.h"
#include "engine/stages/lv2_checks.h"
#include "engine/stages/lv2_controls.h"
#include "engine/stages/lv2_copy.h"
#include "engine/stream/crossfade.h"
#include "engine/stream/input_guard.h"
#include "engine/stream/slab_memory.h"

namespace faltung {
namespace {

constexpr const char* kFixed = "http://lv2plug.in/ns/ext/buf-size#fixedBlockLength";
constexpr const char* kPowerOfTwo = "http://lv2plug.in/ns/ext/buf-size#powerOf2BlockLength";
constexpr Index kOfflineBlock = 512;          // a usual block of hosts, and a power of two
constexpr Index kRampStep = 64;               // 1.3 ms at 48 kHz
constexpr double kRampSeconds = 0.02;
constexpr int kLeastWarmUps = 4;              // runs: a latency may appear after work was done
constexpr int kMostWarmUps = 64;
constexpr float kLongestLatency = 1 << 24;    // float32 counts no further

std::map<std::string, double> initial_values(const Lv2Options& options, const Lv2StatePtr& first) {
  std::map<std::string, double> values = options.controls;
  for (const Lv2StatePtr& state : {options.saved, options.preset, first}) {
    if (state) values.merge(port_values(*state));  // what is there stays
  }
  return values;
}

class Lv2 final : public Stage {
 public:
  explicit Lv2(const Lv2Options& options)
      : options_(options),
        plugin_(options.plugin->description()),
        default_state_(plugin_.loads_default_state ? options.plugin->default_state() : nullptr),
        controls_(plugin_, initial_values(options, default_state_)) {}

  Format prepare(const Format& in, const Setting& setting) override {
    check_signal(in);
    thread_.reset();
    copies_.clear();
    live_ = setting.clock == Clock::live;
    in_ = in;
    routing_ = route_lv2(plugin_, in.channels);
    if (routing_.inputs.empty() && routing_.outputs.empty()) {
      setting.say("plugin '" + plugin_.name + "' has no audio ports: the signal passes it unchanged");
    }
    choose_block();
    make_memory();
    make_copies(setting);
    connect_signal();
    const auto ramp = std::max<Index>(1, std::lround(kRampSeconds * in.rate_hz));
    controls_.prepare(copies_, in.rate_hz, ramp);
    for (const auto& copy : copies_) copy->start();
    warm_up();
    start_live_work();
    rewind();
    return out_;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    if (!live_) return through(in, out);
    const FlushDenormals flush;
    return through(input_guard_->admit(in), out);
  }

  Index finish(const Slab& out) noexcept override {
    if (!live_) return rest(out);
    const FlushDenormals flush;
    return rest(out);
  }

  void reset() noexcept override {
    for (const auto& copy : copies_) copy->reset();
    rewind();
  }

  Timing timing() const override {
    Timing timing;
    const Index shared = live_ ? std::gcd(in_.max_slab, block_) : 1;
    timing.latency = latency_ + (fixed_ ? block_ - shared : 0);
    timing.uneven = fixed_ ? shared - 1 : 0;
    timing.field.extent = latency_ + 1;  // at least: what a plugin remembers is not known
    timing.period = 0;
    return timing;
  }

  Explanation explain() const override {
    Explanation result;
    result.text = "lv2 " + plugin_.name + " <" + plugin_.uri + ">: " + ports_text() +
                  "; states latency " + std::to_string(latency_) + "; runs of " +
                  (fixed_ ? "" : "at most ") + std::to_string(block_);
    if (copies_.size() > 1) result.text += "; " + std::to_string(copies_.size()) + " copies";
    if (thread_) result.text += "; works on a thread of its own";
    result.memory_bytes = inputs_.bytes() + outputs_.bytes();
    for (const auto& copy : copies_) result.memory_bytes += copy->bytes();
    return result;
  }

  std::vector<Control> controls() override {
    std::vector<Control> all = controls_.all();
    all.push_back(control_of(muted_));
    return all;
  }

 private:
  void check_signal(const Format& in) const {
    if (in.is_series() && in.rate_hz > 0) return;
    throw Error(Code::configuration, "lv2 takes series with a rate, the signal is " + in.text());
  }

  void choose_block() {
    const auto requires_feature = [&](const char* feature) {
      const auto& all = plugin_.required_features;
      return std::find(all.begin(), all.end(), feature) != all.end();
    };
    const bool power = requires_feature(kPowerOfTwo);
    fixed_ = !live_ || power || requires_feature(kFixed);
    block_ = live_ ? in_.max_slab : kOfflineBlock;
    if (power) block_ = static_cast<Index>(std::bit_floor(static_cast<std::size_t>(block_)));
  }

  void make_memory() {
    out_ = in_;
    if (!routing_.outputs.empty()) {
      out_.channels = routing_.copies * static_cast<Index>(routing_.outputs.size());
    }
    if (fixed_) out_.max_slab = (block_ - 1 + in_.max_slab) / block_ * block_;
    Format inner = in_;
    inner.type = SampleType::float32;
    inputs_ = SlabMemory(inner, block_);
    inner.channels = out_.channels;
    inner.max_slab = block_;
    outputs_ = SlabMemory(inner, block_);
    output_guard_.emplace(inner, SampleType::float32);
    input_guard_.emplace(in_, SampleType::float32);
  }

  void make_copies(const Setting& setting) {
    const auto note = [&](const std::string& text) { setting.say(plugin_.name + ": " + text); };
    const Lv2Blocks blocks{fixed_ ? block_ : 1, block_};
    for (Index i = 0; i < routing_.copies; ++i) {
      copies_.push_back(std::make_unique<Lv2Copy>(*options_.plugin, in_.rate_hz, blocks, note));
      for (const Lv2StatePtr& state : {default_state_, options_.preset, options_.saved}) {
        if (state) copies_.back()->restore(*state);
      }
      if (plugin_.free_wheeling) copies_.back()->control(*plugin_.free_wheeling) = live_ ? 0 : 1;
    }
  }

  void connect_signal() {
    Index in = 0, out = 0;
    for (const auto& copy : copies_) {
      for (const std::size_t port : routing_.inputs) {
        copy->connect(port, inputs_.slab().as<float>().channel(in++));
      }
      for (const std::size_t port : routing_.outputs) {
        copy->connect(port, outputs_.slab().as<float>().channel(out++));
      }
    }
  }

  // Silence until the plugin has done the work it began with, and states its latency.
  void warm_up() {
    latency_ = 0;
    if (!plugin_.latency && !copies_[0]->worker().present()) return;
    bool working = true;
    for (int i = 0; i < kMostWarmUps && (working || i < kLeastWarmUps); ++i) {
      inputs_.clear();
      working = false;
      for (const auto& copy : copies_) working = copy->run(block_) || working;
    }
    // Of events only, where no sound comes out.
    if (plugin_.latency && !routing_.outputs.empty()) latency_ = stated_latency();
    for (const auto& copy : copies_) copy->reset();
  }

  Index stated_latency() const {
    const float frames = copies_[0]->control(*plugin_.latency);
    if (frames >= 0 && frames <= kLongestLatency) return std::lround(frames);
    throw Error(Code::configuration,
                "plugin '" + plugin_.name + "' states a latency of " +
                    number_text(static_cast<double>(frames)) + " frames; allowed: 0 to " +
                    number_text(static_cast<double>(kLongestLatency)));
  }

  void start_live_work() {
    const bool works = copies_[0]->worker().present();
    std::vector<Lv2Worker*> workers;
    for (const auto& copy : copies_) {
      copy->end_preparing(live_ && works ? Lv2Work::elsewhere : Lv2Work::after_run);
      workers.push_back(&copy->worker());
    }
    if (live_ && works) thread_ = std::make_unique<Lv2WorkerThread>(std::move(workers));
  }

  void rewind() noexcept {
    filled_ = taken_ = given_ = 0;
    dropping_ = latency_;
    controls_.jump();
  }

  Index through(const Slab& in, const Slab& out) noexcept {
    controls_.take();
    Index given = 0;
    for (Index done = 0; done < in.extent;) {
      const Index most = !fixed_ && controls_.moving() ? std::min(block_, kRampStep) : block_;
      const Index count = std::min(in.extent - done, most - filled_);
      convert_positions(in.part(done, count), inputs_.slab().part(filled_, count));
      filled_ += count;
      taken_ += count;
      done += count;
      if (fixed_ && filled_ < block_) break;
      given += run(out.part(given, out.extent - given));
    }
    return given;
  }

  // Silence behind the signal, until everything is out.
  Index rest(const Slab& out) noexcept {
    while (given_ < taken_) {
      const Index missing = taken_ - given_ + dropping_;
      const Index end = fixed_ ? block_ : std::min(block_, missing);
      silence(inputs_.slab(), filled_, end);
      filled_ = end;
      const Index count = run(out);
      if (count > 0) return count;
    }
    return 0;
  }

  // Everything that has been filled in, through all copies.
  Index run(const Slab& out) noexcept {
    const Index frames = filled_;
    filled_ = 0;
    controls_.advance(frames);
    for (const auto& copy : copies_) copy->run(frames);
    controls_.publish();
    const bool passes = routing_.outputs.empty();
    const Slab result = (passes ? inputs_ : outputs_).slab().part(0, frames);
    const Slab clean = output_guard_->admit(result);
    muted_.publish(static_cast<double>(output_guard_->muted()));
    const Index dropped = std::min(dropping_, frames);
    dropping_ -= dropped;
    const Index count = std::min(frames - dropped, taken_ - given_);
    convert_positions(clean.part(dropped, count), out);
    given_ += count;
    return count;
  }

  std::string ports_text() const {
    std::string text;
    if (routing_.inputs.empty() && routing_.outputs.empty()) return "hears and gives nothing";
    for (const auto& [ports, name] : {std::pair{&routing_.inputs, "hears"},
                                      std::pair{&routing_.outputs, "gives"}}) {
      text += (text.empty() ? "" : "; ") + std::string(name) + " ";
      for (const std::size_t i : *ports) {
        text += (i == ports->front() ? "" : ", ") + plugin_.ports[i].symbol;
      }
      if (ports->empty()) text += "nothing";
    }
    return text;
  }

  Lv2Options options_;
  const Lv2Description& plugin_;
  Lv2StatePtr default_state_;
  Lv2Controls controls_;
  Reading muted_{"muted", ""};

  Format in_, out_;
  bool live_ = false;
  bool fixed_ = false;  // every run is as long as block_
  Index block_ = 1, latency_ = 0;
  Lv2Routing routing_;
  SlabMemory inputs_, outputs_;  // of the copies' ports, channel after channel
  std::vector<std::unique_ptr<Lv2Copy>> copies_;
  std::unique_ptr<Lv2WorkerThread> thread_;  // ends before the copies do
  std::optional<InputGuard> input_guard_, output_guard_;

  Index filled_ = 0;           // frames at the front of inputs_ that wait for a run
  Index taken_ = 0, given_ = 0, dropping_ = 0;
};

}  // namespace

StagePtr make_lv2(const Lv2Options& options) {
  const Lv2Description& plugin = options.plugin->description();
  check_lv2_plugin(plugin);
  for (const auto& [symbol, value] : options.controls) check_lv2_control(plugin, symbol, value);
  return std::make_unique<Lv2>(options);
}

}  // namespace faltung
