"""Scenes for pieces in EXR: FOLDER/NAME.blend, each a small picture with noise, glass and depth of field.

blender -b --factory-startup -P pieces_exr_scenes.py -- FOLDER"""

import os
import sys

import bpy

FOLDER = sys.argv[sys.argv.index("--") + 1]


def build():
    scene = bpy.context.scene
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = 150, 130, 100
    scene.cycles.device = "CPU"
    scene.cycles.samples = 12
    scene.cycles.use_denoising = False
    scene.cycles.use_adaptive_sampling = False
    scene.camera.data.dof.use_dof = True
    scene.camera.data.dof.focus_distance = 9
    scene.camera.data.dof.aperture_fstop = 0.6
    for i in range(6):
        bpy.ops.mesh.primitive_uv_sphere_add(segments=12, ring_count=8, location=(i - 3, (i * 7) % 5 - 2, i % 3))
    return scene


def choose(scene, multilayer, codec, depth):
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE" if multilayer else "IMAGE"
    if codec == "PNG":
        settings.file_format, settings.color_mode, settings.color_depth = "PNG", "RGBA", depth
        return
    settings.file_format = "OPEN_EXR_MULTILAYER" if multilayer else "OPEN_EXR"
    settings.color_mode = "RGBA"
    settings.color_depth = depth
    settings.exr_codec = codec
    layer = scene.view_layers[0]
    layer.use_pass_z = layer.use_pass_normal = layer.use_pass_object_index = multilayer
    layer.use_pass_cryptomatte_object = multilayer


def adaptive(scene):
    scene.cycles.use_adaptive_sampling = True
    scene.cycles.adaptive_threshold = 0.05
    scene.cycles.adaptive_min_samples = 4
    scene.cycles.samples = 48


def transparent(scene):
    scene.render.film_transparent = True


def save(name, multilayer, codec, depth, *steps):
    choose(SCENE, multilayer, codec, depth)
    for step in steps:
        step(SCENE)
    SCENE.render.filepath = "//" + name + "_####"
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(FOLDER, name + ".blend"))


SCENE = build()
save("half", False, "ZIP", "16")
save("piz", False, "PIZ", "32", transparent)
save("layers", True, "ZIP", "32")
save("lossy", True, "DWAA", "16")
save("adaptive", True, "ZIP", "32", adaptive)
save("png", False, "PNG", "16", adaptive)
