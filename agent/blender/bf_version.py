"""Where Blender's versions differ. Everything else is written once."""

import bpy

VERSION = bpy.app.version[0] * 100 + bpy.app.version[1]

# Names of EEVEE: "next" between 4.2 and 4.5.
EEVEE = "BLENDER_EEVEE_NEXT" if 402 <= VERSION < 500 else "BLENDER_EEVEE"

ENGINES = {
    "EEVEE": EEVEE,
    "BLENDER_EEVEE": EEVEE,
    "BLENDER_EEVEE_NEXT": EEVEE,
    "WORKBENCH": "BLENDER_WORKBENCH",
}

FORMATS = {
    "EXR": "OPEN_EXR",
    "EXR_MULTILAYER": "OPEN_EXR_MULTILAYER",
    "MULTILAYER": "OPEN_EXR_MULTILAYER",
    "JPG": "JPEG",
    "TGA": "TARGA",
    "TIF": "TIFF",
}


def compositor_tree(scene):
    """The node tree that will work on the picture, or None."""
    if hasattr(scene, "compositing_node_group"):
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def literal_path(path):
    """A path that Blender takes as it is: since 5.0 braces are templates."""
    return path.replace("{", "{{").replace("}", "}}") if VERSION >= 500 else path


def format_settings(image_settings, name):
    """What to set, in this order, to choose a file format."""
    settings = []
    if hasattr(image_settings, "media_type"):
        multilayer = name == "OPEN_EXR_MULTILAYER"
        settings.append((image_settings, "media_type", "MULTI_LAYER_IMAGE" if multilayer else "IMAGE"))
    settings.append((image_settings, "file_format", name))
    return settings


def single_part(image_settings):
    """Since 5.0 multi-layer EXR files get one part per pass unless told otherwise."""
    if hasattr(image_settings, "use_exr_interleave"):
        return [(image_settings, "use_exr_interleave", True)]
    return []


def sample_range(cycles, offset, count):
    """What to set to render only some of the samples."""
    if hasattr(cycles, "use_sample_subset"):
        return [
            (cycles, "use_sample_subset", True),
            (cycles, "sample_offset", offset),
            (cycles, "sample_subset_length", count),
        ]
    wanted = [(cycles, "sample_offset", offset), (cycles, "samples", count)]
    if VERSION >= 400:
        # The usual pattern depends on the number of samples: ranges of it would not add up to the whole.
        wanted.append((cycles, "sampling_pattern", "TABULATED_SOBOL"))
    return wanted


def sample_parts_note(scene):
    """How a picture rendered in parts of its samples differs from the one the file says; "" when it does not."""
    pattern = getattr(getattr(scene, "cycles", None), "sampling_pattern", "TABULATED_SOBOL")
    if 400 <= VERSION < 500 and pattern != "TABULATED_SOBOL":
        return "parts of the samples are rendered with the sampling pattern Tabulated Sobol: another noise, of the same size"
    return ""


def file_output_folder(node, folder):
    """Make a File Output node write below a folder, and nowhere else."""
    attribute = "directory" if hasattr(node, "directory") else "base_path"
    setattr(node, attribute, literal_path(folder))
    if hasattr(node, "file_name"):
        node.file_name = node.file_name.replace("/", "_").replace("\\", "_")
    slots = list(getattr(node, "file_slots", ())) + list(getattr(node, "file_output_items", ()))
    for slot in slots:
        attribute = "path" if hasattr(slot, "path") else "name"
        text = getattr(slot, attribute)
        if "/" in text or "\\" in text:
            setattr(slot, attribute, text.replace("/", "_").replace("\\", "_"))


# Since 5.0 renders that a script starts print no progress, but a handler is given the words.
TELLS_PROGRESS = VERSION >= 500


def sequencer_strips(scene):
    editor = scene.sequence_editor
    if not editor:
        return []
    return list(editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all)
