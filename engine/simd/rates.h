// What this machine can do at most: its fused multiply-add rate and its copy rate, measured.
//
// The floor that every benchmark names. Takes some milliseconds; reads the clock, therefore used
// by calibration and benchmarks only.
#pragma once

namespace faltung {

// Floating-point operations per second of one thread on registers alone (a multiply-add is two).
template <class T>
double fma_rate();
template <>
double fma_rate<float>();
template <>
double fma_rate<double>();

// Bytes per second read and written (each byte counted once) when copying arrays of `bytes`.
double copy_rate(long bytes);

}  // namespace faltung
