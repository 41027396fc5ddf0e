# SPDX-License-Identifier: GPL-3.0-or-later
"""The evaluation report as one HTML file without outside references."""

import base64
import html
import inspect
import os

from backend.files import atomic_write

from .contact import lid_contact, lip_contact
from .eye_closure import eye_closure
from .identity_kept import identity_kept
from .look import look
from .motion_against_transfer import motion_against_transfer
from .penetration import penetration
from .poke_through import PokeThrough
from .report import Report
from .smooth_motion import smooth_motion
from .style_carried import style_carried
from .yardstick import sculpt_fidelity

_SOURCES = {
    "sculpt fidelity": sculpt_fidelity,
    "eye closure": eye_closure,
    "lid contact": lid_contact,
    "lip contact": lip_contact,
    "penetration": penetration,
    "poke-through": PokeThrough,
    "motion against pinned transfer": motion_against_transfer,
    "style carried": style_carried,
    "identity kept": identity_kept,
    "smooth motion": smooth_motion,
    "look": look,
}
"""Where each definition stands."""

_STYLE = """
:root{--ink:#24211e;--soft:#7a736b;--line:#e4ded6;--ground:#faf8f5;--good:#1d7a4a;--bad:#b3362b}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1280px;padding:32px;background:var(--ground);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 12px}
p.sub{color:var(--soft);margin:0 0 24px}
.scroll{overflow-x:auto;background:#fff;border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%}
th,td{padding:7px 12px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}
tr:last-child td{border-bottom:0}
thead th{background:#f3efe9;font-weight:600;position:sticky;top:0}
td.unit,.soft{color:var(--soft)}
td.good{color:var(--good)}td.bad{color:var(--bad);font-weight:600}
td.none{color:var(--soft)}
figure{margin:0}figcaption{font-size:13px;color:var(--soft);padding:4px 2px}
.row{margin:18px 0}.row h3{font-size:15px;margin:0 0 6px}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:8px}
.pictures img{width:100%;display:block;border-radius:8px;border:1px solid var(--line)}
details{background:#fff;border:1px solid var(--line);border-radius:10px;padding:8px 14px;margin:8px 0}
pre{white-space:pre-wrap;font:13px/1.45 ui-monospace,monospace;margin:8px 0}
"""


def write_page(report: Report, path: str | os.PathLike[str]) -> None:
    """Write `report_page` to a file, atomically."""
    with atomic_write(path) as temporary:
        temporary.write_text(report_page(report), encoding="utf-8")


def report_page(report: Report) -> str:
    """HTML text: the table, pictures of every method, and every metric's definition."""
    counts = ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in report.counts.items())
    title = f"{report.pair}: how well the style animates"
    return "\n".join(
        (
            "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
            "<meta name='viewport' content='width=device-width,initial-scale=1'>",
            f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{html.escape(title)}</h1>",
            f"<p class='sub'>{html.escape(report.model)}, seed {report.seed}, {counts}</p>",
            "<div class='scroll'>" + _table(report) + "</div>",
            _pictures(report),
            _worst_sliders(report),
            "<h2>Definitions</h2>",
            _definitions(),
            "</body></html>",
        )
    )


def _table(report: Report) -> str:
    head = "".join(f"<th>{html.escape(row.name)}</th>" for row in report.rows)
    lines = [f"<table><thead><tr><th>metric</th><th>bar</th>{head}</tr></thead><tbody>"]
    classes = {True: "good", False: "bad", None: "none"}
    for metric, cells in report.cells():
        values = "".join(f"<td class='{classes[cleared]}'>{text}</td>" for text, cleared in cells)
        unit = f" <span class='soft'>{html.escape(metric.unit)}</span>" if metric.unit else ""
        bar = html.escape(metric.bar)
        lines.append(f"<tr><td>{metric.label}{unit}</td><td class='unit'>{bar}</td>{values}</tr>")
    return "\n".join(lines) + "</tbody></table>"


def _pictures(report: Report) -> str:
    lines = []
    for row in report.rows:
        if not row.pictures:
            continue
        figures = "".join(
            f"<figure><img alt='{html.escape(name)}' src='data:image/png;base64,"
            f"{base64.b64encode(data).decode()}'><figcaption>{html.escape(name)}</figcaption></figure>"
            for name, data in row.pictures.items()
        )
        origin = f" <span class='soft'>{html.escape(row.origin)}</span>" if row.origin else ""
        lines.append(
            f"<div class='row'><h3>{html.escape(row.name)}{origin}</h3><div class='pictures'>{figures}</div></div>"
        )
    return "<h2>Pictures</h2>" + "\n".join(lines) if lines else ""


def _worst_sliders(report: Report) -> str:
    blocks = []
    for row in report.rows:
        worst = sorted(row.sliders.items(), key=lambda item: item[1][0])[:8]
        if not worst:
            continue
        body = "".join(
            f"<tr><td>{html.escape(name)}</td><td></td><td>{c:.3f}</td><td>{a:.2f}</td><td>{leak:.2f}</td></tr>"
            for name, (c, a, leak) in worst
        )
        blocks.append(
            f"<details><summary>{html.escape(row.name)}</summary><table><thead><tr><th>slider</th><th></th>"
            f"<th>cosine</th><th>amplitude</th><th>leakage over source, % points</th></tr></thead><tbody>{body}</tbody></table></details>"
        )
    return "<h2>Sliders that changed most</h2>" + "\n".join(blocks) if blocks else ""


def _definitions() -> str:
    """The docstrings of the metric functions, so that page and code can't disagree."""
    return "\n".join(
        f"<details><summary>{name}</summary><pre>{html.escape(inspect.getdoc(source) or '')}</pre></details>"
        for name, source in _SOURCES.items()
    )
