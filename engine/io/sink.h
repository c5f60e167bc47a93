// Where slabs go: files written under a temporary name, synced and renamed, or standard output.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/io/source.h"

namespace faltung {

// A run of positions of one item.
struct Stretch {
  Index item = 0;
  Index first = 0;
  Index count = 0;
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

class Sink {
 public:
  enum class Reach { file, disk };  // whether a power failure is survived, or only a kill

  // A value v becomes the number v · scale: where these are integers, rounded, and saturated to
  // low … high.
  struct Stored {
    Encoding::Sample sample = Encoding::Sample::none;  // none: as text, or lossy
    double scale = 1;
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
  };
  virtual Stored stored() const { return {}; }

  // Without a commit before, removes the temporary file: nothing half-written stays.
  virtual ~Sink() = default;

  // Throws Error{output}, also for a full disk.
  virtual void write(const Slab& slab) = 0;

  // Completes the header, syncs and renames: only now the output exists under its name. Of several
  // shards the last one does so.
  virtual void commit() = 0;

  // For recordings. What was written so far becomes readable under the temporary name, and stays
  // there if the process is killed or interrupted. Containers that cannot do so do nothing.
  virtual void checkpoint(Reach) {}

  // For outputs in chunks, which a later job can go on with and several jobs can write at a time.
  // Positions that are written together; 0: such an output it is not, and only grows from its
  // beginning to its end.
  virtual Index row_extent() const { return 0; }

  // Which rows earlier jobs have completed, in order, neighbours joined.
  virtual std::vector<Stretch> done() const { return {}; }

  // The next write begins there, at the beginning of a row; what was written before must have ended
  // with a row. Throws Error{failure} otherwise, and for outputs without rows.
  virtual void seek(Index item, Index position);

  // After a write has failed: gives up what came after the last checkpoint and commits the rest.
  // Throws Error{output} where nothing can be kept.
  virtual void salvage();
};

// How an output in chunks is gone on with and shared; others take no notice.
struct StoreOptions {
  // Everything that the output's bytes follow from, by name, in words or as a fingerprint:
  // pipeline, kernels, input, …. Empty: nothing stays of an unfinished output. Otherwise what is
  // complete of it stays, and a job with the same identity goes on there; one with another begins
  // anew.
  std::map<std::string, std::string> identity;
  Index shards = 1;  // jobs that write different rows of this output at the same time
  Index shard = 0;   // which of them this is
  std::function<void(const std::string&)> note;  // "goes on with …", "begins anew: …"
};

// The container follows from the path's extension; its sample encoding from `like` where the
// container has it, else the container's nearest (values beyond its range are clipped, and
// integers rounded to nearest, ties to even). In sounds and images `like.full_scale` becomes the
// container's own: 16-bit white in a JPEG is 255, and a float image's 1 is white in a PNG.
// `format.extent` must be known for containers that state it first and cannot be mended later
// (PNG, JPEG, .npy with several channels first). Throws Error{busy} where another job is writing
// the same output in chunks.
std::unique_ptr<Sink> create_sink(const std::string& path, const Format& format,
                                  const Encoding& like, const StoreOptions& options = {});

// What the path's container does not hold of where an array lies: sentences that follow the path.
std::vector<std::string> lost_place(const std::string& path, const Description& description);

// What writing to create_sink's sink holds in memory beside the slabs, where that grows with the
// signal's inner axes. Nothing is created.
Index sink_memory_bytes(const std::string& path, const Format& format, const Encoding& like);

// Whether two paths name the same file, also through links; false where either does not exist.
bool same_file(const std::string& a, const std::string& b);

// The same for places in files and folders: also where one lies in the other.
bool overlapping(const std::string& a, const std::string& b);

}  // namespace faltung
