// BruteFIR's filter structures -> filters between channels and each other.
#include <algorithm>

#include "apps/faltung/import/brutefir_parts.h"
#include "engine/nd/suggestion.h"

namespace faltung {
namespace {

constexpr Index kMostFilters = 256;

const std::vector<std::string> kFilterFields = {
    "from_inputs", "inputs",  "to_outputs", "outputs", "from_filters",
    "to_filters",  "process", "coeff",      "delay",   "crossfade"};

class Reader {
 public:
  Reader(const BruteLookup& at, BruteConfig* config) : at_(at), config_(*config) {}

  void read() {
    at_.for_each("filter", [&](const BruteStructure& s) { filter_names_.push_back(name_of(s)); });
    at_.for_each("filter", [&](const BruteStructure& s) { add_filter(s); });
    if (config_.filters.empty()) at_.main.refuse(1, "there is no filter");
    check_connections();
  }

 private:
  std::string name_of(const BruteStructure& structure) const {
    const std::string name = at_.name_of(structure, structure.names[0], filter_names_.size());
    if (std::find(filter_names_.begin(), filter_names_.end(), name) != filter_names_.end()) {
      at_.main.refuse(structure.line, "a second filter '" + name + "'");
    }
    if (static_cast<Index>(filter_names_.size()) == kMostFilters) {
      at_.main.refuse(structure.line, "more than 256 filters");
    }
    return name;
  }

  void add_filter(const BruteStructure& structure) {
    at_.main.check_fields(structure.fields, "filter", kFilterFields);
    BruteFilter filter;
    filter.name = filter_names_[config_.filters.size()];
    filter.line = structure.line;
    filter.inputs = edges(structure, {"from_inputs", "inputs"}, names_of(config_.inputs));
    filter.outputs = edges(structure, {"to_outputs", "outputs"}, names_of(config_.outputs));
    filter.filters = edges(structure, {"from_filters"}, filter_names_);
    for (const BruteEdge& edge : edges(structure, {"to_filters"}, filter_names_)) {
      if (edge.gain != 1) at_.main.refuse(structure.line, "to_filters takes no attenuation");
      filter.to_filters.push_back(edge.from);
    }
    if (filter.inputs.empty() && filter.filters.empty()) {
      at_.main.refuse(structure.line, "filter \"" + filter.name + "\" has no input");
    }
    if (filter.outputs.empty() && filter.to_filters.empty()) {
      at_.main.refuse(structure.line, "filter \"" + filter.name + "\" has no output");
    }
    filter.coeff = coeff_of(structure);
    filter.delay_blocks =
        std::max(Index{0}, at_.integer_or(structure, "delay", 0, config_.blocks - 1));
    config_.filters.push_back(std::move(filter));
  }

  static std::vector<std::string> names_of(const BruteChannels& channels) {
    std::vector<std::string> names;
    for (const BruteChannel& channel : channels.logical) names.push_back(channel.name);
    return names;
  }

  Index coeff_of(const BruteStructure& structure) const {
    const BruteField* field = structure.find("coeff");
    if (!field) at_.main.refuse(structure.line, "filter needs 'coeff'");
    const auto& value = field->items[0].parts[0];
    if (value->kind == BruteValue::Kind::number && value->number < 0) return -1;
    std::vector<std::string> names;
    for (const BruteCoeff& coeff : config_.coeffs) names.push_back(coeff.name);
    return index_of(*field, *value, names);
  }

  Index index_of(const BruteField& field, const BruteValue& value,
                 const std::vector<std::string>& names) const {
    if (value.kind == BruteValue::Kind::number && !names.empty()) {
      return at_.main.whole(field, value, 0, static_cast<Index>(names.size()) - 1);
    }
    const auto found = std::find(names.begin(), names.end(), value.text);
    if (found != names.end()) return found - names.begin();
    const std::string better = suggestion(value.text, names);
    at_.main.refuse(field.line, "'" + field.name + "': there is no '" + value.text + "'" +
                                    (better.empty() ? "" : "; did you mean '" + better + "'?"));
  }

  // name[/attenuation in dB][/factor], …; two names for the field, an old and a new one.
  std::vector<BruteEdge> edges(const BruteStructure& structure,
                               const std::vector<const char*>& fields,
                               const std::vector<std::string>& names) const {
    std::vector<BruteEdge> result;
    for (const char* name : fields) {
      const BruteField* field = structure.find(name);
      if (!field) continue;
      if (!result.empty()) at_.main.refuse(field->line, "'" + field->name + "' is given twice");
      for (const BruteItem& item : field->items) result.push_back(edge(*field, item, names));
      for (std::size_t i = 0; i < result.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
          if (result[i].from != result[k].from) continue;
          at_.main.refuse(field->line, "'" + field->name + "' names '" +
                                           names[static_cast<std::size_t>(result[i].from)] +
                                           "' twice");
        }
      }
    }
    return result;
  }

  BruteEdge edge(const BruteField& field, const BruteItem& item,
                 const std::vector<std::string>& names) const {
    BruteEdge edge;
    edge.from = index_of(field, *item.parts[0], names);
    for (std::size_t i = 1; i < item.parts.size(); ++i) {
      if (!item.parts[i] && i == 1 && item.parts.size() > 2) continue;
      const bool good = i <= 2 && item.parts[i] && item.parts[i]->kind == BruteValue::Kind::number;
      if (!good) at_.main.refuse(field.line, "'" + field.name + "': expected NAME/dB/FACTOR");
      const double number = item.parts[i]->number;
      edge.gain *= i == 1 ? at_.factor({&field, &at_.main}, number) : number;
    }
    return edge;
  }

  // What one filter names as its destination has to name it as its source, and the reverse.
  void check_connections() const {
    const auto has = [](const auto& list, Index wanted, const auto& of) {
      return std::any_of(list.begin(), list.end(),
                         [&](const auto& one) { return of(one) == wanted; });
    };
    const auto source = [](const BruteEdge& edge) { return edge.from; };
    const auto itself = [](Index index) { return index; };
    for (std::size_t n = 0; n < config_.filters.size(); ++n) {
      const BruteFilter& filter = config_.filters[n];
      const Index me = static_cast<Index>(n);
      for (const Index to : filter.to_filters) {
        const BruteFilter& other = config_.filters[static_cast<std::size_t>(to)];
        if (!has(other.filters, me, source)) refuse_one_sided(filter, other, "from_filters");
      }
      for (const BruteEdge& edge : filter.filters) {
        const BruteFilter& other = config_.filters[static_cast<std::size_t>(edge.from)];
        if (!has(other.to_filters, me, itself)) refuse_one_sided(filter, other, "to_filters");
      }
    }
  }

  [[noreturn]] void refuse_one_sided(const BruteFilter& filter, const BruteFilter& other,
                                     const char* where) const {
    at_.main.refuse(filter.line, "filter \"" + filter.name + "\" is connected to \"" + other.name +
                                     "\", which does not name it in its " + where);
  }

  const BruteLookup& at_;
  BruteConfig& config_;
  std::vector<std::string> filter_names_;
};

}  // namespace

void read_brutefir_filters(const BruteLookup& at, BruteConfig* config) {
  Reader(at, config).read();
}

}  // namespace faltung
