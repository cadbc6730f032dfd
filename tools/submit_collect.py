"""Runs inside Blender for bfsubmit: lists what a .blend needs to be rendered elsewhere, and saves it anew where it
points at something by a path that will not hold there.

    blender -b … -P submit_collect.py -- FILE.blend REPORT FOLDER

REPORT gets lines of words, percent-encoded: `file FROM ORIGIN TO`, `missing PATH`, `note TEXT`, at the end `done`, or `failed
TEXT`. FOLDER is ours, for what is saved anew. Libraries are opened like the file itself, each in its turn.

What lies below the .blend keeps its place; so does all that is named relative to it and stays inside the folder that is sent. The
rest goes to files/N/, a number for each folder it comes from."""

import os
import re
import sys

import bpy

LAST_NUMBER = re.compile(r"\d+(?!.*\d)")


def encode(text):
    return "".join("%%%02X" % b if b <= 0x20 or b in (0x25, 0x7F) else chr(b) for b in os.fsencode(str(text)))


class Report:
    def __init__(self, path):
        self._file = open(path, "w", encoding="latin-1")
        self._said = set()

    def say(self, *words):
        line = " ".join(encode(word) for word in words)
        if line not in self._said:
            self._said.add(line)
            self._file.write(line + "\n")

    def end(self, *words):
        self.say(*words)
        self._file.close()


class Tree:
    """The folder that will be sent: what lies where."""

    def __init__(self):
        self._at = {}     # path inside -> real path
        self._numbers = {}

    def keep(self, path, to):
        """Whether path can lie there."""
        to = os.path.normpath(to)
        real = os.path.realpath(path)
        if to.startswith("..") or os.path.isabs(to) or self._at.setdefault(to, real) != real:
            return None
        return to

    def place(self, path):
        number = self._numbers.setdefault(os.path.dirname(os.path.realpath(path)), len(self._numbers) + 1)
        return self.keep(path, "files/%d/%s" % (number, os.path.basename(path)))


def numbered(path):
    """All files that differ from path in its last number alone."""
    folder, name = os.path.split(path)
    match = LAST_NUMBER.search(name)
    if not match or not os.path.isdir(folder):
        return []
    pattern = re.compile(re.escape(name[:match.start()]) + r"\d+" + re.escape(name[match.end():]) + "$")
    return sorted(os.path.join(folder, n) for n in os.listdir(folder) if pattern.match(n))


def tiles(image, path):
    names = []
    for tile in image.tiles:
        u, v = (tile.number - 1001) % 10, (tile.number - 1001) // 10
        names.append(path.replace("<UDIM>", str(tile.number)).replace("<UVTILE>", "u%d_v%d" % (u + 1, v + 1)))
    return names


def comes_with_blender(path):
    return "/datafiles/assets/" in path.replace("\\", "/")


def is_used(block):
    return block.users > (1 if block.use_fake_user else 0)


class Reference:
    """A path in the file: get it, set it, know the files behind it."""

    def __init__(self, owner, attribute="filepath", files=None, needed=True):
        self.owner, self.attribute, self.needed = owner, attribute, needed
        self._files = files or (lambda path: [path])

    @property
    def raw(self):
        return getattr(self.owner, self.attribute)

    def set(self, raw):
        setattr(self.owner, self.attribute, raw)

    def files(self, path):
        return self._files(path)


class StripImages(Reference):
    def __init__(self, strip):
        super().__init__(strip, "directory", lambda folder: [os.path.join(folder, e.filename) for e in strip.elements])


def images():
    for image in bpy.data.images:
        if image.library or image.packed_file or image.packed_files or not image.filepath:
            continue
        files = {"SEQUENCE": lambda path: numbered(path) or [path],
                 "TILED": lambda path, image=image: tiles(image, path)}.get(image.source)
        if image.source in {"FILE", "SEQUENCE", "MOVIE", "TILED"}:
            yield Reference(image, files=files, needed=is_used(image))


def sequences(path):
    return numbered(path) or [path]


def other_blocks():
    data = bpy.data
    for name in ("movieclips", "sounds", "fonts", "volumes", "cache_files"):
        for block in getattr(data, name, ()):
            if block.library or not block.filepath or block.filepath == "<builtin>" or getattr(block, "packed_file", None):
                continue
            many = getattr(block, "is_sequence", False) or getattr(block, "source", "") == "SEQUENCE"
            yield Reference(block, files=sequences if many else None, needed=is_used(block))


def strips():
    for scene in bpy.data.scenes:
        editor = scene.sequence_editor
        if scene.library or not editor:
            continue
        for strip in editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all:
            if strip.type == "IMAGE":
                yield StripImages(strip)
            elif strip.type == "MOVIE":
                yield Reference(strip)


def node_files():
    """Scripts in OSL and light profiles."""
    owners = list(bpy.data.materials) + list(bpy.data.lights) + list(bpy.data.worlds)
    trees = [o.node_tree for o in owners if not o.library and o.node_tree]
    trees += [g for g in bpy.data.node_groups if not g.library]
    for tree in trees:
        for node in tree.nodes:
            if node.type in {"SCRIPT", "TEX_IES"} and node.mode == "EXTERNAL" and node.filepath:
                yield Reference(node)


def libraries():
    for library in bpy.data.libraries:
        if not library.parent and not library.packed_file:
            yield Reference(library)


def cache_folders():
    """Folders of simulations, all below one that is named."""
    for thing in bpy.data.objects:
        if thing.library:
            continue
        for modifier in thing.modifiers:
            if modifier.type == "FLUID" and modifier.fluid_type == "DOMAIN":
                yield modifier.domain_settings, "cache_directory"
            elif modifier.type == "OCEAN" and modifier.is_cached:
                yield modifier, "filepath"
            elif modifier.type == "NODES" and getattr(modifier, "bake_directory", ""):
                yield modifier, "bake_directory"


