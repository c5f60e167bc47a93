// Where slabs go: files written under a temporary name, synced and renamed, or standard output.
#pragma once

#include <memory>
#include <string>

#include "engine/io/source.h"

namespace faltung {

class Sink {
 public:
  enum class Reach { file, disk };  // whether a power failure is survived, or only a kill

  // Without a commit before, removes the temporary file: nothing half-written stays.
  virtual ~Sink() = default;

  // Throws Error{output}, also for a full disk.
  virtual void write(const Slab& slab) = 0;

  // Completes the header, syncs and renames: only now the output exists under its name.
  virtual void commit() = 0;

  // For recordings. What was written so far becomes readable under the temporary name, and stays
  // there if the process is killed or interrupted. Containers that cannot do so do nothing.
  virtual void checkpoint(Reach) {}

  // After a write has failed: gives up what came after the last checkpoint and commits the rest.
  // Throws Error{output} where nothing can be kept.
  virtual void salvage();
};

// The container follows from the path's extension; its sample encoding from `like` where the
// container has it, else the container's nearest (values beyond its range are clipped, and
// integers rounded to nearest, ties to even). In sounds and images `like.full_scale` becomes the
// container's own: 16-bit white in a JPEG is 255, and a float image's 1 is white in a PNG.
// `format.extent` must be known for containers that state it first and cannot be mended later
// (PNG, JPEG, .npy with several channels first).
std::unique_ptr<Sink> create_sink(const std::string& path, const Format& format,
                                  const Encoding& like);

// Whether two paths name the same file, also through links; false where either does not exist.
bool same_file(const std::string& a, const std::string& b);

}  // namespace faltung
