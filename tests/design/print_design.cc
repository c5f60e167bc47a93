// Prints a design's extents, then its values with all their digits: what scipy_test.py compares.
//
//   print_design NAME RATE RANK [PARAMETER=VALUE ...]
#include <cstdio>
#include <string>

#include "engine/design/designs.h"

int main(int argc, char** argv) {
  try {
    faltung::DesignParameters parameters;
    for (int i = 4; i < argc; ++i) {
      const std::string word = argv[i];
      const auto equals = word.find('=');
      parameters[word.substr(0, equals)] = word.substr(equals + 1);
    }
    const auto kernel =
        faltung::make_design(argv[1], parameters, std::stod(argv[2]), std::stoi(argv[3]));
    for (const auto extent : kernel.values.extents()) std::printf("%ld ", extent);
    std::printf("\n");
    for (const double value : kernel.values) std::printf("%.17g\n", value);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
