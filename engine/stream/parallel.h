// Branches that all get the same input, merged position by position.
//
// Branches may hold back different amounts: what the faster ones give waits in queues, allocated in
// prepare, so that outputs meet at the same absolute position. A series branch that ends earlier is
// continued with zeros until the longest one ends; images and volumes must agree in extent.
#pragma once

#include <vector>

#include "engine/stream/stage.h"

namespace faltung {

enum class Merge {
  sum,         // a + b + …
  concat,      // channels of a, channels of b, …
  difference,  // a − b − …
  product,     // a · b · …
  magnitude,   // √(a² + b² + …)
};

// Errors (prepare): branches whose channels (except concat), inner extents, rates or, for images
// and volumes, extents differ. At least one branch.
StagePtr make_parallel(std::vector<StagePtr> branches, Merge merge);

}  // namespace faltung
