"""From the results of all rounds to the figures of a row: medians, and the ratio of each round."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Figures:
    ours: float
    theirs: float
    ratio: float  # how many times better ours is: the median of the rounds' ratios
    least: float  # the ratio of the worst round
    most: float


def reason(results):
    """Why a case was not measured; none: it was."""
    return next((result["unavailable"] for result in results if "unavailable" in result), None)


def figures(row, results):
    """Figures of a row, or none when one side could not be measured."""
    ours, theirs = results[row.ours], results[row.theirs]
    if reason(ours) or reason(theirs):
        return None
    pairs = [(a[row.measure], b[row.measure]) for a, b in zip(ours, theirs)]
    ratios = [a / b if row.more_is_better else b / a for a, b in pairs]
    return Figures(statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), statistics.median(ratios),
                   min(ratios), max(ratios))


def efficiency(results, size, precision):
    """Indexing by the bare tower, each the median over the rounds; none when either was not measured. Of the small pictures
    there are more for this: the bare tower has no beginning and no end."""
    size = "many" if size == "small" else size
    whole, bare = results[f"ours index {size} {precision}"], results[f"ours tower {precision}"]
    if reason(whole) or reason(bare):
        return None
    return statistics.median(r["value"] for r in whole) / statistics.median(r["value"] for r in bare)
