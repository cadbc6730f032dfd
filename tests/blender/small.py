"""What the scripts that make small files share: an empty stage for Cycles, a compositor, saving."""
import os
import sys

import bpy

OUT = sys.argv[sys.argv.index("--") + 1]
VERSION = bpy.app.version[0] * 100 + bpy.app.version[1]


def fresh():
    """The default cube, small, cheap and without anything random between machines."""
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    render = scene.render
    render.engine = "CYCLES"
    scene.cycles.samples = 8
    scene.cycles.use_denoising = False
    scene.cycles.use_adaptive_sampling = False
    render.resolution_x, render.resolution_y, render.resolution_percentage = 101, 60, 100
    scene.frame_start, scene.frame_end = 1, 40
    cube = bpy.data.objects["Cube"]
    cube.keyframe_insert("rotation_euler", frame=1)
    cube.rotation_euler.z = 3
    cube.keyframe_insert("rotation_euler", frame=40)
    render.filepath = "//render/shot_####"
    render.image_settings.file_format = "PNG"
    render.image_settings.color_depth = "16"
    return scene


def save(name):
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(OUT, name + ".blend"), compress=False)


def compositor(scene):
    if VERSION >= 500:
        tree = bpy.data.node_groups.new("Compositor", "CompositorNodeTree")
        scene.compositing_node_group = tree
        return tree
    scene.use_nodes = True
    return scene.node_tree

