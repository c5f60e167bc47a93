// A stage that knows where in its pipeline file it was asked for.
#include "engine/stages/placed_stage.h"

#include <cctype>

namespace faltung {
namespace {

constexpr const char* kParallel = "parallel";  // has no controls but its branches'

class PlacedStage final : public Stage {
 public:
  PlacedStage(StagePtr stage, const Located& located, const Position& position,
              const std::string& name)
      : stage_(std::move(stage)),
        file_(located.file()),
        place_(located.place(position)),
        name_(name) {}

  Format prepare(const Format& in, const Setting& setting) override {
    try {
      return stage_->prepare(in, setting);
    } catch (const Error& error) {
      const std::string message = error.what();
      if (is_placed(message)) throw;
      throw Error(error.code(), place_ + message, error.needed_bytes());
    }
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    return stage_->process(in, out);
  }
  Index finish(const Slab& out) noexcept override { return stage_->finish(out); }
  void reset() noexcept override { stage_->reset(); }
  Timing timing() const override { return stage_->timing(); }
  Explanation explain() const override { return stage_->explain(); }

  std::vector<Control> controls() override {
    std::vector<Control> inside = stage_->controls();
    if (name_ == kParallel) return inside;
    for (Control& control : inside) control.path = name_ + "." + control.path;
    return inside;
  }

 private:
  // "hall.yaml:7…": said by a stage inside this one.
  bool is_placed(const std::string& message) const {
    const std::size_t end = file_.size();
    return message.size() > end + 1 && message.starts_with(file_) && message[end] == ':' &&
           std::isdigit(static_cast<unsigned char>(message[end + 1])) != 0;
  }

  StagePtr stage_;
  std::string file_, place_, name_;
};

}  // namespace

StagePtr make_placed(StagePtr stage, const Located& located, const Position& position,
                     const std::string& name) {
  return std::make_unique<PlacedStage>(std::move(stage), located, position, name);
}

}  // namespace faltung
