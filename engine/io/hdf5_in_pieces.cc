// HDF5 files written in pieces: each chunk is a file, and in the end they are put together.
#include <filesystem>

#include "engine/io/file.h"
#include "engine/io/hdf5_chunks.h"
#include "engine/io/staged_folder.h"

namespace faltung {
namespace {

// Where a chunk lies in the folder: "chunks/0/3/1".
std::string name_of(const Shape& chunk) {
  std::string name = kHdf5Pieces;
  for (int axis = 0; axis < chunk.rank(); ++axis) name += "/" + std::to_string(chunk[axis]);
  return name;
}

class InPieces : public ChunkedWriter {
 public:
  InPieces(const Hdf5Place& place, const Hdf5Header& header, const StoreOptions& options)
      : header_(header),
        codecs_(header.codecs),
        place_(place),
        folder_(place.file, place.file, options, is_hdf5_replaceable) {}

  const ChunkedHeader& header() const noexcept override { return header_; }

  void write(const Shape& chunk, Bytes& numbers) override {
    codecs_.encode(numbers);
    folder_.write(name_of(chunk), {numbers.data(), numbers.size()});
  }

  void end_row() override { folder_.flush(); }

  bool has(const Shape& chunk) const override { return folder_.has(name_of(chunk)); }

  bool alone() override { return folder_.alone(); }
  bool shared() const override { return folder_.shared(); }

  void commit(const Shape& shape) override {
    header_.shape = shape;
    try {
      put_together();
    } catch (...) {  // a full disk may go on with the chunks, and needs the room
      std::error_code ignored;
      std::filesystem::remove(folder_.path(StagedFolder::kScratch), ignored);
      throw;
    }
    folder_.commit_file(StagedFolder::kScratch);
  }

 private:
  void put_together() {
    Hdf5Writer writer(folder_.path(StagedFolder::kScratch), place_, header_);
    Bytes stored;
    for_each_chunk([&](const Shape& chunk) {
      if (!has(chunk)) return;
      take(folder_.path(name_of(chunk)), stored);
      writer.write(chunk, stored);
    });
    writer.close();
  }

  void take(const std::string& chunk, Bytes& stored) const {
    try {
      const InputFile file(chunk);
      stored.resize(static_cast<std::size_t>(file.size()));
      stored.resize(static_cast<std::size_t>(file.read_at(stored.data(), file.size(), 0)));
    } catch (const Error& error) {
      folder_.fail(error.what());
    }
  }

  // In the order of the array's numbers, so that the file's bytes are always the same.
  template <class Body>
  void for_each_chunk(Body&& body) const {
    const Shape counts = header_.chunk_counts();
    Shape chunk = counts;
    const Index count = counts.product();
    for (Index i = 0; i < count; ++i) {
      Index rest = i;
      for (int axis = counts.rank() - 1; axis >= 0; --axis) {
        chunk[axis] = rest % counts[axis];
        rest /= counts[axis];
      }
      body(chunk);
    }
  }

  Hdf5Header header_;
  CodecChain codecs_;
  Hdf5Place place_;
  StagedFolder folder_;
};

}  // namespace

std::unique_ptr<ChunkedWriter> write_hdf5_in_pieces(const Hdf5Place& place,
                                                    const Hdf5Header& header,
                                                    const StoreOptions& options) {
  return std::make_unique<InPieces>(place, header, options);
}

}  // namespace faltung
