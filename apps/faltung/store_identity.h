// What the bytes of a store follow from: who goes on with it must have all the same.
#pragma once

#include <map>
#include <string>

#include "apps/faltung/outputs.h"
#include "apps/faltung/pipeline_file.h"
#include "apps/faltung/storing.h"

namespace faltung {

// By name, in words or as a fingerprint (StoreOptions::identity). `plan` is of the pipeline when it
// is prepared, for only then have all its files been read.
std::map<std::string, std::string> store_identity(const Job& job, const LoadedPipeline& loaded,
                                                  const Explanation& plan, const Encoding& input,
                                                  const StoringOptions& storing);

}  // namespace faltung
