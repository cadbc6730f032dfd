"""What forbids to cut a picture into pieces: each reason as the end of the sentence "rendered whole, not in
pieces: …". What is not named here has been seen to come out the same."""

import bpy

import bf_facts
import bf_version

# Engines whose rectangles are the same pixels as in the whole picture.
TILING = {"CYCLES", "BLENDER_WORKBENCH"}


def _draws_grease_pencil(scene):
    return any(o.type in {"GPENCIL", "GREASEPENCIL"} and not o.hide_render for o in scene.objects)


def _subdivides_by_view(scene):
    if getattr(scene.cycles, "feature_set", "EXPERIMENTAL") != "EXPERIMENTAL":
        return False
    return any(getattr(getattr(o, "cycles", None), "use_adaptive_subdivision", False)
               or any(getattr(m, "use_adaptive_subdivision", False) for m in o.modifiers) for o in scene.objects)


def _layers(scene):
    return [layer for layer in scene.view_layers if layer.use]


def _quotient(layers):
    """A pass of light that Cycles has divided by a colour."""
    for layer in layers:
        for kind in ("diffuse", "glossy", "transmission"):
            for way in ("direct", "indirect"):
                if getattr(layer, "use_pass_%s_%s" % (kind, way)):
                    return "%s %s" % (kind.title(), way.title())
        if getattr(layer.cycles, "use_pass_shadow_catcher", False):
            return "Shadow Catcher"
    return ""


def _any_way(scene):
    """What neither rectangles nor parts of the samples can be."""
    render = scene.render
    if render.use_multiview:
        return "it has several views"
    if bf_facts.uses_sequencer(scene):
        return "its sequencer makes the picture"
    if render.use_freestyle and any(layer.use_freestyle for layer in _layers(scene)):
        return "Freestyle draws its lines over the whole picture"
    if _draws_grease_pencil(scene):
        return "grease pencil is drawn over the whole picture"
    if bf_facts.leaves_empty_border(render):
        return "only a border of it is rendered, and the rest left empty"
    if render.engine != "CYCLES":
        return ""
    cycles = scene.cycles
    if bf_facts.cycles_denoises(scene):
        return "denoising needs the whole picture"
    if getattr(cycles, "time_limit", 0) > 0:
        return "Cycles has a time limit, and pieces would get more time"
    if getattr(cycles, "use_guiding", False):
        return "path guiding learns from the whole picture"
    return ""


def rectangles(scene):
    why = _any_way(scene)
    if why:
        return why
    if scene.render.engine not in TILING:
        return "rectangles rendered by %s need not fit together" % scene.render.engine
    if scene.render.engine == "CYCLES" and _subdivides_by_view(scene):
        return "adaptive subdivision depends on what the camera sees"
    return ""


def sample_parts(scene):
    if scene.render.engine != "CYCLES":
        return "only Cycles can render a part of the samples"
    why = _any_way(scene)
    if why:
        return why
    cycles, layers = scene.cycles, _layers(scene)
    if cycles.use_adaptive_sampling:
        return "adaptive sampling decides anew what to sample; parts of the samples need a fixed number"
    if any(layer.samples for layer in layers) and getattr(cycles, "use_layer_samples", "USE") != "IGNORE":
        return "its view layers have numbers of samples of their own"
    if cycles.sample_offset or getattr(cycles, "use_sample_subset", False):
        return "it renders a part of the samples already"
    quotient = _quotient(layers)
    if quotient:
        return "its pass %s is a quotient, and quotients have no mean" % quotient
    if any(l.use_pass_cryptomatte_object or l.use_pass_cryptomatte_material or l.use_pass_cryptomatte_asset for l in layers):
        return "Cryptomatte passes have no mean"
    return ""


def finishing(scene, trees):
    """What cannot be finished by Blender after joining; "" when it can."""
    if scene.render.engine != "CYCLES":
        return "only Cycles' pictures can be finished after joining"
    if bf_facts.uses_compositor(scene):
        shown = (n for t in trees for n in t.nodes if n.type in {"R_LAYERS", "CRYPTOMATTE_V2"})
        if any(getattr(n, "scene", None) not in {None, scene} for n in shown):
            return "its compositor shows other scenes"
    return ""
