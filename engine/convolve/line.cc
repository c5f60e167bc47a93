// One row through one row of taps: a FIR filter, with its long kernels read as rows of segments.
#include "engine/convolve/line.h"

#include "engine/simd/butterflies.h"

namespace faltung {

template <class T>
void accumulate_line(const RowPlane<T>& plane, Index dilation, T* out, Index count, T bias,
                     Start start) noexcept {
  RowBlock<T> block;
  block.planes = &plane;
  block.plane_count = 1;
  block.rows = 1;
  block.dilation = dilation;
  block.out = out;
  block.outputs = 1;
  block.count = count;
  block.bias = &bias;
  block.start = start;
  // Four vectors fill the register block; shorter kernels take what gives them four rows.
  const Index lanes = vector_lanes<T>();
  Index segment = 4 * lanes;
  while (segment > lanes && plane.taps < 4 * segment) segment /= 2;
  const Index run = segment * dilation;
  if (plane.taps < 4 * segment || count < 4 * run) return accumulate_rows(block);

  const Index rows = plane.taps / segment, rest = plane.taps % segment;
  const RowPlane<T> main{plane.samples, plane.weights, segment};
  block.planes = &main;
  block.rows = rows;
  block.row_stride = run;
  block.outputs = count / run;
  block.out_stride = run;
  block.count = run;
  accumulate_rows(block);
  const Index done = block.outputs * run;
  if (rest > 0) {
    const RowPlane<T> last{plane.samples + rows * run, plane.weights + rows * segment, rest};
    RowBlock<T> more = block;
    more.planes = &last;
    more.rows = 1;
    more.outputs = 1;
    more.count = done;
    more.start = Start::accumulate;
    accumulate_rows(more);
  }
  if (done < count) {
    const RowPlane<T> whole{plane.samples + done, plane.weights, plane.taps};
    block.planes = &whole;
    block.rows = 1;
    block.outputs = 1;
    block.out = out + done;
    block.count = count - done;
    accumulate_rows(block);
  }
}

template void accumulate_line(const RowPlane<float>&, Index, float*, Index, float, Start) noexcept;
template void accumulate_line(const RowPlane<double>&, Index, double*, Index, double,
                              Start) noexcept;

}  // namespace faltung
