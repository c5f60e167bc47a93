// The job script of --submit: one shard of one output, whichever the array says.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/submit/submit.h"

namespace faltung {

struct JobScript {
  std::string program;       // its whole path
  std::string folder;        // where it runs: the command's names are relative to it
  std::string state;         // submit_folder.h
  std::string follows_from;  // changes with pipeline, input, …: another script is another job
};

// Throws Error{configuration} for a partition, time or memory that no job script can hold, and for
// a folder whose name Slurm could not write logs to.
std::string job_script(const JobScript& script, const SubmitOptions& options);

// The command line of one shard: without what only concerns submitting, with --shard. Its threads
// are the cores that Slurm gives, unless it says how many.
std::string shard_command(const std::string& program, const SubmitOptions& options);

// As a shell reads it back, whatever is in it.
std::string shell_quoted(const std::string& word);

}  // namespace faltung
