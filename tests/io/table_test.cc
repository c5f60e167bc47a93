// Tables of text and raw samples: columns are channels, errors know their place.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmath>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;
using Sample = Encoding::Sample;

namespace {

// Standard input or output, for a while, from or to a file.
class Redirected {
 public:
  Redirected(int descriptor, const std::string& path, int flags)
      : descriptor_(descriptor), kept_(::dup(descriptor)) {
    const int file = ::open(path.c_str(), flags, 0666);
    ::dup2(file, descriptor_);
    ::close(file);
  }
  ~Redirected() {
    ::dup2(kept_, descriptor_);
    ::close(kept_);
  }

 private:
  int descriptor_;
  int kept_;
};

std::string table_error(const Folder& folder, const std::string& text) {
  write_bytes(folder / "t.csv", text);
  const std::string message = load_error(folder / "t.csv");
  const std::string prefix = folder / "t.csv:";
  REQUIRE(message.substr(0, prefix.size()) == prefix);
  return message.substr(prefix.size());
}

}  // namespace

TEST_CASE("io: a table's columns are channels and its clock gives the rate") {
  const Folder folder;
  write_bytes(
      folder / "log.csv",
      "\xef\xbb\xbftime_s,x,\"wind, y\"\r\n0.5,1,-2\r\n0.6,3.25,1e-3\n\n# note\n0.7,+5,nan");
  const Signal table = load(folder / "log.csv", 2);
  CHECK(table.format.channels == 2);
  CHECK(table.format.rate_hz == 10);
  CHECK(table.format.type == SampleType::float64);
  CHECK(table.encoding.time_column);
  CHECK(table.encoding.column_names == std::vector<std::string>{"time_s", "x", "wind, y"});
  REQUIRE(table.samples.size() == 6);
  CHECK(table.samples[1] == 3.25);
  CHECK(table.samples[4] == 1e-3);
  CHECK(std::isnan(table.samples[5]));

  save(table, folder / "again.csv", table.encoding, 1);
  CHECK(read_bytes(folder / "again.csv") ==
        "time_s,x,\"wind, y\"\n0.5,1,-2\n0.6,3.25,0.001\n0.7,5,nan\n");
  CHECK(load(folder / "again.csv", 100).format.rate_hz == 10);
}

TEST_CASE("io: rounded times still give the true rate") {
  const Folder folder;
  std::string text = "t\tecg\n";
  for (int n = 0; n < 2000; ++n) {
    text += std::to_string(std::round(n * 1000 / 360.0) / 1000) + "\t" + std::to_string(n) + "\n";
  }
  write_bytes(folder / "ecg.tsv", text);
  const Signal ecg = load(folder / "ecg.tsv", 100);
  CHECK(ecg.format.rate_hz == doctest::Approx(360).epsilon(1e-3));
  CHECK(ecg.samples.size() == 2000);
  CHECK(ecg.samples[1999] == 1999);
}

TEST_CASE("io: tables go by tabs, commas, semicolons and spaces, with and without names") {
  const Folder folder;
  for (const char* text :
       {"1\t2\n3\t4\n", "1,2\n3,4\n", "1;2\n3;4\n", " 1  2\n3 \t4 \n", "a b\n1 2\n3 4"}) {
    CAPTURE(std::string(text));
    write_bytes(folder / "t.txt", text);
    CHECK(load(folder / "t.txt", 5).samples == std::vector<double>{1, 3, 2, 4});
  }
}

TEST_CASE("io: columns are chosen by name or by number") {
  const Folder folder;
  write_bytes(folder / "t.csv", "time,a,b,c\n0,1,2,3\n1,4,5,6\n");
  SourceOptions options;
  options.columns = {"c", "2"};
  const Signal chosen = load(folder / "t.csv", 5, options);
  CHECK(chosen.samples == std::vector<double>{3, 6, 1, 4});
  CHECK(chosen.encoding.column_names == std::vector<std::string>{"time", "c", "a"});
  options.columns = {"d"};
  try {
    load(folder / "t.csv", 5, options);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == Code::configuration);
    CHECK(std::string(error.what()).find("no column 'd'; allowed are 1 to 4, time, a, b, c") !=
          std::string::npos);
  }
}

