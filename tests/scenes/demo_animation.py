"""The demo: pictures fly in a spiral into a folder, and get their colours on the way. Loops without a seam."""
import math
import os
import sys

import bpy
from mathutils import Vector

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stage  # noqa: E402

OUT, FRAMES = stage.arguments(30)
SHEETS = 13          # on their way at any moment; each takes the place of the next in one loop
LENGTH, WIDTH = 1.35, 1.9
DEPTH = 0.12         # the folder's mouth, in y


def smooth(a, b, x):
    x = min(1.0, max(0.0, (x - a) / (b - a)))
    return x * x * (3 - 2 * x)


# ---- the way of the sheets: a helix round the folder, then over the top and down into it

TURNS, HELIX_END = 1.3, math.radians(25)


def helix(t):
    angle = HELIX_END - 2 * math.pi * TURNS * (1 - t)
    radius = 4.5 - 2.1 * smooth(0.1, 1.0, t)
    return Vector((radius * math.cos(angle), radius * math.sin(angle), 0.75 + 3.3 * t ** 1.4))


def way(t):
    """The way from 0 to 1; the last bit lies inside the folder."""
    if t < 0.7:
        return helix(t / 0.7)
    s = (t - 0.7) / 0.3
    start, speed = helix(1.0), (helix(1.0) - helix(0.98)) * 50 * 0.7
    top, end = Vector((0, DEPTH, 4.7)), Vector((0, DEPTH, 0.6))
    a = start + speed * 0.22
    # a Bézier curve of degree four: leaves the helix along it, ends straight down
    points = [start, a, Vector((0.2, 0.75, 6.1)), top, end]
    for n in range(4, 0, -1):
        points = [points[i].lerp(points[i + 1], s) for i in range(n)]
    return points[0]


STEPS = 3000
TABLE = [way(i / STEPS) for i in range(STEPS + 1)]
RUN = [0.0]
for one, two in zip(TABLE, TABLE[1:]):
    RUN.append(RUN[-1] + (two - one).length)
TOTAL = RUN[-1]


def at_length(length):
    """Place, direction and the sheet's sideways axis at this length of the way."""
    length = min(max(length, 0.0), TOTAL)
    low, high = 0, STEPS
    while high - low > 1:
        mid = (low + high) // 2
        low, high = (mid, high) if RUN[mid] <= length else (low, mid)
    part = (length - RUN[low]) / max(RUN[high] - RUN[low], 1e-9)
    place = TABLE[low].lerp(TABLE[high], part)
    near, far = TABLE[max(low - 15, 0)], TABLE[min(high + 15, STEPS)]
    forward = (far - near).normalized()
    outward = Vector((place.x, place.y, 0))
    outward = outward.normalized() if outward.length > 1e-6 else Vector((1, 0, 0))
    settle = smooth(0.66, 0.86, length / TOTAL)
    side = (outward * 0.55 + Vector((0, 0, 1.0))).normalized() * (1 - settle) + Vector((1, 0, 0)) * settle
    side = (side - forward * side.dot(forward)).normalized()
    return place, forward, side


ROWS, COLUMNS = 8, 10


def sheet_points(length):
    points = []
    calm = 1 - smooth(0.72, 0.9, length / TOTAL)
    born = smooth(0.0, 0.06, length / TOTAL)
    for r in range(ROWS + 1):
        s = (r / ROWS - 0.5) * LENGTH
        place, forward, side = at_length(LENGTH / 2 + (TOTAL - LENGTH) * length / TOTAL + s * born)
        normal = side.cross(forward)
        for c in range(COLUMNS + 1):
            t = (c / COLUMNS - 0.5) * WIDTH * born
            lift = 0.10 * math.sin(2.3 * t + 2.1 * s + 1.9 * length) + 0.05 * math.sin(5 * t - 3 * length)
            points.append(place + side * t + normal * lift * calm)
    return points


