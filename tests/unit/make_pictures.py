# Writes one small picture in every still format, colour and packing that this Blender knows.
#   blender -b --factory-startup -noaudio -P make_pictures.py -- FOLDER
# The names say what is in them: KIND-WIDTHxHEIGHT-detail.ext
import itertools
import os
import sys

import bpy

WIDTH, HEIGHT = 67, 41
EXT = {'BMP': 'bmp', 'IRIS': 'rgb', 'PNG': 'png', 'JPEG': 'jpg', 'JPEG2000': 'jp2', 'TARGA': 'tga',
       'TARGA_RAW': 'tga', 'CINEON': 'cin', 'DPX': 'dpx', 'OPEN_EXR_MULTILAYER': 'exr',
       'OPEN_EXR': 'exr', 'HDR': 'hdr', 'TIFF': 'tif', 'WEBP': 'webp', 'AVIF': 'avif'}
PACKING = {'TIFF': 'tiff_codec', 'OPEN_EXR': 'exr_codec', 'OPEN_EXR_MULTILAYER': 'exr_codec',
           'JPEG2000': 'jpeg2k_codec'}

folder = sys.argv[sys.argv.index('--') + 1]
os.makedirs(folder, exist_ok=True)
scene = bpy.context.scene
render = scene.render
render.engine = 'CYCLES'
scene.cycles.samples = 1
scene.cycles.use_denoising = False
render.threads_mode, render.threads = 'FIXED', 1
render.resolution_x, render.resolution_y, render.resolution_percentage = WIDTH, HEIGHT, 100
bpy.ops.render.render()
result = bpy.data.images['Render Result']
settings = render.image_settings


def choices(name):
    prop = settings.bl_rna.properties.get(name)
    return [item.identifier for item in prop.enum_items] if prop else [None]


def choose(name, value):
    if value is None:
        return True
    try:
        setattr(settings, name, value)
    except TypeError:
        return False
    return True


for kind in EXT:
    if hasattr(settings, 'media_type'):
        settings.media_type = 'MULTI_LAYER_IMAGE' if kind == 'OPEN_EXR_MULTILAYER' else 'IMAGE'
    if not choose('file_format', kind):
        continue
    codec = PACKING.get(kind)
    for mode, depth, packing in itertools.product(('BW', 'RGB', 'RGBA'), choices('color_depth'),
                                                  choices(codec) if codec else [None]):
        if not (choose('color_mode', mode) and choose('color_depth', depth)
                and (packing is None or choose(codec, packing))):
            continue
        ext = 'j2c' if packing == 'J2K' else EXT[kind]
        name = f'{kind}-{WIDTH}x{HEIGHT}-{mode}-{depth}-{packing}.{ext}'
        path = os.path.join(folder, name)
        try:
            result.save_render(path, scene=scene)
        except RuntimeError:  # Cineon and DPX have no BW; what a failed try leaves is no sample
            if os.path.exists(path):
                os.remove(path)
