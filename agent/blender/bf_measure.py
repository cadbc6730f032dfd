"""What a picture costs, and where: quick small renders of it, band by band, each timed.

A small picture with all its samples costs what the large one costs, pixel for pixel, wherever the work is: in glass,
in the dark, where adaptive sampling goes on and on. Seconds are those the whole picture would take on this machine;
which band costs how much is told by the processor's time, for other programs disturb the clock on the wall."""

import os
import time

import bf_device
import bf_facts

BANDS, FEW_BANDS = 24, 6
TINY, PILOT = 64, 1200              # pixels: a picture of nothing much, and of the whole to find out the scale
PILOT_SAMPLES = 16
SHARE = 0.005                       # of the picture's own cost may be spent on the map of it
LEAST = 0.3                         # seconds; less says nothing


class Cost:
    """Seconds on the clock, and of the processor."""

    def __init__(self, wall=0.0, cpu=0.0):
        self.wall, self.cpu = wall, cpu

    def __add__(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu)


def _pixels(area):
    return (area[2] - area[0]) * (area[3] - area[1])


def _spread(count):
    """All numbers below, so that any first few of them lie all over the place."""
    return sorted(range(count), key=lambda n: format(n, "08b")[::-1])


def _rows(small):
    return small[1][3] - small[1][1]


class Measure:
    def __init__(self, renderer, frame):
        self.renderer = renderer
        self.frame = frame
        self.scene = renderer.scene
        self.full = bf_facts.full_size(self.scene.render)
        self.area = renderer.opened.area
        self.samples = max(1, bf_facts.samples(self.scene))
        self.gpu = bf_device.uses_gpu(self.scene)
        self.sum = Cost()

    def _render(self, small, samples, top, bottom):
        wall, cpu = time.monotonic(), time.process_time()
        names = self.renderer.sketch(self.frame, *small, samples, top, bottom)
        spent = Cost(time.monotonic() - wall, time.process_time() - cpu)
        for name in names:
            os.unlink(os.path.join(self.renderer.setup["out"], name))
        return spent

    def _small(self, scale):
        """The camera's view in small, and what the picture shows of it."""
        def down(pixel, least=0):
            return max(least, round(pixel * scale))
        left, top, right, bottom = self.area
        full = [down(self.full[0], 4), down(self.full[1], 4)]
        left, top = min(down(left), full[0] - 4), min(down(top), full[1] - 4)
        right, bottom = max(left + 4, down(right)), max(top + 4, down(bottom))
        return full, (left, top, min(right, full[0]), min(bottom, full[1]))

    def _scale(self, pixels):
        """How small the picture is to be for about so many pixels."""
        return min(0.5, (pixels / _pixels(self.area)) ** 0.5)

    def _pace(self):
        return max(0.02, self.sum.cpu / self.sum.wall)

    def _work(self, spent, fixed):
        """What is left of it without the fixed part."""
        return max(0.0, spent.wall - fixed.wall) if self.gpu else max(0.0, spent.cpu - fixed.cpu)

    def _fixed(self):
        tiny = self._small(self._scale(TINY))
        once = self._render(tiny, 1, 0, 1)
        again = [self._render(tiny, 1, 0, 1) for _ in range(3)]
        return once, Cost(min(c.wall for c in again), min(c.cpu for c in again))

    def _fixed_s(self, fixed):
        return fixed.wall if self.gpu else fixed.cpu / min(1.0, self._pace())

    def _weight(self, small, samples):
        """How much of the whole picture that is."""
        return _pixels(small[1]) * samples / (_pixels(self.area) * self.samples)

    def _plan(self, budget, whole):
        """Size and samples of the picture that is cut into bands, for so many seconds out of the whole."""
        part, rows = budget / whole, self.area[3] - self.area[1]
        small = self._small(self._scale(_pixels(self.area) * part))
        if _rows(small) >= 2 * BANDS or _rows(small) >= rows // 2:
            return small, self.samples
        small = self._small(min(0.5, 2 * BANDS / rows))
        return small, max(1, min(self.samples, int(self.samples * part / self._weight(small, self.samples))))

    def _count(self, small, budget, fixed_s):
        """How many bands: what each costs besides its work is not to take more than half of the time."""
        return min(BANDS, _rows(small) // 2, max(FEW_BANDS, int(budget / 2 / max(fixed_s, 1e-6))))

    def _map(self, small, samples, count, fixed, until):
        """The cost of each band, in the unit of _work. When time is over, the rest are like the nearest that was measured."""
        rows, costs = _rows(small), {}
        for band in _spread(count):
            if len(costs) >= FEW_BANDS and time.monotonic() > until:
                break
            spent = self._render(small, samples, rows * band // count, rows * (band + 1) // count)
            self.sum += spent
            costs[band] = self._work(spent, fixed)
        return [costs[min(costs, key=lambda known: abs(known - band))] for band in range(count)]

    def run(self, budget, least):
        """About budget seconds, without what has to be done once anyway. No map of what takes less than least."""
        once, fixed = self._fixed()
        small, samples = self._small(self._scale(PILOT)), min(self.samples, PILOT_SAMPLES)
        pilot = self._render(small, samples, 0, _rows(small))
        self.sum += pilot
        unit = 1.0 if self.gpu else self._pace()
        whole = self._work(pilot, fixed) / unit / self._weight(small, samples)
        costs = []
        if whole >= least:
            budget = min(budget, max(LEAST, SHARE * whole))
            small, samples = self._plan(budget, whole)
            count = self._count(small, budget, self._fixed_s(fixed))
            costs = self._map(small, samples, count, fixed, time.monotonic() + 2 * budget)
        if costs:
            unit = 1.0 if self.gpu else self._pace()
            costs = [c / unit / self._weight(small, samples) for c in costs]
            whole = sum(costs)
        return {"once": once.wall, "fixed": self._fixed_s(fixed), "whole": whole, "costs": ",".join("%.4f" % c for c in costs)}
