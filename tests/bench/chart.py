"""Lines on two logarithmic axes, several panels on one sheet, as SVG. Standard library only."""

import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 460, 330  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 66, 18, 62, 44
COLOURS = ("#1f6fb4", "#c2452d", "#3a8a3f", "#7a4fa0")


@dataclass
class Panel:
    title: str
    unit: str
    lines: list  # of (name, [(x, y), …])
    limit: float = None  # drawn as what must not be passed


def short(number):
    for bound, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= bound:
            return f"{number / bound:g}{letter}"
    return f"{number:.3g}"


class Scale:
    """From a value to a place on the sheet."""

    def __init__(self, values, begin, end):
        low, high = math.log10(min(values)), math.log10(max(values))
        room = max(0.15, (high - low) * 0.08)
        self.low, self.high = low - room, high + room
        self.begin, self.end = begin, end

    def __call__(self, value):
        return self.begin + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.begin)

    def ticks(self):
        """Powers of ten, and 2 and 5 between them where these would be too few."""
        for digits in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)):
            ticks = [digit * 10.0 ** power for power in range(math.floor(self.low), math.ceil(self.high) + 1) for digit in digits
                     if self.low <= math.log10(digit * 10.0 ** power) <= self.high]
            if len(ticks) >= 3:
                return ticks
        return ticks


def text(x, y, words, size=12, anchor="start", colour="#222", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}">'
            f"{escape(words)}</text>")


def draw(panel, sizes):
    points = [y for _, line in panel.lines for _, y in line] + ([panel.limit] if panel.limit else [])
    x_of = Scale(sizes, LEFT, WIDTH - RIGHT)
    y_of = Scale([y for y in points if y > 0], HEIGHT - BOTTOM, TOP)
    out = [text(LEFT, 20, f"{panel.title} ({panel.unit})", 14, weight="bold")]
    for tick in y_of.ticks():
        out.append(f'<line x1="{LEFT}" y1="{y_of(tick):.1f}" x2="{WIDTH - RIGHT}" y2="{y_of(tick):.1f}" stroke="#ddd"/>')
        out.append(text(LEFT - 7, y_of(tick) + 4, short(tick), anchor="end"))
    for size in sizes:
        out.append(f'<line x1="{x_of(size):.1f}" y1="{TOP}" x2="{x_of(size):.1f}" y2="{HEIGHT - BOTTOM}" stroke="#eee"/>')
        out.append(text(x_of(size), HEIGHT - BOTTOM + 17, short(size), anchor="middle"))
    out.append(f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - TOP - BOTTOM}" fill="none" stroke="#888"/>')
    if panel.limit:
        y = y_of(panel.limit)
        out.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#888" stroke-dasharray="6 4"/>')
        out.append(text(LEFT + 6, y - 5, f"no more than {panel.limit:g}", 11, colour="#666"))
    at = LEFT
    for (name, line), colour in zip(panel.lines, COLOURS):
        line = [(x_of(x), y_of(y)) for x, y in line if y > 0]
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in line)}"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{colour}"/>' for x, y in line]
        out.append(f'<rect x="{at}" y="34" width="14" height="4" fill="{colour}"/>')
        out.append(text(at + 19, 41, name, 12, colour=colour))
        at += 34 + 6.6 * len(name)
    return "".join(out)


class Chart:
    def __init__(self, title, what, panels, columns=2):
        self.title, self.what, self.panels, self.columns = title, what, panels, columns

    def write(self, path):
        sizes = sorted({x for panel in self.panels for _, line in panel.lines for x, _ in line})
        rows = math.ceil(len(self.panels) / self.columns)
        width, height = self.columns * WIDTH + 20, rows * HEIGHT + 78
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
               f'font-family="DejaVu Sans, Helvetica, Arial, sans-serif">', f'<rect width="{width}" height="{height}" fill="white"/>',
               text(width / 2, 34, self.title, 20, "middle", weight="bold")]
        for i, panel in enumerate(self.panels):
            out.append(f'<g transform="translate({10 + i % self.columns * WIDTH},{52 + i // self.columns * HEIGHT})">{draw(panel, sizes)}</g>')
        out.append(text(width / 2, height - 9, f"{self.what} in the spool; both axes logarithmic", 12, "middle", "#555"))
        path.write_text("\n".join(out) + "</svg>\n")
