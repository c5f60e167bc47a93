// What a plugin runs: the stages that a file stands for, replaced while sound runs.
#include "plugins/lv2/processor.h"

#include "engine/stream/chain.h"
#include "plugins/lv2/costs.h"

namespace faltung::lv2 {

Processor::Processor(const Format& format, StageMaker make, const Note& note)
    : format_(format), make_(make) {
  setting_.costs = &machine_costs();
  setting_.note = note;
  change_to("", 0, Change::rebuild);
}

void Processor::load(const std::string& path, Change change) {
  change_to(path, arrangement_, change);
  path_ = path;
}

void Processor::arrange(int arrangement, Change change) {
  if (arrangement != arrangement_ && !path_.empty()) change_to(path_, arrangement, change);
  arrangement_ = arrangement;
}

void Processor::change_to(const std::string& path, int arrangement, Change change) {
  StagePtr stage = path.empty() ? make_chain({}) : make_(path, format_, arrangement);
  if (change == Change::rebuild) {
    auto live = std::make_unique<LivePipeline>(std::move(stage), format_, setting_);
    if (live->output().channels != format_.channels) {
      throw Error(Code::configuration, path + ": gives " + live->output().text() +
                                           "; the plugin has " + std::to_string(format_.channels) +
                                           (format_.channels == 1 ? " channel" : " channels"));
    }
    live_ = std::move(live);
    on_their_way_ = 0;
  } else {
    collect();
    if (live_->replace(std::move(stage)) == 0) {
      throw Error(Code::failure, "too many changes at once: the sound does not run");
    }
    ++on_their_way_;
    quiet_looks_ = 0;
  }
  latency_ = live_->latency();
}

// A report says that a fade has begun; what it replaces comes back when it has ended.
bool Processor::collect() {
  on_their_way_ -= static_cast<int>(live_->collect().size());
  return on_their_way_ == 0 && ++quiet_looks_ > 1;
}

void Processor::reset() { live_->reset(); }

}  // namespace faltung::lv2
