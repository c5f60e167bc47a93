// An HDF5 file as the library sees it that only reads: our own file, and nothing outside it.
#pragma once

#include "engine/io/hdf5_library.h"

namespace faltung {

// For H5Pset_driver; the caller holds an Hdf5Lock.
hid_t hdf5_input_driver();

}  // namespace faltung
