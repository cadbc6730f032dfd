"""Which processors Cycles may use: `CPU`, `OPTIX`, `CUDA:1`, `HIP:Radeon+CPU`."""

import bpy

from bf_line import Refused


def _preferences():
    addon = bpy.context.preferences.addons.get("cycles")
    return addon.preferences if addon else None


def _devices(preferences, kind):
    preferences.compute_device_type = kind
    preferences.refresh_devices()
    found = [d for d in preferences.devices if d.type == kind]
    return sorted(found, key=lambda d: d.id)


def _pick(devices, which):
    if not which:
        return devices
    if which.isdigit():
        return devices[int(which):int(which) + 1]
    return [d for d in devices if which.lower() in d.name.lower() or which == d.id]


def _kinds(preferences):
    return [entry[0] for entry in preferences.get_device_types(bpy.context) if entry[0] != "NONE"]


def choose(text):
    """Enable what the agent was told to use. Returns (Cycles device or None, text for people)."""
    if not text:
        return None, "as set in Blender"
    if text == "CPU":
        return "CPU", "CPU"
    preferences = _preferences()
    if not preferences:
        raise Refused("Cycles is not part of this Blender, so device %s cannot be used" % text, "agent")
    first, *others = text.split("+")
    kind, _, which = first.partition(":")
    if kind not in _kinds(preferences):
        known = ", ".join(["CPU"] + _kinds(preferences))
        raise Refused("this Blender has no device of type %s; it knows %s" % (kind, known), "agent")
    devices = _devices(preferences, kind)
    chosen = _pick(devices, which)
    if not chosen:
        known = ", ".join(d.name for d in devices) or "none"
        raise Refused("device %s was not found; %s devices here: %s" % (first, kind, known), "agent")
    with_cpu = "CPU" in others
    ids = {d.id for d in chosen}
    for device in preferences.devices:
        device.use = device.type == "CPU" and with_cpu or device.type == kind and device.id in ids
    names = [d.name for d in chosen] + (["CPU"] if with_cpu else [])
    return "GPU", "%s %s" % (kind, " + ".join(names))


def uses_gpu(scene):
    preferences = _preferences()
    return bool(scene.cycles.device == "GPU" and preferences and preferences.compute_device_type != "NONE")


def has_denoiser():
    """Whether OpenImageDenoise is built in; several distributions leave it out."""
    try:
        import _cycles
        return bool(_cycles.with_openimagedenoise)
    except (ImportError, AttributeError):
        return False
