"""Small files for the tests of the farm with Blender: blender -b --factory-startup -P farm_scenes.py -- FOLDER

FOLDER/formats/ gets a file FORMAT.still.blend for each still format that this Blender writes."""
import os
import sys

import bpy

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from small import OUT, VERSION, fresh, save  # noqa: E402


def exact():
    """A scene whose pictures are the same bytes whenever they are rendered: no time, no machine, no path inside."""
    scene = fresh()
    render = scene.render
    for name in [p.identifier for p in render.bl_rna.properties]:
        if name.startswith("use_stamp_"):
            setattr(render, name, False)
    return scene


def textured(image_path):
    """Put a picture from a file on the cube."""
    image = bpy.data.images.new("wood", 8, 8)
    image.filepath_raw, image.file_format = os.path.join(OUT, image_path), "PNG"
    image.pixels.foreach_set([0.25 * (i % 5) for i in range(8 * 8 * 4)])
    image.save()
    image.source = "FILE"
    image.filepath = "//" + os.path.basename(os.path.dirname(image_path)) + "/" + os.path.basename(image_path)
    material = bpy.data.materials["Material"]
    material.use_nodes = True
    nodes = material.node_tree.nodes
    node = nodes.new("ShaderNodeTexImage")
    node.image = image
    shader = next(n for n in nodes if n.type == "BSDF_PRINCIPLED")
    material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])


def writes(probe):
    """Whether this build has what the format needs: some list formats that they cannot write."""
    path = os.path.join(OUT, "probe")
    try:
        probe.save_render(path)
    except RuntimeError:
        pass
    good = os.path.exists(path) and os.path.getsize(path) > 0
    if os.path.exists(path):
        os.remove(path)
    return good


def still_formats(settings):
    probe = bpy.data.images.new("probe", 8, 8)
    for item in settings.bl_rna.properties["file_format"].enum_items:
        try:
            if hasattr(settings, "media_type"):
                settings.media_type = "MULTI_LAYER_IMAGE" if "MULTILAYER" in item.identifier else "IMAGE"
            settings.file_format = item.identifier
        except TypeError:
            continue
        if not bpy.context.scene.render.is_movie_format and ("MULTILAYER" in item.identifier or writes(probe)):
            yield item.identifier


scene = exact()
scene.frame_start, scene.frame_end, scene.frame_step = 3, 17, 2
scene.render.filepath = "//render/walk_###_x"
scene.render.image_settings.color_depth = "8"
bpy.ops.wm.save_as_mainfile(filepath=os.path.join(OUT, "walk.blend"), compress=True)

exact()
save("plain")
os.makedirs(os.path.join(OUT, "formats"))
for name in still_formats(bpy.context.scene.render.image_settings):
    bpy.context.scene.render.filepath = "//render/%s.still_####" % name
    save("formats/%s.still" % name)

scene = exact()
scene.cycles.use_denoising = True
save("denoised")

scene = exact()
scene.render.engine = "BLENDER_WORKBENCH"
save("bench")

scene = exact()
settings = scene.render.image_settings
if hasattr(settings, "media_type"):
    settings.media_type = "VIDEO"
settings.file_format = "FFMPEG"
scene.frame_end = 3
scene.render.filepath = "//film_"
save("film")

exact()
os.makedirs(os.path.join(OUT, "textured", "maps"))
textured("textured/maps/wood.png")
save("textured/textured")
os.makedirs(os.path.join(OUT, "missing"))
save("missing/missing")

scene = exact()
other = scene.copy()
other.name, other.use_fake_user = "Zweite Szene ä", True
other.render.filepath = "//render/zwei_##"
second = bpy.data.objects.new("Seite", bpy.data.cameras.new("Seite"))
second.location, second.rotation_euler = (0, -8, 0), (1.57, 0, 0)
other.collection.objects.link(second)
save("scenes")
other.camera = second
bpy.context.window.scene = other
other.render.image_settings.file_format = "JPEG"
other.render.resolution_percentage = 50
save("other")

exact()
bpy.data.objects.remove(bpy.data.objects["Camera"])
save("no_camera")
