"""Loading a file: overrides, what it will render, what is wrong with it."""

import os
import re

import bpy

import bf_device
import bf_missing
import bf_version
from bf_line import Refused

FLOAT_FORMATS = {"OPEN_EXR", "OPEN_EXR_MULTILAYER", "HDR", "DPX", "CINEON"}


def _names(blocks):
    return ", ".join(b.name for b in list(blocks)[:20]) or "none"


def _saved_by(path):
    """Version in an uncompressed file's head, 0 when it cannot be seen."""
    try:
        with open(path, "rb") as file:
            head = file.read(17)
    except OSError:
        return 0
    match = re.match(rb"BLENDER(?:[-_][vV](\d{3})|\d\d-\d\dv(\d{4}))", head)
    return int(match.group(1) or match.group(2)) if match else 0


def load(path, trust):
    """Open the file. Scripts in it stay off unless trusted."""
    try:
        bpy.ops.wm.open_mainfile(filepath=path, load_ui=False, use_scripts=trust)
    except RuntimeError as error:
        if not os.path.exists(path):
            raise Refused("the file %s is not there" % path, "agent") from error
        saved = _saved_by(path)
        if saved > bf_version.VERSION:
            raise Refused("the file was saved by Blender %d.%d, too new for the %s on this machine"
                          % (saved // 100, saved % 100, bpy.app.version_string), "agent") from error
        raise Refused("Blender cannot open the file: %s" % _reason(error), "file") from error


def _reason(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].replace("Error: ", "", 1) if lines else "no reason given"


# ---- overrides ----

def _pick_scene(name):
    if not name:
        return bpy.context.scene
    for scene in bpy.data.scenes:
        if scene.name == name:
            return scene
    raise Refused("there is no scene %s; the file has: %s" % (name, _names(bpy.data.scenes)), "file")


def _pick_camera(scene, name, warn):
    if name:
        cameras = [o for o in scene.objects if o.type == "CAMERA"]
        for camera in cameras:
            if camera.name == name:
                scene.camera = camera
                # A camera bound to a marker would take over again at that frame.
                for marker in scene.timeline_markers:
                    marker.camera = None
                return
        raise Refused("there is no camera %s; the scene has: %s" % (name, _names(cameras)), "file")
    if scene.camera or any(m.camera for m in scene.timeline_markers):
        return
    # Blender takes the first camera it meets: say so, and be sure that all machines take the same.
    cameras = sorted((o for o in scene.objects if o.type == "CAMERA"), key=lambda o: o.name)
    if cameras:
        scene.camera = cameras[0]
        warn("the scene has no active camera; %s is used" % cameras[0].name)
    elif renders_3d(scene):
        raise Refused("the scene %s has no camera" % scene.name, "file")


def _pick_view_layer(scene, name):
    if not name:
        return
    if name not in scene.view_layers:
        raise Refused("there is no view layer %s; the scene has: %s" % (name, _names(scene.view_layers)), "file")
    for layer in scene.view_layers:
        layer.use = layer.name == name


def _pick_engine(scene, name):
    if not name:
        return
    wanted = bf_version.ENGINES.get(name.upper(), name.upper())
    try:
        scene.render.engine = wanted
    except TypeError as error:
        known = re.findall(r"'(\w+)'", str(error).partition("not found in")[2])
        raise Refused("there is no render engine %s; this Blender has: %s" % (name, ", ".join(known)),
                      "agent") from error


def pick_format(settings, name):
    """Blender's identifier for what somebody typed."""
    wanted = bf_version.FORMATS.get(name.upper(), name.upper())
    known = settings.bl_rna.properties["file_format"].enum_items.keys()
    if wanted not in known:
        raise Refused("there is no picture format %s; this Blender has: %s" % (name, ", ".join(known)), "file")
    return wanted


def _set_format(render, name):
    for owner, attribute, value in bf_version.format_settings(render.image_settings, name):
        try:
            setattr(owner, attribute, value)
        except TypeError as error:
            raise Refused("this Blender cannot write %s: %s" % (name, error), "agent") from error


def _choose_format(render, name):
    """Pictures always: a movie is made of the pictures when all are there."""
    settings = render.image_settings
    if name:
        _set_format(render, pick_format(settings, name))
    movie = render.is_movie_format
    if movie:
        alpha = settings.color_mode
        _set_format(render, "PNG")
        settings.color_depth = "8"
        settings.color_mode = alpha if alpha in {"BW", "RGBA"} else "RGB"
    return movie


def _set_samples(scene, samples):
    if not samples:
        return
    if scene.render.engine == "CYCLES":
        scene.cycles.samples = samples
    elif "EEVEE" in scene.render.engine:
        scene.eevee.taa_render_samples = samples


def _denoise_off(scene, trees):
    if hasattr(scene, "cycles"):
        scene.cycles.use_denoising = False
    for tree in trees:
        for node in tree.nodes:
            if node.type == "DENOISE":
                node.mute = True


def _set_device(scene, device):
    if device and scene.render.engine == "CYCLES":
        scene.cycles.device = device


def _disarm(trust):
    """Freestyle in script mode runs Python from the file, whatever Blender was told about scripts."""
    if trust:
        return
    for scene in bpy.data.scenes:
        for layer in scene.view_layers:
            if layer.freestyle_settings.mode != "SCRIPT":
                continue
            if scene.render.use_freestyle and layer.use_freestyle:
                raise Refused("the scene %s draws lines with a Freestyle script; scripts in files are not "
                              "trusted on this machine (trust_scripts)" % scene.name, "file")
            layer.freestyle_settings.mode = "EDITOR"


def _keep_inside(trees, folder, warn):
    """File Output nodes write wherever the file says: make them write into our folder."""
    found = False
    for tree in trees:
        for node in tree.nodes:
            if node.type == "OUTPUT_FILE":
                bf_version.file_output_folder(node, folder)
                found = found or not node.mute
    if found:
        warn("pictures of File Output nodes in the compositor are not collected")


# ---- facts ----

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


def denoising(scene):
    """(something denoises, it needs OpenImageDenoise)"""
    found = oidn = False
    if scene.render.engine == "CYCLES" and scene.cycles.use_denoising:
        found = any(layer.use and layer.cycles.use_denoising for layer in scene.view_layers)
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
        warn("the output path of the file cannot be used: %s" % _reason(error))
        names = [None]
    if all(names):
        return names
    return [("%s_%s_####" % (stem, v) if v else stem + "_####") + render.file_extension for v in views]


def size(render):
    return (render.resolution_x * render.resolution_percentage // 100,
            render.resolution_y * render.resolution_percentage // 100)


class Opened:
    """The scene that is rendered from now on, with the overrides applied."""

    def __init__(self, options, setup):
        self.warnings = []
        load(options["blend"], setup["trust"])
        scene = self.scene = _pick_scene(options.get("scene"))
        trees = compositor_trees(scene)
        render = scene.render
        self.file_format = render.image_settings.file_format
        _disarm(setup["trust"])
        _pick_engine(scene, options.get("engine"))
        self.movie = _choose_format(render, options.get("format"))
        _pick_view_layer(scene, options.get("view_layer"))
        _pick_camera(scene, options.get("camera"), self.warnings.append)
        if options.get("percent"):
            render.resolution_percentage = int(options["percent"])
        _set_samples(scene, int(options.get("samples", 0)))
        if options.get("denoise_off") == "1":
            _denoise_off(scene, trees)
        _set_device(scene, setup["device"])
        _keep_inside(trees, setup["nodes"], self.warnings.append)
        self.view_layer = options.get("view_layer", "")
        self.trees = trees
        self.pictures = self._name_pictures()
        self._take_over(render)
        self._warn_about_scripts()

    def _name_pictures(self):
        self.scene.render.use_file_extension = True
        return pictures(self.scene, self.warnings.append)[:8]

    def _take_over(self, render):
        """The agent decides what is rendered and what is there already, not Blender."""
        render.use_overwrite = True
        render.use_placeholder = False
        render.use_persistent_data = True
        render.use_render_cache = False
        self.scene.frame_step, self.frame_step = 1, self.scene.frame_step
        self.frame_range = self.scene.frame_start, self.scene.frame_end

    def _warn_about_scripts(self):
        if bpy.app.autoexec_fail:
            self.warnings.append("a script in the file was not run (%s); pictures may differ"
                                 % bpy.app.autoexec_fail_message)
        if bpy.data.version[:2] > bpy.app.version[:2]:
            self.warnings.append("the file was saved by the newer Blender %d.%d; this is %s"
                                 % (*bpy.data.version[:2], bpy.app.version_string))

    def facts(self):
        scene, render = self.scene, self.scene.render
        settings = render.image_settings
        width, height = size(render)
        denoises, needs_oidn = denoising(scene)
        eight_bit = settings.color_depth == "8" and settings.file_format not in FLOAT_FORMATS
        facts = {
            "file_version": bpy.data.version[0] * 100 + bpy.data.version[1],
            "scene": scene.name, "camera": scene.camera.name if scene.camera else "",
            "view_layer": self.view_layer, "engine": render.engine,
            "format": settings.file_format, "file_format": self.file_format,
            "color_mode": settings.color_mode, "color_depth": settings.color_depth,
            "start": self.frame_range[0], "end": self.frame_range[1], "step": self.frame_step,
            "width": width, "height": height, "fps": render.fps / render.fps_base,
            "movie": self.movie, "needs_oidn": needs_oidn, "has_oidn": bf_device.has_denoiser(),
            "denoises": denoises, "dithers": eight_bit and render.dither_intensity > 0,
            "compositor": uses_compositor(scene), "sequencer": uses_sequencer(scene),
            "stamp": render.use_stamp,
            "adaptive": render.engine == "CYCLES" and scene.cycles.use_adaptive_sampling,
            "renders_3d": renders_3d(scene), "multilayer": settings.file_format == "OPEN_EXR_MULTILAYER",
            "layers": sum(layer.use for layer in scene.view_layers), "samples": samples(scene),
        }
        for number, name in enumerate(self.pictures):
            facts["picture%d" % number] = name
        return facts

    def missing(self):
        return bf_missing.missing_files(self.scene)
