// The words of NRRD headers: fields, types of numbers, spaces.
#pragma once

#include <string>
#include <string_view>

#include "engine/io/affine.h"
#include "engine/io/source.h"

namespace faltung {

Encoding::Sample nrrd_sample(const std::string& type) noexcept;  // in small letters; none: not read
std::string nrrd_type(Encoding::Sample sample);

// The axes of a named space, in small letters; 0 where it has no name, -1 where nothing is called
// so.
int nrrd_space_rank(const std::string& name) noexcept;

// A field's name as it is looked up: "Data File" and "datafile" are one.
std::string nrrd_field(std::string_view name);

// A world's numbers in the space of that name from RAS, and back: it is its own inverse.
Affine in_nrrd_space(const Affine& affine, const std::string& space);

}  // namespace faltung
