// No & and no < in here: the sheet stands in a <style> element, where HTML and XML would read them differently.
#include "report/style.h"

namespace glimpse::report {

constexpr char kSheet[] = R"css(
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b1f24; --soft: #59636e; --line: #d9dee4; --accent: #0b62b8;
  --good: #1a7f45; --bad: #b42318; --warn: #8a5a00; --warn-back: #fff5dc;
  --s0: #1f5fc4; --s1: #c8501e; --s2: #1a8754; --s3: #8e4fb0; --s4: #9a6f00; --s5: #0b7f8c; --s6: #b8336a; --s7: #5c6670; }
@media (prefers-color-scheme: dark) { :root {
  --page: #101316; --card: #191d22; --ink: #e8ebee; --soft: #a3adb8; --line: #343b43; --accent: #7cbcff;
  --good: #5fd08a; --bad: #ff8f85; --warn: #f0c066; --warn-back: #2e2613;
  --s0: #6ea8ff; --s1: #ff9466; --s2: #5fd39a; --s3: #c99bea; --s4: #e9bd4b; --s5: #55cbd6; --s6: #f58ab8; --s7: #a8b3bd; } }

* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0 auto; padding: 0 1rem 3rem; max-width: 78rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header { padding: 2.25rem 0 0.5rem; }
h1 { margin: 0; font-size: clamp(1.6rem, 4vw, 2.3rem); line-height: 1.15; letter-spacing: -0.02em; overflow-wrap: anywhere; }
h2 { margin: 0 0 0.75rem; font-size: 1.35rem; letter-spacing: -0.01em; }
h3 { margin: 1.5rem 0 0.5rem; font-size: 1.05rem; overflow-wrap: anywhere; }
h4 { margin: 0 0 0.35rem; font-size: 0.95rem; overflow-wrap: anywhere; }
p { margin: 0 0 0.75rem; max-width: 75ch; overflow-wrap: anywhere; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.lead { margin-top: 0.5rem; color: var(--soft); font-size: 1.05rem; }
.note { color: var(--soft); font-size: 0.85rem; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--card); padding: 0.25rem 0.75rem; }
code { font: 0.9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
footer { margin-top: 2rem; color: var(--soft); font-size: 0.85rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.4rem; margin: 0.75rem 0 1.25rem; padding: 0; list-style: none; }
nav a { display: block; padding: 0.2rem 0.75rem; border: 1px solid var(--line); border-radius: 999px; background: var(--card);
  color: var(--ink); font-size: 0.88rem; text-decoration: none; }
nav a:hover { border-color: var(--accent); color: var(--accent); }

main section { margin: 0 0 1.25rem; padding: 1.25rem 1.35rem; border: 1px solid var(--line); border-radius: 14px; background: var(--card); }
.cards { display: grid; grid-template-columns: repeat(var(--across, 4), minmax(0, 1fr)); gap: 0.75rem; margin: 0 0 1.25rem; padding: 0; list-style: none; }
.across-1 { --across: 1; } .across-2 { --across: 2; } .across-3 { --across: 3; } .across-4 { --across: 4; } .across-5 { --across: 5; } .across-6 { --across: 6; }
.card { display: flex; flex-direction: column; padding: 0.9rem 1rem; border: 1px solid var(--line); border-radius: 14px; background: var(--card); }
.card strong { font-size: 1.65rem; line-height: 1.15; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.card .label { font-size: 0.92rem; }
.card.warning { border-color: var(--warn); background: var(--warn-back); }
.card.warning strong { color: var(--warn); }
.remark { padding: 0.7rem 0.9rem; border-left: 4px solid var(--accent); border-radius: 6px; background: var(--page); }
.columns { columns: 26rem 2; column-gap: 2.25rem; }
.columns > div { break-inside: avoid; padding-bottom: 0.75rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr)); gap: 0.25rem 1.5rem; }
.tiles > div { min-width: 0; }
.tiles .pictures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
details { margin: 0.35rem 0 0.75rem; }
summary { cursor: pointer; color: var(--accent); font-size: 0.88rem; }
.scroll { overflow-x: auto; margin: 0 0 0.75rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
caption { padding: 0 0 0.4rem; text-align: left; font-weight: 600; }
th, td { padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: anywhere; unicode-bidi: isolate; min-width: 4rem; }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; overflow-wrap: normal; }
tbody th { font-weight: 500; min-width: 6rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }

.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: 0.9rem 0.75rem; margin: 0.35rem 0 0.9rem; padding: 0; list-style: none; }
.picture { margin: 0; font-size: 0.82rem; line-height: 1.35; }
.picture img, .missing { display: block; width: 100%; height: 7.5rem; object-fit: contain; border: 1px solid var(--line); border-radius: 10px; background: var(--page); }
.missing { display: flex; align-items: center; justify-content: center; color: var(--soft); }
.picture figcaption { margin-top: 0.3rem; overflow-wrap: anywhere; unicode-bidi: isolate; }
.picture .file { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.picture figcaption .note { display: block; font-size: 0.78rem; }
.good img { border: 2px solid var(--good); } .good .sign { color: var(--good); }
.bad img { border: 2px solid var(--bad); } .bad .sign { color: var(--bad); }
.sign { display: block; font-weight: 600; }
.compared { margin: 0 0 1.25rem; padding-top: 0.25rem; border-top: 1px solid var(--line); }
.compared h3 { margin-top: 0.6rem; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem 2rem; }
.sides.few { grid-template-columns: repeat(auto-fit, minmax(min(100%, 9rem), 1fr)); }
.side { min-width: 0; }
.side .pictures { grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr)); }
.side img, .side .missing { height: 6rem; }
.few .pictures { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); }
.few img, .few .missing { height: 9rem; }


