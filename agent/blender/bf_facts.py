"""What a scene will render: questions that change nothing."""

import os
import struct

import bpy

import bf_version
from bf_line import reason


def compositor_trees(scene):
    """The compositor's node tree and all groups that could be inside."""
    trees = [g for g in bpy.data.node_groups if g.bl_idname == "CompositorNodeTree"]
    for other in bpy.data.scenes:
        tree = bf_version.compositor_tree(other) or getattr(other, "node_tree", None)
        if tree and tree not in trees:
            trees.append(tree)
    return trees


def uses_compositor(scene):
    return bool(scene.render.use_compositing and bf_version.compositor_tree(scene))


def uses_sequencer(scene):
    if not scene.render.use_sequencer:
        return False
    return any(not s.mute and s.type != "SOUND" for s in bf_version.sequencer_strips(scene))


def renders_3d(scene):
    if uses_sequencer(scene):
        return False
    if not uses_compositor(scene):
        return True
    # A render layers node can sit in a group, so any one counts.
    return any(n.type == "R_LAYERS" for t in compositor_trees(scene) for n in t.nodes)


def cycles_denoises(scene):
    return (scene.render.engine == "CYCLES" and scene.cycles.use_denoising
            and any(layer.use and layer.cycles.use_denoising for layer in scene.view_layers))


def denoising(scene):
    """(something denoises, it needs OpenImageDenoise)"""
    found = cycles_denoises(scene)
    oidn = found and scene.cycles.denoiser != "OPTIX"
    if uses_compositor(scene):
        for tree in compositor_trees(scene):
            if any(n.type == "DENOISE" and not n.mute for n in tree.nodes):
                found = oidn = True
    return found, oidn


def samples(scene):
    if scene.render.engine == "CYCLES":
        return scene.cycles.samples
    return scene.eevee.taa_render_samples if "EEVEE" in scene.render.engine else 0


def depends_on_size(scene):
    """Whether the shape of the picture decides what Cycles sees. (Adaptive subdivision is not cut at all.)"""
    return scene.render.use_simplify and scene.cycles.use_camera_cull


def separate_views(render):
    """Views whose pictures are files of their own; [""] when there is one file."""
    if not render.use_multiview or render.image_settings.views_format != "INDIVIDUAL":
        return [""]
    return [v.name for v in render.views if v.use] or [""]


def _common(a, b):
    return len(os.path.commonprefix([a, b]))


def _pattern(render, view):
    """How Blender names frames, as a name with one run of '#'. The sign of a negative number shows
    where the number starts, its last digit where it ends."""
    one, two, minus = (os.path.basename(render.frame_path(frame=n, view=view)) for n in (1, 2, -1))
    start = _common(one, minus)
    end = len(one) - _common(one[::-1], two[::-1])
    if not start < end:
        return None
    return one[:start].replace("#", "_") + "#" * (end - start) + one[end:].replace("#", "_")


def pictures(scene, warn):
    render = scene.render
    stem = os.path.splitext(os.path.basename(bpy.data.filepath))[0]
    views = separate_views(render)
    try:
        names = [_pattern(render, view) for view in views]
    except (RuntimeError, ValueError) as error:
        warn("the output path of the file cannot be used: %s" % reason(error))
        names = [None]
    if all(names):
        return names
    return [("%s_%s_####" % (stem, v) if v else stem + "_####") + render.file_extension for v in views]


def full_size(render):
    return (render.resolution_x * render.resolution_percentage // 100,
            render.resolution_y * render.resolution_percentage // 100)


def _edge_of(border, size):
    # As Blender does it, in float32.
    return int(struct.unpack("f", struct.pack("f", border * size))[0])


def _border(render):
    """The rectangle that the scene's own border renders: left, top, right, bottom."""
    width, height = full_size(render)
    if not render.use_border:
        return 0, 0, width, height
    return (_edge_of(render.border_min_x, width), height - _edge_of(render.border_max_y, height),
            _edge_of(render.border_max_x, width), height - _edge_of(render.border_min_y, height))


def leaves_empty_border(render):
    return render.use_border and not render.use_crop_to_border and _border(render) != (0, 0, *full_size(render))


def area(render):
    """Which rectangle of the camera's view the picture shows."""
    return (0, 0, *full_size(render)) if leaves_empty_border(render) else _border(render)
