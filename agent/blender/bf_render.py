"""One picture: a frame, a rectangle of it, some of its samples, or what is to be made of a joined one."""

import contextlib
import os
import time

import bpy

import bf_device
import bf_facts
import bf_joined
import bf_scene
import bf_version
from bf_line import Refused


class Knobs:
    """Settings that change from picture to picture. What one picture needs is set, what the one
    before needed is put back; equal values are not touched, so nothing is evaluated anew."""

    def __init__(self):
        self._before = {}

    def apply(self, wanted):
        keys = {(owner, name) for owner, name, _ in wanted}
        for key in [k for k in self._before if k not in keys]:
            self._put(*key, self._before.pop(key))
        for owner, name, value in wanted:
            self._before.setdefault((owner, name), getattr(owner, name))
        for owner, name, value in wanted:  # only now: setting one may change another
            self._put(owner, name, value)

    @staticmethod
    def _put(owner, name, value):
        if getattr(owner, name) != value:
            setattr(owner, name, value)


def _edge(pixel, size):
    # Blender turns border * size, computed in float32, into a whole number. A quarter of a pixel more
    # hits the wanted pixel whether it truncates or rounds.
    return 1.0 if pixel >= size else 0.0 if pixel <= 0 else (pixel + 0.25) / size


def _border(scene, full, area, piece):
    """Render a rectangle of the area that the picture shows of the camera's full view."""
    width, height = area[2] - area[0], area[3] - area[1]
    left, top, right, bottom = piece
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise Refused("the piece %d,%d-%d,%d does not lie in the picture of %dx%d pixels"
                      % (left, top, right, bottom, width, height), "unknown")
    render = scene.render
    left, top, right, bottom = left + area[0], top + area[1], right + area[0], bottom + area[1]
    width, height = full
    # Files run downwards, borders upwards.
    return [
        (render, "use_border", True),
        (render, "use_crop_to_border", True),
        (render, "border_min_x", _edge(left, width)),
        (render, "border_max_x", _edge(right, width)),
        (render, "border_min_y", _edge(height - bottom, height)),
        (render, "border_max_y", _edge(height - top, height)),
    ]


def _format(scene, options):
    settings = scene.render.image_settings
    wanted = []
    if "format" in options:
        name = bf_scene.pick_format(settings, options["format"])
        wanted += bf_version.format_settings(settings, name)
        if name == "OPEN_EXR_MULTILAYER":
            wanted += bf_version.single_part(settings)
    mode = settings.color_mode
    if "depth" in options:
        wanted += [(settings, "color_mode", mode), (settings, "color_depth", options["depth"])]
    return wanted


def _all_passes(scene):
    """All that was rendered, and nothing done to it yet."""
    settings = scene.render.image_settings
    return bf_version.format_settings(settings, "OPEN_EXR_MULTILAYER") + bf_version.single_part(settings) + [
        (settings, "color_mode", "RGBA"), (settings, "color_depth", "32"), (settings, "exr_codec", "ZIP")]


