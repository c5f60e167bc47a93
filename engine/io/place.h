// Where an array lies in the world, as containers that say less than an affine, or in one unit
// only, can hold it.
#pragma once

#include <string>

#include "engine/io/description.h"

namespace faltung {

// What a container says of it.
enum class PlaceHeld { nothing, spacing, origin, directions };

// The same with origins of the axes in place of an affine: the first element's centre in RAS, or in
// LPS where x runs left and y back. A copy where there is no affine.
Description without_directions(const Description& description);

// Whether the affine says more than origins do: where x, y, z do not run right, front and up.
bool is_turned(const Description& description);

// Where x, y, z run, in letters: "RAS", "LPS", …, "LAS, oblique". Empty without an affine.
std::string directions_text(const Description& description);

// "0.5 x 1 x 2", where an axis of space has no unit of length, but spacing or origin are stated;
// else empty.
std::string unitless_spacing_text(const Description& description);

// Axes of space and affine in `unit`, where every axis has a length for its own; else as they were.
void convert_space(Description& description, const std::string& unit);

}  // namespace faltung
