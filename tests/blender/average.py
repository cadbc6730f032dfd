"""Largest difference between the mean of two EXR files and a third: blender -b -P average.py -- A B WHOLE"""
import sys

import bpy

paths = sys.argv[sys.argv.index("--") + 1:]
a, b, whole = (bpy.data.images.load(path).pixels[:] for path in paths)
assert len(a) == len(b) == len(whole) > 0
print("largest difference %.3g" % max(abs((x + y) / 2 - z) for x, y, z in zip(a, b, whole)))
