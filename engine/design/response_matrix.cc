// A matrix of responses: any input to any output, each through a sum of delayed, scaled responses.
#include "engine/design/response_matrix.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace faltung {
namespace {

constexpr Index kMostTaps = Index{1} << 28;   // what a stage's history may hold
constexpr Index kMostBytes = Index{1} << 32;  // spectra will take as much again

// What one pair of channels is connected by.
struct Term {
  Index response, delay;
  double gain;
  auto operator<=>(const Term&) const = default;
};
using Terms = std::vector<Term>;

// The paths, each with the number of its terms instead of a kernel's, and every distinct list of
// terms once.
struct Routing {
  std::vector<Path> paths;
  std::vector<Terms> terms;
};

Routing routing_of(std::vector<Connection> connections) {
  const auto order = [](const Connection& c) {
    return std::tuple(c.out, c.in, c.response, c.delay, c.gain);
  };
  std::sort(connections.begin(), connections.end(),
            [&](const Connection& a, const Connection& b) { return order(a) < order(b); });
  Routing routing;
  std::map<Terms, Index> known;
  for (std::size_t i = 0; i < connections.size();) {
    const Connection& first = connections[i];
    Terms terms;
    for (;
         i < connections.size() && connections[i].out == first.out && connections[i].in == first.in;
         ++i) {
      terms.push_back({connections[i].response, connections[i].delay, connections[i].gain});
    }
    const auto [at, fresh] = known.try_emplace(terms, static_cast<Index>(known.size()));
    if (fresh) routing.terms.push_back(std::move(terms));
    routing.paths.push_back({first.in, first.out, at->second});
  }
  return routing;
}

Index longest(std::span<const Array<double>> responses, const std::vector<Terms>& all) {
  Index taps = 0;
  for (const Terms& terms : all) {
    for (const Term& t : terms) {
      taps = std::max(taps, t.delay + responses[static_cast<std::size_t>(t.response)].size());
    }
  }
  if (taps <= kMostTaps) return taps;
  throw Error(Code::configuration, "the matrix has a response of " + std::to_string(taps) +
                                       " taps with its delay; allowed: at most " +
                                       std::to_string(kMostTaps));
}

// Taps from the first to the last that are not zero.
struct Sum {
  Index begin = 0;
  std::vector<double> taps;
  bool operator==(const Sum&) const = default;
};

Sum sum(std::span<const Array<double>> responses, const Terms& terms) {
  Index begin = kMostTaps, end = 0;
  for (const Term& t : terms) {
    begin = std::min(begin, t.delay);
    end = std::max(end, t.delay + responses[static_cast<std::size_t>(t.response)].size());
  }
  std::vector<double> taps(static_cast<std::size_t>(end - begin));
  for (const Term& t : terms) {
    double* to = taps.data() + (t.delay - begin);
    for (const double tap : responses[static_cast<std::size_t>(t.response)]) *to++ += t.gain * tap;
  }
  const auto sounds = [](double tap) { return tap != 0; };
  const auto first = std::find_if(taps.begin(), taps.end(), sounds);
  const auto last = std::find_if(taps.rbegin(), taps.rend(), sounds).base();
  if (first == taps.end()) return {};
  return {begin + (first - taps.begin()), {first, last}};
}

std::size_t hash(const Sum& sum) {
  const auto* bytes = reinterpret_cast<const char*>(sum.taps.data());
  return std::hash<std::string_view>()({bytes, sum.taps.size() * sizeof(double)});
}

// Different terms may give the same taps (a file under two names): the paths are led to the first
// of them, whose terms alone are kept. Nothing is stored meanwhile but two responses.
void merge_equal(std::span<const Array<double>> responses, Routing& routing) {
  std::unordered_multimap<std::size_t, Index> known;
  std::vector<Index> number;
  std::vector<Terms> kept;
  for (Terms& terms : routing.terms) {
    const Sum mine = sum(responses, terms);
    const std::size_t key = hash(mine);
    Index at = static_cast<Index>(kept.size());
    const auto [begin, end] = known.equal_range(key);
    for (auto same = begin; same != end; ++same) {
      if (mine == sum(responses, kept[static_cast<std::size_t>(same->second)])) at = same->second;
    }
    number.push_back(at);
    if (at < static_cast<Index>(kept.size())) continue;
    known.emplace(key, at);
    kept.push_back(std::move(terms));
  }
  routing.terms = std::move(kept);
  for (Path& path : routing.paths) path.kernel = number[static_cast<std::size_t>(path.kernel)];
}

}  // namespace

Kernel response_matrix(std::span<const Array<double>> responses,
                       std::vector<Connection> connections) {
  Routing routing = routing_of(std::move(connections));
  const Index taps = longest(responses, routing.terms);
  merge_equal(responses, routing);
  const auto count = static_cast<Index>(routing.terms.size());
  const Index bytes = count * taps * static_cast<Index>(sizeof(double));
  if (bytes > kMostBytes) {
    throw Error(Code::configuration, "the matrix has " + std::to_string(count) +
                                         " different responses of " + std::to_string(taps) +
                                         " taps, " + std::to_string(bytes) +
                                         " bytes; allowed: at most " + std::to_string(kMostBytes));
  }
  Kernel kernel;
  kernel.name = "matrix";
  kernel.values = Array<double>({count, taps});
  for (Index k = 0; k < count; ++k) {
    const Sum mine = sum(responses, routing.terms[static_cast<std::size_t>(k)]);
    std::copy(mine.taps.begin(), mine.taps.end(), kernel.values.data() + k * taps + mine.begin);
  }
  kernel.paths = std::move(routing.paths);
  return kernel;
}

}  // namespace faltung
