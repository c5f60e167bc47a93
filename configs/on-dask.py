#!/usr/bin/python3
"""A pipeline on a Zarr array that Dask's workers compute block by block.

    python3 configs/on-dask.py configs/smooth-volume.yaml in.zarr out.zarr [--workers 4] [--scheduler tcp://head:8786]

Every block is computed with the halo that the pipeline's report asks for, so that the result is that of the whole array
within twice the `tolerance` of each stage (1e-6 of its largest value, if the pipeline says nothing). Needs the package
faltung (docs/architecture.md), dask, distributed and zarr, on the workers too, and a folder that all of them see.
"""
import argparse
import functools
import os
import re

import dask.array
import numpy as np
from dask.distributed import Client, LocalCluster

import faltung


@functools.lru_cache(maxsize=4)
def prepared(path):
    """A worker's own pipeline: read once, run for all its blocks, on the worker's one thread."""
    faltung.set_threads(1)
    return faltung.Pipeline.load(path)


def compute(block, path):
    return prepared(path).run(block)


def halo(path, shape):
    """What a block needs around it along each axis, and the type of the result.

    An output's receptive field of n positions may lie on either side of it: n - 1 are enough wherever it lies.
    Errors: ValueError for pipelines that no halo makes right.
    """
    with open(path, encoding="utf8") as file:
        if re.search(r"boundary:\s*wrap", file.read()):
            raise ValueError(f"{path}: boundary: wrap needs the other end of the array")
    whole = faltung.Pipeline.load(path).report((1, *shape))["whole"]
    if whole["output"]["shape"] != whole["input"]["shape"]:
        raise ValueError(f"{path}: makes {whole['output']['shape']} of {whole['input']['shape']}; allowed: pipelines "
                         "that keep channels and extents")
    field = whole["receptive_field_of_input"]
    if any(n < 1 or n > extent for n, extent in zip(field, shape)):
        raise ValueError(f"{path}: an output depends on {field} positions of {list(shape)}: nothing to divide")
    return tuple(n - 1 for n in field)


def apply(path, array):
    """The pipeline on a dask array, lazily. Integers of 8 and 16 bits become float32, others float64."""
    depth = halo(path, array.shape)
    if array.dtype.kind == "f":
        kind = array.dtype
    else:
        kind = np.dtype("f4" if array.dtype.itemsize <= 2 else "f8")
    # "none": where the array ends the block ends, and the pipeline's own boundary rule holds.
    return dask.array.map_overlap(compute, array, depth=depth, boundary="none", dtype=kind, path=path,
                                  meta=np.empty((0,) * array.ndim, kind))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pipeline")
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="of this machine")
    parser.add_argument("--scheduler", help="of a cluster that runs already, instead")
    options = parser.parse_args()
    cluster = options.scheduler or LocalCluster(n_workers=options.workers, threads_per_worker=1, processes=True,
                                                dashboard_address=None)
    with Client(cluster):
        array = dask.array.from_zarr(options.input)
        result = apply(os.path.abspath(options.pipeline), array)
        result.rechunk(array.chunks).to_zarr(options.output, overwrite=True)


if __name__ == "__main__":
    main()
