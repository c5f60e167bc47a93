// LV2 plugins of this machine.
#include "engine/stages/lv2_plugin.h"

#include <lilv/lilv.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <mutex>

#include "engine/nd/error.h"
#include "engine/stages/lv2_features.h"
#include "engine/stages/lv2_lookup.h"

namespace faltung {
namespace {

constexpr const char* kPreset = "http://lv2plug.in/ns/ext/presets#Preset";

struct Free {
  void operator()(LilvNode* node) const { lilv_node_free(node); }
  void operator()(LilvNodes* nodes) const { lilv_nodes_free(nodes); }
  void operator()(LilvState* state) const { lilv_state_free(state); }
};
using NodePtr = std::unique_ptr<LilvNode, Free>;

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

// lilv's data model and its list of open libraries belong to one thread at a time.
struct World {
  World() { lilv_world_load_all(world); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() { lilv_world_free(world); }

  NodePtr uri(const std::string& text) const { return NodePtr(lilv_new_uri(world, text.c_str())); }

  LilvWorld* world = lilv_world_new();
  std::recursive_mutex mutex;
};
using Lock = std::lock_guard<std::recursive_mutex>;

// One for all, as long as somebody uses it: loading takes a while.
std::shared_ptr<World> shared_world() {
  static std::mutex mutex;
  static std::weak_ptr<World> known;
  const std::lock_guard<std::mutex> lock(mutex);
  std::shared_ptr<World> world = known.lock();
  if (!world) known = world = std::make_shared<World>();
  return world;
}

LV2_URID_Map* uri_map() { return static_cast<LV2_URID_Map*>(lv2_uri_map()); }

// "scheme:…": what has none, lilv complains of on standard error.
bool has_scheme(const std::string& text) {
  const std::size_t colon = text.find(':');
  return colon != std::string::npos && colon > 0 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.';
         });
}

std::string text_of(const LilvNode* node) {
  const char* text = node ? lilv_node_as_string(node) : nullptr;
  return text ? text : "";
}

std::vector<std::string> texts_of(const LilvNodes* nodes) {
  std::vector<std::string> result;
  LILV_FOREACH(nodes, i, nodes) result.push_back(text_of(lilv_nodes_get(nodes, i)));
  return result;
}

std::vector<std::string> installed(const World& world) {
  std::vector<std::string> uris;
  const LilvPlugins* plugins = lilv_world_get_all_plugins(world.world);
  LILV_FOREACH(plugins, i, plugins) {
    uris.push_back(text_of(lilv_plugin_get_uri(lilv_plugins_get(plugins, i))));
  }
  return uris;
}

// Reads what a plugin says of one of its ports.
class PortReader {
 public:
  PortReader(const World& world, const LilvPlugin* plugin, std::uint32_t index)
      : world_(world), plugin_(plugin), port_(lilv_plugin_get_port_by_index(plugin, index)) {}

  Lv2Port read() const {
    Lv2Port port;
    port.kind = kind();
    port.input = is_a(LILV_URI_INPUT_PORT);
    port.optional = has(LILV_NS_LV2 "connectionOptional");
    port.side_chain = has(LILV_NS_LV2 "isSideChain") || of_side_chain();
    port.toggled = has(LILV_NS_LV2 "toggled");
    port.whole = has(LILV_NS_LV2 "integer") || has(LILV_NS_LV2 "enumeration");
    port.per_rate = has(LILV_NS_LV2 "sampleRate");
    port.symbol = text_of(lilv_port_get_symbol(plugin_, port_));
    port.name = text_of(NodePtr(lilv_port_get_name(plugin_, port_)).get());
    port.unit = unit();
    port.least_bytes =
        static_cast<Index>(number("http://lv2plug.in/ns/ext/resize-port#minimumSize").value_or(0));
    read_range(&port);
    return port;
  }

 private:
  bool is_a(const char* kind) const {
    return lilv_port_is_a(plugin_, port_, world_.uri(kind).get());
  }
  bool has(const char* property) const {
    return lilv_port_has_property(plugin_, port_, world_.uri(property).get());
  }
  NodePtr get(const char* predicate) const {
    return NodePtr(lilv_port_get(plugin_, port_, world_.uri(predicate).get()));
  }

  std::optional<double> number(const char* predicate) const {
    const NodePtr node = get(predicate);
    if (!node || !(lilv_node_is_float(node.get()) || lilv_node_is_int(node.get()))) return {};
    const float value = lilv_node_as_float(node.get());
    return std::isfinite(value) ? std::optional(as_written(value)) : std::nullopt;
  }

