// Zarr stores as the table of containers sees them.
#include "engine/io/containers.h"
#include "engine/io/zarr_store.h"

namespace faltung {

std::unique_ptr<Source> open_zarr(const std::string& path, const SourceOptions& options) {
  return make_chunked_source(open_zarr_array(path), options);
}

}  // namespace faltung
