// A measuring JACK client: plays a WAV into ports and records others, aligned frame by frame.
//
//   jack_probe --in IN.wav --to PORTS --out OUT.wav --from PORTS [--freewheel] [--tail N]
//              [--blocks N,N,…] [--align N] [--patience S]
//
// PORTS is a list separated by commas; `live:in_*` stands for all ports that begin so, in the
// server's order. OUT.wav (float32) has as many channels as --from has ports, and IN's frames plus
// the tail (4096): its frame n was recorded in the frame in which IN's frame n was played. Two
// clients, one playing, one recording, so that there is no feedback, which JACK delays.
// --blocks changes the server's block size under way, at even distances: frames are then counted,
// for the server's time jumps, and it may let a client miss a block: silence in the recording, or a
// gap. --align begins at a multiple of N in the server's frame time.
//
// Prints one line: rate, block, frames, xruns, gaps, first_in, first_out (frames that are not zero,
// −1: none). Status 0: every frame was seen; 1: gaps, a server that went away, in real time xruns;
// 2: usage, files or ports; 69: no server.
#include <jack/jack.h>
#include <sndfile.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kUnavailable = 69;
constexpr std::int64_t kNowhere = INT64_MIN / 2;
constexpr std::int64_t kLeadBlocks = 8;  // between the command to begin and the first frame

struct Unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

struct Options {
  std::string in, out;
  std::vector<std::string> to, from;
  std::vector<jack_nframes_t> blocks;
  std::int64_t tail = 4096, align = 1;
  double patience_s = 120;
  bool freewheel = false;
};

Options read_options(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (name == "--freewheel") {
      options.freewheel = true;
      continue;
    }
    if (++i == count) throw std::invalid_argument(name + " needs a value");
    const std::string value = arguments[i];
    if (name == "--in") options.in = value;
    else if (name == "--out") options.out = value;
    else if (name == "--to") options.to = split(value);
    else if (name == "--from") options.from = split(value);
    else if (name == "--tail") options.tail = std::stol(value);
    else if (name == "--align") options.align = std::stol(value);
    else if (name == "--patience") options.patience_s = std::stod(value);
    else if (name == "--blocks")
      for (const std::string& n : split(value))
        options.blocks.push_back(static_cast<jack_nframes_t>(std::stoul(n)));
    else throw std::invalid_argument("unknown option " + name);
  }
  if (options.in.empty() || options.out.empty() || options.to.empty() || options.from.empty())
    throw std::invalid_argument("--in, --to, --out and --from are needed");
  return options;
}

struct Sound {
  int rate = 0;
  std::size_t channels = 0;
  std::int64_t frames = 0;
  std::vector<float> samples;  // interleaved
  float& at(std::int64_t frame, std::size_t channel) {
    return samples[static_cast<std::size_t>(frame) * channels + channel];
  }
  std::int64_t first_sound() {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (samples[i] != 0) return static_cast<std::int64_t>(i / channels);
    }
    return -1;
  }
};

Sound read_sound(const std::string& path) {
  SF_INFO info{};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
  if (!file) throw std::runtime_error(path + ": " + sf_strerror(nullptr));
  Sound sound{info.samplerate, static_cast<std::size_t>(info.channels), info.frames, {}};
  sound.samples.resize(static_cast<std::size_t>(info.frames * info.channels));
  sf_readf_float(file, sound.samples.data(), info.frames);
  sf_close(file);
  return sound;
}

void write_sound(const std::string& path, const Sound& sound) {
  SF_INFO info{};
  info.samplerate = sound.rate;
  info.channels = static_cast<int>(sound.channels);
  info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (!file || sf_writef_float(file, sound.samples.data(), sound.frames) != sound.frames ||
      sf_close(file) != 0) {
    throw std::runtime_error(path + ": " + sf_strerror(file));
  }
}

// What both clients share: where the sound begins, in the server's frame time, and what happened.
struct Take {
  std::atomic<bool> armed{false}, done{false}, lost{false}, freewheels{false};
  std::atomic<std::int64_t> start{-1}, recorded{0}, played{kNowhere};
  std::atomic<int> xruns{0}, gaps{0};
  bool counts = false;  // frames by number, not by time, which jumps where blocks change
};

// A client with ports, called once a block with the frame of the sound at which the block begins.
class Client {
 public:
  Client(const char* name, std::size_t ports, unsigned long direction, Take& take, Sound& sound)
      : take_(take), sound_(sound), buffers_(ports) {
    client_ = jack_client_open(name, JackNoStartServer, nullptr);
    if (!client_) throw Unavailable("no JACK server");
    const char* prefix = direction == JackPortIsOutput ? "out_" : "in_";
    for (std::size_t p = 0; p < ports; ++p) {
      ports_.push_back(jack_port_register(client_, (prefix + std::to_string(p + 1)).c_str(),
                                          JACK_DEFAULT_AUDIO_TYPE, direction | JackPortIsTerminal,
                                          0));
      if (!ports_.back()) throw std::runtime_error("the server has no more ports");
    }
    jack_set_process_callback(client_, called, this);
    jack_set_xrun_callback(client_, xrun, &take_);
    jack_set_freewheel_callback(client_, freewheel, &take_);
    jack_on_shutdown(client_, shut_down, &take_);
  }
  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  jack_client_t* handle() const { return client_; }
  const char* port(std::size_t p) const { return jack_port_name(ports_[p]); }

