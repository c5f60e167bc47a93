// Numbers on their way into a file: scaled as asked, and counted where the file cannot hold them.
#pragma once

#include <memory>
#include <vector>

#include "engine/io/sink.h"

namespace faltung {

// What is stored of a value: value · gain + offset.
struct Scaling {
  double gain = 1;
  double offset = 0;

  // The one that takes low … high to the whole range of what a sink stores; floats have 0 … 1.
  static Scaling onto(const Sink::Stored& stored, double low, double high) noexcept;
};

class ScalingSink : public Sink {
 public:
  // Values go to the sink as they are, by its own scale.
  explicit ScalingSink(std::unique_ptr<Sink> sink);
  // `scaling` in place of the sink's own scale.
  ScalingSink(std::unique_ptr<Sink> sink, const Scaling& scaling);

  Stored stored() const override { return sink_->stored(); }
  void write(const Slab& slab) override;
  void commit() override { sink_->commit(); }
  void checkpoint(Reach reach) override { sink_->checkpoint(reach); }
  void salvage() override { sink_->salvage(); }
  Index row_extent() const override { return sink_->row_extent(); }
  std::vector<Stretch> done() const override { return sink_->done(); }
  void seek(Index item, Index position) override { sink_->seek(item, position); }

  Index values() const noexcept { return values_; }        // written so far
  Index saturated() const noexcept { return saturated_; }  // of these beyond low … high, or NaN
  double value_of(double number) const noexcept;  // what is stored as `number`, but for rounding
  double low() const noexcept { return value_of(stored().low); }  // just stored; infinite for floats
  double high() const noexcept { return value_of(stored().high); }

 private:
  bool passes() const noexcept { return gain_ == 1 && offset_ == 0; }
  template <class T>
  void write_scaled(const SlabOf<T>& slab);

  std::unique_ptr<Sink> sink_;
  double gain_ = 1, offset_ = 0;  // to what the sink is given
  double least_, most_;           // of what it is given: beyond them it saturates
  std::vector<char> memory_;      // a scaled slab
  Index values_ = 0, saturated_ = 0;
};

}  // namespace faltung
