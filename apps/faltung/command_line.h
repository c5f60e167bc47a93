// The command line: argv -> the options of one verb.
#pragma once

#include <optional>
#include <variant>

#include "apps/faltung/bench/bench.h"
#include "apps/faltung/check.h"
#include "apps/faltung/demo.h"
#include "apps/faltung/design.h"
#include "apps/faltung/explain.h"
#include "apps/faltung/import/import.h"
#include "apps/faltung/live/devices.h"
#include "apps/faltung/live/live.h"
#include "apps/faltung/run.h"
#include "apps/faltung/tell.h"

namespace faltung {

using Command =
    std::variant<RunOptions, LiveOptions, TellOptions, ExplainOptions, DesignOptions, CheckOptions,
                 ImportOptions, DevicesOptions, DemoOptions, BenchOptions>;

// Nothing where help or the version was asked for: it has been printed.
// Throws Error{configuration} for wrong usage.
std::optional<Command> parse_command_line(int argc, const char* const* argv);

}  // namespace faltung
