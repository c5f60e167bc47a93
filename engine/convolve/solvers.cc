// The solver table: a row for each way of convolving.
#include "engine/convolve/box.h"
#include "engine/convolve/direct.h"
#include "engine/convolve/matrix.h"
#include "engine/convolve/overlap_save.h"
#include "engine/convolve/partitioned.h"
#include "engine/convolve/planner.h"
#include "engine/convolve/separable.h"
#include "engine/convolve/sparse.h"
#include "engine/convolve/winograd.h"

namespace faltung {
namespace {

std::string never(const Problem&) { return ""; }  // it can do everything

}  // namespace

const std::vector<Solver>& solvers() {
  static const std::vector<Solver> table = {
      {"direct", never, direct_candidates},
      {"matrix", why_not_matrix, matrix_candidates},
      {"winograd", why_not_winograd, winograd_candidates},
      {"separable", why_not_separable, separable_candidates},
      {"box", why_not_box, box_candidates},
      {"delta", why_not_delta, delta_candidates},
      {"sparse", why_not_sparse, sparse_candidates},
      {"overlap_save", why_not_overlap_save, overlap_save_candidates},
      {"partitioned", why_not_partitioned, partitioned_candidates},
  };
  return table;
}

}  // namespace faltung
