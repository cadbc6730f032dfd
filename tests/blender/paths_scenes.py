"""Files whose textures and libraries have paths of Windows: blender -b --factory-startup -P paths_scenes.py -- FOLDER"""
import os
import sys

import bpy

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from small import OUT, fresh  # noqa: E402

NAS = os.path.join(OUT, "nas")
os.makedirs(os.path.join(NAS, "Textures"))
os.makedirs(os.path.join(OUT, "sets"))
image = bpy.data.images.new("wood", 8, 8)
image.generated_color = (0, 1, 0, 1)
image.filepath_raw = os.path.join(NAS, "Textures", "wood.png")
image.file_format = "PNG"
image.save()


def save(name):
    """As on Windows, whose paths Blender here would take for something beside the file."""
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(OUT, name + ".blend"), compress=False, relative_remap=False)


def wooden(material, path):
    wood = bpy.data.images.new("wood", 8, 8)
    wood.source = "FILE"
    wood.filepath = path
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    node, emission, out = (tree.nodes.new(n) for n in ("ShaderNodeTexImage", "ShaderNodeEmission", "ShaderNodeOutputMaterial"))
    node.image = wood
    tree.links.new(node.outputs["Color"], emission.inputs["Color"])
    tree.links.new(emission.outputs["Emission"], out.inputs["Surface"])


# A library that needs a texture of its own, and a scene that needs the library.
fresh()
bpy.data.objects["Cube"].name = "Linked"
wooden(bpy.data.materials["Material"], "P:\\Textures\\wood.png")
save("sets/set")
scene = fresh()
bpy.data.objects.remove(bpy.data.objects["Cube"])
with bpy.data.libraries.load(os.path.join(OUT, "sets", "set.blend"), link=True) as (_, wanted):
    wanted.objects = ["Linked"]
scene.collection.objects.link(wanted.objects[0])
bpy.data.libraries[0].filepath = "\\\\NAS\\sets\\set.blend"
save("linked")

fresh()
wooden(bpy.data.materials["Material"], "P:\\textures\\..\\Textures\\wood.png")
save("textured")
