"""Files that the opened .blend uses and that are not there. Blender itself renders without them,
often without a word."""

import os
import re

import bpy

import bf_version


def _absolute(path, library=None):
    return os.path.normpath(bpy.path.abspath(path, library=library))


def _sequence_exists(path):
    """Any number in place of the last run of digits: frames of an image sequence."""
    folder, name = os.path.split(path)
    match = re.search(r"\d+(?!.*\d)", name)
    if not match or not os.path.isdir(folder):
        return False
    pattern = re.compile(re.escape(name[:match.start()]) + r"\d+" + re.escape(name[match.end():]) + "$")
    return any(pattern.match(entry) for entry in os.listdir(folder))


def _tiles_exist(image, path):
    for tile in image.tiles:
        u, v = (tile.number - 1001) % 10, (tile.number - 1001) // 10
        name = path.replace("<UDIM>", str(tile.number)).replace("<UVTILE>", "u%d_v%d" % (u + 1, v + 1))
        if not os.path.exists(name):
            return False
    return True


def _image_exists(image, path):
    if os.path.exists(path):
        return True
    if image.source == "SEQUENCE":
        return _sequence_exists(path)
    return image.source == "TILED" and _tiles_exist(image, path)


def _is_used(block):
    return block.users > (1 if block.use_fake_user else 0)


def _is_packed(block):
    return bool(getattr(block, "packed_file", None) or getattr(block, "packed_files", None))


def _comes_with_blender(path):
    """Brushes and the like, which Blender links into files of its own accord: no picture needs them, and every
    installation has them elsewhere."""
    return "/datafiles/assets/" in path.replace("\\", "/")


def _blocks():
    """(block, path as saved) of everything that lives in a file of its own."""
    data = bpy.data
    for image in data.images:
        if image.source in {"FILE", "SEQUENCE", "MOVIE", "TILED"}:
            yield image, image.filepath
    for library in data.libraries:
        yield library, library.filepath
    for name in ("movieclips", "sounds", "fonts", "volumes", "cache_files"):
        for block in getattr(data, name, ()):
            if block.filepath != "<builtin>":
                yield block, block.filepath


def _strip_paths(scene):
    for strip in bf_version.sequencer_strips(scene):
        if strip.type == "IMAGE":
            for element in strip.elements[:1]:
                yield os.path.join(strip.directory, element.filename)
        elif strip.type == "MOVIE":
            yield strip.filepath


def _shown(path, raw=""):
    """As people know it: beside the file, when that is how the file says it. Where it was opened means nothing to them."""
    folder = os.path.dirname(bpy.data.filepath)
    return os.path.relpath(path, folder) if raw.startswith("//") or path.startswith(folder + os.sep) else path


def missing_files(scene):
    """Paths for people, sorted: absolute, or relative to the .blend."""
    seen, missing = set(), set()
    for block, raw in _blocks():
        if not raw:
            continue
        path = _absolute(raw, block.library)
        seen.add(path)
        if _is_packed(block) or not (_is_used(block) or isinstance(block, bpy.types.Library)):
            continue
        exists = _image_exists(block, path) if isinstance(block, bpy.types.Image) else os.path.exists(path)
        if not exists and not _comes_with_blender(path):
            missing.add(_shown(path, raw))
    paths = [(_absolute(p), p) for p in _strip_paths(scene)]
    # Whatever else Blender knows of: light profiles, caches, scripts of nodes.
    paths += [(_absolute(p), "") for p in bpy.utils.blend_paths(absolute=True, packed=False)]
    for path, raw in paths:
        if path not in seen and not os.path.exists(path) and "<" not in path and not _comes_with_blender(path):
            missing.add(_shown(path, raw))
    return sorted(missing)
