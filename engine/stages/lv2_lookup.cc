// What is said where a plugin or a preset is not there, and where a saved state lies.
#include "engine/stages/lv2_lookup.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "engine/nd/error.h"
#include "engine/nd/suggestion.h"

namespace faltung {
namespace {

constexpr std::size_t kMostListed = 12;  // names in one message

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

std::string listed(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostListed); ++i) {
    text += (i ? ", " : "") + names[i];
  }
  if (names.size() > kMostListed) {
    text += " and " + std::to_string(names.size() - kMostListed) + " more";
  }
  return names.empty() ? "none" : text;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Those in which the last part of `uri` occurs.
std::vector<std::string> similar(const std::string& uri, const std::vector<std::string>& all) {
  const std::string word = lower(uri.substr(uri.find_last_of("/#:") + 1));
  std::vector<std::string> result;
  for (const std::string& one : all) {
    if (!word.empty() && lower(one).find(word) != std::string::npos) result.push_back(one);
  }
  return result;
}

}  // namespace

void refuse_unknown_lv2(const std::string& uri, const std::vector<std::string>& installed) {
  std::string message = "no LV2 plugin '" + uri + "' is installed";
  const std::string better = suggestion(uri, installed);
  if (!better.empty()) {
    message += "; did you mean '" + better + "'?";
  } else if (const auto like = similar(uri, installed); !like.empty()) {
    message += "; like it: " + listed(like);
  }
  if (installed.size() <= kMostListed) refuse(message + "; there are " + listed(installed));
  refuse(message + "; " + std::to_string(installed.size()) + " are, which `lv2ls` lists");
}

void refuse_unknown_preset(const std::string& plugin, const std::string& uri,
                           const std::vector<std::string>& presets) {
  const std::string better = suggestion(uri, presets);
  refuse("plugin '" + plugin + "' has no preset '" + uri + "'" +
         (better.empty() ? "" : "; did you mean '" + better + "'?") + "; there are " +
         listed(presets));
}

std::string lv2_state_file(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    if (!fs::exists(path, ignored)) refuse(path + ": no such file or folder of a saved state");
    return fs::absolute(path).string();
  }
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(path, ignored)) {
    const fs::path& file = entry.path();
    if (file.extension() == ".ttl" && file.filename() != "manifest.ttl") found.push_back(file);
  }
  if (found.size() != 1) {
    refuse(path + ": has " + std::to_string(found.size()) +
           " .ttl files besides manifest.ttl; a saved state has one");
  }
  return fs::absolute(found[0]).string();
}

}  // namespace faltung
