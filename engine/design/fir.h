// Windowed-sinc filters: low-, high-, band-pass and band-stop with linear phase.
//
// The ideal response is cut to `taps`, centred, and tapered by a window; then scaled to gain 1 at
// DC (low-pass, band-stop), at rate / 2 (high-pass) or in the middle of the band (band-pass), as
// scipy.signal.firwin does with scale=True. At a cutoff the gain is 1/2 (−6 dB). The filter delays
// by (taps − 1) / 2 frames.
// Source: Oppenheim & Schafer, Discrete-Time Signal Processing, 7.5 "Design by windowing".
#pragma once

#include "engine/convolve/kernel.h"
#include "engine/design/window.h"

namespace faltung {

struct FirOptions {
  enum class Type { lowpass, highpass, bandpass, bandstop };
  Type type = Type::lowpass;
  double low_hz = 0;   // the cutoff of a low- or high-pass; the band's lower edge
  double high_hz = 0;  // the band's upper edge; of bandpass and bandstop only
  double rate_hz = 0;
  Index taps = 0;
  Window window = Window::kaiser;
  double attenuation_db = 80;  // of the stop band; the Kaiser window only
};

// Throws Error{configuration}: no rate, edges outside (0, rate / 2) or in wrong order, even taps
// for a filter that passes rate / 2 (its gain there would be 0), taps that are not positive.
Kernel make_fir(const FirOptions& options);

// Taps that take the filter from pass to stop band within `transition_hz` (Kaiser 1974, his
// equation 7.76 in Oppenheim & Schafer); odd, so that every type can have them.
// The attenuation is a stop band's, 8 dB or more: see stop_band_db().
Index estimate_taps(double transition_hz, double rate_hz, double attenuation_db);

}  // namespace faltung
