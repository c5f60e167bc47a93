"""Where a volume lies, from every container into every other, written and read by other programs."""

import re
import sys
import unittest

from program import ProgramTest

try:
    import h5py
    import nibabel
    import numpy as np
    import tifffile
    import zarr
except ImportError as missing:
    print(missing)
    sys.exit(77)

# What a container says of a place; of a pair, what both say is kept. docs/formats.md has this table.
SAYS = {"nii": {"spacing", "origin", "directions"}, "nrrd": {"spacing", "origin", "directions"},
        "mha": {"spacing", "origin", "directions"}, "zarr": {"spacing", "origin"},
        "h5": {"spacing", "origin"}, "tif": {"spacing", "origin"}}

SPACING = np.array([0.5, 0.75, 2.0])  # mm, of x, y, z
ORIGIN = np.array([10.0, -20.0, 30.0])
VOLUME = np.arange(4 * 5 * 6, dtype="int16").reshape(4, 5, 6)
LPS = np.diag([-1.0, -1.0, 1.0])


def turn(degrees):
    """About z, then about x."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


class Place:
    """Lengths in mm; directions are columns in RAS, None where a container says none."""

    def __init__(self, spacing, origin, directions=None):
        self.spacing, self.origin, self.directions = map(
            lambda x: None if x is None else np.asarray(x, float), (spacing, origin, directions))


def numbers(text):
    return [float(word) for word in re.findall(r"[-+.\deE]+", text)]


class Written:
    """A volume at a place, written without the program."""

    @staticmethod
    def nii(path, place):
        affine = np.eye(4)
        affine[:3, :3], affine[:3, 3] = place.directions * place.spacing, place.origin
        image = nibabel.Nifti1Image(VOLUME.transpose(2, 1, 0), affine)
        image.header.set_xyzt_units("mm")
        nibabel.save(image, path)

    @staticmethod
    def nrrd(path, place):
        vector = lambda v: "(" + ",".join(map(repr, map(float, v))) + ")"
        with open(path, "wb") as file:
            file.write(("NRRD0004\ntype: short\ndimension: 3\nspace: right-anterior-superior\n"
                        "sizes: 6 5 4\nencoding: raw\nendian: little\nspace directions: " +
                        " ".join(map(vector, (place.directions * place.spacing).T)) +
                        '\nspace units: "mm" "mm" "mm"\nspace origin: ' + vector(place.origin) +
                        "\n\n").encode() + VOLUME.tobytes())

    @staticmethod
    def mha(path, place):
        text = lambda v: " ".join(map(repr, map(float, v)))
        with open(path, "wb") as file:
            file.write(("ObjectType = Image\nNDims = 3\nBinaryData = True\n"
                        "BinaryDataByteOrderMSB = False\nTransformMatrix = " +
                        text((LPS @ place.directions).T.ravel()) + "\nOffset = " +
                        text(LPS @ place.origin) + "\nElementSpacing = " + text(place.spacing) +
                        "\nDimSize = 6 5 4\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
                        ).encode() + VOLUME.tobytes())

    @staticmethod
    def zarr(path, place):
        group = zarr.open_group(path, mode="w")
        group.create_dataset("0", data=VOLUME, chunks=(2, 5, 6), dimension_separator="/")
        steps = [{"type": "scale", "scale": list(place.spacing[::-1])},
                 {"type": "translation", "translation": list(place.origin[::-1])}]
        axes = [{"name": name, "type": "space", "unit": "millimeter"} for name in "zyx"]
        group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": [
            {"path": "0", "coordinateTransformations": steps}]}]

    @staticmethod
    def h5(path, place):
        with h5py.File(path, "w") as file:
            data = file.create_dataset("data", data=VOLUME, chunks=(2, 5, 6))
            for axis, name in enumerate("zyx"):
                data.dims[axis].label = name
            data.attrs["element_size_um"] = 1000 * place.spacing[::-1]
            data.attrs["origin_um"] = 1000 * place.origin[::-1]

    @staticmethod
    def tif(path, place):
        about = {"axes": "ZYX", "Plane": {}}
        for axis, name in enumerate("XYZ"):
            about[f"PhysicalSize{name}"] = place.spacing[axis]
            about[f"PhysicalSize{name}Unit"] = "mm"
            about["Plane"][f"Position{name}"] = [place.origin[axis] * 1000] * len(VOLUME)
            about["Plane"][f"Position{name}Unit"] = ["\u00b5m"] * len(VOLUME)
        tifffile.imwrite(path, VOLUME, ome=True, metadata=about)


class Read:
    """A place and a volume, read without the program."""

    @staticmethod
    def nii(path):
        image = nibabel.load(path)
        unit = {"mm": 1, "micron": 1e-3}[image.header.get_xyzt_units()[0]]
        spacing = np.array(image.header.get_zooms(), float)
        coded = image.header["sform_code"] > 0
        affine = image.affine
        return (Place(spacing * unit, affine[:3, 3] * unit if coded else None,
                      affine[:3, :3] / spacing if coded else None),
                np.asarray(image.dataobj).transpose(2, 1, 0))

    @staticmethod
    def nrrd(path):
        with open(path, "rb") as file:
            head, data = file.read().split(b"\n\n", 1)
        fields = dict(line.split(": ", 1) for line in head.decode().split("\n") if ": " in line)
        sides = LPS if fields.get("space") == "left-posterior-superior" else np.eye(3)
        units = set(re.findall('"(.*?)"', fields.get("space units", fields.get("units", ""))))
        unit = {"mm": 1, "micrometer": 1e-3}[units.pop()]
        if "space directions" in fields:
            steps = sides @ np.reshape(numbers(fields["space directions"]), (3, 3)).T
            spacing = np.linalg.norm(steps, axis=0)
            place = Place(spacing * unit, sides @ numbers(fields["space origin"]) * unit, steps / spacing)
        else:
            place = Place(np.multiply(numbers(fields["spacings"]), unit),
                          np.multiply(numbers(fields["axis mins"]), unit))
        return place, np.frombuffer(data, "<i2").reshape(VOLUME.shape)

    @staticmethod
    def mha(path):
        with open(path, "rb") as file:
            head, data = file.read().split(b"LOCAL\n", 1)
        fields = dict(line.split(" = ", 1) for line in head.decode().split("\n") if " = " in line)
        directions = LPS @ np.reshape(numbers(fields["TransformMatrix"]), (3, 3)).T
        return (Place(numbers(fields["ElementSpacing"]), LPS @ numbers(fields["Offset"]), directions),
                np.frombuffer(data, "<i2").reshape(VOLUME.shape))

    @staticmethod
    def zarr(path):
        group = zarr.open_group(path, mode="r")
        image = group.attrs["multiscales"][0]
        unit = {"millimeter": 1, "micrometer": 1e-3}[image["axes"][0]["unit"]]
        scale, shift = image["datasets"][0]["coordinateTransformations"]
        return (Place(np.multiply(scale["scale"][::-1], unit),
                      np.multiply(shift["translation"][::-1], unit)), group["0"][:])

    @staticmethod
    def h5(path):
        with h5py.File(path) as file:
            data = file["data"]
            return (Place(data.attrs["element_size_um"][::-1] / 1000, data.attrs["origin_um"][::-1] / 1000),
                    data[:])

    @staticmethod
    def tif(path):
        with tifffile.TiffFile(path) as file:
            pixels = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
            units = {"mm": 1, "\u00b5m": 1e-3}
            plane = pixels["Plane"]
            length = lambda of, name: of[name] * units[of[name + "Unit"]]
            return (Place([length(pixels, f"PhysicalSize{n}") for n in "XYZ"],
                          [length(plane, f"Position{n}") for n in "XYZ"]), file.asarray())


class Placement(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("same.yaml", "stages:\n  - gain: {db: 0}\n")

    def put(self, kind, place):
        """Returns the name and what the file says of the place."""
        name = f"in.{kind}"
        getattr(Written, kind)(self.path(name), place)
        return name

    def through(self, name, kind):
        said = self.succeed("run", "same.yaml", name, "-o", f"out.{kind}").stderr.decode()
        place, volume = getattr(Read, kind)(self.path(f"out.{kind}"))
        np.testing.assert_array_equal(volume, VOLUME)
        return place, said

    def check(self, directions):
        place = Place(SPACING, ORIGIN, directions)
        turned = not np.allclose(directions, np.eye(3))
        for source in SAYS:
            name = self.put(source, place)
            for target in SAYS:
                with self.subTest(f"{source} to {target}"):
                    kept = SAYS[source] & SAYS[target]
                    got, said = self.through(name, target)
                    np.testing.assert_allclose(got.spacing, SPACING, rtol=1e-6)
                    # Numbers without directions are those of the container's own world.
                    own = LPS if target == "mha" and "directions" not in kept else np.eye(3)
                    np.testing.assert_allclose(own @ got.origin, ORIGIN, rtol=1e-6)
                    if "directions" in kept:
                        np.testing.assert_allclose(got.directions, directions, atol=1e-6)
                    lost = turned and "directions" in SAYS[source] - SAYS[target]
                    self.assertEqual("holds no directions" in said, lost, said)

    def test_upright_volumes_between_all_pairs(self):
        self.check(np.eye(3))

    def test_turned_volumes_between_all_pairs(self):
        self.check(turn(20))

    def test_a_world_of_left_and_back_keeps_its_numbers(self):
        name = self.put("mha", Place(SPACING, ORIGIN, LPS))
        for kind in ["zarr", "h5", "tif"]:
            got, said = self.through(name, kind)
            np.testing.assert_allclose(got.origin, LPS @ ORIGIN)
            self.assertIn("x, y, z run LPS is not carried on", said)
            self.succeed("run", "same.yaml", f"out.{kind}", "-o", f"back-{kind}.mha")
            back, _ = Read.mha(self.path(f"back-{kind}.mha"))
            np.testing.assert_allclose(back.origin, ORIGIN)
            np.testing.assert_allclose(back.directions, LPS)

    def test_what_says_nothing_of_a_place_is_said_to(self):
        name = self.put("nii", Place(SPACING, ORIGIN, turn(20)))
        said = self.succeed("run", "same.yaml", name, "-o", "out.npy").stderr.decode()
        self.assertIn("x, y, z run RAS, oblique is not carried on", said)

    def test_spacing_without_a_length_is_said_where_it_is_lost(self):
        for spacing, unit, lost in [((0.5, 0.75, 2), "unknown", True), ((1, 1, 1), "unknown", False),
                                    ((0.5, 0.75, 2), "mm", False)]:
            volume = nibabel.Nifti1Image(VOLUME.T, np.diag([*spacing, 1]))
            volume.header.set_xyzt_units(xyz=unit)
            nibabel.save(volume, self.path("in.nii"))
            for kind in ["h5", "zarr", "nrrd"]:
                said = self.succeed("run", "same.yaml", "in.nii", "-o", f"out.{kind}").stderr.decode()
                words = "where all axes have a unit of length; spacing 2 x 0.75 x 0.5 is not carried on"
                self.assertEqual(words in said, lost and kind == "h5", (kind, unit, said))

    def test_axes_of_different_units_share_one_where_a_header_has_one(self):
        about = {"axes": "ZYX", "PhysicalSizeX": 250.0, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 0.5,
                 "PhysicalSizeYUnit": "\u00b5m", "PhysicalSizeZ": 0.003, "PhysicalSizeZUnit": "mm"}
        tifffile.imwrite(self.path("in.tif"), VOLUME, ome=True, metadata=about)
        for kind in ["nii", "mha"]:
            self.succeed("run", "same.yaml", "in.tif", "-o", f"out.{kind}")
        self.assertEqual(nibabel.load(self.path("out.nii")).header.get_xyzt_units()[0], "mm")
        np.testing.assert_allclose(nibabel.load(self.path("out.nii")).header.get_zooms(),
                                   [0.00025, 0.0005, 0.003], rtol=1e-6)
        line = re.search(rb"ElementSpacing = (.*)\n", self.read("out.mha")).group(1)
        np.testing.assert_allclose(numbers(line.decode()), [0.00025, 0.0005, 0.003])


if __name__ == "__main__":
    unittest.main()
