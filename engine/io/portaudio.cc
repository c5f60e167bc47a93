// Sound devices through PortAudio: ALSA, JACK and whatever else it was built with.
//
// PortAudio 19.6 waits up to ten minutes in stop, close and terminate once a JACK server is gone
// (its issue 820): after such a loss nothing of it is called again.
#include <portaudio.h>

#include <fcntl.h>
#include <pa_jack.h>
#include <pa_linux_alsa.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>

#include "engine/io/device.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

// The host libraries write dozens of lines about cards that are not there.
class QuietErrors {
 public:
  QuietErrors() : saved_(dup(STDERR_FILENO)) {
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) return;
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
  }
  ~QuietErrors() {
    if (saved_ < 0) return;
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;

 private:
  int saved_;
};

std::string client_name = "faltung";  // PortAudio keeps a pointer to it

// PortAudio, started while somebody uses it.
class Library {
 public:
  static std::shared_ptr<Library> use() {
    static std::mutex mutex;
    static std::weak_ptr<Library> current;
    const std::lock_guard lock(mutex);
    std::shared_ptr<Library> library = current.lock();
    if (!library) current = library = std::make_shared<Library>();
    return library;
  }

  Library() {
    const QuietErrors quiet;
    PaJack_SetClientName(client_name.c_str());
    const PaError error = Pa_Initialize();
    if (error != paNoError) {
      throw Error(Code::failure, std::string("PortAudio: ") + Pa_GetErrorText(error));
    }
  }
  ~Library() {
    if (abandoned_) return;
    const QuietErrors quiet;
    Pa_Terminate();
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  void abandon() noexcept { abandoned_ = true; }

 private:
  std::atomic<bool> abandoned_{false};
};

bool is_jack(int device) {
  return Pa_GetHostApiInfo(Pa_GetDeviceInfo(device)->hostApi)->type == paJACK;
}

// The host API whose default devices are ours: JACK's where a server runs, for whoever runs one wants
// it; else PortAudio's choice.
const PaHostApiInfo* default_api() {
  const PaHostApiIndex jack = Pa_HostApiTypeIdToHostApiIndex(paJACK);
  if (jack >= 0 && Pa_GetHostApiInfo(jack)->deviceCount > 0) return Pa_GetHostApiInfo(jack);
  const PaHostApiIndex usual = Pa_GetDefaultHostApi();
  return usual >= 0 ? Pa_GetHostApiInfo(usual) : nullptr;
}

std::vector<DeviceInfo> devices_now() {
  std::vector<DeviceInfo> devices;
  const PaHostApiInfo* usual = default_api();
  for (int i = 0; i < Pa_GetDeviceCount(); ++i) {
    const PaDeviceInfo& info = *Pa_GetDeviceInfo(i);
    DeviceInfo device;
    device.index = i;
    device.name = info.name;
    device.api = Pa_GetHostApiInfo(info.hostApi)->name;
    device.inputs = info.maxInputChannels;
    device.outputs = info.maxOutputChannels;
    device.rate_hz = info.defaultSampleRate;
    device.input_latency_s = info.defaultLowInputLatency;
    device.output_latency_s = info.defaultLowOutputLatency;
    device.is_default_input = usual != nullptr && i == usual->defaultInputDevice;
    device.is_default_output = usual != nullptr && i == usual->defaultOutputDevice;
    devices.push_back(device);
  }
  return devices;
}

[[noreturn]] void lose(const std::string& what, PaError error) {
  std::string why = Pa_GetErrorText(error);
  if (error == paUnanticipatedHostError) {
    const PaHostErrorInfo* host = Pa_GetLastHostErrorInfo();
    if (host != nullptr && host->errorText != nullptr && *host->errorText != '\0') {
      why += std::string(" (") + host->errorText + ")";
    }
  }
  throw Error(Code::device_lost, what + ": " + why);
}

struct Direction {
  int device = paNoDevice;
  PaStreamParameters parameters{};
  const PaStreamParameters* pointer() const { return device == paNoDevice ? nullptr : &parameters; }
};

Direction direction(const std::string& wanted, Index channels, bool input, Index block) {
  Direction result;
  if (channels == 0) return result;
  const DeviceInfo device = find_device(wanted, input);
  const Index most = input ? device.inputs : device.outputs;
  if (channels > most) {
    throw Error(Code::configuration, "'" + device.name + "' has " + std::to_string(most) +
                                         (input ? " input" : " output") + " channels; " +
                                         std::to_string(channels) + " were asked for");
  }
  const double low = input ? device.input_latency_s : device.output_latency_s;
  result.device = device.index;
  result.parameters.device = device.index;
  result.parameters.channelCount = static_cast<int>(channels);
  result.parameters.sampleFormat = paFloat32 | paNonInterleaved;
  result.parameters.suggestedLatency =
      block > 0 ? 2 * static_cast<double>(block) / device.rate_hz : low;
  return result;
}

class PortAudioDevice final : public Device {
 public:
  PortAudioDevice(const DeviceRequest& request, DeviceClient& client)
      : library_(Library::use()), client_(client) {
    const Direction in = direction(request.input, request.inputs, true, request.block);
    const Direction out = direction(request.output, request.outputs, false, request.block);
    const int first = in.device != paNoDevice ? in.device : out.device;
    if (first == paNoDevice) throw Error(Code::configuration, "a device needs a channel");
    const PaDeviceInfo& info = *Pa_GetDeviceInfo(first);
    name_ = info.name;
    jack_ = is_jack(first) || (out.device != paNoDevice && is_jack(out.device));
    const double rate = request.rate_hz > 0 ? request.rate_hz : info.defaultSampleRate;
    const QuietErrors quiet;
    const PaError error =
        Pa_OpenStream(&stream_, in.pointer(), out.pointer(), rate, paFramesPerBufferUnspecified,
                      paClipOff | paDitherOff, &PortAudioDevice::entry, this);
    if (error == paInvalidSampleRate) {
      throw Error(Code::configuration, "'" + name_ + "' cannot run at " +
                                           std::to_string(std::llround(rate)) + " Hz; its own is " +
                                           std::to_string(std::llround(info.defaultSampleRate)));
    }
    if (error != paNoError) lose("'" + name_ + "' cannot be opened", error);
    if (!jack_) PaAlsa_EnableRealtimeScheduling(stream_, 1);
  }

