"""The demo's still: a sunflower of glass, metal and porcelain balls. Rendered in pieces by several machines."""
import math
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage  # noqa: E402

OUT, FRAMES = stage.arguments()
SEEDS = 230
GOLDEN = math.pi * (3 - math.sqrt(5))

scene = stage.scene("still", (960, 540), samples=28, frames=FRAMES, bounces=6, deep=True)
scene.cycles.diffuse_bounces = 0
stage.sky([(0.0, (0.03, 0.03, 0.06)), (0.5, (0.10, 0.08, 0.16)), (0.66, (0.30, 0.12, 0.28)), (0.74, (1.1, 0.45, 0.22)),
           (0.82, (0.20, 0.22, 0.50)), (0.93, (1.0, 0.96, 0.92)), (1.0, (1.0, 1.0, 1.0))], lights=False)
stage.floor(stage.material("floor", (0.045, 0.03, 0.075), Specular=0.5, Roughness=0.0, ambient=0.6), size=400)
stage.lamp("SUN", 2.4, (-5, -3, 8), size=math.radians(4), color=(1.0, 0.93, 0.84))

# As many kinds as a Fibonacci number: each fills one of the eight spiral arms.
kinds = [
    stage.metal("gold", (1.0, 0.66, 0.26)),
    stage.glass("clear", (1.0, 0.98, 0.96)),
    stage.material("porcelain", (0.85, 0.82, 0.78), Specular=0.5, Roughness=0.0, ambient=0.3),
    stage.metal("copper", (0.98, 0.50, 0.36)),
    stage.material("teal", (0.0, 0.25, 0.30), Specular=0.6, Roughness=0.0, ambient=0.4),
    stage.glass("rose", (1.0, 0.62, 0.66)),
    stage.metal("steel", (0.88, 0.90, 0.94)),
    stage.material("night", (0.03, 0.05, 0.26), Specular=0.6, Roughness=0.0, ambient=0.5),
]
for n in range(SEEDS):
    t = n / (SEEDS - 1)
    far = 0.40 * math.sqrt(n + 0.4)
    radius = 0.17 + 0.19 * math.sqrt(t)
    stage.ball((far * math.cos(n * GOLDEN), far * math.sin(n * GOLDEN), radius), radius,
               kinds[n % len(kinds)])
stage.camera((0, -12.6, 10.6), (0, -1.1, 0.0), lens=35)
stage.save(OUT)
