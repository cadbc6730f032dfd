"""Files for the matrix of exactness: FOLDER/NAME.blend, each the same small scene with one thing that could make
pieces differ from the whole. Frame 7 is the one that is rendered.

blender -b --factory-startup -P matrix_scenes.py -- FOLDER"""
import os
import sys

import bpy

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from small import VERSION, compositor, fresh, save  # noqa: E402


def stage():
    """Balls, glass, a moving cube, depth of field."""
    scene = fresh()
    render = scene.render
    render.resolution_x, render.resolution_y = 110, 84
    scene.cycles.samples = 6
    scene.camera.data.dof.use_dof = True
    scene.camera.data.dof.focus_distance = 9
    scene.camera.data.dof.aperture_fstop = 0.7
    for i in range(6):
        bpy.ops.mesh.primitive_uv_sphere_add(segments=12, ring_count=8, location=(i - 3, (i * 7) % 5 - 2, i % 3))
        bpy.context.object.pass_index = i
    glass = bpy.data.materials.new("Glass")
    glass.use_nodes = True
    nodes = glass.node_tree.nodes
    shader = nodes.new("ShaderNodeBsdfGlass")
    glass.node_tree.links.new(shader.outputs[0], next(n for n in nodes if n.type == "OUTPUT_MATERIAL").inputs[0])
    bpy.context.object.data.materials.append(glass)
    scene.world.color = (0.02, 0.05, 0.4)
    render.dither_intensity = 1
    for name in [p.identifier for p in render.bl_rna.properties]:
        if name.startswith("use_stamp_"):
            setattr(render, name, False)
    choose(scene, "PNG", "RGB", "16")
    return scene


def choose(scene, name, mode="RGB", depth="8", **more):
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE" if name == "OPEN_EXR_MULTILAYER" else "IMAGE"
    settings.file_format = name
    settings.color_mode = mode
    settings.color_depth = depth
    for key, value in more.items():
        setattr(settings, key, value)


def output(tree):
    """What the compositor's result goes into."""
    if VERSION >= 500:
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        return tree.nodes.new("NodeGroupOutput").inputs[0]
    for node in [n for n in tree.nodes if n.type == "COMPOSITE"]:
        tree.nodes.remove(node)
    return tree.nodes.new("CompositorNodeComposite").inputs[0]


def node(tree, kind, source=None, **values):
    made = tree.nodes.new("CompositorNode" + kind)
    for key, value in values.items():
        if hasattr(made, key):
            setattr(made, key, value)
        elif key in made.inputs:
            made.inputs[key].default_value = value
    if source:
        tree.links.new(source, made.inputs["Image"])
    return made


# ---- the rows: what is done to the stage

def png8(scene):
    choose(scene, "PNG", "RGB", "8")


def png8_rgba(scene):
    choose(scene, "PNG", "RGBA", "8")
    scene.render.film_transparent = True


def png8_plain(scene):
    choose(scene, "PNG", "RGBA", "8")
    scene.render.dither_intensity = 0


def png16(scene):
    pass


def png8_bw(scene):
    choose(scene, "PNG", "BW", "8")


def png16_bw(scene):
    choose(scene, "PNG", "BW", "16")


def png16_clear(scene):
    choose(scene, "PNG", "RGBA", "16")
    scene.render.film_transparent = True


def exr_half(scene):
    choose(scene, "OPEN_EXR", "RGBA", "16", exr_codec="ZIP")


def exr_float(scene):
    choose(scene, "OPEN_EXR", "RGB", "32", exr_codec="PIZ")
    if hasattr(scene.render.image_settings, "use_zbuffer"):
        scene.render.image_settings.use_zbuffer = True
        scene.view_layers[0].use_pass_z = True


def _passes(scene):
    layer = scene.view_layers[0]
    for name in ("z", "mist", "normal", "uv", "object_index", "emit", "position"):
        setattr(layer, "use_pass_" + name, True)
    layer.cycles.denoising_store_passes = True


def layers(scene):
    choose(scene, "OPEN_EXR_MULTILAYER", "RGBA", "32", exr_codec="ZIP")
    _passes(scene)
    layer = scene.view_layers[0]
    layer.use_pass_cryptomatte_object = layer.use_pass_diffuse_direct = layer.use_pass_glossy_indirect = True


