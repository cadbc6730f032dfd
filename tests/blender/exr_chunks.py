"""All packed chunks of an EXR file as one hash: python3 exr_chunks.py FILE"""
import hashlib
import struct
import sys

data, at = open(sys.argv[1], 'rb').read(), 8
multi = struct.unpack('<I', data[4:8])[0] & 0x1000
rows = [1, 1, 1, 16, 32, 16, 32, 32, 32, 256]
parts, digest, lead = [], hashlib.sha1(), 12 if multi else 8
while data[at]:
    part = {}
    while data[at]:
        end = data.index(0, at); name = data[at:end].decode()
        at = data.index(0, end + 1) + 1
        size, = struct.unpack('<i', data[at:at + 4])
        part[name] = data[at + 4:at + 4 + size]
        at += 4 + size
    at += 1
    parts.append(part)
    if not multi: break
at += 1 if multi else 0
for part in parts:
    top, bottom = struct.unpack('<4xi4xi', part['dataWindow'])
    for _ in range((bottom - top) // rows[part['compression'][0]] + 1):
        offset, = struct.unpack('<Q', data[at:at + 8]); at += 8
        size, = struct.unpack('<i', data[offset + lead - 4:offset + lead])
        digest.update(data[offset:offset + lead + size])
print(digest.hexdigest())
