// An HDF5 file as the library sees it that only reads: our own file, and nothing outside it.
//
// The library's own drivers ask for a buffer of recent metadata, which in HDF5 1.10.8 takes an
// address of all ones for one that it holds, and crashes (H5F__accum_read). This one asks for none;
// metadata are kept by the library's cache.
#include "engine/io/hdf5_input.h"

#include <sys/file.h>

#include <cerrno>
#include <cstdint>

#include "engine/io/file.h"

namespace faltung {
namespace {

struct Input : H5FD_t {
  explicit Input(const char* path) : H5FD_t{}, file(path) {}

  InputFile file;
  haddr_t end_of_use = 0;  // kept for the library
};

struct Room {
  const void* to = nullptr;
  std::size_t bytes = 0;
};
Room guarded;

Input& input_of(H5FD_t* file) { return *static_cast<Input*>(file); }
const Input& input_of(const H5FD_t* file) { return *static_cast<const Input*>(file); }

// The library does not let exceptions pass.
H5FD_t* open(const char* path, unsigned flags, hid_t, haddr_t) {
  if ((flags & H5F_ACC_RDWR) != 0) return nullptr;
  try {
    return new Input(path);
  } catch (const std::exception&) {
    return nullptr;
  }
}

herr_t close(H5FD_t* file) {
  delete &input_of(file);
  return 0;
}

herr_t read(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t bytes, void* to) {
  const InputFile& input = input_of(file).file;
  const auto size = static_cast<haddr_t>(input.size());
  if (address > size || bytes > size - address) return -1;
  if (to == guarded.to && bytes != guarded.bytes) return -1;
  const auto count = static_cast<Index>(bytes);
  try {
    return input.read_at(to, count, static_cast<Index>(address)) == count ? 0 : -1;
  } catch (const std::exception&) {
    return -1;
  }
}

// Who writes the file holds it alone; a file system without locks is none of our business.
herr_t lock(H5FD_t* file, hbool_t) {
  const bool held = flock(input_of(file).file.descriptor(), LOCK_SH | LOCK_NB) != 0;
  return held && errno == EWOULDBLOCK ? -1 : 0;
}

H5FD_class_t driver() {
  H5FD_class_t driver{};
  driver.name = "faltung";
  driver.maxaddr = INT64_MAX;
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.open = open;
  driver.close = close;
  driver.query = [](const H5FD_t*, unsigned long* features) -> herr_t { return *features = 0, 0; };
  driver.get_eoa = [](const H5FD_t* file, H5FD_mem_t) { return input_of(file).end_of_use; };
  driver.set_eoa = [](H5FD_t* file, H5FD_mem_t, haddr_t end) -> herr_t {
    return input_of(file).end_of_use = end, 0;
  };
  driver.get_eof = [](const H5FD_t* file, H5FD_mem_t) {
    return static_cast<haddr_t>(input_of(file).file.size());
  };
  driver.read = read;
  driver.write = [](H5FD_t*, H5FD_mem_t, hid_t, haddr_t, std::size_t, const void*) -> herr_t {
    return -1;
  };
  driver.lock = lock;
  return driver;
}

}  // namespace

Hdf5Room::Hdf5Room(const void* room, std::size_t bytes) noexcept { guarded = {room, bytes}; }
Hdf5Room::~Hdf5Room() { guarded = {}; }

Hdf5Handle open_hdf5_input(const std::string& path) {
  static const H5FD_class_t kDriver = driver();
  static const hid_t id = H5FDregister(&kDriver);
  const Hdf5Handle reading(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_driver(reading, id, nullptr);
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, reading), H5Fclose};
}

}  // namespace faltung
