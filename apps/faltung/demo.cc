// faltung demo: a voice in a hall, and the edges of an image.
#include "apps/faltung/demo.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "apps/faltung/configs.h"
#include "apps/faltung/interruption.h"
#include "apps/faltung/plots/picture_file.h"
#include "apps/faltung/plots/plots.h"
#include "apps/faltung/processing.h"
#include "apps/faltung/progress.h"
#include "apps/faltung/quantity.h"
#include "apps/faltung/signal_file.h"
#include "apps/faltung/text_table.h"
#include "engine/io/sink.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

// As a user would type it: relative where that leads downward.
std::string short_path(const std::string& path) {
  const std::string relative = fs::relative(path).string();
  return relative.starts_with("..") ? path : relative;
}

// With silence at the end, so that two sounds have the same axis of time.
Array<double> lengthened(const Array<double>& sound, Index frames) {
  const Index channels = sound.extents()[0], had = sound.extents()[1];
  Array<double> longer({channels, std::max(had, frames)});
  for (Index c = 0; c < channels; ++c) {
    std::copy_n(sound.data() + c * had, had, longer.data() + c * longer.extents()[1]);
  }
  return longer;
}

// One picture above the other.
Canvas stacked(const Canvas& above, const Canvas& below) {
  Canvas both(std::max(above.width(), below.width()), above.height() + below.height());
  both.paste(above, 0, 0);
  both.paste(below, 0, above.height());
  return both;
}

// Stores a bundled sound as WAV, which everything plays.
void copy_sound(const std::string& from, const std::string& to) {
  const auto source = open_source(from, {});
  Format format = source->format();
  format.max_slab = 1 << 16;
  Encoding like = source->encoding();
  const auto sink = create_sink(to, format, like);
  Buffer<char> memory(slab_samples(format, format.max_slab) * size_of(format.type));
  Slab slab;
  slab.type = format.type;
  slab.data = memory.data();
  slab.channels = format.channels;
  slab.extent = format.max_slab;
  slab.channel_stride = format.max_slab;
  while (const Index count = source->read(slab)) sink->write(slab.part(0, count));
  sink->commit();
}

class Demo {
 public:
  explicit Demo(const DemoOptions& options)
      : options_(options), folder_(options.folder), machine_(options.general) {
    make_folder(options.folder);
  }

  void sound() {
    say("A voice in a concert hall: every sample sets off the hall's whole response.");
    const std::string speech = bundled("data/speech.flac");
    copy_sound(speech, wrote("speech.wav", "the voice by itself"));
    const std::string wet = wrote("speech-in-hall.wav", "the voice in the hall");
    convolve("hall.yaml", speech, wet);
    const Signal after = read_signal(wet, {});
    const Array<double> before = lengthened(read_signal(speech, {}).values, *after.format.extent);
    const double rate_hz = after.format.rate_hz;
    save_picture(stacked(waveform(before, rate_hz, "The voice by itself"),
                         waveform(after.values, rate_hz, "The voice in the hall")),
                 wrote("waveform.png", "both over time"));
    save_picture(stacked(spectrogram(before, rate_hz, "The voice by itself"),
                         spectrogram(after.values, rate_hz, "The voice in the hall")),
                 wrote("spectrogram.png", "both over time and frequency"));
    list_written();
  }

  void image() {
    say("The edges of a photograph: the gradient's magnitude, from two small kernels.");
    const std::string photograph = bundled("data/photographer.png");
    const std::string edges = wrote("edges.png", "the edges");
    convolve("edges.yaml", photograph, edges);
    const Signal before = read_signal(photograph, {});
    const Signal after = read_signal(edges, {});
    save_picture(before_after(picture(before.values, before.encoding.full_scale), "before",
                              picture(after.values, after.encoding.full_scale), "after",
                              "Edges: Sobel, magnitude"),
                 wrote("edges-before-after.png", "the photograph and its edges, side by side"));
    list_written();
  }

 private:
  void say(const std::string& text) const {
    if (!options_.general.quiet) std::cout << text << '\n';
  }

  // The full path of a result, which list_written() will name.
  std::string wrote(const std::string& name, const std::string& what) {
    written_.add({(folder_ / name).string(), what});
    return (folder_ / name).string();
  }

  void list_written() {
    say(written_.text("  "));
    written_ = columns();
  }

  void convolve(const std::string& config, const std::string& input, const std::string& output) {
    LoadedPipeline loaded = load_pipeline(bundled(config), "");
    const Processed done =
        process({input, output, {}, {}}, loaded, machine_, ProcessingOptions{options_.general});
    say("  faltung run " + short_path(bundled(config)) + " " + short_path(input) + " -o " + output);
    say("  " + done.in.text() + " -> " + done.out.text());
    say("  in " + quantity(done.seconds, "s") + " with reading and writing, " +
        quantity(done.compute_s, "s") + " of it computing: " +
        rate_text(done.in, done.taken, done.seconds));
  }

  static TextTable columns() { return TextTable({TextTable::Align::left, TextTable::Align::left}); }

  const DemoOptions& options_;
  const fs::path folder_;
  Machine machine_;
  TextTable written_ = columns();
};

}  // namespace

int run_demo(const DemoOptions& options) {
  const Interruption interruption;
  Demo demo(options);
  demo.sound();
  demo.image();
  return 0;
}

}  // namespace faltung
