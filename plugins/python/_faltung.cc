// The module _faltung: its parts, its threads, its errors.
#include "plugins/python/machine.h"
#include "plugins/python/module.h"

PYBIND11_MODULE(_faltung, module) {
  using namespace faltung;
  module.doc() = "The engine's door: see the modules of the package faltung.";
  py::register_exception_translator([](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const Error& e) {
      PyErr_SetString(PyExc_ValueError, e.what());
    }
  });
  define_convolution(module);
  define_gradients(module);
  define_pooling(module);
  define_layers(module);
  define_stream(module);
  define_pipeline(module);
  define_filters(module);
  define_series(module);
  module.def("set_threads", &set_threads, py::arg("threads"));
  module.def("threads", [] { return workers()->threads(); });
}
