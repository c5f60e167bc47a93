// The configurations that can be imported: a parser each.
//
// A parser takes the whole text and its path (for messages, and for the files that it names), and
// never changes anything. What would change the sound and cannot be expressed is an
// Error{configuration} "hall.conf:7: …" that names it; a response that cannot be read is an
// Error{input} of the same form.
#pragma once

#include <string>
#include <string_view>

#include "apps/faltung/import/model.h"

namespace faltung {

// jconvolver and fconvolver: lines of /commands.
bool looks_like_jconvolver(std::string_view text);
ImportedPipeline import_jconvolver(const std::string& text, const std::string& path);

// CamillaDSP, versions 0 to 4: YAML with devices, filters, mixers, pipeline.
bool looks_like_camilladsp(std::string_view text);
ImportedPipeline import_camilladsp(const std::string& text, const std::string& path);

// BruteFIR: coeff, input, output and filter structures. `defaults` is the text of a
// ~/.brutefir_defaults, named `defaults_path`; empty: what BruteFIR writes there by itself.
bool looks_like_brutefir(std::string_view text);
ImportedPipeline import_brutefir(const std::string& text, const std::string& path,
                                 const std::string& defaults, const std::string& defaults_path);

}  // namespace faltung
