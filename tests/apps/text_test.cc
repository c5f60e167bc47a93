// Numbers, tables, shapes and the progress line as people read and write them.
#include <doctest/doctest.h>

#include "apps/faltung/progress.h"
#include "apps/faltung/quantity.h"
#include "apps/faltung/signal_shape.h"
#include "apps/faltung/text_table.h"

namespace faltung {

TEST_CASE("quantity: three digits and a prefix") {
  CHECK(quantity(0, "s") == "0 s");
  CHECK(quantity(1.234e-8, "s") == "12.3 ns");
  CHECK(quantity(1, "s") == "1.00 s");
  CHECK(quantity(999.4, "B") == "999 B");
  CHECK(quantity(999.6, "B") == "1.00 kB");
  CHECK(quantity(2.16e11, "FLOP") == "216 GFLOP");
  CHECK(quantity(-0.0025, "s") == "-2.50 ms");
}

TEST_CASE("text_table: columns line up, by characters and not by bytes") {
  using Align = TextTable::Align;
  TextTable table({Align::left, Align::right, Align::left});
  table.add({"a", "1 µs", "x"});
  table.add({"bcd", "10 ns", ""});
  CHECK(table.text("> ") == "> a     1 µs  x\n> bcd  10 ns\n");
}

TEST_CASE("progress: shows share, rate and time left") {
  Format sound;
  sound.rate_hz = 48000;
  sound.extent = 4800000;
  CHECK(progress_line("a.wav", sound, 1200000, 2, 200) ==
        "a.wav  [######------------------]   25%  12 x real time, 0:06 left");
  sound.extent.reset();
  CHECK(progress_line("a.wav", sound, 48000, 2, 200) == "a.wav  0:02  0.5 x real time");
  CHECK(progress_line("a.wav", sound, 48000, 2, 10).size() == 10);
}

TEST_CASE("progress: what was done before counts for the bar and not for the rate") {
  Format volume;
  volume.inner = {8, 8};
  volume.extent = 100;
  CHECK(progress_line("a.zarr", volume, 75, 5, 200, nullptr, 50) ==
        "a.zarr  [##################------]   75%  5.0 slices/s, 0:05 left");
  CHECK(progress_line("a.zarr", volume, 50, 5, 200, nullptr, 50).find("left") == std::string::npos);
}

TEST_CASE("progress: a batch says its place, and the time left of all its inputs") {
  BatchProgress batch({100, 300, 400});
  batch.next();
  BatchPlace place = batch.place();
  CHECK(place.text == "2/3 ");
  CHECK(place.before == 0.125);
  CHECK(place.share == 0.375);
  batch.count_failure();
  CHECK(batch.place().text == "2/3 (1 failed) ");
  Format sound;
  sound.rate_hz = 48000;
  sound.extent = 4800000;
  place.seconds = 10;
  CHECK(progress_line("b.wav", sound, 3200000, 4, 200, &place) ==
        "2/3 b.wav  [#########---------------]   38%  17 x real time, 0:17 left");
  CHECK(BatchProgress({0, 300}).place().share == 0.5);  // one is a pipe, say
}

TEST_CASE("progress: images pass by in rows, volumes in slices") {
  Format image;
  image.inner = {640};
  CHECK(rate_text(image, 480, 2) == "240 rows/s");
  image.inner = {480, 640};
  CHECK(rate_text(image, 10, 2) == "5.0 slices/s");
}

TEST_CASE("signal_shape: reads channels and extents") {
  const Format sound = format_of_shape("2x480000", 0);
  CHECK(sound.channels == 2);
  CHECK(sound.extent == 480000);
  CHECK(sound.rate_hz == 48000);
  const Format image = format_of_shape("3x1080x1920", 0);
  CHECK(image.inner == Shape{1920});
  CHECK(image.rate_hz == 0);
  for (const char* wrong : {"", "2", "2x", "x2", "2x0", "2x-1", "2x3x", "ax3", "2 x 3", "2X3",
                            "1x1x1x1x1x1x1x1x1", "4294967296x4294967296"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(format_of_shape(wrong, 0), Error);
  }
}

}  // namespace faltung
