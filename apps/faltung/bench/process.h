// Whole programs as contenders: run to their end and measured, or kept and asked again and again.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

namespace faltung {

using Arguments = std::vector<std::string>;  // the program first

// With all descendants that outlive their parents.
struct ProcessUsage {
  double wall_s = 0;
  double cpu_s = 0;    // user and system
  double peak_mb = 0;  // the largest process; never less than this process holds when it starts it
  int status = 0;      // 0: fine; 128 + signal where one ended it
};

// Its output and complaints go to `log`. Throws Error{failure} where no process can be had.
ProcessUsage run_process(const Arguments& arguments, const std::string& folder,
                         const std::string& log);

// The last line of a log that says something.
std::string last_words(const std::string& log);

// Whether a program is on PATH (or is a path and can be run).
bool has_program(const std::string& name);

// Debian's interpreter: the one that sees Debian's SciPy and OpenCV.
constexpr const char* kPython = "/usr/bin/python3";
bool has_python_module(const std::string& module);

// A process that answers each line with a line.
class HelperProcess {
 public:
  explicit HelperProcess(const Arguments& arguments);
  ~HelperProcess();
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;

  // Throws Error{failure} where the helper has ended or says "error …".
  std::string ask(const std::string& line);

 private:
  pid_t child_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

// A folder that goes when this goes, also where SIGINT or SIGTERM ends a process that runs in the
// meantime (run_process then throws): in memory (/dev/shm) where `bytes` have room there twice
// over, else where $TMPDIR says. Throws Error{output}.
class ScratchFolder {
 public:
  explicit ScratchFolder(double bytes);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  struct sigaction former_[2];
};

}  // namespace faltung
