"""What the sample scenes share: arguments, an empty scene, materials, a studio, saving.

The scenes are made by Blender itself, in any version from 3.4 on:

    blender -b --factory-startup -P tests/scenes/NAME.py -- OUT.blend [FRAMES]

Everything is fixed (seed, samples, no adaptive sampling, no denoising), so that two renders
of one frame have the same pixels.
"""
import math
import os
import sys

import bpy
from mathutils import Vector


def arguments(frames=1):
    """(path of the .blend to write, number of frames)."""
    given = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []
    if not given or len(given) > 2:
        sys.exit("usage: blender -b --factory-startup -P SCENE.py -- OUT.blend [FRAMES]")
    return os.path.abspath(given[0]), int(given[1]) if len(given) == 2 else frames


def scene(name, size, samples, frames=1, bounces=6, deep=False):
    """Empty the file and set up its one scene for Cycles on the CPU. deep: 16 bits per channel."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    _balls.clear()  # they went with the file
    s = bpy.context.scene
    s.name = name
    s.frame_start, s.frame_end = 1, frames
    s.render.engine = "CYCLES"
    s.render.resolution_x, s.render.resolution_y = size
    s.render.resolution_percentage = 100
    s.render.fps = 24
    s.render.filepath = "//frames/%s_####" % name
    s.render.image_settings.file_format = "PNG"
    s.render.image_settings.color_mode = "RGB"
    s.render.image_settings.color_depth = "16" if deep else "8"
    s.render.use_persistent_data = True
    c = s.cycles
    c.device = "CPU"
    c.samples = samples
    c.seed = 7
    c.use_adaptive_sampling = False
    c.use_denoising = False  # some builds have no denoiser, and then fail the frame
    c.max_bounces = c.transmission_bounces = bounces
    c.diffuse_bounces = 2
    c.glossy_bounces = 4
    c.caustics_reflective = c.caustics_refractive = False
    c.blur_glossy = 1.0
    c.sample_clamp_indirect = 2.5
    s.view_settings.view_transform = "Standard"  # the one that every version has and means alike
    return s


def link(obj):
    bpy.context.scene.collection.objects.link(obj)
    return obj


def camera(at, look, lens=50.0):
    data = bpy.data.cameras.new("camera")
    data.lens = lens
    obj = link(bpy.data.objects.new("camera", data))
    obj.location = at
    obj.rotation_euler = (Vector(look) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.camera = obj
    return obj


def lamp(kind, energy, at, look=(0, 0, 0), size=1.0, color=(1, 1, 1)):
    data = bpy.data.lights.new(kind.lower(), kind)
    data.energy, data.color = energy, color
    if kind == "SUN":
        data.angle = size
    elif kind == "AREA":
        data.size = size
    obj = link(bpy.data.objects.new(kind.lower(), data))
    obj.location = at
    obj.rotation_euler = (Vector(look) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    return obj


def sky(stops, strength=1.0, lights=True):
    """A world that is a vertical gradient: stops = [(0 nadir … 1 zenith, (r, g, b)), …].
    lights=False: it is seen and mirrored, but lights nothing."""
    world = bpy.data.worlds.new("sky")
    bpy.context.scene.world = world
    world.use_nodes = True
    tree = world.node_tree
    tree.nodes.clear()
    where = tree.nodes.new("ShaderNodeTexCoord")
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    half = tree.nodes.new("ShaderNodeMath")
    half.operation = "MULTIPLY_ADD"
    half.inputs[1].default_value = half.inputs[2].default_value = 0.5
    ramp = ramp_node(tree, stops)
    back = tree.nodes.new("ShaderNodeBackground")
    back.inputs["Strength"].default_value = strength
    out = tree.nodes.new("ShaderNodeOutputWorld")
    tree.links.new(where.outputs["Generated"], split.inputs[0])
    tree.links.new(split.outputs["Z"], half.inputs[0])
    tree.links.new(half.outputs[0], ramp.inputs[0])
    tree.links.new(ramp.outputs[0], back.inputs["Color"])
    tree.links.new(back.outputs[0], out.inputs["Surface"])
    if not lights:
        world.cycles_visibility.diffuse = False
        world.cycles.sampling_method = "NONE"


def ramp_node(tree, stops):
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    elements = ramp.color_ramp.elements
    while len(elements) < len(stops):
        elements.new(1.0)
    for element, (position, rgb) in zip(elements, stops):
        element.position, element.color = position, (*rgb, 1.0)
    return ramp


# Inputs of the Principled BSDF that were renamed in Blender 4.0.
RENAMED = {"Specular": "Specular IOR Level", "Transmission": "Transmission Weight", "Clearcoat": "Coat Weight"}


def material(name, color, ambient=0.0, **inputs):
    """A Principled material; inputs by their name, blanks written as _. ambient: see shine()."""
    m = bpy.data.materials.new(name)
    m.use_nodes = True
    shader = next(n for n in m.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (*color, 1.0)
    for key, value in inputs.items():
        key = key.replace("_", " ")
        if key not in shader.inputs:
            key = RENAMED.get(key, key)
        shader.inputs[key].default_value = value
    if ambient:
        shine(m, ambient)
    return m


def shine(m, strength):
    """Light from a bright sky without its noise: the surface glows in its own colour, more where it faces up."""
    tree = m.node_tree
    shader = next(n for n in tree.nodes if n.type == "BSDF_PRINCIPLED")
    facing = tree.nodes.new("ShaderNodeNewGeometry")
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    amount = tree.nodes.new("ShaderNodeMath")
    amount.operation = "MULTIPLY_ADD"
    amount.inputs[1].default_value, amount.inputs[2].default_value = strength * 0.35, strength * 0.65
    tree.links.new(facing.outputs["Normal"], split.inputs[0])
    tree.links.new(split.outputs["Z"], amount.inputs[0])
    tree.links.new(amount.outputs[0], shader.inputs["Emission Strength"])
    glow = shader.inputs["Emission Color" if "Emission Color" in shader.inputs else "Emission"]
    base = shader.inputs["Base Color"]
    if base.is_linked:
        tree.links.new(base.links[0].from_socket, glow)
    else:
        glow.default_value = base.default_value
    if hasattr(m.cycles, "emission_sampling"):
        m.cycles.emission_sampling = "NONE"
    else:
        m.cycles.sample_as_light = False


def glass(name="glass", color=(1, 1, 1)):
    return material(name, color, Transmission=1.0, Roughness=0.0, IOR=1.45)


def metal(name, color, roughness=0.0):
    return material(name, color, Metallic=1.0, Roughness=roughness)


def mesh(name, points, faces, mat=None, smooth=True):
    data = bpy.data.meshes.new(name)
    data.from_pydata(points, [], faces)
    if mat:
        data.materials.append(mat)
    if smooth:
        data.polygons.foreach_set("use_smooth", [True] * len(faces))
    data.update()
    return link(bpy.data.objects.new(name, data))


def floor(mat, z=0.0, size=200.0):
    h = size / 2
    return mesh("floor", [(-h, -h, z), (h, -h, z), (h, h, z), (-h, h, z)], [(0, 1, 2, 3)], mat, smooth=False)


_balls = {}


def ball(at, radius, mat, around=48, rings=24):
    """A ball; all balls of one material share a mesh."""
    key = (mat.name, around, rings)
    if key not in _balls:
        points, faces = [(0, 0, 1)], []
        for i in range(1, rings):
            a = math.pi * i / rings
            for k in range(around):
                b = 2 * math.pi * k / around
                points.append((math.sin(a) * math.cos(b), math.sin(a) * math.sin(b), math.cos(a)))
        points.append((0, 0, -1))
        last = len(points) - 1
        for k in range(around):
            n = (k + 1) % around
            faces.append((0, 1 + k, 1 + n))
            faces.append((last, last - around + n, last - around + k))
            for i in range(rings - 2):
                a, b = 1 + i * around, 1 + (i + 1) * around
                faces.append((a + k, b + k, b + n, a + n))
        obj = mesh("ball " + mat.name, points, faces, mat)
        _balls[key] = obj.data
    else:
        obj = link(bpy.data.objects.new("ball " + mat.name, _balls[key]))
    obj.location, obj.scale = at, (radius, radius, radius)
    return obj


def save(path):
    bpy.ops.wm.save_as_mainfile(filepath=path, compress=True)
    print("saved", path)
