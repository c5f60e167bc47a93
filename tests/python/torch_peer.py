"""PyTorch as a peer: every case goes there too, where it is installed and knows the case."""
import functools
import sys

import numpy as np


@functools.lru_cache()
def torch():
    """The module, imported when it is first asked for, which takes a second; None: missing."""
    try:
        import torch as module
    except ImportError:
        return None
    module.set_num_threads(1)
    return module


def needed():
    """Ends the test as one that could not run."""
    if torch() is None:
        print("SKIPPED: python3-torch is missing (tests/run installs it)")
        sys.exit(77)


def tensors(*arrays):
    return [None if a is None else torch().from_numpy(np.array(a)) for a in arrays]


def numbers(result):
    if isinstance(result, (tuple, list)):
        return tuple(numbers(r) for r in result)
    return None if result is None else result.detach().numpy()


def call(name, *arrays, **options):
    """torch.nn.functional.NAME on arrays."""
    function = getattr(torch().nn.functional, name)
    return numbers(function(*tensors(*arrays), **options))


def gradients(name, grad, *arrays, **options):
    """The gradients of all arrays for the gradient of NAME's result."""
    function = getattr(torch().nn.functional, name)
    leaves = [t if t is None else t.requires_grad_(True) for t in tensors(*arrays)]
    function(*leaves, **options).backward(torch().from_numpy(np.array(grad)))
    return tuple(None if leaf is None else leaf.grad.numpy() for leaf in leaves)


def gradient(name, x, grad, *arguments):
    """Of torch.nn.functional.NAME(x, ...) for x."""
    x, grad = tensors(x, grad)
    x.requires_grad_()
    getattr(torch().nn.functional, name)(x, *arguments).backward(grad)
    return x.grad.numpy()
