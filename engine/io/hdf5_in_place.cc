// HDF5 files written in place: room for all chunks is there from the beginning.
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "engine/io/hdf5_chunks.h"
#include "engine/io/staged_folder.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

// In the folder, with a note for each row of chunks that is in it.
constexpr const char* kFile = "whole.h5";

class InPlace : public ChunkedWriter {
 public:
  InPlace(const Hdf5Place& place, const Hdf5Header& header, const StoreOptions& options)
      : header_(header),
        counts_(header.chunk_counts()),
        folder_(place.file, place.file, options, is_hdf5_replaceable),
        there_(static_cast<std::size_t>(counts_.product()), false) {
    if (folder_.has(kFile)) {
      read_notes();
    } else {
      make_room(place);
    }
    writer_.emplace(folder_.path(kFile), place, header.chunks);
  }

  const ChunkedHeader& header() const noexcept override { return header_; }

  void write(const Shape& chunk, Bytes& numbers) override {
    writer_->write(chunk, numbers);
    row_.push_back(number_of(chunk));
  }

  void end_row() override {
    folder_.sync(kFile);  // before it is said
    std::string note;
    for (Index number : row_) note += std::to_string(number) + '\n';
    folder_.write(std::string(kHdf5Notes) + "/" + std::to_string(row_.front()), note);
    folder_.flush();
    for (Index number : row_) mark(number);
    row_.clear();
  }

  bool has(const Shape& chunk) const override {
    return there_[static_cast<std::size_t>(number_of(chunk))];
  }

  void commit(const Shape& shape) override {
    if (!(shape == header_.shape)) writer_->set_shape(shape);
    writer_->close();
    folder_.commit_file(kFile);
  }

 private:
  // In the order of the array's numbers.
  Index number_of(const Shape& chunk) const {
    Index number = 0;
    for (int axis = 0; axis < chunk.rank(); ++axis) number = number * counts_[axis] + chunk[axis];
    return number;
  }

  void mark(Index number) { there_.at(static_cast<std::size_t>(number)) = true; }

  // Of a job that dies meanwhile, nothing has the file's name. Notes are of a file that has gone
  // to its place.
  void make_room(const Hdf5Place& place) {
    const std::string scratch = folder_.path(StagedFolder::kScratch);
    Hdf5Writer(scratch, place, header_).close();
    std::error_code problem;
    fs::remove_all(folder_.path(kHdf5Notes), problem);
    if (!problem) fs::rename(scratch, folder_.path(kFile), problem);
    if (problem) folder_.fail(problem.message());
  }

  void read_notes() {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder_.path(kHdf5Notes), none)) {
      std::ifstream note(entry.path());
      for (Index number; note >> number;) mark(number);
    }
  }

  Hdf5Header header_;
  Shape counts_;
  StagedFolder folder_;
  std::optional<Hdf5Writer> writer_;
  std::vector<Index> row_;   // written since the last note
  std::vector<bool> there_;  // written and noted
};

}  // namespace

std::unique_ptr<ChunkedWriter> write_hdf5_in_place(const Hdf5Place& place, const Hdf5Header& header,
                                                   const StoreOptions& options) {
  return std::make_unique<InPlace>(place, header, options);
}

}  // namespace faltung
