// Python's libraries as peers: a process for each, kept while a suite runs (bench_peers.py).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/faltung/bench/case.h"
#include "apps/faltung/bench/process.h"
#include "apps/faltung/bench/reference.h"

namespace faltung {

class PythonPeers {
 public:
  // `libraries` are of bench_peers.py: "cv2", "scipy", "torch", "faltung". Those that cannot be
  // imported are missing.
  PythonPeers(const ScratchFolder& scratch, const std::vector<std::string>& libraries);

  bool has(const std::string& library) const { return helpers_.contains(library); }

  // To everyone: an array by name, a number by name, how many threads.
  template <class T>
  void load(const std::string& name, const Array<T>& values, const std::string& type = "");
  void set(const std::string& name, Index value);
  void set_threads(int threads);

  // To one of them. Throws Error{failure} where it is missing.
  std::string ask(const std::string& library, const std::string& line) const;

  // What multiplies its matrices, as a sentence for the notes; empty where it is missing.
  std::string blas_note(const std::string& name, const std::string& library) const;

  // Its fastest call of a turn, in seconds: for a library that is there.
  double seconds(const std::string& library, const std::string& method, double turn_s) const;
  // What its last call left: one of several results.
  Array<double> result(const std::string& library, int number = 0) const;

  // One library's way of doing a case. `error` compares result().
  BenchPeer peer(const std::string& name, const std::string& library, const std::string& method,
                 double turn_s, std::function<double(const Array<double>&)> error) const;

 private:
  void tell_all(const std::string& line) const;

  const ScratchFolder& scratch_;
  std::map<std::string, std::unique_ptr<HelperProcess>> helpers_;
};

}  // namespace faltung
