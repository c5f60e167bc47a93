// libzita-convolver in `bench live`: the only <zita-convolver.h>, where CMake has found it.
#include <algorithm>
#include <cstring>

#include "apps/faltung/bench/live_contender.h"
#include "engine/nd/error.h"

#ifdef FALTUNG_HAS_ZITA
#include <sched.h>
#include <zita-convolver.h>
#endif

namespace faltung {

#ifdef FALTUNG_HAS_ZITA
namespace {

class LiveZita : public LiveContender {
 public:
  LiveZita(const LiveCase& live, const Array<float>& responses, ZitaSetup setup, Pace pace)
      : live_(live), waits_(pace == Pace::back_to_back) {
    // A late worker costs a piece of the tail, not all that follows.
    unsigned options = Convproc::OPT_LATE_CONTIN;
    if (setup == ZitaSetup::best) options |= Convproc::OPT_FFTW_MEASURE | Convproc::OPT_VECTOR_MODE;
    convolver_.set_options(options);
    const auto block = static_cast<unsigned>(live.block);
    require(convolver_.configure(number(live.in_channels), number(live.out_channels),
                                 number(live.taps), block, block, Convproc::MAXPART,
                                 static_cast<float>(live.density())));
    for (std::size_t i = 0; i < live.paths.size(); ++i) add(i, responses);
    // Without real-time rights it starts no thread for SCHED_FIFO, and says nothing.
    require(convolver_.start_process(0, SCHED_OTHER));
  }

  ~LiveZita() override {
    convolver_.stop_process();
    convolver_.cleanup();
  }

  void process(const float* in, Index in_stride, float* out) noexcept override {
    const auto bytes = static_cast<std::size_t>(live_.block) * sizeof(float);
    for (Index c = 0; c < live_.in_channels; ++c) {
      std::memcpy(convolver_.inpdata(number(c)), in + c * in_stride, bytes);
    }
    convolver_.process(waits_);
    for (Index c = 0; c < live_.out_channels; ++c) {
      std::memcpy(out + c * live_.block, convolver_.outdata(number(c)), bytes);
    }
  }

  Index room() const noexcept override { return live_.block; }

 private:
  static unsigned number(Index value) { return static_cast<unsigned>(value); }

  // A response that is there already is linked: it is stored once.
  void add(std::size_t number_of_path, const Array<float>& responses) {
    const Path& path = live_.paths[number_of_path];
    const auto end = live_.paths.begin() + static_cast<std::ptrdiff_t>(number_of_path);
    const auto same = std::find_if(live_.paths.begin(), end, [&](const Path& other) {
      return other.kernel == path.kernel;
    });
    if (same != end) {
      return require(convolver_.impdata_link(number(same->in), number(same->out), number(path.in),
                                             number(path.out)));
    }
    float* taps = const_cast<float*>(responses.data()) + path.kernel * live_.taps;  // only read
    require(convolver_.impdata_create(number(path.in), number(path.out), 1, taps, 0,
                                      static_cast<int>(live_.taps)));
  }

  void require(int status) const {
    if (status == 0) return;
    throw Error(Code::failure,
                live_.name + ": zita-convolver refuses (" + std::to_string(status) + ")");
  }

  const LiveCase live_;
  const bool waits_;
  Convproc convolver_;
};

}  // namespace

bool has_zita() { return true; }

LiveContenderPtr make_live_zita(const LiveCase& live, const Array<float>& responses,
                                ZitaSetup setup, Pace pace) {
  return std::make_unique<LiveZita>(live, responses, setup, pace);
}
#else
bool has_zita() { return false; }

LiveContenderPtr make_live_zita(const LiveCase&, const Array<float>&, ZitaSetup, Pace) {
  return nullptr;
}
#endif

}  // namespace faltung
