"""Which TVM builds an experiment's tests run on: its variants one after the other, or two of them side by side."""

from __future__ import annotations

from dataclasses import dataclass

from .config import ExperimentConfig, HomeConfig
from .errors import VariantError
from .options import Options
from .variants.parsing import RANGE_MARK, parse_table, parse_variant, parse_variants, resolve_compare
from .variants.spec import Spec


@dataclass(frozen=True)
class Chosen:
    """`specs` in order; with `compared` they are base and candidate of one comparison."""

    specs: tuple[Spec, ...]
    compared: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The values of the parameter `tvm_variant`: one a variant, or one for the comparison."""
        names = tuple(spec.label for spec in self.specs)
        return (RANGE_MARK.join(names),) if self.compared else names

    def spec_of(self, label: str) -> Spec:
        """The variant with this label; raises VariantError for one that an author has made up."""
        found = next((spec for spec in self.specs if spec.label == label), None)
        if found is None:
            raise VariantError(f"there is no variant {label!a} in the experiment's config: {', '.join(self.labels)}")
        return found


def choose(options: Options | None, home: HomeConfig, config: ExperimentConfig) -> Chosen:
    """What the command line asks to compare, else what the config does, else the config's variants.

    Raises ValueError, in one line, for a variant that nobody knows, and for one that is compared with itself.
    """
    table = parse_table(home.variants, home.tvm_remote)
    if options is not None and options.compare is not None:
        return _compared(*resolve_compare(options.compare, table, home.tvm_remote, config.tvm_remote))
    if config.compare is not None:
        base, candidate = (parse_variant(text, table, home.tvm_remote, config.tvm_remote) for text in config.compare)
        return _compared(base, candidate)
    remote, branch = config.tvm_remote, config.tvm_branch
    return Chosen(parse_variants(config.variants, table, home.tvm_remote, tvm_remote=remote, tvm_branch=branch))


def check_compare(options: Options, home: HomeConfig) -> None:
    """Raise ValueError, in one line, when what the command line asks to compare cannot be."""
    if options.compare is not None:
        choose(options, home, ExperimentConfig())


def _compared(base: Spec, candidate: Spec) -> Chosen:
    if base.label == candidate.label:  # both sides' numbers would go into one series
        told = f"{base.label} cannot be compared with itself: give it two names in the home's table of variants"
        raise ValueError(told)
    return Chosen((base, candidate), compared=True)
