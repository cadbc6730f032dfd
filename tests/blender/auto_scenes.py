"""Scenes for auto.t: blender -b --factory-startup -P auto_scenes.py -- FOLDER

All the work is in the lower half of the picture: many bounces between glass balls; above them is the sky."""
import os
import sys

import bpy

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenes"))
import stage  # noqa: E402

FOLDER = sys.argv[sys.argv.index("--") + 1]
SIZE, SAMPLES = (560, 315), 18


def make(name, size=SIZE, samples=SAMPLES, change=None):
    scene = stage.scene(name, size, samples=samples, frames=1, bounces=12, deep=True)
    stage.sky([(0.0, (0.05, 0.05, 0.06)), (1.0, (0.9, 0.95, 1.0))])
    stage.floor(stage.material("floor", (0.4, 0.4, 0.42)))
    stage.lamp("SUN", 2.5, (-3, -4, 6), size=0.1)
    glass = stage.glass("clear", (0.95, 1.0, 0.98))
    for n in range(40):
        stage.ball((-2.2 + 0.5 * (n % 10), -1.0 + 0.5 * (n // 10), 0.25), 0.25, glass, around=32, rings=16)
    stage.camera((0, -6, 1.6), (0, 0, 1.2))
    if change:
        change(scene)
    stage.save(os.path.join(FOLDER, name + ".blend"))


def adaptive(scene):
    """8 bits with dither, too: Blender finishes the joined picture."""
    scene.render.image_settings.color_depth = "8"
    scene.render.dither_intensity = 1.0
    scene.cycles.use_adaptive_sampling = True
    scene.cycles.adaptive_threshold = 0.02


def subdivided(scene):
    """Meshes as fine as what the camera sees of them."""
    scene.cycles.feature_set = "EXPERIMENTAL"
    ball = next(o for o in scene.objects if o.type == "MESH" and "all" in o.name)
    modifier = ball.modifiers.new("fine", "SUBSURF")
    for owner in (ball.cycles, modifier):
        if hasattr(owner, "use_adaptive_subdivision"):
            owner.use_adaptive_subdivision = True


make("still")
make("adaptive", samples=20, change=adaptive)
make("subdivided", samples=6, change=subdivided)
make("light", (160, 90), 4)
