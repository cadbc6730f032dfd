"""Renders pink where a texture should be: Blender itself calls that a success."""
import os
import sys

import bpy

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage  # noqa: E402

OUT, FRAMES = stage.arguments(3)

stage.scene("missing_texture", (64, 36), samples=1, frames=FRAMES)
stage.sky([(0.0, (0.5, 0.5, 0.5)), (1.0, (1.0, 1.0, 1.0))])
image = bpy.data.images.new("wood", 8, 8)
image.source = "FILE"
image.filepath = "//textures/wood.png"  # never written
mat = stage.material("wood", (1, 1, 1))
texture = mat.node_tree.nodes.new("ShaderNodeTexImage")
texture.image = image
shader = next(n for n in mat.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
mat.node_tree.links.new(texture.outputs["Color"], shader.inputs["Base Color"])
stage.ball((0, 0, 0), 1.0, mat, around=12, rings=6)
stage.camera((0, -5, 1), (0, 0, 0))
stage.save(OUT)