 protected:
  // By the destructors of those that have a block: none may be on its way then.
  void close() {
    if (!take_.lost) jack_client_close(client_);  // with a dead server this may hang
  }
  virtual void block(std::int64_t frame, std::int64_t frames) = 0;
  virtual bool begins() const { return false; }

  Take& take_;
  Sound& sound_;
  std::vector<float*> buffers_;
  std::int64_t align_ = 1;

 private:
  // The start is decided here, so that it lies in no block that has gone by.
  void decide_start(std::int64_t now, std::int64_t frames) {
    if (!begins() || !take_.armed.exchange(false)) return;
    const std::int64_t earliest = now + kLeadBlocks * frames;
    take_.start = (earliest + align_ - 1) / align_ * align_;
  }
  // Where this block lies in the sound.
  std::int64_t place(std::int64_t now, std::int64_t frames) {
    if (take_.start < 0) return -frames;
    if (!take_.counts) return now - take_.start;
    if (!begins()) return take_.played;  // the player's turn comes earlier in every cycle
    position_ = position_ == kNowhere ? now - take_.start : position_ + last_;
    last_ = frames;
    return take_.played = position_;
  }
  static int called(jack_nframes_t count, void* self) {
    Client& me = *static_cast<Client*>(self);
    const auto now = static_cast<std::int64_t>(jack_last_frame_time(me.client_));
    const auto frames = static_cast<std::int64_t>(count);
    me.decide_start(now, frames);
    for (std::size_t p = 0; p < me.ports_.size(); ++p)
      me.buffers_[p] = static_cast<float*>(jack_port_get_buffer(me.ports_[p], count));
    const std::int64_t frame = me.place(now, frames);
    const bool running = me.take_.start >= 0 && !me.take_.done;
    if (running && me.expected_ != kNowhere && frame != me.expected_) ++me.take_.gaps;
    me.expected_ = me.take_.start >= 0 ? frame + frames : kNowhere;
    me.block(frame, frames);
    return 0;
  }
  static int xrun(void* take) {
    Take& mine = *static_cast<Take*>(take);
    if (mine.start >= 0 && !mine.done && !mine.counts) ++mine.xruns;
    return 0;
  }
  static void freewheel(int on, void* take) { static_cast<Take*>(take)->freewheels = on != 0; }
  static void shut_down(void* take) { static_cast<Take*>(take)->lost = true; }

  jack_client_t* client_;
  std::vector<jack_port_t*> ports_;
  std::int64_t expected_ = kNowhere, position_ = kNowhere, last_ = 0;
};

class Player final : public Client {
 public:
  Player(std::size_t ports, Take& take, Sound& sound, std::int64_t align)
      : Client("probe_play", ports, JackPortIsOutput, take, sound) {
    align_ = align;
  }
  ~Player() override { close(); }

 private:
  bool begins() const override { return true; }
  void block(std::int64_t frame, std::int64_t frames) override {
    for (std::size_t c = 0; c < buffers_.size(); ++c) {
      for (std::int64_t n = 0; n < frames; ++n) {
        const bool sounds = frame + n >= 0 && frame + n < sound_.frames;
        buffers_[c][n] = sounds ? sound_.at(frame + n, c) : 0.0f;
      }
    }
  }
};

class Recorder final : public Client {
 public:
  Recorder(std::size_t ports, Take& take, Sound& sound)
      : Client("probe_record", ports, JackPortIsInput, take, sound) {}
  ~Recorder() override { close(); }

 private:
  void block(std::int64_t frame, std::int64_t frames) override {
    if (take_.done) return;
    for (std::size_t c = 0; c < buffers_.size(); ++c) {
      for (std::int64_t n = 0; n < frames; ++n) {
        if (frame + n >= 0 && frame + n < sound_.frames) sound_.at(frame + n, c) = buffers_[c][n];
      }
    }
    take_.recorded = frame + frames;
    if (frame + frames >= sound_.frames) take_.done = true;
  }
};