TEST_CASE("io: a table's errors name line and column") {
  const Folder folder;
  CHECK(table_error(folder, "a,b\n1,2\n3,x4\n") == "3:3: 'x4' is not a number");
  CHECK(table_error(folder, "1,2\n3,\n") == "2:3: an empty field; a number is needed");
  CHECK(table_error(folder, "1,2\n\n3,4,5\n") == "3:1: 3 fields; the first row has 2");
  CHECK(table_error(folder, "1,2\n3,1e999\n") == "2:3: '1e999' is not a number");
  CHECK(table_error(folder, "t,a\n0,1\n1,1\n2,1\n9,1\n").find("5:1: the time goes from 2") == 0);
  CHECK(table_error(folder, "t,a\n0,1\n0,1\n") == "3:1: the time does not advance");
  CHECK(table_error(folder, "a,b\n") == " has a line of names, but no rows of numbers");
  CHECK(table_error(folder, "# nothing\n\n") == " has no rows of numbers");
}

TEST_CASE("io: numbers in tables return exactly") {
  const Folder folder;
  Signal before;
  before.format.channels = 3;
  before.format.extent = 500;
  before.format.type = SampleType::float64;
  fill(before, [](Index c, Index n) {
    return std::exp(0.37 * static_cast<double>(n - 250) + 0.1 * static_cast<double>(c));
  });
  for (const char* name : {"a.csv", "a.tsv", "a.txt"}) {
    save(before, folder / name, {}, 7);
    CHECK(load(folder / name, 11).samples == before.samples);
  }
}

TEST_CASE("io: a table longer than the reader's buffer is read whole") {
  const Folder folder;
  Signal before;
  before.format.channels = 2;
  before.format.extent = 60000;
  before.format.type = SampleType::float64;
  fill(before, [](Index c, Index n) {
    return static_cast<double>(static_cast<float>(n) * 0.1f + static_cast<float>(c));
  });
  save(before, folder / "a.csv", {}, 1000);
  CHECK(load(folder / "a.csv", 4096).samples == before.samples);
}

TEST_CASE("io: raw samples return from files and through standard input and output") {
  const Folder folder;
  SourceOptions options;
  options.channels = 2;
  options.rate_hz = 8000;
  for (Sample sample : {Sample::f32, Sample::s16}) {
    options.raw_sample = sample;
    Signal before;
    before.format.channels = 2;
    before.format.extent = 40001;
    fill(before,
         [](Index c, Index n) { return static_cast<double>((c * 37 + n * 11) % 256 - 128) / 128; });
    Encoding like;
    like.sample = sample;
    save(before, folder / "a.raw", like, 333);
    CHECK(read_bytes(folder / "a.raw").size() == (sample == Sample::f32 ? 8u : 4u) * 40001);
    const Signal after = load(folder / "a.raw", 100, options);
    CHECK(after.samples == before.samples);
    CHECK(after.format.rate_hz == 8000);
    {
      const Redirected out(STDOUT_FILENO, folder / "b.raw", O_WRONLY | O_CREAT | O_TRUNC);
      save(before, "-", like, 333);
    }
    CHECK(read_bytes(folder / "b.raw") == read_bytes(folder / "a.raw"));
    const Redirected in(STDIN_FILENO, folder / "b.raw", O_RDONLY);
    CHECK(load("-", 777, options).samples == before.samples);
  }
  write_bytes(folder / "odd.f32", "12345");
  CHECK(load_error(folder / "odd.f32").find("truncated: ends 1 bytes into a frame of 4") !=
        std::string::npos);
}

TEST_CASE("io: corrupted tables never do worse than an Error") {
  const Folder folder;
  std::string text = "time,a,b\n";
  for (int n = 0; n < 300; ++n) text += std::to_string(n) + "," + std::to_string(n * n) + ",0.5\n";
  write_bytes(folder / "a.csv", text);
  CHECK(load_mutations(folder / "a.csv", 400) < 400);
}
