"""Scenes for more.t: blender -b --factory-startup -P more_scenes.py -- FOLDER

Each is saved with the samples that it begins with, and once for each sum that it is to come to."""
import os
import sys

import bpy

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from small import OUT, VERSION, fresh, save  # noqa: E402


def stage(kind):
    """Noisy: out of focus, seen by few samples; its noise is another in each frame."""
    scene = fresh()
    scene.render.resolution_x, scene.render.resolution_y = 64, 64
    scene.frame_end = 2
    scene.cycles.use_animated_seed = True
    scene.camera.data.dof.use_dof = True
    scene.camera.data.dof.focus_distance = 9
    scene.camera.data.dof.aperture_fstop = 0.5
    scene.world.color = (0.02, 0.05, 0.4)
    if VERSION >= 400:
        scene.cycles.sampling_pattern = "TABULATED_SOBOL"
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE" if kind == "OPEN_EXR_MULTILAYER" else "IMAGE"
    settings.file_format = kind
    settings.color_mode, settings.color_depth, settings.exr_codec = "RGBA", "32", "ZIP"
    return scene


def save_with(scene, name, samples):
    scene.cycles.samples = samples
    scene.render.filepath = "//%s_####" % name
    save(name)


scene = stage("OPEN_EXR")
for total in (4, 8, 13):
    save_with(scene, "still" if total == 4 else "still%d" % total, total)

# A folder, with a texture; what has no mean, too: depths and numbers.
os.mkdir(os.path.join(OUT, "layers"))
scene = stage("OPEN_EXR_MULTILAYER")
image = bpy.data.images.new("wood", 16, 16)
image.pixels = [((x * 7919) % 256) / 255 for x in range(16 * 16 * 4)]
image.filepath_raw, image.file_format = os.path.join(OUT, "layers", "wood.png"), "PNG"
image.save()
image.filepath = os.path.join(OUT, "layers", "wood.png")
material = bpy.data.materials["Material"]
material.use_nodes = True
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = image
shader = next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
material.node_tree.links.new(node.outputs[0], shader.inputs["Base Color"])
layer = scene.view_layers[0]
layer.use_pass_z = layer.use_pass_normal = layer.use_pass_object_index = layer.use_pass_mist = True
for total in (3, 5):
    scene.cycles.samples = total
    scene.render.filepath = "//layers%s_####" % ("" if total == 3 else total)
    path = os.path.join(OUT, "layers" if total == 3 else "", "layers%s.blend" % ("" if total == 3 else total))
    bpy.ops.wm.save_as_mainfile(filepath=path, compress=False, relative_remap=True)