def landscape(x, y):
    """The little picture on the sheets, as one pixel; 0…1 from the bottom left."""
    for high, wide, turn, color in ((0.17, 9.0, 1.1, (0.02, 0.16, 0.22)), (0.29, 5.0, 2.6, (0.03, 0.36, 0.42)),
                                    (0.43, 7.0, 0.4, (0.22, 0.30, 0.62))):
        if y < high + 0.07 * math.sin(wide * x + turn):
            return color
    if ((x - 0.64) * WIDTH / LENGTH) ** 2 + (y - 0.62) ** 2 < 0.022:
        return (1.0, 0.90, 0.55)
    low, high, t = ((1.0, 0.62, 0.30), (0.90, 0.28, 0.42), (y - 0.3) / 0.4)
    if t > 1:
        low, high, t = (high, (0.36, 0.16, 0.58), (y - 0.7) / 0.3)
    t = max(t, 0.0)
    return tuple(a + (b - a) * t for a, b in zip(low, high))


def picture(name, pixel, width=240, height=170, border=11):
    image = bpy.data.images.new(name, width, height)
    values = []
    for j in range(height):
        for i in range(width):
            framed = border <= i < width - border and border <= j < height - border
            x, y = (i - border) / (width - 2 * border), (j - border) / (height - 2 * border)
            color = pixel(x, y) if framed else (0.92, 0.90, 0.86)
            values += [*(c ** 0.6 for c in color), 1.0]
    image.pixels.foreach_set(values)
    image.pack()
    return image


def picture_material():
    """White paper that turns into a little landscape; the object's red channel says how far."""
    m = stage.material("picture", (1, 1, 1), Roughness=0.6, Specular=0.0)
    tree = m.node_tree
    shader = next(n for n in tree.nodes if n.type == "BSDF_PRINCIPLED")
    colors = []
    for name, pixel in (("waiting", lambda x, y: (0.70, 0.74, 0.80)), ("rendered", landscape)):
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = picture(name, pixel)
        colors.append(node.outputs["Color"])
    where = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(tree.nodes.new("ShaderNodeUVMap").outputs[0], where.inputs[0])
    shown = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(tree.nodes.new("ShaderNodeObjectInfo").outputs["Color"], shown.inputs[0])
    done = tree.nodes.new("ShaderNodeMath")
    done.operation = "LESS_THAN"  # uncovered from one side to the other, as a render is
    tree.links.new(where.outputs["X"], done.inputs[0])
    tree.links.new(shown.outputs["X"], done.inputs[1])
    mix = tree.nodes.new("ShaderNodeMixRGB")
    for source, socket in zip((done.outputs[0], *colors), mix.inputs):
        tree.links.new(source, socket)
    tree.links.new(mix.outputs[0], shader.inputs["Base Color"])
    stage.shine(m, 0.42)
    return m


def add_sheets():
    mat = picture_material()
    faces, uvs = [], []
    for r in range(ROWS):
        for c in range(COLUMNS):
            a = r * (COLUMNS + 1) + c
            faces.append((a, a + 1, a + COLUMNS + 2, a + COLUMNS + 1))
            for i, k in ((r, c), (r, c + 1), (r + 1, c + 1), (r + 1, c)):
                uvs += [k / COLUMNS, 1 - i / ROWS]
    spacing = TOTAL / SHEETS
    for n in range(SHEETS):
        lengths = [(n + f / FRAMES) * spacing for f in range(FRAMES)]
        obj = stage.mesh("sheet %02d" % n, sheet_points(lengths[0]), faces, mat)
        obj.data.uv_layers.new(name="page").data.foreach_set("uv", uvs)
        for f, length in enumerate(lengths):
            key = obj.shape_key_add(name="%d" % f, from_mix=False)
            key.data.foreach_set("co", [v for p in sheet_points(length) for v in p])
            key.interpolation = "KEY_LINEAR"
        keys = obj.data.shape_keys
        keys.use_relative = False
        for f, length in enumerate(lengths):
            keys.eval_time = keys.key_blocks[f].frame
            keys.keyframe_insert("eval_time", frame=f + 1)
            done = smooth(0.18, 0.68, length / TOTAL)
            obj.color = (done * 1.02 - 0.01, 0, 0, 1)
            obj.keyframe_insert("color", index=0, frame=f + 1)


# ---- the folder

