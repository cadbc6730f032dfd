"""Frames of about a tenth of a second: what a farm adds to a frame shows here. For tests and benchmarks."""
import math
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage  # noqa: E402

OUT, FRAMES = stage.arguments(40)

scene = stage.scene("light", (256, 144), samples=5, frames=FRAMES, bounces=2)
scene.cycles.diffuse_bounces = 0
stage.sky([(0.0, (0.1, 0.1, 0.12)), (1.0, (0.9, 0.95, 1.0))], lights=False)
stage.floor(stage.material("floor", (0.5, 0.5, 0.5), Specular=0.0, ambient=0.3))
stage.lamp("SUN", 2.0, (3, -4, 6), size=0.05)
obj = stage.ball((0, 0, 1), 1.0, stage.material("red", (0.8, 0.1, 0.05), ambient=0.3))
for frame in range(1, FRAMES + 1):
    obj.location.x = 1.5 * math.sin(2 * math.pi * (frame - 1) / FRAMES)
    obj.keyframe_insert("location", index=0, frame=frame)
stage.camera((0, -7, 2.5), (0, 0, 0.9))
stage.save(OUT)
