"""Files that need other files, for the test of bfsubmit: blender -b --factory-startup -P submit_scenes.py -- FOLDER

FOLDER/shots/a/ gets wide.blend, which points everywhere: below, above, by absolute paths, through a library with
textures of its own; near.blend, all of whose files lie below it; plain.blend, which needs nothing; gone.blend, whose texture is
missing."""
import os
import sys

import bpy

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from small import OUT, fresh  # noqa: E402

HERE = os.path.join(OUT, "shots/a")


def picture(path, shade):
    """A picture of one colour in a file below OUT."""
    path = os.path.join(OUT, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    image = bpy.data.images.new("made", 8, 8)
    image.pixels.foreach_set([shade, 1 - shade, 0.5, 1.0] * 64)
    image.filepath_raw, image.file_format = path, "PNG"
    image.save()
    bpy.data.images.remove(image)


def glowing(name, image):
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    texture, glow, out = (nodes.new("ShaderNode" + kind) for kind in ("TexImage", "Emission", "OutputMaterial"))
    texture.image = image
    texture.image_user.frame_duration = 100
    texture.image_user.use_auto_refresh = True
    links.new(texture.outputs["Color"], glow.inputs["Color"])
    links.new(glow.outputs["Emission"], out.inputs["Surface"])
    return material


def plane(column, name, path, source="FILE"):
    """A square in that column that shows the picture of this path."""
    image = bpy.data.images.new(name, 8, 8, tiled=source == "TILED")
    image.source = source
    image.filepath = path
    if source == "TILED":
        image.tiles.new(1002)
    bpy.ops.mesh.primitive_plane_add(size=1, location=(column, 0, 0))
    thing = bpy.context.object
    thing.name = name
    thing.data.materials.append(glowing(name, image))
    return thing


def empty_scene():
    scene = fresh()
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    render = scene.render
    for name in [p.identifier for p in render.bl_rna.properties]:
        if name.startswith("use_stamp_"):
            setattr(render, name, False)
    scene.cycles.samples = 1
    scene.view_settings.view_transform = "Standard"
    scene.frame_start, scene.frame_end = 3, 7
    render.resolution_x, render.resolution_y = 96, 16
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location = (2.5, 0, 5)
    camera.data.type, camera.data.ortho_scale = "ORTHO", 6
    scene.collection.objects.link(camera)
    scene.camera = camera
    return scene


def save(path):
    path = os.path.join(OUT, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=path, relative_remap=False, compress=False)


def library():
    empty_scene()
    picture("lib/skin/skin.png", 0.9)
    plane(4, "Skin", "//skin/skin.png")
    plane(5, "Shared", "//../common/up.png")
    save("lib/char.blend")


def wide():
    scene = empty_scene()
    for path, shade in (("shots/a/tex/near.png", 0.1), ("common/up.png", 0.3), ("far/tex/near.png", 0.5),
                        ("common/run_0003.png", 0.6), ("common/run_0004.png", 0.7), ("shots/a/tex/tile.1001.png", 0.2),
                        ("shots/a/tex/tile.1002.png", 0.4), ("shots/strip/s1.png", 0.1), ("shots/strip/s2.png", 0.2)):
        picture(path, shade)
    with open(os.path.join(HERE, "lamp.ies"), "w") as file:
        file.write("IESNA91\nTILT=NONE\n1 1000 1 3 1 1 1 0 0 0\n1 1 1\n0 45 90\n0\n1000 500 0\n")
    plane(0, "Near", "//tex/near.png")
    plane(1, "Up", "//../../common/up.png")
    plane(2, "Far", os.path.join(OUT, "far/tex/near.png"))
    plane(3, "Run", "//../../common/run_0003.png", "SEQUENCE")
    plane(6, "Tiles", "//tex/tile.<UDIM>.png", "TILED")
    lamp = bpy.data.lights.new("Lamp", "POINT")
    lamp.use_nodes = True
    profile = lamp.node_tree.nodes.new("ShaderNodeTexIES")
    profile.mode, profile.filepath = "EXTERNAL", "//lamp.ies"
    scene.collection.objects.link(bpy.data.objects.new("Lamp", lamp))
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_image("Strip", os.path.join(OUT, "shots/strip/s1.png"), 1, 1)
    strip.directory = "//../strip/"
    strip.elements.append("s2.png")
    scene.render.use_sequencer = False
    with bpy.data.libraries.load(os.path.join(OUT, "lib/char.blend"), link=True) as (_, into):
        into.objects = ["Skin", "Shared"]
    for thing in into.objects:
        scene.collection.objects.link(thing)
    bpy.data.libraries[0].filepath = "//../../lib/char.blend"
    save("shots/a/wide.blend")


def near():
    empty_scene()
    plane(0, "Near", "//tex/near.png")
    save("shots/a/near.blend")


def plain():
    empty_scene()
    save("shots/a/plain.blend")


def gone():
    empty_scene()
    plane(0, "Gone", "//tex/gone.png")
    save("shots/a/gone.blend")


library()
wide()
near()
plain()
gone()
