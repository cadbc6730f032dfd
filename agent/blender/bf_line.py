"""The lines spoken with the agent: `verb key=value key=value`, values percent-encoded, on two
descriptors of our own. Standard output belongs to Blender."""

import os


class Refused(Exception):
    """Something that ends a command; fault says who is to blame: file, agent or unknown."""

    def __init__(self, text, fault="unknown"):
        super().__init__(text)
        self.fault = fault


def reason(error):
    """The first line of an exception of Blender."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].replace("Error: ", "", 1) if lines else "no reason given"


def _encode(value):
    if isinstance(value, bool):
        value = int(value)
    out = bytearray()
    for byte in os.fsencode(str(value)):
        if byte <= 0x20 or byte == 0x25 or byte == 0x7F:
            out += b"%%%02X" % byte
        else:
            out.append(byte)
    return bytes(out)


def _decode(value):
    parts = value.split(b"%")
    out = parts[0]
    for part in parts[1:]:
        out += bytes([int(part[:2], 16)]) + part[2:]
    return os.fsdecode(out)


class Line:
    """One end of the conversation."""

    def __init__(self, fd_in, fd_out):
        self._in = os.fdopen(fd_in, "rb")
        self._out = fd_out

    def receive(self):
        """The next command as (verb, {key: value}); None when the agent is gone."""
        line = self._in.readline()
        if not line.endswith(b"\n"):
            return None
        words = line[:-1].split(b" ")
        pairs = (word.split(b"=", 1) for word in words[1:])
        return words[0].decode(), {key.decode(): _decode(value) for key, value in pairs}

    def send(self, verb, **values):
        line = verb.encode()
        for key, value in values.items():
            if value is not None:
                line += b" " + key.encode() + b"=" + _encode(value)
        line += b"\n"
        while line:
            line = line[os.write(self._out, line):]
