// A matrix of responses: which input goes to which output, through what.
#include "engine/stages/read_matrix.h"

#include <algorithm>
#include <map>
#include <memory>

#include "engine/design/response_matrix.h"
#include "engine/stages/delay.h"
#include "engine/stages/fit_rate.h"
#include "engine/stages/read_kernel_source.h"

namespace faltung {
namespace {

// What an entry says; `connection.response` counts the matrix's distinct pairs of source and
// channel.
struct Entry {
  Node node;
  Connection connection;
};

// One channel of a source, or the only one.
struct Response {
  std::size_t source = 0;
  std::optional<Index> channel;
  Node node;  // of the first entry that wants it
  auto key() const { return std::pair(source, channel.value_or(-1)); }
};

struct Matrix {
  std::vector<KernelSource> sources;
  std::vector<Response> responses;
  std::vector<Entry> entries;
};

// Two nodes say the same if and only if their texts are equal.
std::string text_of(const Node& node) {
  std::string text = std::to_string(node.text.size()) + ":" + node.text;
  for (const Node& item : node.items) text += "[" + text_of(item) + "]";
  for (const auto& [key, value] : node.entries) text += "{" + key.text + "}" + text_of(value);
  return text;
}

void refuse_several_channels(const Response& response, const Shape& extents,
                             const std::string& name, const Located& at) {
  if (extents.rank() > 2) {
    at.refuse(response.node, name + ", which has " + std::to_string(extents.rank()) + " axes (" +
                                 extents.text() + "); allowed: 1, or 2 for channels");
  }
  if (extents.rank() == 2 && extents[0] > 1 && !response.channel) {
    at.refuse(response.node,
              name + " has " + std::to_string(extents[0]) + " channels; say which with 'channel'");
  }
}

class MatrixReader {
 public:
  explicit MatrixReader(const StageContext& context) : context_(context), at_(context.located) {}

  void read(const Node& node) {
    at_.check_keys(node, "matrix",
                   {"in", "out", "kernel", "channel", "prepare", "gain_db", "factor", "delay"});
    Connection c;
    c.in = channel(node, "in");
    c.out = channel(node, "out");
    c.response = response(node);
    c.gain = gain(node);
    if (const Node* delay = node.find("delay")) {
      c.delay = at_.integer(*delay, 0);
      if (c.delay > kLongestDelay) {
        at_.refuse(*delay, "delay of more than " + std::to_string(kLongestDelay));
      }
    }
    matrix_.entries.push_back({node, c});
  }

  Matrix result() && { return std::move(matrix_); }

 private:
  Index channel(const Node& node, const char* key) const {
    const Node& value = at_.required(node, "matrix", key);
    const Index number = at_.integer(value, 1);
    if (number > kMostMatrixChannels) {
      at_.refuse(value, "channel " + std::to_string(number) + ": at most " +
                            std::to_string(kMostMatrixChannels));
    }
    return number - 1;
  }

  double gain(const Node& node) const {
    const Node* db = node.find("gain_db");
    const Node* factor = node.find("factor");
    if (db && factor) at_.refuse(*factor, "'gain_db' and 'factor' exclude each other");
    return db ? at_.factor_of_db(*db) : factor ? at_.number(*factor) : 1;
  }

  std::size_t source(const Node& node) {
    std::string text = text_of(at_.required(node, "matrix", "kernel"));
    if (const Node* prepare = node.find("prepare")) text += text_of(*prepare);
    const auto [at, fresh] = known_sources_.try_emplace(text, matrix_.sources.size());
    if (fresh) matrix_.sources.push_back(read_one_kernel(node, "matrix", context_));
    return at->second;
  }

  Index response(const Node& node) {
    Response response;
    response.source = source(node);
    response.node = node;
    const KernelSource& from = matrix_.sources[response.source];
    response.channel = read_channel(node, from, at_);
    if (from.extents) refuse_several_channels(response, *from.extents, from.name, at_);
    const auto [at, fresh] =
        known_responses_.try_emplace(response.key(), static_cast<Index>(matrix_.responses.size()));
    if (fresh) matrix_.responses.push_back(std::move(response));
    return at->second;
  }

  const StageContext& context_;
  const Located& at_;
  Matrix matrix_;
  std::map<std::string, std::size_t> known_sources_;
  std::map<std::pair<std::size_t, Index>, Index> known_responses_;
};

// Every response at the signal's rate; each source is made once, whatever wants a channel of it.
std::vector<Array<double>> make_responses(const Matrix& matrix, const Located& at,
                                          const Format& signal, std::vector<std::string>* remarks) {
  std::vector<Array<double>> result(matrix.responses.size());
  for (std::size_t s = 0; s < matrix.sources.size(); ++s) {
    const Kernel kernel = at_rate_of(signal, matrix.sources[s].recipe(signal));
    const bool said = std::find(remarks->begin(), remarks->end(), kernel.remark) != remarks->end();
    if (!said && !kernel.remark.empty()) remarks->push_back(kernel.remark);
    for (std::size_t r = 0; r < result.size(); ++r) {
      const Response& response = matrix.responses[r];
      if (response.source != s) continue;
      refuse_several_channels(response, kernel.values.extents(), kernel.name, at);
      result[r] = one_channel(kernel, response.channel.value_or(0), 1).values;
    }
  }
  return result;
}

Kernel make_matrix(const Matrix& matrix, const Located& at, const Format& signal) {
  if (!signal.is_series()) {
    throw Error(Code::configuration, "matrix: only for series; layers take a kernel [out, in, …]");
  }
  std::vector<Connection> connections;
  for (const Entry& entry : matrix.entries) {
    if (entry.connection.in >= signal.channels) {
      at.refuse(entry.node, "matrix reads channel " + std::to_string(entry.connection.in + 1) +
                                ", the signal has " + std::to_string(signal.channels));
    }
    connections.push_back(entry.connection);
  }
  std::vector<std::string> remarks;
  Kernel kernel = response_matrix(make_responses(matrix, at, signal, &remarks), connections);
  for (const std::string& line : remarks) kernel.remark += line + "\n";
  return kernel;
}

}  // namespace

KernelRecipe read_matrix(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  if (node.kind != Node::Kind::list || node.items.empty()) {
    at.refuse(node, "expected a list of {in, out, kernel}, got " + node.description());
  }
  MatrixReader reader(context);
  for (const Node& item : node.items) reader.read(item);
  const auto matrix = std::make_shared<const Matrix>(std::move(reader).result());
  return [matrix, at](const Format& signal) { return make_matrix(*matrix, at, signal); };
}

}  // namespace faltung
