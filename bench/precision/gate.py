"""Where drift ends and a wrong result begins, over all inputs together."""

from __future__ import annotations

from .drift import Drift
from .names import FEWEST_ROWS, MOST_ERROR, MOST_OF_MEAN_ANSWER, SCALE_WITHIN


def check_drift(drift: Drift, network: str, precision: str) -> None:
    """Raises AssertionError, in one line with what was found and the rule, for what is no rounding any more."""
    error, most = drift.relative_error, MOST_ERROR[network][precision]
    if not error <= most:  # written so that NaN fails
        raise AssertionError(f"{error:.3g} % is no drift any more: {precision} may have {most:g} % on {network}")
    if not abs(drift.scale - 1) <= SCALE_WITHIN:
        raise AssertionError(f"outputs are {drift.scale:.3g} times the reference's: at most {SCALE_WITHIN:g} off 1")
    bound = MOST_OF_MEAN_ANSWER * drift.mean_answer_error
    if drift.rows >= FEWEST_ROWS and not error <= bound:
        raise AssertionError(f"{error:.3g} % is about what one answer to all inputs has: at most {bound:.3g} %")
