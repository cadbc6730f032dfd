"""Paths of another operating system, or of another mount: replaced by what they are called on this machine."""

import re

try:
    import bpy
    import bf_version
except ImportError:  # the rules alone need no Blender
    bpy = None


def _is_foreign(prefix):
    """C:\\..., \\\\server\\...: letters' case does not matter there, and both slashes are one."""
    return bool(re.match(r"[A-Za-z]:", prefix)) or prefix.startswith(("\\\\", "//"))


def _plain(path):
    return path.replace("\\", "/")


def mapped(path, maps):
    """The path by the longest rule that fits, None when there is none. Blender's own // means beside the file."""
    if path.startswith("//"):
        return None
    for old, new in sorted(maps, key=lambda rule: -len(rule[0])):
        foreign = _is_foreign(old)
        old = (_plain(old) if foreign else old).rstrip("/")
        whole = _plain(path) if foreign else path
        head, rest = whole[:len(old)], whole[len(old):]
        if (head.casefold() == old.casefold() if foreign else head == old) and rest[:1] in ("", "/"):
            return new.rstrip("/") + rest or "/"
    return None


def rules(options):
    """from0=, to0=, from1= … of the agent's setup."""
    found = []
    while "from%d" % len(found) in options:
        found.append((options["from%d" % len(found)], options["to%d" % len(found)]))
    return found


def _map(owner, attribute, maps, warn):
    path = getattr(owner, attribute, None)
    new = mapped(path, maps) if isinstance(path, str) and path else None
    if new is None:
        return False
    try:
        setattr(owner, attribute, new)
    except (AttributeError, TypeError, RuntimeError) as error:
        warn("the path %s could not be changed to %s: %s" % (path, new, error))
        return False
    return True


def _map_libraries(maps, warn):
    """A library brings others along, with paths of their own."""
    seen = set()
    while True:
        library = next((l for l in bpy.data.libraries if l.filepath not in seen), None)
        if not library:
            return
        seen.add(library.filepath)
        if _map(library, "filepath", maps, warn):
            seen.add(library.filepath)
            try:
                library.reload()
            except RuntimeError as error:
                warn("the library %s could not be read: %s" % (library.filepath, error))


def _owners():
    """Everything that may name a file or folder, with the attribute's name."""
    for name in ("images", "movieclips", "sounds", "fonts", "volumes", "cache_files"):
        for block in getattr(bpy.data, name, ()):
            yield block, "filepath"
    for scene in bpy.data.scenes:
        for strip in bf_version.sequencer_strips(scene):
            yield strip, "directory" if strip.type == "IMAGE" else "filepath"
    trees = [b.node_tree for name in ("materials", "worlds", "lights", "scenes") for b in getattr(bpy.data, name)
             if getattr(b, "node_tree", None)] + list(bpy.data.node_groups)
    for tree in trees:
        for node in tree.nodes:
            yield node, "filepath"
    for thing in bpy.data.objects:
        for modifier in thing.modifiers:
            for attribute in ("filepath", "simulation_bake_directory", "bake_directory"):
                yield modifier, attribute
            yield getattr(modifier, "domain_settings", None), "cache_directory"
            yield getattr(modifier, "point_cache", None), "filepath"
        for system in thing.particle_systems:
            yield system.point_cache, "filepath"


def apply(maps, warn):
    if not maps:
        return
    _map_libraries(maps, warn)
    for owner, attribute in list(_owners()):
        if owner is not None:
            _map(owner, attribute, maps, warn)
