"""A rig whose driver calls a function that a script in the file was to define: with scripts switched off
Blender renders the frame with that driver dead."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage  # noqa: E402

OUT, FRAMES = stage.arguments(3)

stage.scene("driver", (64, 36), samples=1, frames=FRAMES)
stage.sky([(0.0, (0.5, 0.5, 0.5)), (1.0, (1.0, 1.0, 1.0))])
obj = stage.ball((0, 0, 0), 1.0, stage.material("red", (0.8, 0.1, 0.05)), around=12, rings=6)
driver = obj.driver_add("location", 0).driver
driver.type = "SCRIPTED"
driver.expression = "rig_height(frame)"
stage.camera((0, -5, 1), (0, 0, 0))
stage.save(OUT)
