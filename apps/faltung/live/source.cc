// The pipeline of a live run as its files say.
#include "apps/faltung/live/source.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>

namespace faltung {

LiveSource::LiveSource(std::string pipeline, std::string kernel)
    : chosen_{std::move(pipeline), std::move(kernel), {}} {}

LiveSource::Stamp LiveSource::look(const std::string& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return {};
  return {info.st_size, info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec, 0};
}

// 0 where there is none.
std::size_t LiveSource::hash_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return 0;
  std::size_t hash = 14695981039346656037U;  // FNV-1a over the hashes of pieces
  std::string piece(1 << 16, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0) {
    const auto count = static_cast<std::size_t>(in.gcount());
    hash = (hash ^ std::hash<std::string_view>{}({piece.data(), count})) * 1099511628211U;
  }
  return hash;
}

StagePtr LiveSource::load() {
  LoadOptions options;
  options.kernels = chosen_.kernels;
  options.on_file = [stamps = loading_](const std::string& file) {
    Stamp stamp = look(file);
    stamp.hash = hash_of(file);
    stamps->insert_or_assign(file, stamp);
  };
  loading_->clear();
  LoadedPipeline loaded = load_pipeline(chosen_.pipeline, chosen_.kernel, options);
  name_ = loaded.name;
  rate_hz_ = loaded.pipeline.rate_hz;
  return std::move(loaded.pipeline.stage);
}

void LiveSource::accept() {
  accepted_ = chosen_;
  stamps_ = seen_ = *loading_;
}

// What was wrong is not tried again before it changes.
void LiveSource::reject() {
  chosen_ = accepted_;
  for (const auto& [file, stamp] : *loading_) stamps_.insert_or_assign(file, stamp);
  seen_ = stamps_;
}

bool LiveSource::has_changed(bool closely) {
  bool changed = false;
  for (auto& [file, known] : stamps_) {
    Stamp now = look(file);
    now.hash = known.hash;
    Stamp& before = seen_[file];
    const bool settled = closely || now == before;
    before = now;
    if (!settled || (now == known && !closely)) continue;
    now.hash = hash_of(file);
    changed = changed || now.hash != known.hash;
    if (now.hash == known.hash) known = before = now;
  }
  return changed;
}

std::vector<std::string> LiveSource::files() const {
  std::vector<std::string> files;
  for (const auto& [file, stamp] : stamps_) files.push_back(file);
  return files;
}

void LiveSource::choose_kernel(const std::string& stage, const std::string& file) {
  const std::string path = std::filesystem::absolute(file).string();
  if (chosen_.kernel.empty()) {
    // The only one may have been chosen by its name before, or without.
    stage.empty() ? chosen_.kernels.clear() : void(chosen_.kernels.erase(""));
    chosen_.kernels[stage] = path;
  } else if (stage.empty() || stage == "convolve") {
    chosen_.kernel = path;
  } else {
    throw Error(Code::configuration, "no stage '" + stage + "'; there is only 'convolve'");
  }
}

void LiveSource::choose_pipeline(const std::string& file) { chosen_ = {file, "", {}}; }

}  // namespace faltung
