// The program: parses the command line, runs one verb, turns errors into messages and statuses.
#include <exception>
#include <new>

#include "apps/faltung/command_line.h"

namespace faltung {
namespace {

// A verb is one file, one option struct, one line here and one row in command_line.cc.
struct Verbs {
  int operator()(const RunOptions& options) const { return run_run(options); }
  int operator()(const ExplainOptions& options) const { return run_explain(options); }
  int operator()(const DesignOptions& options) const { return run_design(options); }
  int operator()(const CheckOptions& options) const { return run_check(options); }
  int operator()(const DemoOptions& options) const { return run_demo(options); }
  int operator()(const LiveOptions& options) const { return run_live(options); }
  int operator()(const TellOptions& options) const { return run_tell(options); }
  int operator()(const DevicesOptions& options) const { return run_devices(options); }
  int operator()(const BenchOptions& options) const { return run_bench(options); }
  int operator()(const ImportOptions& options) const { return run_import(options); }
};

int run_program(int argc, const char* const* argv) {
  try {
    const auto command = parse_command_line(argc, argv);
    return command ? std::visit(Verbs{}, *command) : 0;
  } catch (const Error& error) {
    complain(error.what());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    complain("out of memory");
  } catch (const std::exception& error) {
    complain(error.what());
  }
  return static_cast<int>(Code::failure);
}

}  // namespace
}  // namespace faltung

int main(int argc, char** argv) { return faltung::run_program(argc, argv); }
