// One level of a partition schedule: its work cut into small steps, done evenly over the block.
#include "engine/convolve/partition_level.h"

#include <cmath>

#include "engine/convolve/prediction.h"

namespace faltung {
namespace {

constexpr double kGrainSeconds = 0.1e-6;  // a step; smaller ones cost more than they even out
constexpr double kGrainsPerCall = 8;      // of a level with much to do in every call

}  // namespace

template <class T>
PartitionLevel<T>::PartitionLevel(const Problem& p, const LevelPlan& plan, const Costs& costs,
                                  const InputRing<T>& ring)
    : plan_(plan),
      ring_(ring),
      transform_(make_sliced_transform<T>(2 * plan.partition)),
      bank_(p, plan.offset, plan.partition, plan.count, *transform_) {
  connect(p);
  const Index samples = transform_->spectrum_samples();
  const Index outputs = static_cast<Index>(routes_.size());
  chunks_ = samples / kSpectrumChunk<T>;
  // One more than is read: a call may finish a block before it reads the last of an older one.
  slots_ = (plan.offset + 2 * plan.partition - 1) / plan.partition;
  line_ = DelayLine<T>(static_cast<Index>(inputs_.size()), plan.count, samples);
  spectrum_ = Buffer<T>(samples);
  sums_ = Buffer<T>(checked_product({outputs, samples}));
  out_ = Buffer<T>(checked_product({outputs, slots_, plan.partition}));
  list_steps(p, costs);
  next_ = steps_.size();
}

// Which inputs and outputs have anything to do in this level.
template <class T>
void PartitionLevel<T>::connect(const Problem& p) {
  std::vector<Index> used(static_cast<std::size_t>(p.in_channels), -1);
  row_of_.assign(static_cast<std::size_t>(p.out_channels), -1);
  std::size_t most = 0;
  for (const Path& path : p.paths) {
    const auto& partitions = bank_[path.kernel];
    if (partitions.first == partitions.last) continue;
    Index& input = used[static_cast<std::size_t>(path.in)];
    Index& row = row_of_[static_cast<std::size_t>(path.out)];
    if (input < 0) {
      input = static_cast<Index>(inputs_.size());
      inputs_.push_back(path.in);
    }
    if (row < 0) {
      row = static_cast<Index>(routes_.size());
      routes_.emplace_back();
    }
    routes_[static_cast<std::size_t>(row)].push_back({input, path.kernel});
    most = std::max(most, routes_[static_cast<std::size_t>(row)].size());
  }
  runs_.resize(2 * most);
}

template <class T>
void PartitionLevel<T>::list_steps(const Problem& p, const Costs& costs) {
  const Costs::OfType& c = costs.of(sample_type_of<T>);
  const double pair = line_transform_seconds(c, 2 * plan_.partition);
  const double bytes = static_cast<double>((bank_.samples() + line_.samples()) *
                                           static_cast<Index>(sizeof(T)));
  const double term = 8 * static_cast<double>(kSpectrumChunk<T>) / 2 / spectra_rate(c, bytes);
  const double whole = static_cast<double>(inputs_.size() + routes_.size()) / 2 * pair +
                       static_cast<double>(p.paths.size() * plan_.count * chunks_) * term;
  const double calls = static_cast<double>(plan_.partition) / static_cast<double>(*p.block);
  const double grain = std::max(kGrainSeconds, whole / calls / kGrainsPerCall);
  list_transforms(Step::Kind::forward, static_cast<Index>(inputs_.size()), pair / 2, grain);
  list_products(Step::Kind::newest, term);
  list_transforms(Step::Kind::inverse, static_cast<Index>(routes_.size()), pair / 2, grain);
  list_products(Step::Kind::older, term);
  set_due();
}

template <class T>
void PartitionLevel<T>::list_transforms(typename Step::Kind kind, Index channels, double seconds,
                                        double grain) {
  const Index count = transform_->steps();
  const double each = seconds / static_cast<double>(count);
  const Index together = std::max<Index>(1, static_cast<Index>(grain / each));
  for (Index channel = 0; channel < channels; ++channel) {
    for (Index first = 0; first < count; first += together) {
      const Index some = std::min(together, count - first);
      steps_.push_back({kind, channel, first, some, each * static_cast<double>(some)});
    }
    if (kind != Step::Kind::forward) continue;
    const Index chunks = std::max<Index>(16, static_cast<Index>(16 * grain / kGrainSeconds));
    for (Index first = 0; first < chunks_; first += chunks) {
      const Index some = std::min(chunks, chunks_ - first);
      steps_.push_back({Step::Kind::deposit, channel, first, some,
                        kGrainSeconds / 32 * static_cast<double>(some)});
    }
  }
}

// Outputs follow each other within as few chunks as make a step: the inputs' spectra stay near, and
// the kernels' are read in the order in which they lie.
template <class T>
void PartitionLevel<T>::list_products(typename Step::Kind kind, double term) {
  std::vector<Index> terms;
  Index most = 1;
  for (const auto& routes : routes_) {
    Index mine = 0;
    for (const Route& route : routes) {
      const auto& partitions = bank_[route.kernel];
      const Index fresh = partitions.first == 0 ? 1 : 0;
      mine += kind == Step::Kind::newest ? fresh : partitions.last - partitions.first - fresh;
    }
    terms.push_back(mine);
    most = std::max(most, mine);
  }
  const Index chunks = std::clamp<Index>(
      static_cast<Index>(kGrainSeconds / (static_cast<double>(most) * term)), 1, chunks_);
  for (Index first = 0; first < chunks_; first += chunks) {
    const Index count = std::min(chunks, chunks_ - first);
    for (std::size_t o = 0; o < terms.size(); ++o) {
      // A sum begins with its older products, or with zeros.
      if (terms[o] == 0 && kind == Step::Kind::newest) continue;
      steps_.push_back({kind, static_cast<Index>(o), first, count,
                        (static_cast<double>(terms[o]) + 0.5) * term * static_cast<double>(count)});
    }
  }
}

// Evenly over the block, or faster up to the inverse transform where the deadline asks for it.
template <class T>
void PartitionLevel<T>::set_due() {
  double urgent = 0, all = 0;
  for (const Step& step : steps_) {
    all += step.seconds;
    if (step.kind != Step::Kind::older) urgent = all;
  }
  const double block = static_cast<double>(plan_.partition);
  const double deadline = std::min(static_cast<double>(plan_.deadline), block);
  const double even = urgent / all * block;
  const double urgent_end = std::min(even, deadline);
  double before = 0;
  for (Step& step : steps_) {
    const double middle = before + step.seconds / 2;
    before += step.seconds;
    const double at = step.kind != Step::Kind::older
                          ? middle / urgent * urgent_end
                          : urgent_end + (middle - urgent) / (all - urgent) * (block - urgent_end);
    step.due = std::clamp(static_cast<Index>(std::ceil(at)), Index{1}, plan_.partition);
  }
}

template <class T>
void PartitionLevel<T>::begin(Index block) noexcept {
  advance(plan_.partition);
  block_ = block;
  next_ = 0;
}

template <class T>
void PartitionLevel<T>::run(const Step& s) noexcept {
  const Index end = s.first + s.count;
  const Index block = block_ * plan_.partition;
  T* sum = sums_.data() + s.channel * transform_->spectrum_samples();
  switch (s.kind) {
    case Step::Kind::forward: {
      const Index input = inputs_[static_cast<std::size_t>(s.channel)];
      const T* older = ring_.at(input, block - plan_.partition);
      for (Index i = s.first; i < end; ++i) {
        transform_->forward_step(i, older, ring_.at(input, block), spectrum_.data());
      }
      break;
    }
    case Step::Kind::deposit:
      line_.deposit(s.channel, block_, spectrum_.data(), s.first, s.count);
      break;
    case Step::Kind::newest:
      multiply(s.channel, block_, 0, 1, s, SumStart::accumulate);
      break;
    case Step::Kind::inverse: {
      T* out = out_.data() + (s.channel * slots_ + block_ % slots_) * plan_.partition;
      for (Index i = s.first; i < end; ++i) transform_->inverse_step(i, sum, out);
      break;
    }
    case Step::Kind::older:
      multiply(s.channel, block_ + 1, 1, plan_.count, s, SumStart::zero);
      break;
  }
}

// The products of partitions [first, last) with what they meet in block `block`.
template <class T>
void PartitionLevel<T>::multiply(Index output, Index block, Index first, Index last, const Step& s,
                                 SumStart start) noexcept {
  Index count = 0;
  for (const Route& route : routes_[static_cast<std::size_t>(output)]) {
    const auto& partitions = bank_[route.kernel];
    const Index from = std::max(first, partitions.first), to = std::min(last, partitions.last);
    if (from >= to) continue;
    count += line_.runs(route.input, block, from, to, partitions.at(from), bank_.step(),
                        s.first, runs_.data() + count);
  }
  accumulate_spectra(sums_.data() + output * transform_->spectrum_samples() +
                         s.first * kSpectrumChunk<T>,
                     runs_.data(), count, s.count * kSpectrumChunk<T>, start);
}

template <class T>
void PartitionLevel<T>::forget() noexcept {
  line_.clear();
  sums_.clear();
  next_ = steps_.size();
  block_ = -1;
}

template <class T>
void PartitionLevel<T>::reset() noexcept {
  forget();
  out_.clear();
}

template class PartitionLevel<float>;
template class PartitionLevel<double>;

}  // namespace faltung