def below(folder):
    return [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]


class Collector:
    def __init__(self, blend, report, folder):
        self.report, self.folder, self.tree = report, folder, Tree()
        self.waiting, self.saved = [(blend, os.path.basename(blend))], 0
        self.tree.keep(blend, os.path.basename(blend))

    def run(self):
        seen = set()
        while self.waiting:
            blend, to = self.waiting.pop(0)
            if to not in seen:
                seen.add(to)
                self.one_blend(blend, to)

    def one_blend(self, blend, to):
        bpy.ops.wm.open_mainfile(filepath=blend, load_ui=False, use_scripts=False)
        self.blend, self.to, self.changed, self.known, self.folders = blend, to, False, set(), set()
        paths = bpy.utils.blend_paths(absolute=False, packed=False, local=True)
        for reference in list(libraries()):
            self.take(reference, is_library=True)
        for find in (images, other_blocks, strips, node_files):
            for reference in list(find()):
                self.take(reference)
        for owner, attribute in list(cache_folders()):
            self.take(Reference(owner, attribute, below), is_folder=True)
        self.take_beside()
        self.name_the_rest(paths)
        self.report.say("file", self.save() if self.changed else blend, blend, to)

    def real(self, raw):
        return os.path.normpath(bpy.path.abspath(raw.replace("\\", "/") if raw.startswith("//") else raw))

    def take(self, reference, is_library=False, is_folder=False):
        raw = reference.raw
        if not raw:
            return
        path = self.real(raw)
        files = reference.files(path)
        self.known.update([path] + files)
        if is_folder or isinstance(reference, StripImages):
            self.folders.add(path.rstrip(os.sep) + os.sep)
        if comes_with_blender(path):
            return
        there = [f for f in files if os.path.isfile(f)]
        if len(there) < len(files) or not there:
            if not is_folder and (reference.needed or is_library):
                for gone in sorted(set(files) - set(there))[:3]:
                    self.report.say("missing", self.shown(gone))
        if not there:
            return
        places = self.keep_places(raw, there)
        if places is None:
            places = self.move(reference, path, there, is_folder)
        if places is None:
            self.report.say("note", "cannot be taken along: " + self.shown(path))
            return
        for source, place in zip(there, places):
            if is_library:
                self.waiting.append((source, place))
            else:
                self.report.say("file", source, source, place)

    def keep_places(self, raw, files):
        """Where they lie already, seen from the .blend, if that stays inside the folder."""
        if not raw.startswith("//"):
            return None
        here = os.path.dirname(self.blend)
        places = [self.tree.keep(f, os.path.join(os.path.dirname(self.to), os.path.relpath(f, here))) for f in files]
        return None if None in places else places

    def move(self, reference, path, files, is_folder):
        """To a place of their own; the .blend has to say so."""
        if is_folder or isinstance(reference, StripImages):
            number = self.tree.place(os.path.join(path, "x"))
            base = os.path.dirname(number) if number else None
            places = [self.tree.keep(f, os.path.join(base, os.path.relpath(f, path))) for f in files] if base else [None]
            target = base
        else:
            places = [self.tree.place(f) for f in files]
            target = os.path.join(os.path.dirname(places[0]), os.path.basename(path)) if places[0] else None
        if None in places:
            return None
        try:
            reference.set("//" + os.path.relpath(target, os.path.dirname(self.to) or "."))
        except (AttributeError, TypeError):
            return None
        self.changed = True
        return places

    def take_beside(self):
        """What physics keep in a folder that is named after the file."""
        here, name = os.path.split(self.blend)
        for source in below(os.path.join(here, "blendcache_" + os.path.splitext(name)[0])):
            place = self.tree.keep(source, os.path.join(os.path.dirname(self.to), os.path.relpath(source, here)))
            if place:
                self.report.say("file", source, source, place)

    def name_the_rest(self, paths):
        """Whatever else Blender knows of. In its place it may be found; elsewhere it cannot be taken."""
        for raw in paths:
            path = self.real(raw)
            if path in self.known or "<" in path or comes_with_blender(path) or os.path.isdir(path):
                continue
            if path.startswith(tuple(self.folders)) or self.known.intersection(numbered(path)):
                continue
            places = self.keep_places(raw, [path]) if os.path.isfile(path) else None
            if places:
                self.report.say("file", path, path, places[0])
            elif os.path.exists(path):
                self.report.say("note", "cannot be taken along: " + self.shown(path))
            else:
                self.report.say("missing", self.shown(path))

    def save(self):
        self.saved += 1
        path = os.path.join(self.folder, "%d.blend" % self.saved)
        with open(self.blend, "rb") as file:
            compressed = file.read(7) != b"BLENDER"
        bpy.ops.wm.save_as_mainfile(filepath=path, copy=True, relative_remap=False, compress=compressed, check_existing=False)
        version, mine = tuple(bpy.data.version)[:2], bpy.app.version[:2]
        if version != mine:
            self.report.say("note", "%s was saved by Blender %d.%d and is sent as %d.%d saves it, with new paths"
                            % (os.path.basename(self.blend), *version, *mine))
        return path

    def shown(self, path):
        here = os.path.dirname(self.blend)
        return os.path.relpath(path, here) if path.startswith(here + os.sep) else path


def main():
    blend, report, folder = sys.argv[sys.argv.index("--") + 1:]
    report = Report(report)
    try:
        Collector(blend, report, folder).run()
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        report.end("failed", lines[0].replace("Error: ", "", 1) if lines else "no reason given")
    else:
        report.end("done")


main()