class Renderer:
    def __init__(self, opened, setup):
        self.opened = opened
        self.scene = opened.scene
        self.setup = setup
        self.knobs = Knobs()

    def _whole_picture_steps(self, options):
        """What only makes sense on the whole picture stays off in parts of it."""
        render, wanted = self.scene.render, []
        if options.get("keep_post") != "1":
            wanted += [(render, "use_compositing", False), (render, "use_sequencer", False),
                       (render, "use_stamp", False)]
        if options.get("keep_dither") != "1":
            wanted.append((render, "dither_intensity", 0.0))
        if options.get("keep_denoise") != "1" and self.scene.render.engine == "CYCLES":
            wanted.append((self.scene.cycles, "use_denoising", False))
        return wanted + self._no_file_outputs()

    def _no_file_outputs(self):
        return [(node, "mute", True) for tree in self.opened.trees for node in tree.nodes if node.type == "OUTPUT_FILE"]

    def _samples(self, options):
        cycles = self.scene.cycles
        return bf_version.sample_range(cycles, int(options.get("sample_offset", 0)), int(options["sample_count"])) + [
            (cycles, "use_adaptive_sampling", False), (cycles, "use_denoising", False)]

    def _wanted(self, options):
        piece = options.get("piece") == "1"
        ranged = int(options.get("sample_count", 0)) > 0
        wanted = _all_passes(self.scene) if options.get("passes") == "1" else _format(self.scene, options)
        if piece:
            wanted += _border(self.scene, bf_facts.full_size(self.scene.render), self.opened.area,
                              [int(options[k]) for k in ("left", "top", "right", "bottom")])
        if piece or ranged:
            wanted += self._whole_picture_steps(options)
        if ranged:
            if self.scene.render.engine != "CYCLES":
                raise Refused("only Cycles can render a part of the samples", "unknown")
            wanted += self._samples(options)
        if "joined" in options:
            wanted += self._no_file_outputs()
        if options.get("denoising_data") == "1" and self.scene.render.engine == "CYCLES":
            wanted += [(layer.cycles, "denoising_store_passes", True) for layer in self.scene.view_layers]
        return wanted

    def _check_denoiser(self):
        if bf_facts.denoising(self.scene)[1] and not bf_device.has_denoiser():
            raise Refused("the scene is denoised with OpenImageDenoise, which Blender %s on this machine lacks"
                          % bpy.app.version_string, "agent")

    def _files(self, frame, stem):
        """Names of the pictures that are really there, in the order of the views."""
        render, folder, names = self.scene.render, self.setup["out"], []
        for view in bf_facts.separate_views(render):
            name = os.path.basename(render.frame_path(frame=frame, view=view))
            if os.path.isfile(os.path.join(folder, name)):
                names.append(name)
        if not names:
            names = sorted(n for n in os.listdir(folder) if n.startswith(stem))
        return names

    def _set_range(self, start, end):
        scene = self.scene
        # Blender keeps start and end in order by itself, so they move one after the other.
        scene.frame_start = min(start, scene.frame_end)
        scene.frame_end = end
        scene.frame_start = start

    def _animation(self, frame, path):
        """The quick way: nothing is evaluated but what is rendered."""
        scene = self.scene
        scene.render.filepath = path + "####"
        self._set_range(frame, frame)
        if scene.frame_start != frame or scene.frame_end != frame:
            raise Refused("Blender has no frame %d" % frame, "file")
        return bpy.ops.render.render(animation=True, scene=scene.name)

    def _still(self, frame, path):
        """Animations cannot begin below 0, and stamps tell how many frames there are."""
        scene = self.scene
        self._set_range(*self.opened.frame_range)
        scene.frame_set(frame)
        if scene.frame_current != frame:
            raise Refused("Blender has no frame %d" % frame, "file")
        scene.render.filepath = path + ("-%04d" % -frame if frame < 0 else "%04d" % frame)
        result = bpy.ops.render.render(write_still=True, scene=scene.name)
        scene.render.filepath = path + "####"
        return result

    def _joined(self, options):
        if "joined" not in options:
            return None
        left, top, right, bottom = self.opened.area
        return bf_joined.Joined(options["joined"], (right - left, bottom - top))

    def _picture(self, frame, stem, joined=None):
        """Render with the knobs as they stand. Returns file names."""
        path = bf_version.literal_path(os.path.join(self.setup["out"], stem))
        try:
            with joined or contextlib.nullcontext():
                alone = frame < 0 or self.scene.render.use_stamp
                result = self._still(frame, path) if alone else self._animation(frame, path)
        except RuntimeError as error:
            raise Refused(_words(error)) from error
        if joined:
            joined.check()
        if "FINISHED" not in result:
            raise Refused("Blender cancelled the picture")
        files = self._files(frame, stem)
        if not files:
            raise Refused("Blender says it is done but wrote no picture")
        return files

    def render(self, options):
        """Render. Returns (seconds, file names)."""
        start = time.monotonic()
        self.knobs.apply(self._wanted(options))
        self._check_denoiser()
        files = self._picture(int(options["frame"]), options["name"] + "-", self._joined(options))
        return time.monotonic() - start, files

    def sketch(self, frame, full, area, samples, top, bottom):
        """Some rows of a small picture of the frame, quickly, only to see how long it takes. full: size of the camera's small view;
        area: what the picture shows of it. Returns file names."""
        render = self.scene.render
        wanted = self._whole_picture_steps({}) + _border(self.scene, full, area, (0, top, area[2] - area[0], bottom)) + [
            (render, "resolution_percentage", 100), (render, "resolution_x", full[0]), (render, "resolution_y", full[1]),
            (self.scene.cycles, "samples", samples)]
        self.knobs.apply(wanted)
        return self._picture(frame, "sketch-")

    def after_sketches(self):
        """As if there had been none: what was worked out for the small size must not be taken for the large one."""
        self.knobs.apply([])
        render = self.scene.render
        if render.use_persistent_data and bf_facts.depends_on_size(self.scene):
            render.use_persistent_data = False  # Blender lets go of it
            render.use_persistent_data = True


def _words(error):
    """Blender's reports of one call as one sentence."""
    lines = (line.strip() for line in str(error).splitlines())
    return "; ".join(line.replace("Error: ", "", 1) for line in lines if line) or "no reason given"
