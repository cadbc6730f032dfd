"""Frames of about one second: what most animations of a small farm are like. For tests and benchmarks."""
import math
import os
import sys

import bpy

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage  # noqa: E402

OUT, FRAMES = stage.arguments(20)

scene = stage.scene("second", (480, 270), samples=6, frames=FRAMES, bounces=4)
stage.sky([(0.0, (0.1, 0.1, 0.12)), (0.5, (0.6, 0.65, 0.7)), (1.0, (0.9, 0.95, 1.0))])
stage.floor(stage.material("floor", (0.5, 0.48, 0.45)))
stage.lamp("SUN", 2.0, (3, -4, 6), size=0.1)
hub = stage.link(bpy.data.objects.new("hub", None))
kinds = [stage.metal("steel", (0.9, 0.9, 0.9), 0.1), stage.material("blue", (0.05, 0.15, 0.6)), stage.glass()]
for n in range(24):
    angle, ring = 2 * math.pi * n / 12, 1 + n // 12
    obj = stage.ball((1.4 * ring * math.cos(angle), 1.4 * ring * math.sin(angle), 0.32), 0.32, kinds[n % 3])
    obj.parent = hub
for frame in range(1, FRAMES + 1):
    hub.rotation_euler[2] = 2 * math.pi * (frame - 1) / FRAMES / 4
    hub.keyframe_insert("rotation_euler", index=2, frame=frame)
stage.camera((0, -8, 4.5), (0, 0, 0.2))
stage.save(OUT)
