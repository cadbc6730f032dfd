"""A skewed picture: all the work is on its right side. Whoever cuts it into equal strips waits for the last.

With FRAMES above 1 the glass also grows dearer from frame to frame.
"""
import math
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage  # noqa: E402

OUT, FRAMES = stage.arguments()

scene = stage.scene("heavy", (480, 270), samples=12, frames=FRAMES, bounces=16, deep=True)
scene.cycles.caustics_refractive = True
stage.sky([(0.0, (0.05, 0.05, 0.06)), (0.5, (0.4, 0.45, 0.5)), (1.0, (0.9, 0.95, 1.0))])
stage.floor(stage.material("floor", (0.4, 0.4, 0.42)))
stage.lamp("SUN", 2.5, (-3, -4, 6), size=0.1)
kinds = [stage.glass("clear", (0.95, 1.0, 0.98)), stage.glass("rose", (1.0, 0.8, 0.82)),
         stage.metal("gold", (1.0, 0.7, 0.3), 0.15)]
columns, rows, floors = 5, 8, 4
for n in range(columns * rows * floors):
    x, y, z = n % columns, n // columns % rows, n // (columns * rows)
    stage.ball((0.9 + 0.52 * x, -1.6 + 0.52 * y, 0.26 + 0.52 * z), 0.26, kinds[(x + 2 * y + z) % 3], around=64, rings=32)
stage.ball((-2.6, 0, 0.7), 0.7, stage.material("plain", (0.7, 0.2, 0.1)))
view = stage.camera((0, -8.5, 3.0), (0, 0, 0.9))
for frame in range(1, FRAMES + 1):
    view.location.x = 1.5 * math.sin(math.pi / 2 * (frame - 1) / max(FRAMES - 1, 1))
    view.keyframe_insert("location", index=0, frame=frame)
stage.save(OUT)
