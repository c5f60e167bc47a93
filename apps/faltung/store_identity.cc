// What the bytes of a store follow from.
#include "apps/faltung/store_identity.h"

#include <filesystem>

#include "engine/io/identity.h"
#include "engine/io/mapped_file.h"

namespace faltung {
namespace {

// Stages and what the planner chose for them.
std::string plan_text(const Explanation& held) {
  std::string text = held.text + "\n";
  for (const Explanation::Candidate& c : held.candidates) {
    if (c.chosen) text += c.solver + " " + c.detail + "\n";
  }
  for (const Explanation& part : held.parts) text += plan_text(part);
  return text;
}

}  // namespace

std::map<std::string, std::string> store_identity(const Job& job, const LoadedPipeline& loaded,
                                                  const Explanation& plan, const Encoding& input,
                                                  const StoringOptions& storing) {
  std::map<std::string, std::string> identity;
  for (const std::string& file : *loaded.files) {
    const MappedFile content{InputFile(file)};
    identity["reads " + std::filesystem::path(file).filename().string()] =
        fingerprint({content.data(), static_cast<std::size_t>(content.size())});
  }
  identity["pipeline"] = loaded.name;
  identity["input"] = input_identity(job.input);
  identity["plan"] = fingerprint(plan_text(plan));
  identity["numbers"] = text_of(storing);
  if (input.description) {
    for (const std::string& f : input.description->files) identity[f] = input_identity(f);
  }
  return identity;
}

}  // namespace faltung