def rounded(corners, radius, steps=8):
    """The outline through these corners with round ones; counter-clockwise."""
    points = []
    for i, here in enumerate(corners):
        here = Vector(here)
        before, after = Vector(corners[i - 1]), Vector(corners[(i + 1) % len(corners)])
        r = min(radius, (before - here).length / 2, (after - here).length / 2)
        a, b = here + (before - here).normalized() * r, here + (after - here).normalized() * r
        for k in range(steps + 1):
            t = k / steps
            points.append(a.lerp(here, t).lerp(here.lerp(b, t), t))
    return points


def panel(name, corners, mat, tilt, y):
    outline = rounded(corners, 0.16)
    obj = stage.mesh(name, [(p.x, 0, p.y) for p in outline], [tuple(range(len(outline)))], mat, smooth=False)
    solid = obj.modifiers.new("thick", "SOLIDIFY")
    solid.thickness, solid.offset = 0.07, 0.0
    bevel = obj.modifiers.new("edge", "BEVEL")
    bevel.width, bevel.segments, bevel.limit_method = 0.03, 3, "ANGLE"
    obj.rotation_euler = (math.radians(tilt), 0, 0)
    obj.location = (0, y, 0.06)
    return obj


def add_folder():
    back = stage.material("card", (0.90, 0.36, 0.025), Roughness=0.4, Specular=0.0, ambient=0.4)
    front = stage.material("card, front", (1.0, 0.47, 0.045), Roughness=0.4, Specular=0.0, ambient=0.4)
    panel("back", [(-1.75, 0), (1.75, 0), (1.75, 2.35), (0.05, 2.35), (-0.20, 2.68), (-1.75, 2.68)], back, -5, 0.32)
    face = panel("front", [(-1.75, 0), (1.75, 0), (1.75, 2.0), (-1.75, 2.0)], front, 11, -0.05)
    curve = bpy.data.curves.new("name", "FONT")
    curve.body, curve.size, curve.extrude, curve.align_x = "blendfolder", 0.52, 0.012, "CENTER"
    curve.materials.append(stage.material("ink", (0.10, 0.02, 0.005), Specular=0.0))
    text = stage.link(bpy.data.objects.new("name", curve))
    text.parent, text.location, text.rotation_euler = face, (0, -0.045, 0.34), (math.pi / 2, 0, 0)


# ---- balls in three arms round the folder, turning by one arm in a loop

def add_balls():
    kinds = [stage.metal("gold", (1.0, 0.62, 0.22)), stage.glass("water", (0.80, 0.95, 1.0)),
             stage.metal("steel", (0.86, 0.88, 0.92)),
             stage.material("teal", (0.0, 0.30, 0.33), Roughness=0.0, ambient=0.35),
             stage.glass("amber", (1.0, 0.80, 0.55))]
    hub = stage.link(bpy.data.objects.new("hub", None))
    arms, per_arm = 3, 10
    for arm in range(arms):
        for i in range(per_arm):
            t = i / (per_arm - 1)
            angle = 2 * math.pi * (arm / arms + 0.30 * t)
            far, radius = 2.75 + 2.9 * t, 0.34 - 0.22 * t
            obj = stage.ball((far * math.cos(angle), far * math.sin(angle), radius), radius, kinds[i % len(kinds)])
            obj.parent = hub
    for f in range(FRAMES):
        hub.rotation_euler[2] = 2 * math.pi / arms * f / FRAMES
        hub.keyframe_insert("rotation_euler", index=2, frame=f + 1)


scene = stage.scene("demo", (480, 270), samples=12, frames=FRAMES, bounces=4)
scene.cycles.diffuse_bounces = 0
stage.sky([(0.0, (0.02, 0.04, 0.10)), (0.5, (0.07, 0.17, 0.33)), (0.70, (0.07, 0.16, 0.36)), (0.76, (1.0, 0.50, 0.28)),
           (0.82, (0.25, 0.28, 0.60)), (0.92, (1.0, 0.95, 0.9)), (1.0, (1.0, 1.0, 1.0))], lights=False)
stage.floor(stage.material("floor", (0.05, 0.12, 0.26), Specular=0.6, Roughness=0.0, ambient=0.5))
stage.lamp("SUN", 2.2, (-4, -6, 9), size=math.radians(5), color=(1.0, 0.93, 0.82))
add_sheets()
add_folder()
add_balls()
stage.camera((1.3, -14.2, 5.4), (0.1, 0, 2.35), lens=46)
stage.save(OUT)
