// The pictures of `bench growth`: what every solver takes as a problem grows, and which is chosen.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/plots/axes.h"
#include "apps/faltung/plots/canvas.h"

namespace faltung {

struct GrowthPanel {
  struct Sample {
    double x = 0;  // above 0
    double y = 0;  // the same
  };
  struct Curve {
    std::string name;  // of the solver
    std::vector<Sample> samples;
  };
  struct Choice {
    double x = 0;
    std::string solver;
  };
  std::string title;
  std::string x_title;
  std::string y_title;
  std::vector<Curve> curves;
  std::vector<Choice> choices;  // by ascending x
  Curve floor;                  // drawn faintly; may have no samples
};

// Where the choice changes: between two neighbouring problems, in their geometric mean.
struct Switch {
  double x = 0;
  std::string from;
  std::string to;
};
std::vector<Switch> switches(const std::vector<GrowthPanel::Choice>& choices);

// One panel below the other, both axes logarithmic. A solver has the same colour in all panels;
// rings lie where it is chosen, vertical lines where the choice changes.
Canvas plot_growth(const std::vector<GrowthPanel>& panels, const std::string& title);

}  // namespace faltung
