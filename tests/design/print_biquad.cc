// Prints the sections of a recursive filter, b0 b1 b2 a0 a1 a2 a line: what biquad_test.py
// compares.
//
//   print_biquad TYPE RATE FREQUENCY [ORDER | q=Q | bandwidth_oct=B | slope=S] [GAIN_DB]
#include <cstdio>
#include <string>
#include <vector>

#include "engine/design/biquad.h"

namespace {

void read_width(const std::string& word, faltung::FilterSettings* settings) {
  using faltung::Width;
  const auto equals = word.find('=');
  const std::string key = word.substr(0, equals);
  settings->kind = key == "slope" ? Width::slope : key == "q" ? Width::q : Width::bandwidth_oct;
  settings->width = std::stod(word.substr(equals + 1));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const faltung::FilterType* type = faltung::find_filter_type(argv[1]);
    if (!type) return 1;
    faltung::FilterSettings settings;
    settings.frequency_hz = std::stod(argv[3]);
    const std::string word = argc > 4 ? argv[4] : "2";
    const bool is_order = word.find('=') == std::string::npos;
    if (!is_order) read_width(word, &settings);
    if (argc > 5) settings.gain_db = std::stod(argv[5]);
    const faltung::FilterDesign design(*type, is_order ? std::stoi(word) : 2);
    std::vector<faltung::Section> sections(design.sections());
    design.make(settings, std::stod(argv[2]), sections);
    for (const faltung::Section& section : sections) {
      const faltung::Biquad b = faltung::biquad_of(section);
      std::printf("%.17g %.17g %.17g 1 %.17g %.17g\n", b.b0, b.b1, b.b2, b.a1, b.a2);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
