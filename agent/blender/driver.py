"""Runs inside Blender for as long as the agent wants: reads a command, carries it out, answers.

	setup → ready | failed                  open → missing* warning* opened | failed
	render → progress* rendered | failed    measure → measured | failed
	benchmark → benchmarked | failed        quit

Every command gets exactly one answer of its kind or `failed`. The answer goes out before anything
slow is done that could wait."""

import os
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bpy  # noqa: E402

import bf_benchmark  # noqa: E402
import bf_device  # noqa: E402
import bf_line  # noqa: E402
import bf_measure  # noqa: E402
import bf_paths  # noqa: E402
import bf_render  # noqa: E402
import bf_scene  # noqa: E402
import bf_version  # noqa: E402

MISSING_BYTES = 60000
PROGRESS_SECONDS = 0.25


def flush():
    """Bring everything said so far into the log, so that it stands there before the answer."""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        import ctypes
        ctypes.CDLL(None).fflush(None)
    except (ImportError, OSError, AttributeError):
        pass


def memory():
    """(most since the last reset, now) in MB; 0 where the system does not tell."""
    found = {"VmHWM": 0, "VmRSS": 0}
    try:
        with open("/proc/self/status") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key in found:
                    found[key] = int(value.split()[0]) // 1024
    except OSError:
        pass
    return found["VmHWM"], found["VmRSS"]


def reset_memory_peak():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


class Driver:
    def __init__(self, line):
        self.line = line
        self.setup = None
        self.unusable = bf_line.Refused("the agent said nothing about this machine")
        self.renderer = None
        self.told = 0
        if bf_version.TELLS_PROGRESS:
            bpy.app.handlers.render_stats.append(bpy.app.handlers.persistent(lambda *told: self.tell(*told)))

    def tell(self, text=None, *_):
        """Called by Blender while it renders and our own loop stands still."""
        now = time.monotonic()
        if isinstance(text, str) and now - self.told > PROGRESS_SECONDS:
            self.told = now
            self.line.send("progress", text="Fra:0 | " + text[:1000])

    def do_setup(self, options):
        try:
            device, text = bf_device.choose(options.get("device"))
        except bf_line.Refused as refused:
            self.unusable = refused
            raise
        self.setup = {"out": options["out"], "nodes": options["nodes"], "device": device,
                      "trust": options.get("trust") == "1", "paths": bf_paths.rules(options)}
        return "ready", {"version": bpy.app.version[0] * 100 + bpy.app.version[1],
                         "version_text": bpy.app.version_string, "device": text,
                         "has_oidn": bf_device.has_denoiser()}

    def do_open(self, options):
        start = time.monotonic()
        self.renderer = None
        if not self.setup:
            raise self.unusable
        opened = bf_scene.Opened(options, self.setup)
        facts = opened.facts()
        self._send_list("missing", "path", opened.missing())
        self._send_list("warning", "text", opened.warnings)
        self.renderer = bf_render.Renderer(opened, self.setup)
        return "opened", dict(facts, seconds=time.monotonic() - start)

    def do_render(self, options):
        if not self.renderer:
            raise bf_line.Refused("no file is open")
        seconds, names = self.renderer.render(options)
        peak, now = memory()
        files = {"file%d" % i: name for i, name in enumerate(names[:8])}
        return "rendered", dict(files, seconds=seconds, mem=peak, rss=now)

    def do_measure(self, options):
        if not self.renderer:
            raise bf_line.Refused("no file is open")
        measure = bf_measure.Measure(self.renderer, int(options["frame"]))
        try:
            return "measured", measure.run(float(options["budget"]), float(options["least"]))
        finally:
            self.renderer.after_sketches()

    def do_benchmark(self, options):
        if not self.setup:
            raise self.unusable
        return "benchmarked", bf_benchmark.run(self.setup, float(options["seconds"]))

    def _send_list(self, verb, key, texts):
        room = MISSING_BYTES
        for text in texts:
            room -= len(text) + 1
            if room < 0:
                break
            self.line.send(verb, **{key: text[:4000]})

    def answer(self, verb, options):
        try:
            result, values = getattr(self, "do_" + verb)(options)
        except bf_line.Refused as refused:
            result, values = "failed", {"text": str(refused), "fault": refused.fault}
        except Exception as error:
            traceback.print_exc()
            result, values = "failed", {"text": "%s: %s" % (type(error).__name__, error), "fault": "unknown"}
        flush()
        self.line.send(result, **values)
        reset_memory_peak()

    def run(self):
        while True:
            command = self.line.receive()
            if command is None or command[0] == "quit":
                return
            self.answer(*command)


def main():
    arguments = sys.argv[sys.argv.index("--") + 1:]
    numbers = dict(zip(arguments[0::2], arguments[1::2]))
    code = 0
    try:
        Driver(bf_line.Line(int(numbers["--bf-in"]), int(numbers["--bf-out"]))).run()
    except BaseException:
        traceback.print_exc()
        code = 9
    flush()
    # Blender's own way out frees everything first and asks every add-on; nobody waits for that.
    os._exit(code)


main()
