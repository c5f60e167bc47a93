"""Small real files for each fuzzing target: seeds.py PROGRAM FOLDER."""

import glob
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ["FALTUNG_PROGRAM"] = os.path.abspath(sys.argv[1])
sys.path[:0] = [os.path.join(ROOT, "tests", "apps"), os.path.join(ROOT, "tests", "faults")]

import hostile  # noqa: E402  (found by the path above)
from program import noise, npy, png, wav  # noqa: E402

SOUND = ["wav", "flac", "aiff", "ogg", "csv"]
OTHER_SOUND = {"rf64": "wav", "w64": "wav", "opus": "ogg"}  # that a target of another name reads
VOLUME = ["tif", "npy", "nii", "nii.gz", "nrrd", "mha", "h5", "zarr"]
IMAGE = ["png", "jpg", "tif", "exr", "npy", "h5"]

JCONVOLVER = b"""/cd .
/convolver/new 2 2 256 512
/input/name 1 L
/impulse/dirac 1 1 0.5 10
/impulse/hilbert 1 2 0.7 64 65
/impulse/copy 2 2 1 1
"""
CAMILLADSP = b"""devices: {samplerate: 48000, chunksize: 1024, capture: {type: Stdin, channels: 2, format: S16LE},
  playback: {type: Stdout, channels: 2, format: S16LE}}
filters:
  low: {type: Biquad, parameters: {type: Lowpass, freq: 200, q: 0.7}}
  end: {type: BiquadCombo, parameters: {type: ButterworthHighpass, freq: 90, order: 4}}
  late: {type: Delay, parameters: {delay: 2.5, unit: ms, subsample: true}}
  loud: {type: Gain, parameters: {gain: -3, inverted: true}}
  taps: {type: Conv, parameters: {type: Values, values: [1, 0.5]}}
  iir: {type: DiffEq, parameters: {a: [1, -0.5], b: [0.5]}}
mixers:
  swap: {channels: {in: 2, out: 2}, mapping: [{dest: 0, sources: [{channel: 1, gain: -6, inverted: false}]},
    {dest: 1, sources: [{channel: 0, gain: 0, inverted: true}]}]}
pipeline:
  - {type: Mixer, name: swap}
  - {type: Filter, channel: 0, names: [low, late, loud, iir]}
  - {type: Filter, channel: 1, names: [end, taps]}
"""
BRUTEFIR = b"""sampling_rate: 48000; filter_length: 64,4;
coeff "a" { filename: "dirac pulse"; attenuation: 6.0; };
input "l", "r" { device: "file" { path: "/dev/stdin"; }; sample: "S16_LE"; channels: 2; delay: 1,2; };
output "o", "p" { device: "file" { path: "/dev/stdout"; }; sample: "S16_LE"; channels: 2; mute: false, true; };
filter "f" { from_inputs: "l"/6/-1, "r"; to_filters: "g"/3; coeff: "a"; };
filter "g" { from_filters: "f"; to_outputs: "o", "p"//0.5; coeff: -1; delay: 2; process: 0; };
"""


def write(name, data):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as file:
        file.write(data)


def read(name):
    with open(name, "rb") as file:
        return file.read()


def convert(source, extensions, word, *options):
    for extension in extensions:
        os.makedirs(extension, exist_ok=True)
        subprocess.run([PROGRAM, "run", "same.yaml", source, "-o", f"{extension}/{word}.{extension}",
                        "--quiet", *options], check=True)


def join(folder, metadata, chunk, to):
    """A store of one chunk as one input: the metadata, a zero, the chunk."""
    write(to, read(f"{folder}/{metadata}") + b"\0" + read(f"{folder}/{chunk}"))


def foreign_hdf5():
    """Versions of the format, indexes of chunks and places of numbers that the program does not write."""
    try:
        import h5py
    except ImportError:
        return
    fixed = {"data": [[1.5] * 8] * 8, "dtype": "f4"}
    for word, version, more in [
            ("labels", "latest", {}), ("early", "earliest", {"chunks": (4, 4), "fletcher32": True}),
            ("middle", ("earliest", "v108"), {"chunks": (2, 8)}), ("array", "latest", {"chunks": (2, 2)}),
            ("grows", "latest", {"chunks": (2, 8), "maxshape": (None, 8), "compression": "gzip"}),
            ("both", "latest", {"chunks": (4, 4), "maxshape": (None, None)}),
            ("one", "latest", {"chunks": (8, 8), "shuffle": True, "compression": "gzip"})]:
        with h5py.File(f"h5/{word}.h5", "w", libver=version) as file:
            data = file.create_dataset("deep/a", **fixed, **more)
            data.attrs["DIMENSION_LABELS"] = h5py.Empty("S1") if word == "one" else ["y", "x"]
            data.attrs["element_size_um"] = [0.5, 0.25]
    with h5py.File("h5/links.h5", "w", libver="latest", track_order=True) as file:
        for number in range(12):
            file.create_group(f"g{number}")["soft"] = h5py.SoftLink("/a")
        file.create_dataset("a", **fixed)


def main():
    os.makedirs(sys.argv[2], exist_ok=True)
    os.chdir(sys.argv[2])
    write("same.yaml", b"stages:\n  - gain: {db: 0}\n")
    write("a.wav", wav(noise(400), channels=2))
    write("a.npy", npy((3, 5, 4), bytes(range(240))))
    write("a.png", png([[x * y % 256 for x in range(9)] for y in range(7)]))
    convert("a.wav", SOUND, "sound")
    convert("a.wav", OTHER_SOUND, "sound")
    for extension, target in OTHER_SOUND.items():
        write(f"{target}/{extension}", read(f"{extension}/sound.{extension}"))
    write("kernel/table", read("csv/sound.csv"))
    write("kernel/plain", b"1 2 1\n2 4 2\n1 2 1\n")
    write("jconvolver/room", JCONVOLVER)
    write("camilladsp/room", CAMILLADSP)
    write("brutefir/room", BRUTEFIR)
    convert("a.npy", VOLUME, "volume")
    convert("a.npy", ["tif", "nii", "h5"], "bytes", "--type", "u8")
    convert("a.png", IMAGE, "image")
    foreign_hdf5()
    join("zarr/volume.zarr", ".zarray", "0/0/0", "zarr2/volume")
    for name, contents, _ in hostile.CLAIMS:
        if isinstance(contents, dict):
            (metadata, text), *chunks = contents.items()
            target = "zarr2" if metadata == ".zarray" else "zarr3"
            write(f"{target}/{len(os.listdir(target)) if os.path.isdir(target) else 0}",
                  text + b"\0" + (chunks[0][1][:1000] if chunks else bytes(64)))
            write(f"json/{target}", text)
        elif os.path.isdir(name[2:]) and len(contents) < 4096:
            write(f"{name[2:]}/claim{len(os.listdir(name[2:]))}", contents)
    for number, packed in enumerate([hostile.gzip.compress(bytes(64)), hostile.blosc(64),
                                     hostile.zstd(64), hostile.zlib.compress(bytes(range(200)))]):
        for codec in range(7):
            write(f"codecs/{number}-{codec}", bytes([codec, 1, 1]) + packed)
    for path in glob.glob(os.path.join(ROOT, "configs", "**", "*.yaml"), recursive=True):
        write("yaml/" + os.path.basename(path), read(path))


main()
