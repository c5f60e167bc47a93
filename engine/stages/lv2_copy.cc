// One running copy of an LV2 plugin.
#include "engine/stages/lv2_copy.h"

#include <algorithm>

#include "engine/stages/lv2_api.h"

namespace faltung {
namespace {

constexpr Index kEventBytes = 8192;  // of atom ports that ask for nothing; also told as an option

}  // namespace

Lv2Copy::Lv2Copy(const Lv2Plugin& plugin, double rate_hz, const Lv2Blocks& blocks,
                 const Lv2Features::Note& note)
    : features_(rate_hz, blocks, note), instance_(plugin.instantiate(rate_hz, all_features())) {
  worker_.attach(instance_);
  sequence_uri_ = lv2_uri(LV2_ATOM__Sequence);
  chunk_uri_ = lv2_uri(LV2_ATOM__Chunk);
  connect_own(plugin.description(), blocks.most);
}

Lv2Copy::~Lv2Copy() {
  if (active_) instance_.deactivate();
}

void Lv2Copy::start() noexcept {
  instance_.activate();
  active_ = true;
}

std::vector<Lv2Feature> Lv2Copy::all_features() {
  std::vector<Lv2Feature> all = features_.list();
  all.push_back(worker_.feature());
  return all;
}

void Lv2Copy::connect_own(const Lv2Description& description, Index frames) {
  controls_.resize(description.ports.size());
  for (std::size_t i = 0; i < description.ports.size(); ++i) {
    const Lv2Port& port = description.ports[i];
    void* memory = nullptr;
    if (port.kind == Lv2Port::Kind::control) {
      controls_[i] = static_cast<float>(port.initial);
      memory = &controls_[i];
    } else if (port.kind == Lv2Port::Kind::atom) {
      const Index bytes = std::max(kEventBytes, port.least_bytes);
      events_.push_back({port.input, Buffer<std::uint64_t>((bytes + 7) / 8)});
      memory = events_.back().memory.data();
    } else if (port.kind == Lv2Port::Kind::cv ||
               (port.kind == Lv2Port::Kind::audio && !(port.input && port.optional))) {
      signals_.emplace_back(frames);
      const bool steers = port.kind == Lv2Port::Kind::cv && port.input;
      std::fill(signals_.back().begin(), signals_.back().end(),
                steers ? static_cast<float>(port.initial) : 0.0f);
      memory = signals_.back().data();
    }
    instance_.connect(i, memory);
  }
}

void Lv2Copy::restore(const Lv2State& state) { instance_.restore(state, all_features()); }

void Lv2Copy::end_preparing(Lv2Work work) {
  work_ = work;
  features_.quieten();
}

// No events in, and all of the memory for events out.
void Lv2Copy::clear_events() noexcept {
  for (Events& port : events_) {
    auto& sequence = *reinterpret_cast<LV2_Atom_Sequence*>(port.memory.data());
    if (port.input) {
      sequence = {{sizeof(LV2_Atom_Sequence_Body), sequence_uri_}, {0, 0}};
    } else {
      const Index room = port.memory.size() * 8 - static_cast<Index>(sizeof(LV2_Atom));
      sequence.atom = {static_cast<std::uint32_t>(room), chunk_uri_};
    }
  }
}

bool Lv2Copy::run(Index frames) noexcept {
  clear_events();
  instance_.run(frames);
  bool worked = false;
  if (work_ == Lv2Work::after_run) {
    while (worker_.work()) worked = true;
  }
  worker_.end_run();
  return worked;
}

void Lv2Copy::reset() noexcept {
  if (!worker_.hold()) return;
  instance_.deactivate();
  instance_.activate();
  worker_.release();
}

Index Lv2Copy::bytes() const noexcept {
  Index bytes = 0;
  for (const Buffer<float>& signal : signals_) bytes += signal.size() * 4;
  for (const Events& port : events_) bytes += port.memory.size() * 8;
  return bytes;
}

}  // namespace faltung
