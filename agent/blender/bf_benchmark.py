"""How fast this machine is: a small scene of our own, rendered for some seconds.

Glass, metal and plain balls under one lamp: what Cycles mostly does. Speed is told in samples of pixels a second."""

import math
import os
import random
import time

import bpy

import bf_version

SIZE = (320, 180)
SAMPLES = 8


def _material(name, color, roughness=0.5, metallic=0.0, glass=False):
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    shader = next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (*color, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Metallic"].default_value = metallic
    if glass:
        name = "Transmission Weight" if "Transmission Weight" in shader.inputs else "Transmission"
        shader.inputs[name].default_value = 1.0
    return material


def _sphere():
    """A ball of triangles: rings of points between two poles."""
    around, rings = 32, 16
    points = [(0, 0, 1)]
    for ring in range(1, rings):
        height, width = math.cos(math.pi * ring / rings), math.sin(math.pi * ring / rings)
        points += [(width * math.cos(2 * math.pi * n / around), width * math.sin(2 * math.pi * n / around), height)
                   for n in range(around)]
    points.append((0, 0, -1))
    last = len(points) - 1
    faces = [(0, 1 + n, 1 + (n + 1) % around) for n in range(around)]
    for ring in range(rings - 2):
        first = 1 + ring * around
        faces += [(first + n, first + around + n, first + around + (n + 1) % around, first + (n + 1) % around)
                  for n in range(around)]
    faces += [(last, last - around + (n + 1) % around, last - around + n) for n in range(around)]
    mesh = bpy.data.meshes.new("ball")
    mesh.from_pydata(points, [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    return mesh


def _put(scene, name, data, at=(0, 0, 0), turn=(0, 0, 0), size=1.0):
    thing = bpy.data.objects.new(name, data)
    thing.location, thing.rotation_euler, thing.scale = at, turn, (size, size, size)
    scene.collection.objects.link(thing)
    return thing


def _fill(scene):
    floor = bpy.data.meshes.new("floor")
    floor.from_pydata([(-20, -20, 0), (20, -20, 0), (20, 20, 0), (-20, 20, 0)], [], [(0, 1, 2, 3)])
    floor.materials.append(_material("floor", (0.5, 0.5, 0.52), 0.6))
    _put(scene, "floor", floor)
    kinds = [_material("plain", (0.7, 0.2, 0.1)), _material("metal", (0.9, 0.7, 0.3), 0.2, 1.0),
             _material("glass", (0.95, 1.0, 0.98), 0.0, 0.0, True)]
    balls = []
    for kind in kinds:
        mesh = _sphere()
        mesh.materials.append(kind)
        balls.append(mesh)
    dice = random.Random(7)
    for n in range(60):
        at = dice.uniform(-4, 4), dice.uniform(-3, 5), 0.4
        _put(scene, "ball", balls[n % 3], at, size=0.4)
    lamp = bpy.data.lights.new("lamp", "AREA")
    lamp.energy, lamp.size = 900, 3
    _put(scene, "lamp", lamp, (-3, -4, 6), (0.6, -0.4, 0))
    scene.camera = _put(scene, "camera", bpy.data.cameras.new("camera"), (0, -11, 4.5), (1.2, 0, 0))


def _scene(setup):
    scene = bpy.data.scenes.new("benchmark")
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y = SIZE
    render.resolution_percentage = 100
    render.use_persistent_data = True
    render.filepath = bf_version.literal_path(os.path.join(setup["out"], "benchmark"))
    cycles = scene.cycles
    cycles.samples, cycles.seed = SAMPLES, 7
    cycles.use_adaptive_sampling = cycles.use_denoising = False
    cycles.max_bounces = 8
    if setup["device"]:
        cycles.device = setup["device"]
    _fill(scene)
    return scene


def _timed(scene):
    start = time.monotonic()
    bpy.ops.render.render(write_still=False, scene=scene.name)
    return time.monotonic() - start


def run(setup, seconds):
    """Pictures of growing size until the seconds are over: a graphics card needs large ones to show what it can."""
    scene = _scene(setup)
    _timed(scene)  # loads kernels, builds what stays
    start, samples, spent, pictures = time.monotonic(), 0, 0.0, 0
    while time.monotonic() - start < seconds:
        took = _timed(scene)
        if took < seconds / 10 and scene.cycles.samples < 4096:
            scene.cycles.samples *= 2  # so short that starting shows: not counted
            continue
        samples += SIZE[0] * SIZE[1] * scene.cycles.samples
        spent += took
        pictures += 1
    return {"rate": samples / spent if spent else 0, "pictures": pictures, "seconds": spent}
