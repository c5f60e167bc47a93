// What is said where a plugin or a preset is not there, and where a saved state lies.
//
// All throw Error{configuration}.
#pragma once

#include <string>
#include <vector>

namespace faltung {

[[noreturn]] void refuse_unknown_lv2(const std::string& uri,
                                     const std::vector<std::string>& installed);
[[noreturn]] void refuse_unknown_preset(const std::string& plugin, const std::string& uri,
                                        const std::vector<std::string>& presets);

// The file that describes a saved state: `path` itself, or the one in that folder. Absolute.
std::string lv2_state_file(const std::string& path);

}  // namespace faltung
