"""Loading a file: overrides, what it will render, what is wrong with it."""

import os
import re

import bpy

import bf_device
import bf_facts
import bf_missing
import bf_paths
import bf_version
import bf_whole
from bf_line import Refused, reason

FLOAT_FORMATS = {"OPEN_EXR", "OPEN_EXR_MULTILAYER", "HDR", "DPX", "CINEON"}

# A version of Blender opens files of the next major one only if it is the last of its own.
LAST_OF_MAJOR = {2: 293, 3: 306, 4: 405}


def _names(blocks):
    return ", ".join(b.name for b in list(blocks)[:20]) or "none"


def _too_new(saved):
    ours = bf_version.VERSION
    return saved // 100 > ours // 100 + (ours >= LAST_OF_MAJOR.get(ours // 100, 10000))


def _refuse_new(saved):
    raise Refused("the file was saved by Blender %d.%d, too new for the %s on this machine"
                  % (saved // 100, saved % 100, bpy.app.version_string), "agent")


def load(path, saved, trust):
    """Open the file, saved by that version (0 = unknown). Scripts in it stay off unless trusted."""
    if _too_new(saved):
        _refuse_new(saved)  # Blender would crash on some of them
    try:
        bpy.ops.wm.open_mainfile(filepath=path, load_ui=False, use_scripts=trust)
    except RuntimeError as error:
        if not os.path.exists(path):
            raise Refused("the file %s is not there" % path, "agent") from error
        if saved > bf_version.VERSION:
            _refuse_new(saved)
        raise Refused("Blender cannot open the file: %s" % reason(error), "file") from error


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
    elif bf_facts.renders_3d(scene):
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


class Opened:
    """The scene that is rendered from now on, with the overrides applied."""

    def __init__(self, options, setup):
        self.warnings = []
        load(options["blend"], int(options.get("saved", 0)), setup["trust"])
        bf_paths.apply(setup["paths"], self.warnings.append)
        scene = self.scene = _pick_scene(options.get("scene"))
        trees = bf_facts.compositor_trees(scene)
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
        self.area = bf_facts.area(render)
        self._take_over(render)
        self._warn_about_scripts()

    def _name_pictures(self):
        self.scene.render.use_file_extension = True
        return bf_facts.pictures(self.scene, self.warnings.append)[:8]

    def _take_over(self, render):
        """The agent decides what is rendered and what is there already, not Blender."""
        render.use_overwrite = True
        render.use_placeholder = False
        # With several view layers Blender keeps what only the last one needed: UV passes of the next picture are wrong.
        render.use_persistent_data = sum(layer.use for layer in self.scene.view_layers) <= 1
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
        left, top, right, bottom = self.area
        denoises, needs_oidn = bf_facts.denoising(scene)
        eight_bit = settings.color_depth == "8" and settings.file_format not in FLOAT_FORMATS
        facts = {
            "file_version": bpy.data.version[0] * 100 + bpy.data.version[1],
            "scene": scene.name, "camera": scene.camera.name if scene.camera else "",
            "view_layer": self.view_layer, "engine": render.engine,
            "format": settings.file_format, "file_format": self.file_format,
            "color_mode": settings.color_mode, "color_depth": settings.color_depth,
            "exr_codec": settings.exr_codec if settings.file_format.startswith("OPEN_EXR") else "",
            "start": self.frame_range[0], "end": self.frame_range[1], "step": self.frame_step,
            "width": right - left, "height": bottom - top, "fps": render.fps / render.fps_base,
            "movie": self.movie, "needs_oidn": needs_oidn, "has_oidn": bf_device.has_denoiser(),
            "denoises": denoises, "dithers": eight_bit and render.dither_intensity > 0,
            "compositor": bf_facts.uses_compositor(scene), "sequencer": bf_facts.uses_sequencer(scene),
            "stamp": render.use_stamp,
            "adaptive": render.engine == "CYCLES" and scene.cycles.use_adaptive_sampling,
            "renders_3d": bf_facts.renders_3d(scene), "multilayer": settings.file_format == "OPEN_EXR_MULTILAYER",
            "layers": sum(layer.use for layer in scene.view_layers), "samples": bf_facts.samples(scene),
            "no_rectangles": bf_whole.rectangles(scene), "no_sample_parts": bf_whole.sample_parts(scene),
            "no_finishing": bf_whole.finishing(scene, self.trees),
            "sample_parts_note": bf_version.sample_parts_note(scene),
        }
        for number, name in enumerate(self.pictures):
            facts["picture%d" % number] = name
        return facts

    def missing(self):
        return bf_missing.missing_files(self.scene)
