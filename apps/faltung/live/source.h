// The pipeline of a live run as its files say: loaded, watched for changes, changed on demand.
//
// All-or-nothing: whatever is wrong with what the files say now, what they said before stays.
// Contents are compared, not names or times.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/faltung/pipeline_file.h"

namespace faltung {

class LiveSource {
 public:
  // One of both is empty, as for load_pipeline.
  LiveSource(std::string pipeline, std::string kernel);

  // The stage as the files say now. Throws Error.
  StagePtr load();

  // To be called when what load gave has been prepared, and so has read all its files: this is now
  // what changes are compared with.
  void accept();
  // Goes back to what was accepted last.
  void reject();

  const std::string& name() const noexcept { return name_; }
  double rate_hz() const noexcept { return rate_hz_; }
  std::vector<std::string> files() const;  // of what was accepted

  // Whether a file has other contents than what was accepted, and has not changed since the last
  // call: nobody is writing it any more. `closely` reads files whose time and size are the same,
  // and does not wait.
  bool has_changed(bool closely);

  // The kernel of a convolve or correlate stage, by its name ("convolve", "convolve#2"; "" the
  // first). Kept until another pipeline is chosen. Throws Error{configuration}.
  void choose_kernel(const std::string& stage, const std::string& file);
  void choose_pipeline(const std::string& file);

 private:
  struct Stamp {
    long long size = -1, time_ns = -1;
    std::size_t hash = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Choice {
    std::string pipeline, kernel;
    std::map<std::string, std::string> kernels;  // by stage
  };

  static Stamp look(const std::string& file);
  static std::size_t hash_of(const std::string& file);

  Choice chosen_, accepted_;
  std::string name_;
  double rate_hz_ = 0;
  using Stamps = std::map<std::string, Stamp>;
  std::shared_ptr<Stamps> loading_ = std::make_shared<Stamps>();  // grows until it is prepared
  Stamps stamps_, seen_;
};

}  // namespace faltung
