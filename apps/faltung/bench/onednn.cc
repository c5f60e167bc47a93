// oneDNN in `bench layers`: the only <dnnl.hpp> (and <omp.h>), where CMake has found it.
#include "apps/faltung/bench/onednn.h"

#include "engine/nd/error.h"

#ifdef FALTUNG_HAS_ONEDNN
#include <omp.h>

#include <dnnl.hpp>
#endif

namespace faltung {

#ifdef FALTUNG_HAS_ONEDNN
namespace {

using Tag = dnnl::memory::format_tag;
using Forward = dnnl::convolution_forward;

dnnl::memory::dims dims(const Shape& shape) { return {shape.begin(), shape.end()}; }

dnnl::memory::desc described(const dnnl::memory::dims& extents, Tag tag) {
  return {extents, dnnl::memory::data_type::f32, tag};
}

// Groups are an axis of their own in front.
dnnl::memory::dims weight_dims(const LayerCase& layer) {
  dnnl::memory::dims extents = dims(layer.weight_shape());
  if (layer.groups == 1) return extents;
  extents[0] /= layer.groups;
  extents.insert(extents.begin(), layer.groups);
  return extents;
}

class Layer : public OneDnnLayer {
 public:
  Layer(const LayerCase& layer, const Array<float>& weight, Layout layout, int threads)
      : threads_(threads), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    omp_set_num_threads(threads_);  // primitives are made for as many as there are now
    plan(layer, layout);
    bring(layer, weight);
  }

  void run(const Array<float>& in, Array<float>& out) override {
    omp_set_num_threads(threads_);
    plain_in_.set_data_handle(const_cast<float*>(in.data()));  // only read
    plain_out_.set_data_handle(out.data());
    if (moves_in_) to_own_.execute(stream_, plain_in_, own_in_);
    forward_.execute(stream_, {{DNNL_ARG_SRC, moves_in_ ? own_in_ : plain_in_},
                               {DNNL_ARG_WEIGHTS, weight_},
                               {DNNL_ARG_DST, moves_out_ ? own_out_ : plain_out_}});
    if (moves_out_) to_plain_.execute(stream_, own_out_, plain_out_);
    stream_.wait();
  }

 private:
  void plan(const LayerCase& layer, Layout layout) {
    const auto in = described(dims(layer.in_shape()), Tag::nchw);
    const auto out = described(dims(layer.out_shape()), Tag::nchw);
    const Tag wanted = layout == Layout::plain ? Tag::nchw : Tag::any;
    const dnnl::memory::dims stride{layer.stride, layer.stride};
    const dnnl::memory::dims padding{layer.padding(), layer.padding()};
    const Forward::desc asked(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_auto,
                              described(dims(layer.in_shape()), wanted),
                              described(weight_dims(layer), Tag::any),
                              described(dims(layer.out_shape()), wanted), stride, padding, padding);
    planned_ = Forward::primitive_desc(asked, engine_);
    forward_ = Forward(planned_);
    plain_in_ = dnnl::memory(in, engine_, nullptr);
    plain_out_ = dnnl::memory(out, engine_, nullptr);
    moves_in_ = planned_.src_desc() != in;
    moves_out_ = planned_.dst_desc() != out;
    if (moves_in_) {
      own_in_ = dnnl::memory(planned_.src_desc(), engine_);
      to_own_ = dnnl::reorder(plain_in_, own_in_);
    }
    if (moves_out_) {
      own_out_ = dnnl::memory(planned_.dst_desc(), engine_);
      to_plain_ = dnnl::reorder(own_out_, plain_out_);
    }
  }

  void bring(const LayerCase& layer, const Array<float>& weight) {
    const Tag tag = layer.groups == 1 ? Tag::oihw : Tag::goihw;
    dnnl::memory plain(described(weight_dims(layer), tag), engine_,
                       const_cast<float*>(weight.data()));  // only read
    weight_ = dnnl::memory(planned_.weights_desc(), engine_);
    dnnl::reorder(plain, weight_).execute(stream_, plain, weight_);
    stream_.wait();
  }

  const int threads_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  Forward::primitive_desc planned_;
  Forward forward_;
  dnnl::reorder to_own_, to_plain_;
  dnnl::memory plain_in_, plain_out_, own_in_, own_out_, weight_;
  bool moves_in_ = false, moves_out_ = false;
};

}  // namespace

bool has_onednn() { return true; }

std::unique_ptr<OneDnnLayer> make_onednn_layer(const LayerCase& layer, const Array<float>& weight,
                                               OneDnnLayer::Layout layout, int threads) {
  try {
    return std::make_unique<Layer>(layer, weight, layout, threads);
  } catch (const dnnl::error& error) {
    throw Error(Code::failure, layer.name() + ": oneDNN refuses: " + error.what());
  }
}
#else
bool has_onednn() { return false; }

std::unique_ptr<OneDnnLayer> make_onednn_layer(const LayerCase&, const Array<float>&,
                                               OneDnnLayer::Layout, int) {
  return nullptr;
}
#endif

}  // namespace faltung
