"""Must fail, and say so: a scene without a camera."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage  # noqa: E402

OUT, FRAMES = stage.arguments(3)

stage.scene("no_camera", (64, 36), samples=1, frames=FRAMES)
stage.ball((0, 0, 0), 1.0, stage.material("red", (0.8, 0.1, 0.05)), around=12, rings=6)
stage.save(OUT)