  Lv2Port::Kind kind() const {
    if (is_a(LILV_URI_AUDIO_PORT)) return Lv2Port::Kind::audio;
    if (is_a(LILV_URI_CV_PORT)) return Lv2Port::Kind::cv;
    if (is_a(LILV_URI_CONTROL_PORT)) return Lv2Port::Kind::control;
    return is_a(LILV_URI_ATOM_PORT) ? Lv2Port::Kind::atom : Lv2Port::Kind::other;
  }

  // In a group that says which group it is the side chain of.
  bool of_side_chain() const {
    const NodePtr group = get("http://lv2plug.in/ns/ext/port-groups#group");
    const NodePtr of = world_.uri("http://lv2plug.in/ns/ext/port-groups#sideChainOf");
    return group && lilv_world_ask(world_.world, group.get(), of.get(), nullptr);
  }

  std::string unit() const {
    const NodePtr node = get("http://lv2plug.in/ns/extensions/units#unit");
    const NodePtr symbol = world_.uri("http://lv2plug.in/ns/extensions/units#symbol");
    return node ? text_of(NodePtr(lilv_world_get(world_.world, node.get(), symbol.get(), nullptr))
                              .get())
                : "";
  }

  // A plugin that contradicts itself has no range.
  void read_range(Lv2Port* port) const {
    port->low = port->toggled ? 0 : number(LILV_NS_LV2 "minimum");
    port->high = port->toggled ? 1 : number(LILV_NS_LV2 "maximum");
    const std::optional<double> initial = number(LILV_NS_LV2 "default");
    port->initial = initial.value_or(port->low.value_or(0));
    if (port->per_rate) return;
    if (port->low && port->initial < *port->low) port->low.reset();
    if (port->high && port->initial > *port->high) port->high.reset();
  }

  const World& world_;
  const LilvPlugin* plugin_;
  const LilvPort* port_;
};

std::optional<std::size_t> designated(const World& world, const LilvPlugin* plugin,
                                      const char* what) {
  const LilvPort* port = lilv_plugin_get_port_by_designation(
      plugin, world.uri(LILV_URI_INPUT_PORT).get(), world.uri(what).get());
  if (!port) return {};
  return lilv_port_get_index(plugin, port);
}

Lv2Description describe(const World& world, const LilvPlugin* plugin) {
  Lv2Description result;
  result.uri = text_of(lilv_plugin_get_uri(plugin));
  result.name = text_of(NodePtr(lilv_plugin_get_name(plugin)).get());
  for (std::uint32_t i = 0; i < lilv_plugin_get_num_ports(plugin); ++i) {
    result.ports.push_back(PortReader(world, plugin, i).read());
  }
  const std::unique_ptr<LilvNodes, Free> required(lilv_plugin_get_required_features(plugin));
  result.required_features = texts_of(required.get());
  result.loads_default_state = lilv_plugin_has_feature(
      plugin, world.uri("http://lv2plug.in/ns/ext/state#loadDefaultState").get());
  if (lilv_plugin_has_latency(plugin)) {
    result.latency = lilv_plugin_get_latency_port_index(plugin);
  }
  result.free_wheeling = designated(world, plugin, LILV_NS_LV2 "freeWheeling");
  return result;
}

// LV2's array of features, ended by null.
class FeatureArray {
 public:
  explicit FeatureArray(const std::vector<Lv2Feature>& features) {
    for (const Lv2Feature& f : features) features_.push_back({f.uri, f.data});
    for (const LV2_Feature& f : features_) pointers_.push_back(&f);
    pointers_.push_back(nullptr);
  }
  const LV2_Feature* const* get() const { return pointers_.data(); }

 private:
  std::vector<LV2_Feature> features_;
  std::vector<const LV2_Feature*> pointers_;
};

}  // namespace

struct Lv2State {
  std::shared_ptr<World> world;
  std::unique_ptr<LilvState, Free> state;
};

std::map<std::string, double> port_values(const Lv2State& state) {
  std::map<std::string, double> values;
  const auto keep = [](const char* symbol, void* to, const void* value, std::uint32_t size,
                       std::uint32_t type) {
    if (const auto number = lv2_number(value, size, type)) {
      (*static_cast<std::map<std::string, double>*>(to))[symbol] = *number;
    }
  };
  lilv_state_emit_port_values(state.state.get(), keep, &values);
  return values;
}

struct Lv2Instance::Inside {
  std::shared_ptr<World> world;
  LilvInstance* instance;
};

