"""Small files for the tests of driving Blender: blender -b --factory-startup -P scenes.py -- FOLDER"""
import os
import sys

import bpy

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from small import OUT, VERSION, compositor, fresh, save  # noqa: E402

fresh()
save("plain")

scene = fresh()
scene.name = "First"
other = bpy.data.scenes.new("Zweite Szene ä")
other.render.engine = "CYCLES"
other.cycles.samples = 8
other.cycles.use_denoising = False
other.world = bpy.data.worlds[0]
other.render.image_settings.color_depth = "16"
other.collection.objects.link(bpy.data.objects["Cube"])
other.collection.objects.link(bpy.data.objects["Camera"])
other.camera = bpy.data.objects["Camera"]
other.use_fake_user = True
other.render.resolution_percentage = 100
other.render.resolution_x, other.render.resolution_y = 40, 30
other.render.filepath = "/nowhere/at/all/"
other.frame_start, other.frame_end, other.frame_step = 3, 9, 3
second = bpy.data.objects.new("Second", bpy.data.cameras.new("Second"))
second.location = (0, -8, 0)
second.rotation_euler = (1.57, 0, 0)
other.collection.objects.link(second)
other.view_layers.new("Extra")
save("scenes")

scene = fresh()
bpy.data.objects.remove(bpy.data.objects["Camera"])
save("no_camera")

scene = fresh()
image = bpy.data.images.new("wood", 8, 8)
image.source = "FILE"
image.filepath = "//textures/wood.png"
unused = bpy.data.images.new("orphan", 8, 8)
unused.source = "FILE"
unused.filepath = "//textures/orphan.png"
material = bpy.data.materials["Material"]
material.use_nodes = True
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = image
save("missing")

scene = fresh()
settings = scene.render.image_settings
if hasattr(settings, "media_type"):
    settings.media_type = "VIDEO"
settings.file_format = "FFMPEG"
scene.render.filepath = "//film_"
save("movie")

scene = fresh()
scene.render.use_freestyle = True
layer = scene.view_layers[0]
layer.use_freestyle = True
layer.freestyle_settings.mode = "SCRIPT"
text = bpy.data.texts.new("escape.py")
text.write("open(%r, 'w').write('escaped')\n" % os.path.join(OUT, "escaped"))
layer.freestyle_settings.modules.new().script = text
save("freestyle")

scene = fresh()
scene.cycles.use_denoising = True
save("denoise")

scene = fresh()
scene.render.use_multiview = True
scene.render.image_settings.views_format = "INDIVIDUAL"
save("stereo")

scene = fresh()
tree = compositor(scene)
if VERSION >= 500:
    layers = tree.nodes.new("CompositorNodeRLayers")
    tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    group = tree.nodes.new("NodeGroupOutput")
    tree.links.new(layers.outputs["Image"], group.inputs[0])
    node = tree.nodes.new("CompositorNodeOutputFile")
    node.directory = os.path.join(OUT, "outside")
    node.file_output_items.new("RGBA", "Image")
    tree.links.new(layers.outputs["Image"], node.inputs[0])
else:
    layers = tree.nodes["Render Layers"]
    node = tree.nodes.new("CompositorNodeOutputFile")
    node.base_path = os.path.join(OUT, "outside")
    node.file_slots[0].path = "../../escaped_"
    tree.links.new(layers.outputs["Image"], node.inputs[0])
save("file_output")

scene = fresh()
text = bpy.data.texts.new("startup.py")
text.use_module = True
text.write("import bpy\nopen(%r, 'w').write('ran')\n" % os.path.join(OUT, "registered"))
save("script")

scene = fresh()
scene.cycles.samples = 20000
scene.render.resolution_x, scene.render.resolution_y = 1920, 1080
save("endless")

scene = fresh()
scene.render.image_settings.color_depth = "8"
save("eight_bit")