bool wait_until(double seconds, auto&& condition) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (!condition()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// Names as the server knows them; waits for them to appear.
std::vector<std::string> find_ports(jack_client_t* client, const std::vector<std::string>& wanted,
                                    unsigned long direction, double patience_s) {
  std::vector<std::string> found;
  for (const std::string& name : wanted) {
    const bool open = name.ends_with('*');
    const std::string start = open ? name.substr(0, name.size() - 1) : name;
    const std::size_t before = found.size();
    wait_until(patience_s, [&] {
      const char** all = jack_get_ports(client, nullptr, JACK_DEFAULT_AUDIO_TYPE, direction);
      for (const char** one = all; one && *one; ++one) {
        if (open ? std::string(*one).starts_with(start) : start == *one) found.push_back(*one);
      }
      jack_free(all);
      return found.size() > before;
    });
    if (found.size() == before) throw std::runtime_error("no port " + name);
  }
  return found;
}

// A client whose ports are there may not be active yet; until then they cannot be connected.
void connect(jack_client_t* client, const std::string& from, const std::string& to,
             double patience_s) {
  const bool connected = wait_until(patience_s, [&] {
    const int error = jack_connect(client, from.c_str(), to.c_str());
    return error == 0 || error == EEXIST;
  });
  if (!connected) throw std::runtime_error("cannot connect " + from + " to " + to);
}

// Changes the server's block size whenever another equal part of the sound has been recorded.
void change_blocks(const Options& options, Take& take, jack_client_t* client, std::int64_t frames) {
  const auto parts = static_cast<std::int64_t>(options.blocks.size()) + 1;
  for (std::int64_t part = 1; part < parts; ++part) {
    wait_until(options.patience_s, [&] {
      return take.recorded >= frames * part / parts || take.done || take.lost;
    });
    if (!take.lost) jack_set_buffer_size(client, options.blocks[static_cast<std::size_t>(part - 1)]);
  }
}

void run(const Options& options, Take& take, jack_client_t* client, std::int64_t frames) {
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the graph settles
  if (options.freewheel) {
    jack_set_freewheel(client, 1);
    if (!wait_until(options.patience_s, [&] { return take.freewheels || take.lost; }))
      throw std::runtime_error("the server does not freewheel");
  }
  const double rate = jack_get_sample_rate(client);
  take.armed = true;
  change_blocks(options, take, client, frames);
  wait_until(options.patience_s + static_cast<double>(frames) / rate,
             [&] { return take.done || take.lost; });
  if (options.freewheel && !take.lost) jack_set_freewheel(client, 0);
}

void check(const Options& options, const Sound& in, const Sound& out, std::size_t ports) {
  if (ports != in.channels) {
    throw std::runtime_error(options.in + " has " + std::to_string(in.channels) +
                             " channels for " + std::to_string(ports) + " ports");
  }
  if (out.rate == in.rate) return;
  throw std::runtime_error(options.in + " has " + std::to_string(in.rate) + " Hz, the server " +
                           std::to_string(out.rate));
}

void report(Take& take, Sound& in, Sound& out, jack_nframes_t block) {
  std::printf("rate=%d block=%u frames=%ld xruns=%d gaps=%d first_in=%ld first_out=%ld%s\n",
              out.rate, block, static_cast<long>(take.recorded), take.xruns.load(),
              take.gaps.load(), static_cast<long>(in.first_sound()),
              static_cast<long>(out.first_sound()), take.lost ? " lost" : take.done ? "" : " late");
}

int measure(const Options& options) {
  Take take;
  take.counts = !options.blocks.empty();
  Sound in = read_sound(options.in), out;
  Player player(in.channels, take, in, options.align);
  jack_client_t* const client = player.handle();
  const auto to = find_ports(client, options.to, JackPortIsInput, options.patience_s);
  const auto from = find_ports(client, options.from, JackPortIsOutput, options.patience_s);
  out.rate = static_cast<int>(jack_get_sample_rate(client));
  out.channels = from.size();
  out.frames = in.frames + options.tail;
  out.samples.assign(static_cast<std::size_t>(out.frames) * out.channels, 0);
  check(options, in, out, to.size());
  Recorder recorder(from.size(), take, out);
  const jack_nframes_t block = jack_get_buffer_size(client);
  if (jack_activate(client) || jack_activate(recorder.handle()))
    throw std::runtime_error("cannot activate the clients");
  for (std::size_t p = 0; p < to.size(); ++p)
    connect(client, player.port(p), to[p], options.patience_s);
  for (std::size_t p = 0; p < from.size(); ++p)
    connect(client, from[p], recorder.port(p), options.patience_s);
  run(options, take, client, out.frames);
  if (!take.lost) jack_deactivate(client);
  if (!take.lost) jack_deactivate(recorder.handle());
  write_sound(options.out, out);
  report(take, in, out, block);
  const bool on_time = options.freewheel || take.xruns == 0;  // news of earlier ones come late
  return take.done && !take.lost && take.gaps == 0 && on_time ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return measure(read_options(count, arguments));
  } catch (const Unavailable& error) {
    std::fprintf(stderr, "jack_probe: %s\n", error.what());
    return kUnavailable;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "jack_probe: %s\n", error.what());
    return 2;
  }
}