Lv2Instance::Lv2Instance(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Lv2Instance::Lv2Instance(Lv2Instance&&) noexcept = default;
Lv2Instance::~Lv2Instance() {
  if (!inside_) return;
  const Lock lock(inside_->world->mutex);
  lilv_instance_free(inside_->instance);
}

void Lv2Instance::connect(std::size_t port, void* memory) noexcept {
  lilv_instance_connect_port(inside_->instance, static_cast<std::uint32_t>(port), memory);
}
void Lv2Instance::activate() noexcept { lilv_instance_activate(inside_->instance); }
void Lv2Instance::deactivate() noexcept { lilv_instance_deactivate(inside_->instance); }
void Lv2Instance::run(Index frames) noexcept {
  lilv_instance_run(inside_->instance, static_cast<std::uint32_t>(frames));
}
void* Lv2Instance::handle() const noexcept { return lilv_instance_get_handle(inside_->instance); }
const void* Lv2Instance::extension(const char* uri) const noexcept {
  return lilv_instance_get_extension_data(inside_->instance, uri);
}

void Lv2Instance::restore(const Lv2State& state, const std::vector<Lv2Feature>& features) {
  const Lock lock(inside_->world->mutex);
  lilv_state_restore(state.state.get(), inside_->instance, nullptr, nullptr, 0,
                     FeatureArray(features).get());
}

struct Lv2Plugin::Inside {
  std::shared_ptr<World> world;
  const LilvPlugin* plugin;
  Lv2Description description;

  // Errors: a state of another plugin, or none at all (`what` says which).
  Lv2StatePtr state_of(LilvState* raw, const std::string& what) const {
    auto state = std::make_shared<Lv2State>();
    state->world = world;
    state->state.reset(raw);
    if (!raw) refuse(what + " cannot be read as a state of an LV2 plugin");
    const std::string owner = text_of(lilv_state_get_plugin_uri(raw));
    if (owner != description.uri) {
      refuse(what + " is of plugin '" + owner + "'; allowed: of '" + description.uri + "'");
    }
    return state;
  }
};

Lv2Plugin::Lv2Plugin(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Lv2Plugin::~Lv2Plugin() = default;

std::shared_ptr<const Lv2Plugin> Lv2Plugin::find(const std::string& uri) {
  auto inside = std::make_unique<Inside>();
  inside->world = shared_world();
  World& world = *inside->world;
  const Lock lock(world.mutex);
  const NodePtr node = has_scheme(uri) ? world.uri(uri) : nullptr;
  inside->plugin = node ? lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world.world),
                                                  node.get())
                        : nullptr;
  if (!inside->plugin) refuse_unknown_lv2(uri, installed(world));
  inside->description = describe(world, inside->plugin);
  return std::make_shared<Lv2Plugin>(std::move(inside));
}

const Lv2Description& Lv2Plugin::description() const noexcept { return inside_->description; }

Lv2StatePtr Lv2Plugin::preset(const std::string& uri) const {
  const World& world = *inside_->world;
  const Lock lock(inside_->world->mutex);
  const std::unique_ptr<LilvNodes, Free> related(
      lilv_plugin_get_related(inside_->plugin, world.uri(kPreset).get()));
  const std::vector<std::string> all = texts_of(related.get());
  if (std::find(all.begin(), all.end(), uri) == all.end()) {
    refuse_unknown_preset(inside_->description.name, uri, all);
  }
  const NodePtr node = world.uri(uri);
  lilv_world_load_resource(world.world, node.get());
  return inside_->state_of(lilv_state_new_from_world(world.world, uri_map(), node.get()),
                           "preset '" + uri + "'");
}

Lv2StatePtr Lv2Plugin::saved(const std::string& path) const {
  const std::string file = lv2_state_file(path);
  const Lock lock(inside_->world->mutex);
  return inside_->state_of(
      lilv_state_new_from_file(inside_->world->world, uri_map(), nullptr, file.c_str()), file);
}

Lv2StatePtr Lv2Plugin::default_state() const {
  const Lock lock(inside_->world->mutex);
  LilvState* state = lilv_state_new_from_world(inside_->world->world, uri_map(),
                                               lilv_plugin_get_uri(inside_->plugin));
  return state ? inside_->state_of(state, "the default state") : nullptr;
}

Lv2Instance Lv2Plugin::instantiate(double rate_hz, const std::vector<Lv2Feature>& features) const {
  const Lock lock(inside_->world->mutex);
  LilvInstance* instance =
      lilv_plugin_instantiate(inside_->plugin, rate_hz, FeatureArray(features).get());
  if (!instance) {
    refuse("plugin '" + inside_->description.name + "' refuses to start at " +
           std::to_string(static_cast<Index>(rate_hz)) + " Hz");
  }
  return Lv2Instance(
      std::make_unique<Lv2Instance::Inside>(Lv2Instance::Inside{inside_->world, instance}));
}

}  // namespace faltung
