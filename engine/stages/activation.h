// Pointwise non-linearities: relu, leaky-relu, sigmoid, tanh, clamp, abs.
#pragma once

#include "engine/stream/stage.h"

namespace faltung {

struct ActivationOptions {
  enum class Kind { relu, leaky_relu, sigmoid, tanh, clamp, abs };
  Kind kind = Kind::relu;
  double slope = 0.01;  // leaky_relu: factor below zero
  double low = 0;       // clamp
  double high = 1;      // clamp

  bool operator==(const ActivationOptions&) const = default;
};

StagePtr make_activation(const ActivationOptions& options);

// In place, for stages that fuse it.
void activate(const ActivationOptions& options, float* samples, Index count) noexcept;
void activate(const ActivationOptions& options, double* samples, Index count) noexcept;

}  // namespace faltung
