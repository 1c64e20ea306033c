"""What an instructor sees after grading: one page that works offline, light and dark."""

from collections import defaultdict
from html import escape

__all__ = ["page"]

STYLE = """
:root { color-scheme: light dark; --bar: #0072b2; --line: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line);
         vertical-align: top; }
th { white-space: nowrap; }
td { overflow-wrap: anywhere; }
td:first-child { min-width: 4rem; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; width: 4rem; }
.bar { background: var(--bar); height: .9rem; border-radius: 2px; }
td.wide { width: 50%; vertical-align: middle; }
.warn { border-left: 4px solid #c94f00; padding-left: .8rem; }
@media (prefers-color-scheme: dark) { :root { --bar: #56b4e9; } }
@media (max-width: 30rem) { td.wide, th.wide { display: none; } }
@media print { body { margin: 0; max-width: none; } .bar { print-color-adjust: exact; } }
"""


def page(rows, exercises, mistakes):
    """The report as HTML.

    Parameters
    ----------
    rows : list of dict
        A row for every student and week, as in marks.csv.
    exercises : list of dict
        With student, week, exercise, points and most.
    mistakes : list of dict
        With week, exercise, mistake and students.

    Returns
    -------
    str

    Examples
    --------
    >>> row = {"student": "Kim", "week": "week01", "status": "graded", "points": 15.0,
    ...        "most": 20.0, "why": "", "flags": ""}
    >>> "15 of 20" in page([row], [], [])
    True
    """
    graded = [row for row in rows if row["status"] == "graded"]
    failed = [row for row in rows if row["status"] in ("not graded", "left out")]
    nothing = [row for row in rows if row["status"] == "nothing handed in"]
    parts = [
        f"<p>{len(graded)} graded, {len(failed)} could not be graded, {len(nothing)} handed in "
        "nothing.</p>",
        _could_not(failed),
        *(_distribution(week, graded) for week in sorted({row["week"] for row in graded})),
        _by_exercise(exercises),
        _table("Commonest mistakes", ("week", "exercise", "mistake", "students"), mistakes[:40]),
        _table("To look at", ("student", "week", "flags"), [row for row in rows if row["flags"]]),
        _table("Handed in nothing", ("student", "week"), nothing),
        _table("Marks", ("student", "week", "mark"), [
            {**row, "mark": f"{row['points']:g} of {row['most']:g}"} for row in graded]),
    ]  # fmt: skip
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'><title>Grading</title>"
        f"<style>{STYLE}</style><h1>Grading</h1>{''.join(parts)}</html>"
    )


def _could_not(failed):
    if not failed:
        return ""
    found = _table("Could not be graded", ("student", "week", "why"), failed)
    return f"<div class='warn'>{found}</div>"


def _distribution(week, graded):
    """How many students have which tenth of the points."""
    shares = [row["points"] / row["most"] for row in graded if row["week"] == week]
    counts = [sum(min(int(10 * share), 9) == tenth for share in shares) for tenth in range(10)]
    lines = [
        (f"{10 * tenth} to {10 * tenth + 10} %", count, count / max(counts))
        for tenth, count in reversed([*enumerate(counts)])
    ]
    return _bars(f"{week}: how many students have which share of the points",
                 ("share", "students"), lines)  # fmt: skip


def _by_exercise(exercises):
    """The class's share of the points of each exercise."""
    found = defaultdict(list)
    for one in exercises:
        found[one["week"], one["exercise"]].append(one["points"] / one["most"])
    lines = [
        (f"{week} {name}", f"{100 * sum(part) / len(part):.0f} %", sum(part) / len(part))
        for (week, name), part in found.items()
    ]
    return _bars("Points by exercise", ("exercise", "mean"), lines) if lines else ""


def _bars(title, heads, lines):
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td class='number'>{number}</td><td class='wide'>"
        f"<div class='bar' style='width:{100 * share:.1f}%'></div></td></tr>"
        for name, number, share in lines
    )
    return (
        f"<h2>{escape(title)}</h2><table><tr><th>{heads[0]}</th><th class='number'>{heads[1]}</th>"
        f"<th class='wide'></th></tr>{rows}</table>"
    )


def _table(title, columns, rows):
    if not rows:
        return ""
    head = "".join(f"<th>{column}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(row[column]))}</td>" for column in columns) + "</tr>"
        for row in rows
    )
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table>"
