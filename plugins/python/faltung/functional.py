"""Layers of neural networks on NumPy arrays, as torch.nn.functional names and orders them.

Arrays: input [item, channel, axis...] or [channel, axis...], weight [out channel, in channel /
groups, tap...], bias [out channel]; all float32 or all float64, which is kept. Nothing is flipped:
out[o, m] = bias[o] + the sum over i, k of weight[o, i, k] * input[i, m * stride + k * dilation -
padding]. Errors are relative to the result's largest value: 1e-6 in float32, 1e-13 in float64.

Every layer comes for 1, 2 and 3 axes under PyTorch's name and for any number of axes (1 to 6)
without it: conv2d and conv. What ends in _backward takes the gradient of the layer's output, then
the layer's own arguments. explain says how conv would compute.
"""
from ._convolution import (conv, conv1d, conv2d, conv3d, conv_backward, conv_transpose,
                           conv_transpose1d, conv_transpose2d, conv_transpose3d,
                           conv_transpose_backward, explain)
from ._interpolation import interpolate, interpolate_backward
from ._normalisation import batch_norm, batch_norm_backward, fold_batch_norm
from ._places import (adaptive_avg_pool, adaptive_avg_pool1d, adaptive_avg_pool2d,
                      adaptive_avg_pool3d, adaptive_avg_pool_backward, adaptive_max_pool,
                      adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d,
                      adaptive_max_pool_backward, global_avg_pool, global_max_pool, max_unpool,
                      max_unpool1d, max_unpool2d, max_unpool3d, max_unpool_backward)
from ._pooling import (avg_pool, avg_pool1d, avg_pool2d, avg_pool3d, avg_pool_backward, lp_pool,
                       lp_pool1d, lp_pool2d, lp_pool_backward, max_pool, max_pool1d, max_pool2d,
                       max_pool3d, max_pool_backward)

__all__ = [
    "adaptive_avg_pool", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
    "adaptive_avg_pool_backward", "adaptive_max_pool", "adaptive_max_pool1d", "adaptive_max_pool2d",
    "adaptive_max_pool3d", "adaptive_max_pool_backward", "avg_pool", "avg_pool1d", "avg_pool2d",
    "avg_pool3d", "avg_pool_backward", "batch_norm", "batch_norm_backward", "conv", "conv1d",
    "conv2d", "conv3d", "conv_backward", "conv_transpose", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "conv_transpose_backward", "explain", "fold_batch_norm", "global_avg_pool",
    "global_max_pool", "interpolate", "interpolate_backward", "lp_pool", "lp_pool1d", "lp_pool2d",
    "lp_pool_backward", "max_pool", "max_pool1d", "max_pool2d", "max_pool3d", "max_pool_backward",
    "max_unpool", "max_unpool1d", "max_unpool2d", "max_unpool3d", "max_unpool_backward"]
