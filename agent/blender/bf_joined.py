"""The joined picture in Cycles' place: everything that Blender does with a render after rendering it
(compositor, stamp, view transform, dither, file format) is done with pixels from a file.

Cycles is a class of Python; while a Joined is entered, its render() takes each view layer's passes from
a multi-layer EXR file. Blender sees no difference, so nothing in the scene has to be changed."""

import struct

import bpy

from bf_line import Refused

HEADER_MAX = 16 << 20

# Channels as Blender orders them inside a pass; files have them in alphabetical order.
ORDER = "RrGgBbUVXYZWAa"


class Header:
    """What an EXR file says at its start: size, channels, texts."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self._data = file.read(HEADER_MAX)
        if self._data[:4] != b"\x76\x2f\x31\x01":
            raise Refused("the joined picture is no EXR file")
        self.size, self.channels, self.texts = None, [], {}
        at = 8
        while self._data[at]:
            name, at = self._word(at)
            kind, at = self._word(at)
            length, = struct.unpack_from("<i", self._data, at)
            self._attribute(name, kind, self._data[at + 4:at + 4 + length])
            at += 4 + length

    def _word(self, at):
        end = self._data.index(0, at)
        return self._data[at:end].decode("utf-8", "replace"), end + 1

    def _attribute(self, name, kind, value):
        if name == "dataWindow":
            left, top, right, bottom = struct.unpack("<4i", value)
            self.size = right - left + 1, bottom - top + 1
        elif kind == "chlist":
            at = 0
            while value[at]:
                end = value.index(0, at)
                self.channels.append(value[at:end].decode("utf-8", "replace"))
                at = end + 17
        elif kind == "string":
            self.texts[name] = value.decode("utf-8", "replace")

    def passes(self, layer):
        """{name of the pass: its channels in order} of a view layer."""
        found = {}
        for channel in self.channels:
            if channel.startswith(layer + "."):
                name, _, letter = channel[len(layer) + 1:].rpartition(".")
                found.setdefault(name, []).append(letter)
        return {name: "".join(sorted(letters, key=ORDER.find)) for name, letters in found.items()}


def cycles_class():
    for engine in bpy.types.RenderEngine.__subclasses__():
        if getattr(engine, "bl_idname", "") == "CYCLES":
            return engine
    raise Refused("Cycles is not part of this Blender, so joined pictures cannot be finished", "agent")


class Joined:
    """with Joined(path, size): render; then check()."""

    def __init__(self, path, size):
        self.path = path
        self.header = Header(path)
        self.layers = []
        self.error = None
        if self.header.size != tuple(size):
            raise Refused("the joined picture has %dx%d pixels, not %dx%d" % (*self.header.size, *size))

    def __enter__(self):
        joined, self._class = self, cycles_class()
        self._own = self._class.update, self._class.render

        def update(engine, data, depsgraph):
            pass

        def render(engine, depsgraph):
            # Whatever is raised here Blender prints, and goes on with an empty picture.
            try:
                joined._fill(engine, depsgraph.view_layer.name)
            except Exception as error:
                joined.error = error

        self._class.update, self._class.render = update, render
        return self

    def __exit__(self, *_):
        self._class.update, self._class.render = self._own

    def _fill(self, engine, layer):
        passes = self.header.passes(layer)
        if "Combined" not in passes:
            raise Refused("the joined picture has no view layer %s" % layer)
        for name, letters in passes.items():
            engine.add_pass(name, len(letters), letters, layer=layer)
        width, height = self.header.size
        result = engine.begin_result(0, 0, width, height, layer=layer)
        good = False
        try:
            for name, text in self.header.texts.items():
                if name.startswith(("cycles.", "cryptomatte/")):
                    result.stamp_data_add_field(name, text)
            result.load_from_file(self.path)
            good = True
        finally:
            engine.end_result(result, cancel=not good)
        self.layers.append(layer)

    def check(self):
        if self.error:
            raise Refused("the joined picture cannot be finished: %s" % self.error)
        if not self.layers:
            raise Refused("the joined picture was not finished: Blender asked for no view layer")