.plot { margin: 0 0 1rem; max-width: 36rem; }
.plot.large { max-width: none; }
.plot figcaption { font-size: 0.88rem; color: var(--soft); }
.plot figcaption strong { display: block; color: var(--ink); font-size: 0.98rem; }
.plot svg { display: block; width: 100%; height: auto; margin: 0.4rem 0 0.2rem; overflow: visible; }
.plot.large svg { max-width: 60rem; margin-inline: auto; }
.plot text { fill: var(--soft); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.plot .name { fill: var(--ink); }
.plot .end { text-anchor: end; } .plot .middle { text-anchor: middle; }
.plot .grid { stroke: var(--line); stroke-width: 1; } .plot .axis { stroke: var(--soft); stroke-width: 1; }
.plot .frame { fill: none; stroke: var(--line); }
.plot .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.plot .d1 { stroke-dasharray: 7 4; } .plot .d2 { stroke-dasharray: 2 4; } .plot .d3 { stroke-dasharray: 9 3 2 3; }
.plot .faint { stroke: var(--soft); stroke-width: 1; opacity: 0.7; }
.plot .guide { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 4 3; }
.plot .dot { opacity: 0.8; } .plot .dot:hover { opacity: 1; stroke: var(--ink); stroke-width: 1.5; }
.plot .bar:hover { opacity: 0.75; }
.plot .pin rect { fill: var(--card); stroke-width: 2.5; }
.plot .pin { transform-box: fill-box; transform-origin: center; transition: transform 0.12s; }
.plot .pin:hover { transform: scale(1.7); }
.s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); }
.s4 { --c: var(--s4); } .s5 { --c: var(--s5); } .s6 { --c: var(--s6); } .s7 { --c: var(--s7); }
.fill { fill: var(--c); } .stroke, .pin rect { stroke: var(--c); }
.swatch { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.45em; border-radius: 3px; background: var(--c); vertical-align: -0.05em; print-color-adjust: exact; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0.25rem 0; padding: 0; list-style: none; font-size: 0.85rem; }
.legend li { min-width: 0; overflow-wrap: anywhere; }
.legend svg { display: inline-block; width: 1.6rem; height: 0.8rem; margin: 0 0.4rem 0 0; vertical-align: baseline; }

@media (max-width: 52rem) { .cards { grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); } }
@media (max-width: 30rem) { .plot text { font-size: 14.5px; } main section { padding: 1rem 0.9rem; } .cards { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.5rem; } .card strong { font-size: 1.35rem; }
  .pictures { grid-template-columns: repeat(auto-fill, minmax(4.5rem, 1fr)); gap: 0.6rem 0.5rem; } .picture img, .missing { height: 5.25rem; border-radius: 8px; } }
@media print { :root { --page: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444; --line: #cccccc; --accent: #000000; --warn-back: #ffffff;
  --good: #1a7f45; --bad: #b42318; --warn: #8a5a00;
  --s0: #1f5fc4; --s1: #c8501e; --s2: #1a8754; --s3: #8e4fb0; --s4: #9a6f00; --s5: #0b7f8c; --s6: #b8336a; --s7: #5c6670; }
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact; } nav, .skip { display: none; } main section { border: 0; padding: 0; }
  figure, tr, .card, .pictures li { break-inside: avoid; } h2, h3, caption { break-after: avoid; } .scroll { overflow: visible; } }
)css";

const Literal kStyle = kSheet;

}  // namespace glimpse::report
