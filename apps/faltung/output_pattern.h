// Names of outputs by a pattern: "out/{name}_smooth{ext}".
//
//   {name}    the input's name without extension; .nii.gz is one extension
//   {ext}     its extension, with the dot
//   {stem}    its name without what follows the last dot
//   {parent}  the name of the folder it lies in
//   {folder}  where it lies below the folder or pattern it was found by
//   {index}   its number in the batch, from 1; {index:04} with at least four digits
//   {{ }}     the braces themselves
#pragma once

#include <string>

#include "apps/faltung/inputs.h"

namespace faltung {

bool is_output_pattern(const std::string& output);  // holds a brace

// Throws Error{configuration} for a place it does not know or an unmatched brace.
std::string output_name(const std::string& pattern, const Input& input, int index);

}  // namespace faltung
