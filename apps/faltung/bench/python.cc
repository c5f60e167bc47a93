// Python's libraries as peers.
#include "apps/faltung/bench/python.h"

#include "apps/faltung/bench/picture.h"
#include "apps/faltung/configs.h"
#include "apps/faltung/signal_file.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

// The modules that a library of bench_peers.py imports.
std::string modules_of(const std::string& library) {
  if (library == "scipy") return "scipy.ndimage, scipy.signal";
  if (library == "torch") return "torch, numpy";
  if (library == "cv2") return "cv2, numpy";
  return library + ", numpy";
}

// With Faltung's own package, wherever it has been built or installed.
Arguments python() { return {"/usr/bin/env", "PYTHONPATH=" + python_package_path(), kPython}; }

bool can_import(const std::string& modules) {
  if (!has_program(kPython)) return false;
  Arguments arguments = python();
  arguments.insert(arguments.end(), {"-c", "import " + modules});
  return run_process(arguments, "/", "/dev/null").status == 0;
}

}  // namespace

PythonPeers::PythonPeers(const ScratchFolder& scratch, const std::vector<std::string>& libraries)
    : scratch_(scratch) {
  for (const std::string& library : libraries) {
    if (!can_import(modules_of(library))) continue;
    Arguments arguments = python();
    arguments.insert(arguments.end(),
                     {bundled_script("bench_peers.py"), "answer", library, scratch.path()});
    helpers_[library] = std::make_unique<HelperProcess>(arguments);
  }
}

template <class T>
void PythonPeers::load(const std::string& name, const Array<T>& values, const std::string& type) {
  if (helpers_.empty()) return;
  save_npy(scratch_.file(name + ".npy"), values);
  tell_all("load " + name + (type.empty() ? "" : " " + type));
}

template void PythonPeers::load(const std::string&, const Array<float>&, const std::string&);
template void PythonPeers::load(const std::string&, const Array<double>&, const std::string&);

void PythonPeers::set(const std::string& name, Index value) {
  tell_all("set " + name + " " + std::to_string(value));
}

void PythonPeers::set_threads(int threads) { tell_all("threads " + std::to_string(threads)); }

std::string PythonPeers::ask(const std::string& library, const std::string& line) const {
  const auto helper = helpers_.find(library);
  if (helper == helpers_.end()) throw Error(Code::failure, library + " is missing");
  return helper->second->ask(line);
}

std::string PythonPeers::blas_note(const std::string& name, const std::string& library) const {
  if (!has(library)) return "";
  return name + " multiplies with " + ask(library, "blas") +
         " (Debian's reference BLAS, blas/libblas, is slow; libopenblas0 takes its place)";
}

double PythonPeers::seconds(const std::string& library, const std::string& method,
                            double turn_s) const {
  return std::stod(ask(library, "run " + method + " " + std::to_string(turn_s)));
}

Array<double> PythonPeers::result(const std::string& library, int number) const {
  ask(library, "save result.npy " + std::to_string(number));
  return read_signal(scratch_.file("result.npy"), {}).values;
}

BenchPeer PythonPeers::peer(const std::string& name, const std::string& library,
                            const std::string& method, double turn_s,
                            std::function<double(const Array<double>&)> error) const {
  if (!has(library)) return {name, {}, {}};
  return {name, [=, this] { return seconds(library, method, turn_s); },
          [=, this] {
            seconds(library, method, 0);  // another method may have run since
            return error(result(library));
          }};
}

void PythonPeers::tell_all(const std::string& line) const {
  for (const auto& helper : helpers_) helper.second->ask(line);
}

}  // namespace faltung
