// Real transforms of 2^k, 3·2^k and 5·2^k along every axis, whose bins need no order.
//
// Along the last axis as line_tree.h; the other axes are complex and cyclic. Made in pieces of a few
// positions of the first axis, which stay in level 2 while their inner axes are transformed, and in
// strips: columns along the first axis, one after the other in memory, that stay in level 1.
#pragma once

#include <memory>

#include "engine/fft/real_transform.h"

namespace faltung {

// Extents that is_tree_transform allows, at least two axes.
template <class T>
std::shared_ptr<const RealTransform<T>> make_remainder_tree(const Shape& extents);

}  // namespace faltung