def two_layers(scene):
    """Passes of one view layer that another has not."""
    choose(scene, "OPEN_EXR_MULTILAYER", "RGBA", "32", exr_codec="ZIP")
    bpy.data.objects["Cube"].animation_data_clear()
    for ball in [o for o in scene.objects if o.type == "MESH" and o.name != "Cube"]:
        bpy.data.objects.remove(ball)
    first = scene.view_layers[0]
    first.use_pass_uv = first.use_pass_vector = first.use_pass_normal = True
    scene.view_layers.new("Other")


def lossy_adaptive(scene):
    choose(scene, "OPEN_EXR", "RGBA", "16", exr_codec="DWAA")
    adaptive(scene)


def adaptive(scene):
    scene.cycles.use_adaptive_sampling = True
    scene.cycles.adaptive_threshold = 0.05
    scene.cycles.adaptive_min_samples = 4
    scene.cycles.samples = 24


def adaptive8(scene):
    adaptive(scene)
    png8(scene)


def blur(scene):
    scene.render.use_motion_blur = True
    choose(scene, "PNG", "RGB", "8")


def rolling(scene):
    blur(scene)
    scene.cycles.rolling_shutter_type = "TOP"


def percent(scene):
    scene.render.resolution_percentage = 61
    png8(scene)


def _border(scene):
    scene.render.use_border = True
    scene.render.border_min_x, scene.render.border_max_x = 0.13, 0.871
    scene.render.border_min_y, scene.render.border_max_y = 0.2, 0.951


def border(scene):
    _border(scene)
    scene.render.use_crop_to_border = True


def border8(scene):
    border(scene)
    png8(scene)


def border_empty(scene):
    _border(scene)


def look(scene):
    png8(scene)
    view = scene.view_settings
    view.view_transform = "Filmic"
    view.look = next(i for i in ("High Contrast", "Filmic - High Contrast") if _accepts(view, i))
    view.exposure, view.gamma = 0.7, 1.2


def _accepts(view, name):
    try:
        view.look = name
    except TypeError:
        return False
    return True


def agx(scene):
    png8(scene)
    try:
        scene.view_settings.view_transform = "AgX"
    except TypeError:
        scene.view_settings.view_transform = "Filmic Log"


def standard(scene):
    choose(scene, "PNG", "RGB", "16")
    scene.view_settings.view_transform = "Standard"


def curves(scene):
    png8(scene)
    view = scene.view_settings
    view.view_transform = "Raw"
    view.use_curve_mapping = True
    view.curve_mapping.curves[3].points.new(0.3, 0.6)
    view.curve_mapping.update()


def stamp(scene):
    scene.render.use_stamp = scene.render.use_stamp_frame = scene.render.use_stamp_camera = True
    scene.render.use_stamp_frame_range = scene.render.use_stamp_note = True
    scene.render.stamp_note_text = "note"


def stamp8(scene):
    stamp(scene)
    png8(scene)


def jpeg(scene):
    choose(scene, "JPEG")


def tiff(scene):
    choose(scene, "TIFF", "RGBA")
    scene.render.film_transparent = True


def tiff16(scene):
    choose(scene, "TIFF", "RGB", "16")


def bmp(scene):
    choose(scene, "BMP")


def targa(scene):
    choose(scene, "TARGA", "RGBA")


def webp(scene):
    choose(scene, "WEBP")


def hdr(scene):
    choose(scene, "HDR", "RGB", "32")


def comp_blur(scene):
    tree = compositor(scene)
    image = node(tree, "RLayers").outputs["Image"]
    if VERSION >= 500:
        blurred = node(tree, "Blur", image, Size=(7, 7))
    else:
        blurred = node(tree, "Blur", image, size_x=7, size_y=7)
    # a value with keys: the frame matters
    bright = node(tree, "BrightContrast", blurred.outputs[0])
    bright.inputs[1].default_value = 0
    bright.inputs[1].keyframe_insert("default_value", frame=1)
    bright.inputs[1].default_value = 30
    bright.inputs[1].keyframe_insert("default_value", frame=40)
    tree.links.new(bright.outputs[0], output(tree))


def comp_glare(scene):
    png8(scene)
    tree = compositor(scene)
    glare = node(tree, "Glare", node(tree, "RLayers").outputs["Image"], threshold=0.3, Threshold=0.3)
    tree.links.new(glare.outputs[0], output(tree))