  ~PortAudioDevice() override {
    stop();
    if (!must_be_abandoned()) {
      const QuietErrors quiet;
      Pa_CloseStream(stream_);
    }
  }

  void start() override {
    const QuietErrors quiet;
    const PaError error = Pa_StartStream(stream_);
    if (error != paNoError) lose("'" + name_ + "' cannot be started", error);
    started_ = true;
  }

  void stop() noexcept override {
    if (state() == State::lost) {
      if (jack_) library_->abandon();
      return;
    }
    if (!started_) return;
    started_ = false;
    const QuietErrors quiet;
    Pa_StopStream(stream_);
  }

  State state() noexcept override {
    if (lost_) return State::lost;
    if (!started_) return State::stopped;
    lost_ = Pa_IsStreamActive(stream_) != 1;
    return lost_ ? State::lost : State::running;
  }

  double rate_hz() const noexcept override { return Pa_GetStreamInfo(stream_)->sampleRate; }
  // PortAudio 19.6 tells nothing of JACK's: its issue 886.
  double input_latency_s() const noexcept override {
    return Pa_GetStreamInfo(stream_)->inputLatency;
  }
  double output_latency_s() const noexcept override {
    return Pa_GetStreamInfo(stream_)->outputLatency;
  }
  bool must_be_abandoned() const noexcept override { return jack_ && lost_; }

  Priority priority() const noexcept override {
    if (!called_.load(std::memory_order_acquire)) return Priority::unknown;
    int policy = 0;
    sched_param param{};
    if (pthread_getschedparam(thread_, &policy, &param) != 0) return Priority::unknown;
    return policy == SCHED_FIFO || policy == SCHED_RR ? Priority::real_time : Priority::normal;
  }

 private:
  static int entry(const void* in, void* out, unsigned long frames, const PaStreamCallbackTimeInfo*,
                   PaStreamCallbackFlags flags, void* self) {
    auto& device = *static_cast<PortAudioDevice*>(self);
    if (!device.called_.load(std::memory_order_relaxed)) {
      device.thread_ = pthread_self();
      device.called_.store(true, std::memory_order_release);
    }
    device.client_.call({static_cast<const float* const*>(in), static_cast<float* const*>(out),
                         static_cast<Index>(frames),
                         (flags & (paInputOverflow | paInputUnderflow)) != 0,
                         (flags & (paOutputUnderflow | paOutputOverflow)) != 0});
    return paContinue;
  }

  std::shared_ptr<Library> library_;
  DeviceClient& client_;
  PaStream* stream_ = nullptr;
  std::string name_;
  bool jack_ = false, started_ = false, lost_ = false;
  pthread_t thread_{};
  std::atomic<bool> called_{false};
};

}  // namespace

void name_client(const std::string& name) { client_name = name; }

std::vector<DeviceInfo> list_devices() {
  const auto library = Library::use();
  return devices_now();
}

std::unique_ptr<Device> open_device(const DeviceRequest& request, DeviceClient& client) {
  return std::make_unique<PortAudioDevice>(request, client);
}

}  // namespace faltung
