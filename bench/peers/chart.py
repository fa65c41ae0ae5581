"""Draws ratios as bars, by hand, so that nothing needs to be installed: an SVG for light and dark pages alike."""

import html
import math

WIDTH, LEFT, RIGHT, ROW, TOP = 860, 430, 70, 26, 40
STYLE = """
  .page { fill: #ffffff } text { fill: #1f2328; font: 13px system-ui, sans-serif } .peer { fill: #59636e }
  .bar { fill: #0969da } .behind { fill: #bc4c00 } .range { stroke: #1f2328 } .one { stroke: #59636e }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #f0f6fc } .peer { fill: #9198a1 }
    .bar { fill: #4493f8 } .behind { fill: #db6d28 } .range { stroke: #f0f6fc } .one { stroke: #9198a1 }
  }"""


def ticks(least, most):
    """1, 2, 5, 10, … as far as the ratios reach."""
    steps = [base * 10 ** power for power in range(-2, 4) for base in (1, 2, 5)]
    return [step for step in steps if least <= step <= most]


def draw(bars):
    """bars: (what, peer, ratios.Figures), top to bottom. Lengths are logarithmic: twice as fast is everywhere as long."""
    least = min([0.8, *(figures.least for _, _, figures in bars)])
    most = max([2.0, *(figures.most for _, _, figures in bars)]) * 1.05
    height = TOP + ROW * len(bars) + 30

    def x(ratio):
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(ratio / least) / math.log(most / least)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
             f'aria-label="How many times as good as each peer glimpse is">', f"<style>{STYLE}\n</style>",
             f'<rect class="page" width="{WIDTH}" height="{height}" rx="6"/>',
             f'<text x="16" y="24">How many times as fast (memory: as small) as each peer</text>']
    for tick in ticks(least, most):
        parts.append(f'<line class="one" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP - 4}" y2="{height - 26}" '
                     f'stroke-opacity="{1 if tick == 1 else 0.3}"/>')
        parts.append(f'<text class="peer" x="{x(tick):.1f}" y="{height - 10}" text-anchor="middle">{tick:g} ×</text>')
    for number, (what, peer, figures) in enumerate(bars):
        y = TOP + ROW * number
        start, end = sorted((x(1), x(figures.ratio)))
        kind = "bar" if figures.ratio >= 1 else "behind"
        parts.append(f'<text x="{LEFT - 12}" y="{y + 16}" text-anchor="end">{html.escape(what)} '
                     f'<tspan class="peer">/ {html.escape(peer)}</tspan></text>')
        parts.append(f'<rect class="{kind}" x="{start:.1f}" y="{y + 4}" width="{max(end - start, 1):.1f}" height="16" rx="2"/>')
        parts.append(f'<line class="range" x1="{x(figures.least):.1f}" x2="{x(figures.most):.1f}" y1="{y + 12}" y2="{y + 12}"/>')
        parts.append(f'<text x="{max(x(figures.most), x(1)) + 8:.1f}" y="{y + 17}">{figures.ratio:.1f}</text>')
    return "\n".join([*parts, "</svg>", ""])
