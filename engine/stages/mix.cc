// A matrix over the channels.
#include "engine/stages/mix.h"

#include <algorithm>

namespace faltung {
namespace {

class Mix final : public Stage {
 public:
  explicit Mix(const MixOptions& options) : matrix_(options.matrix) {}

  Format prepare(const Format& in, const Setting&) override {
    for (const auto& row : matrix_) {
      if (static_cast<Index>(row.size()) != in.channels) {
        throw Error(Code::configuration,
                    "mix has a row of " + std::to_string(row.size()) +
                        " values; allowed: as many as the signal has channels, " +
                        std::to_string(in.channels));
      }
    }
    if (matrix_.empty())
      throw Error(Code::configuration, "mix has no rows; at least one is needed");
    Format out = in;
    out.channels = static_cast<Index>(matrix_.size());
    return out;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    with_sample_type(in.type, [&]<class T>() { mix(in.as<const T>(), out.as<T>()); });
    return in.extent;
  }

  Index finish(const Slab&) noexcept override { return 0; }
  void reset() noexcept override {}
  Timing timing() const override { return {}; }
  Explanation explain() const override {
    Explanation result;
    result.text = "mix " + std::to_string(matrix_[0].size()) + " -> " +
                  std::to_string(matrix_.size()) + " channels";
    result.flops_per_position = 2.0 * static_cast<double>(matrix_.size() * matrix_[0].size());
    return result;
  }

 private:
  template <class T>
  void mix(const SlabOf<const T>& in, const SlabOf<T>& out) const noexcept {
    const Index count = in.extent * in.inner;
    for (std::size_t o = 0; o < matrix_.size(); ++o) {
      T* to = out.channel(static_cast<Index>(o));
      std::fill_n(to, count, T(0));
      for (std::size_t i = 0; i < matrix_[o].size(); ++i) {
        const T factor = static_cast<T>(matrix_[o][i]);
        if (factor == T(0)) continue;
        const T* from = in.channel(static_cast<Index>(i));
        for (Index n = 0; n < count; ++n) to[n] += factor * from[n];
      }
    }
  }

  std::vector<std::vector<double>> matrix_;
};

}  // namespace

StagePtr make_mix(const MixOptions& options) { return std::make_unique<Mix>(options); }

StagePtr read_mix(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  at.check_keys(node, "mix", {"matrix"});
  const Node& rows = at.required(node, "mix", "matrix");
  if (rows.kind != Node::Kind::list || rows.items.empty()) {
    at.refuse(rows, "expected the matrix as a list of rows, one for each output channel, got " +
                        rows.description());
  }
  MixOptions options;
  for (const Node& row : rows.items) {
    options.matrix.push_back(at.numbers(row));
    if (options.matrix.back().size() != options.matrix[0].size()) {
      at.refuse(row, "row of " + std::to_string(options.matrix.back().size()) +
                         " values in a matrix whose first row has " +
                         std::to_string(options.matrix[0].size()));
    }
  }
  return make_mix(options);
}

}  // namespace faltung
