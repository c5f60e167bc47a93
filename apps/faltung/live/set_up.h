// What an audio thread wants of the machine, where that is permitted.
#pragma once

#include <functional>
#include <string>

#include "engine/io/device.h"

namespace faltung {

// Locks this process' memory, now and later. Where that is not permitted it is said, once, and what
// is there now is brought in. No copies of the process from here on (engine/io/trial.h).
void lock_memory(const std::function<void(const std::string&)>& say);

// Says so where the audio thread has no real-time priority.
void check_priority(const Device& device, const std::function<void(const std::string&)>& say);

// Does it on another thread and throws what it throws, or returns false once `patient` does: then it
// goes on, and the process must end without waiting for it.
bool done_while(const std::function<bool()>& patient, std::function<void()> act);
bool done_within(double seconds, std::function<void()> act);  // the same, for so long

// Device::stop and destruction, or false after `seconds`: then it hangs in the host's library, and
// the process must end without destroying it.
bool close_within(std::unique_ptr<Device>& device, double seconds);

}  // namespace faltung
