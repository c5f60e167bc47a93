// A kernel slid over one plane: every instruction set, extents, padding, and memory around it.
#include "engine/simd/slide_kernel.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <vector>

#include "engine/simd/targets.h"

using namespace faltung;

namespace {

// Memory that ends where it ends: beyond lies a page that nobody may touch, before it too.
class Fenced {
 public:
  explicit Fenced(std::size_t bytes)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
        inside_((bytes + page_ - 1) / page_ * page_),
        bytes_(bytes) {
    memory_ = static_cast<char*>(mmap(nullptr, inside_ + 2 * page_, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(memory_, page_, PROT_NONE);
    mprotect(memory_ + page_ + inside_, page_, PROT_NONE);
  }
  Fenced(const Fenced&) = delete;
  ~Fenced() { munmap(memory_, inside_ + 2 * page_); }
  char* first() { return memory_ + page_; }
  char* last() { return memory_ + page_ + inside_ - bytes_; }  // ends at the fence

 private:
  std::size_t page_, inside_, bytes_;
  char* memory_;
};

template <class T>
T sample(Index n) {
  return static_cast<T>(static_cast<double>(n * 7919 % 1000) / 500.0 - 1);
}

template <class T>
T expected_at(const SlidPlane<T>& p, Index row, Index column) {
  T sum = p.bias;
  for (Index r = 0; r < p.taps; ++r) {
    for (Index k = 0; k < p.taps; ++k) {
      const Index y = row + r - p.rows_before, x = column + k - p.columns_before;
      const bool inside = y >= 0 && y < p.rows && x >= 0 && x < p.columns;
      sum = std::fma(p.weights[r * p.taps + k], inside ? p.in[y * p.columns + x] : T(0), sum);
    }
  }
  return sum;
}

// Instruction sets without fused multiply-adds round twice.
template <class T>
bool agree(T found, T expected, bool fused) {
  const double bound = fused ? 0 : 64 * static_cast<double>(std::numeric_limits<T>::epsilon());
  return std::abs(static_cast<double>(found) - static_cast<double>(expected)) <= bound;
}

template <class T>
void check_plane(SlidPlane<T> p, Index rows_after, Index columns_after, bool at_end, bool fused) {
  p.out_rows = p.rows + p.rows_before + rows_after - p.taps + 1;
  p.out_columns = p.columns + p.columns_before + columns_after - p.taps + 1;
  if (p.out_rows < 1 || p.out_columns < 1) return;
  Fenced memory(static_cast<std::size_t>(p.rows * p.columns) * sizeof(T));
  T* in = reinterpret_cast<T*>(at_end ? memory.last() : memory.first());
  for (Index n = 0; n < p.rows * p.columns; ++n) in[n] = sample<T>(n);
  p.in = in;
  std::vector<T> weights, scratch(static_cast<std::size_t>(slid_scratch(p)));
  for (Index k = 0; k < p.taps * p.taps; ++k) weights.push_back(sample<T>(3 * k + 5));
  p.weights = weights.data();
  p.bias = T(0.25);
  p.scratch = scratch.data();
  const auto size = static_cast<std::size_t>(p.out_rows * p.out_columns);
  std::vector<T> out(size + 1, T(77));
  p.out = out.data();
  slide_kernel(p);
  CHECK(out[size] == T(77));
  bool same = true;
  for (Index row = 0; row < p.out_rows; ++row) {
    for (Index x = 0; x < p.out_columns; ++x) {
      const T found = out[static_cast<std::size_t>(row * p.out_columns + x)];
      same = same && agree(found, expected_at(p, row, x), fused);
    }
  }
  CHECK(same);
}

template <class T>
void check_padding(SlidPlane<T> p, bool fused) {
  for (const Index before : {Index{0}, p.taps / 2, p.taps - 1}) {
    for (const Index after : {Index{0}, p.taps / 2, p.taps - 1}) {
      p.rows_before = p.columns_before = before;
      check_plane(p, after, after, false, fused);
      check_plane(p, after, after, true, fused);
      p.rows_before = p.taps - 1 - before;
      check_plane(p, before, after, true, fused);
    }
  }
}

template <class T>
void check_extents(bool fused) {
  for (const Index taps : {3, 5}) {
    for (const Index rows : {1, 2, 5, 14, 19}) {
      for (const Index columns : {1, 3, 7, 14, 16, 17, 33, 56, 112}) {
        SlidPlane<T> p;
        p.taps = taps;
        p.rows = rows;
        p.columns = columns;
        CAPTURE(rows);
        CAPTURE(columns);
        check_padding(p, fused);
      }
    }
  }
}

}  // namespace

TEST_CASE("slide_kernel: one sequence of fused multiply-adds, and nothing read beyond the plane") {
  for (const std::string& target : simd_targets()) {
    CAPTURE(target);
    force_simd_target(target);
    const bool fused = target != "SSE4" && target != "SCALAR";
    check_extents<float>(fused);
    check_extents<double>(fused);
  }
  force_simd_target("");
}

TEST_CASE("slide_kernel: what lies beside a plane may be read and does not matter") {
  std::vector<float> in(3 * 14 * 14), weights(9, 1.0f), out(14 * 14), alone(out.size());
  for (std::size_t n = 0; n < in.size(); ++n) in[n] = sample<float>(static_cast<Index>(n));
  SlidPlane<float> p;
  p.in = in.data() + 14 * 14;
  p.rows = p.columns = p.out_rows = p.out_columns = 14;
  p.rows_before = p.columns_before = 1;
  p.weights = weights.data();
  std::vector<float> scratch(static_cast<std::size_t>(slid_scratch(p)));
  p.scratch = scratch.data();
  p.out = alone.data();
  slide_kernel(p);
  p.readable_before = p.readable_after = 14 * 14;
  p.out = out.data();
  slide_kernel(p);
  CHECK(out == alone);
  for (const std::size_t n : {std::size_t{0}, std::size_t{13}, std::size_t{195}}) {
    CHECK(out[n] == expected_at(p, static_cast<Index>(n) / 14, static_cast<Index>(n) % 14));
  }
}
