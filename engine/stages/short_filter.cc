// Short responses applied to one channel of a series, several of them to the same input.
#include "engine/stages/short_filter.h"

#include <algorithm>

#include "engine/simd/accumulate_rows.h"

namespace faltung {
namespace {

Format plain(SampleType type, Index channels) {
  Format format;
  format.type = type;
  format.channels = channels;
  return format;
}

}  // namespace

ShortFilter::ShortFilter(const Format& in, const std::vector<std::vector<double>>& responses)
    : taps_(static_cast<Index>(responses[0].size())),
      row_(plain(in.type, 1), taps_ - 1 + in.max_slab + kRowSlack),
      weights_(plain(in.type, static_cast<Index>(responses.size())), taps_) {
  with_sample_type(in.type, [&]<class T>() {
    for (std::size_t r = 0; r < responses.size(); ++r) {
      std::transform(responses[r].rbegin(), responses[r].rend(),
                     weights_.slab().as<T>().channel(static_cast<Index>(r)),
                     [](double tap) { return static_cast<T>(tap); });
    }
  });
}

void ShortFilter::take(const Slab& in) noexcept {
  copy_positions(row_.slab().part(taken_, taps_ - 1), row_.slab());
  copy_positions(in, row_.slab().part(taps_ - 1, in.extent));
  taken_ = in.extent;
}

void ShortFilter::give(Index response, const Slab& out) const noexcept {
  with_sample_type(out.type, [&]<class T>() {
    const RowPlane<T> plane = {row_.slab().as<T>().data,
                               weights_.slab().as<const T>().channel(response), taps_};
    RowBlock<T> block;
    block.planes = &plane;
    block.plane_count = 1;
    block.rows = 1;
    block.out = out.as<T>().data;
    block.outputs = 1;
    block.count = taken_;
    accumulate_rows(block);
  });
}

}  // namespace faltung
