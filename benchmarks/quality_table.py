# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of quality.json and ablation.json: ``python benchmarks/quality_table.py [--update] [REPORT]``.

Prints what README.md and docs/quality.md quote; with --update it writes it there, between marks such as
``<!-- quality:summary -->`` and ``<!-- /quality -->``. A REPORT is the evaluation.json of ``onesculpt evaluate
--ablation``; its figures become ablation.json.
"""

import json
import math
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from backend.evaluation.metric_table import METRICS, Metric, verdict
from backend.evaluation.report import TRANSFER

QUALITY = Path(__file__).with_name("quality.json")
ABLATION = Path(__file__).with_name("ablation.json")
QUOTING = tuple(Path(__file__).parents[1] / name for name in ("README.md", "docs/quality.md"))
"""Files with marks."""
_MARKED = re.compile(r"(<!-- quality:([^\n]*?) -->\n).*?(<!-- /quality -->)", re.DOTALL)
METHODS = ("ours", "deformation transfer", "delta transfer")
"""Columns of the summary, in this order."""


def read_quality(path: Path = QUALITY) -> dict[str, Any]:
    """The figures of the last run."""
    return json.loads(path.read_text(encoding="utf-8"))


def summary(quality: dict[str, Any]) -> str:
    """Markdown: for each metric the worst pair of ours, and how many pairs clear the bar by each method."""
    pairs = quality["pairs"]
    lines = [
        f"| metric | bar | ours, worst of {len(pairs)} | " + " | ".join(METHODS) + " |",
        "|---|---|---|" + "---|" * len(METHODS),
    ]
    for metric in METRICS:
        found = {
            name: pair["methods"]["ours"]["metrics"][metric.key]
            for name, pair in pairs.items()
            if "ours" in pair["methods"]
        }
        name, value = worst(metric, found)
        cells = [f"{metric.format(value)} ({name})"]
        for method in METHODS:
            rows = [pair["methods"][method] for pair in pairs.values() if method in pair["methods"]]
            cells.append(f"{sum(metric.key not in row['failed'] for row in rows)} of {len(rows)}")
        lines.append(f"| {_label(metric)} | {metric.bar} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def figures(report: dict[str, Any]) -> dict[str, Any]:
    """Of each row of a report: origin, metrics, and the keys of the bars that it misses."""
    return {
        row["name"]: {
            "origin": row["origin"],
            "metrics": {key: rounded(value) for key, value in row["metrics"].items()},
            "failed": [key for key, cleared in row["bars"].items() if cleared is False],
        }
        for row in report["rows"]
    }


def judged(rows: dict[str, Any]) -> dict[str, Any]:
    """Rows of `figures` with the bars that each misses by what deformation transfer is measured to do here."""
    transfer = rows[TRANSFER]["metrics"]
    return {
        name: row | {"failed": [m.key for m in METRICS if verdict(m, row["metrics"], transfer) is False]}
        for name, row in rows.items()
    }


def missed(rows: dict[str, Any]) -> list[str]:
    """Keys of the bars that ours misses."""
    return list(rows.get("ours", {}).get("failed", []))


def rounded(value: float | None) -> float | None:
    """Seven significant digits: more than any bar asks for."""
    return None if value is None else float(f"{value:.7g}")


def every_figure(rows: dict[str, Any]) -> str:
    """Markdown: every metric of every row of `figures`; what misses its bar in bold."""
    lines = ["| metric | bar | " + " | ".join(rows) + " |", "|---|---|" + "---|" * len(rows)]
    for metric in METRICS:
        cells = []
        for row in rows.values():
            value = row["metrics"][metric.key]
            text = metric.format(value)
            cells.append(f"**{text}**" if metric.key in row["failed"] else text)
        lines.append(f"| {_label(metric)} | {metric.bar} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write_ablation(report: Path) -> None:
    """Keep the figures of an evaluation with all rows as ablation.json."""
    told = json.loads(report.read_text(encoding="utf-8"))
    kept = {name: told[name] for name in ("pair", "model", "seed", "counts")} | {"methods": figures(told)}
    ABLATION.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def worst(metric: Metric, values: dict[str, float | None]) -> tuple[str, float]:
    """The pair on which a method does worst, and the value there."""
    known = {name: value for name, value in values.items() if value is not None}
    if not known:
        return "–", math.nan
    pick = min if metric.bound == "≥" else max
    name = pick(known, key=lambda key: known[key])
    return name, known[name]


def run_line(quality: dict[str, Any]) -> str:
    """Markdown: which run the figures come from."""
    pairs = quality["pairs"].values()
    kinds = {kind: sum(pair["kind"] == kind for pair in pairs) for kind in ("bundled", "real", "extreme")}
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    steps = f", {quality['steps']} steps" if quality["steps"] else ""
    counts = next(iter(pairs))["counts"]
    classical = quality.get("classical")
    later = f" The classical rows: `{classical['command']}`, {classical['date']}." if classical else ""
    return (
        f"`{quality['command']}`, {quality['date']}, preset {quality['preset']}{steps}, seed {quality['seed']}, "
        f"{len(pairs)} pairs ({told}), {counts['identities']} people and {counts['mixes']} mixes each; "
        f"{quality['machine'].rpartition(', load')[0] or quality['machine']}.{later}"
    )


def quoted(text: str, quality: dict[str, Any]) -> str:
    """``text`` with what stands between its marks replaced by the figures of ``quality``."""
    made = {
        "summary": lambda: summary(quality),
        "run": lambda: run_line(quality),
        "ablation": lambda: every_figure(json.loads(ABLATION.read_text(encoding="utf-8"))["methods"]),
    }

    def fill(found: re.Match[str]) -> str:
        return f"{found[1]}\n{made[found[2]]()}\n\n{found[3]}"

    return _MARKED.sub(fill, text)


def _label(metric: Metric) -> str:
    return f"{metric.label}, {metric.unit}" if metric.unit else metric.label


def main() -> None:
    """Print the summary, or update the files that quote it."""
    given = [argument for argument in sys.argv[1:] if argument != "--update"]
    if given:
        write_ablation(Path(given[0]))
    quality = read_quality()
    if "--update" in sys.argv[1:]:
        for path in QUOTING:
            path.write_text(quoted(path.read_text(encoding="utf-8"), quality), encoding="utf-8")
        return
    print(f"{run_line(quality)}\n")
    print(summary(quality))


if __name__ == "__main__":
    main()
