"""Six frames that cost next to nothing: a ball that moves, 64 x 36 pixels, 16 bits so that nothing is dithered."""
import sys

import bpy

scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.device = "CPU"
scene.cycles.samples = 2
scene.cycles.use_adaptive_sampling = False
scene.cycles.use_denoising = False
scene.render.resolution_x, scene.render.resolution_y = 64, 36
scene.render.image_settings.file_format = "PNG"
scene.render.image_settings.color_depth = "16"
scene.render.filepath = "//tiny_####"
scene.frame_start, scene.frame_end = 1, 6
cube = bpy.data.objects["Cube"]
for frame in (1, 6):
    cube.location.x = frame / 3
    cube.keyframe_insert("location", index=0, frame=frame)
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-1], check_existing=False)