def comp_layers(scene):
    """Two view layers, a Cryptomatte, the passes and the result in one file."""
    layers(scene)
    other = scene.view_layers.new("Other. layer")
    other.use_pass_mist = True
    tree = compositor(scene)
    first, second = node(tree, "RLayers"), node(tree, "RLayers", layer="Other. layer")
    matte = node(tree, "CryptomatteV2", first.outputs["Image"])
    matte.matte_id = "Cube"
    mix = tree.nodes.new("CompositorNodeAlphaOver")
    colours = [s for s in mix.inputs if s.type == "RGBA"]
    tree.links.new(matte.outputs["Image"], colours[0])
    tree.links.new(second.outputs["Image"], colours[1])
    tree.links.new(second.outputs["Mist"], mix.inputs[0] if mix.inputs[0].type == "VALUE" else mix.inputs["Factor"])
    tree.links.new(mix.outputs[0], output(tree))


def comp_off(scene):
    comp_glare(scene)
    scene.render.use_compositing = False
    choose(scene, "PNG", "RGB", "16")


def parts_float(scene):
    choose(scene, "OPEN_EXR", "RGBA", "32", exr_codec="ZIP")
    scene.cycles.samples = 13
    if hasattr(scene.cycles, "sampling_pattern") and VERSION >= 400:
        scene.cycles.sampling_pattern = "TABULATED_SOBOL"


def parts_layers(scene):
    parts_float(scene)
    choose(scene, "OPEN_EXR_MULTILAYER", "RGBA", "32", exr_codec="ZIP")
    _passes(scene)
    # Blender 5 puts the largest of all numbers, divided by the samples, where no denoising depth is.
    scene.view_layers[0].cycles.denoising_store_passes = VERSION < 500


def parts_comp(scene):
    parts_float(scene)
    comp_blur(scene)
    choose(scene, "OPEN_EXR", "RGBA", "32", exr_codec="ZIP")


# ---- what is rendered whole

def no_views(scene):
    scene.render.use_multiview = True
    scene.render.image_settings.views_format = "STEREO_3D"


def no_strips(scene):
    scene.sequence_editor_create()
    editor = scene.sequence_editor
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    length = {"length": 40} if VERSION >= 500 else {"frame_end": 40}
    strips.new_effect("colour", "COLOR", 1, 1, **length).color = (0.2, 0.5, 0.1)


def no_lines(scene):
    scene.render.use_freestyle = True
    scene.view_layers[0].use_freestyle = True


def no_time(scene):
    scene.cycles.time_limit = 100


def no_subdivision(scene):
    if hasattr(scene.cycles, "feature_set"):
        scene.cycles.feature_set = "EXPERIMENTAL"
    cube = bpy.data.objects["Cube"]
    surface = cube.modifiers.new("Subdivision", "SUBSURF")
    if hasattr(surface, "use_adaptive_subdivision"):
        surface.use_adaptive_subdivision = True
    else:
        cube.cycles.use_adaptive_subdivision = True


def no_other_scene(scene):
    other = bpy.data.scenes.new("Second")
    other.use_fake_user = True
    other.camera, other.render.engine = scene.camera, "CYCLES"
    other.cycles.samples, other.cycles.use_denoising = 2, False
    tree = compositor(scene)
    shown = node(tree, "RLayers", scene=other)
    tree.links.new(shown.outputs["Image"], output(tree))


def no_workbench(scene):
    png8(scene)
    scene.render.engine = "BLENDER_WORKBENCH"


def no_parts_adaptive(scene):
    adaptive(scene)


def no_parts_crypto(scene):
    scene.view_layers[0].use_pass_cryptomatte_object = True


def no_parts_light(scene):
    scene.view_layers[0].use_pass_transmission_indirect = True


ROWS = [png8, png8_rgba, png8_plain, png16, png8_bw, png16_bw, png16_clear, exr_half, exr_float, layers, two_layers, lossy_adaptive,
        adaptive, adaptive8, blur, rolling, percent, border, border8, border_empty, look, agx, standard, curves, stamp, stamp8,
        jpeg, tiff, tiff16, bmp, targa, webp, hdr, comp_blur, comp_glare, comp_layers, comp_off, parts_float, parts_layers,
        parts_comp, no_views, no_strips, no_lines, no_time, no_subdivision, no_other_scene, no_workbench,
        no_parts_adaptive, no_parts_crypto, no_parts_light]

for row in ROWS:
    stage_scene = stage()
    stage_scene.render.filepath = "//%s_####" % row.__name__
    try:
        row(stage_scene)
    except (TypeError, AttributeError) as error:
        print("not with this Blender: %s: %s" % (row.__name__, error))
        continue
    save(row.__name__)
