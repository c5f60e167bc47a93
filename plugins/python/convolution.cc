// Convolution of arrays by the planner, and what it would choose.
#include <optional>

#include "engine/layers/layer_problem.h"
#include "plugins/python/kept.h"
#include "plugins/python/machine.h"
#include "plugins/python/module.h"

namespace faltung {
namespace {

// Everything of a call but its arrays.
struct Options {
  std::vector<Index> stride, dilation;
  Pairs padding;
  Index groups;
  std::string boundary;
  double constant;
  std::optional<Doubles> bias;
  std::string method;
  double tolerance;  // below 0: the sample type's
};

LayerOptions layer_options(const Options& o) {
  LayerOptions layer;
  layer.stride = shape_from(o.stride);
  layer.dilation = shape_from(o.dilation);
  layer.padding = paddings_from(o.padding);
  layer.groups = o.groups;
  const std::optional<Boundary> boundary = boundary_from_name(o.boundary);
  if (!boundary) {
    throw py::value_error("boundary = '" + o.boundary + "'; allowed: " + boundary_names());
  }
  layer.boundary = *boundary;
  layer.constant = o.constant;
  if (o.bias) layer.bias = doubles_from(*o.bias);
  return layer;
}

Problem problem_of(const py::array& input, const Doubles& weight, const Options& o) {
  Problem p = layer_problem(shape_of(input), array_from(weight), layer_options(o));
  p.arithmetic = type_of(input, "input");
  p.tolerance = tolerance_of(p.arithmetic, o.tolerance);
  p.memory = wishes().memory;
  return p;
}

py::array correlate(const py::array& input, const Doubles& weight,
                    const std::optional<py::array>& given, bool round, const Options& o) {
  const ElementView in = element_view(input, "input");
  Asked asked;
  asked.in = in.extents;
  asked.weights = weight.data();
  asked.weight_shape = shape_of(weight);
  asked.options = layer_options(o);
  asked.method = o.method;
  asked.tolerance = o.tolerance;
  std::optional<ElementView> out;
  if (given) out = element_view(*given, "output");
  const Element written = out ? out->type : in.type;
  const bool single = in.type == Element::float32 && written == Element::float32;
  asked.arithmetic = single ? SampleType::float32 : SampleType::float64;
  asked.blocks = !is_plain(in, asked.arithmetic) || (out && !is_plain(*out, asked.arithmetic));
  std::optional<Kept> kept;
  {
    const py::gil_scoped_release unlocked;
    kept.emplace(asked);
  }
  const py::array output = given ? *given : new_array((*kept)->output_shape(),
                                                      single ? py::dtype::of<float>()
                                                             : py::dtype::of<double>());
  if (!out) out = element_view(output, "output");
  {
    const py::gil_scoped_release unlocked;
    (*kept)->run(in, *out, Storing{1, round, 0, false});
    kept.reset();
  }
  return output;
}

// One number for every axis, or one for each; nothing for all that needs a closer look.
std::optional<Shape> per_axis(const py::object& value, int rank, Index least) {
  constexpr Index kMost = Index{1} << 28;
  Shape result;
  const auto add = [&](PyObject* item) {
    int overflow = 0;
    const Index number =
        PyLong_CheckExact(item) ? PyLong_AsLongLongAndOverflow(item, &overflow) : least - 1;
    if (overflow != 0 || number < least || number > kMost) return false;
    result.push_back(number);
    return true;
  };
  const bool several = PyTuple_CheckExact(value.ptr());
  if (several && PyTuple_GET_SIZE(value.ptr()) != rank) return std::nullopt;
  for (int axis = 0; axis < rank; ++axis) {
    if (!add(several ? PyTuple_GET_ITEM(value.ptr(), axis) : value.ptr())) return std::nullopt;
  }
  return result;
}

// A layer of plain arrays without a detour through Python; None where something needs more care.
py::object layer(const py::object& input, const py::object& weight, const py::object& bias,
                 const py::object& stride, const py::object& padding, const py::object& dilation,
                 const py::object& groups) {
  const std::optional<ElementView> in = plain_array(input), kernel = plain_array(weight);
  const std::optional<ElementView> shift = bias.is_none() ? std::nullopt : plain_array(bias);
  if (!in || !kernel || in->extents.rank() < 3 || in->extents.rank() != kernel->extents.rank() ||
      in->type != kernel->type || (!bias.is_none() && (!shift || shift->extents.rank() != 1 ||
                                                       shift->type != in->type))) {
    return py::none();
  }
  const int rank = in->extents.rank() - 2;
  const auto strides = per_axis(stride, rank, 1), dilations = per_axis(dilation, rank, 1);
  const auto paddings = per_axis(padding, rank, 0), group = per_axis(groups, 1, 1);
  if (!strides || !dilations || !paddings || !group) return py::none();
  Asked asked;
  asked.in = in->extents;
  std::vector<double> taps(static_cast<std::size_t>(kernel->extents.product()));
  gather(*kernel, taps.data());
  asked.weights = taps.data();
  asked.weight_shape = kernel->extents;
  asked.options.stride = *strides;
  asked.options.dilation = *dilations;
  for (Index p : *paddings) asked.options.padding.push_back({p, p});
  asked.options.groups = (*group)[0];
  if (shift) {
    asked.options.bias.resize(static_cast<std::size_t>(shift->extents[0]));
    gather(*shift, asked.options.bias.data());
  }
  const bool single = in->type == Element::float32;
  asked.arithmetic = single ? SampleType::float32 : SampleType::float64;
  asked.blocks = !is_plain(*in, asked.arithmetic);
  std::optional<Kept> kept;
  {
    const py::gil_scoped_release unlocked;
    kept.emplace(asked);
  }
  const py::array output = new_array(
      (*kept)->output_shape(), single ? py::dtype::of<float>() : py::dtype::of<double>());
  const ElementView out = element_view(output, "output");
  const py::gil_scoped_release unlocked;
  (*kept)->run(*in, out, {});
  kept.reset();
  return output;
}

// [(solver, detail, seconds for a position or None, error), …], the chosen one first.
py::list candidates(const py::array& input, const Doubles& weight, const Options& o) {
  const Problem p = problem_of(input, weight, o);
  const Plan plan = make_plan(p, machine_costs(), nullptr, o.method);
  py::list result;
  const auto add = [&](const Candidate& c) {
    const py::object seconds = c.seconds < 0 ? py::object(py::none()) : py::float_(c.seconds);
    result.append(py::make_tuple(c.solver, c.detail, seconds, c.error));
  };
  add(plan.candidates[plan.chosen]);
  for (std::size_t i = 0; i < plan.candidates.size(); ++i) {
    if (i != plan.chosen) add(plan.candidates[i]);
  }
  return result;
}

// The two functions have the same arguments; with `body` taking them as Options.
template <class... Arrays, class Body>
auto with_options(Body body) {
  return [body](Arrays... arrays, const std::vector<Index>& stride,
                const std::vector<Index>& dilation,
                const Pairs& padding, Index groups, const std::string& boundary, double constant,
                const std::optional<Doubles>& bias, const std::string& method, double tolerance) {
    return body(arrays..., Options{stride, dilation, padding, groups, boundary, constant, bias,
                                   method, tolerance});
  };
}

template <class Function, class... Arrays>
void define(py::module_& module, const char* name, Function function, const Arrays&... arrays) {
  module.def(name, function, arrays..., py::kw_only(), py::arg("stride"), py::arg("dilation"),
             py::arg("padding"), py::arg("groups"), py::arg("boundary"), py::arg("constant"),
             py::arg("bias"), py::arg("method"), py::arg("tolerance"));
}

}  // namespace

void define_convolution(py::module_& module) {
  define(module, "correlate",
         with_options<const py::array&, const Doubles&, const std::optional<py::array>&, bool>(
             correlate),
         py::arg("input"), py::arg("weight"), py::arg("output"), py::arg("round"));
  define(module, "candidates", with_options<const py::array&, const Doubles&>(candidates),
         py::arg("input"), py::arg("weight"));
  module.def("layer", &layer, py::arg("input"), py::arg("weight"), py::arg("bias"),
             py::arg("stride"), py::arg("padding"), py::arg("dilation"), py::arg("groups"));
  module.def("set_wishes", [](double tolerance, Index memory) {
    set_wishes({tolerance, memory});
  });
  module.def("set_thread_wishes", [](const std::optional<std::pair<double, Index>>& mine)
                 -> std::optional<std::pair<double, Index>> {
    const auto before = set_thread_wishes(
        mine ? std::optional<Wishes>(Wishes{mine->first, mine->second}) : std::nullopt);
    if (!before) return std::nullopt;
    return std::pair(before->tolerance, before->memory);
  });
  module.def("wishes", [] { return std::pair(wishes().tolerance, wishes().memory); });
}

}  // namespace faltung
