"""Whether pictures have the same pixels: blender -b --factory-startup -P same_pictures.py -- A B [C D]...

Prints a line `differ: A B` for each pair that has not, then `compared N pairs`."""
import os
import re
import sys

import bpy
import numpy


def pixels(path):
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Non-Color"
    count = len(image.pixels)  # this loads it
    if image.type == "MULTILAYER":
        # Blender decodes these in its compositor only: all bytes, but not how long Cycles took.
        with open(path, "rb") as file:
            return re.sub(rb"(_time\0string\0\x08\0\0\0).{8}", rb"\1", file.read(), flags=re.DOTALL)
    values = numpy.empty(count, dtype=numpy.float32)
    image.pixels.foreach_get(values)
    return values.tobytes() if count else None


paths = sys.argv[sys.argv.index("--") + 1:]
for a, b in zip(paths[0::2], paths[1::2]):
    one, two = pixels(a), pixels(b)
    if one is None or one != two:
        print("differ:", a, os.path.basename(b))
print("compared %d pairs" % (len(paths) // 2))
