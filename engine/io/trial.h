// What a library does with a file from a stranger, tried where it does no harm: HDF5's crashes on
// damaged files, goes round in them for ever, or takes what memory there is.
#pragma once

#include <functional>

namespace faltung {

// Runs `body` in a copy of this process (fork), with 5 s of CPU, 128 MB more and no core dump;
// nothing of what it does stays, but an Error that it throws is thrown here. False: the copy died.
// True without a trial where copies cannot be made, or are forgone.
bool survives_trial(const std::function<void()>& body);

// From now on no copies: this process' pages are shared with each for its life, and an audio thread
// would meet page faults.
void forgo_trials() noexcept;

}  // namespace faltung
