"""Which systems a run compares: Table 2's rows, as far as their features can be had."""

import dataclasses

from studio2shop.jobs.resolved import OF_FDNA, WEIGHTS_OF
from studio2shop.training.table2 import SYSTEMS, on_features

# article features whose network must be given: what to say where it was not
NOT_GIVEN = {
    "fc14": "VGG16 with ImageNet weights was not given: pass --fc14-weights imagenet, which "
    "downloads 528 MB, or the path of the file.",
    "128floats": "The published network was not given: pass the path of its Torch file as "
    "--stylenet-weights.",
}


@dataclasses.dataclass(frozen=True)
class Rows:
    """What a run compares.

    Attributes:
        systems: tuple of the `System`s it trains, in Table 3's order, the run's own among them.
        stand_ins: dict of the name of a system on features of a pretrained backbone to that of the
            paper's row it stands for.
        reasons: dict of the name of a system that can't be trained to a sentence on why.
    """

    systems: tuple
    stand_ins: dict
    reasons: dict


def rows_of(resolved):
    """The rows that a run with `Resolved` settings has, as `Rows`."""
    settings, own = resolved.settings, resolved.own_features
    in_place_of_fc14 = resolved.backbone_name if own in OF_FDNA else own
    if settings.systems != "all":
        return Rows((resolved.system,), {}, {})
    missing = {
        kind: sentence
        for kind, sentence in NOT_GIVEN.items()
        if getattr(settings, WEIGHTS_OF[kind]) is None
    }
    systems, stand_ins, reasons = [], {}, {}
    for system in SYSTEMS:
        if system.features in missing:
            reasons[system.name] = missing[system.features]
        elif system.features == "fDNA":
            row = on_features(system, own)
            systems.append(row)
            if row.name != system.name and system.in_paper:
                stand_ins[row.name] = system.name
        else:
            systems.append(system)
        # on features of the very backbone, this one would be Studio2Shop once more
        is_studio2shop = system.architecture == "ours" and own == in_place_of_fc14
        if system.features == "fc14" and resolved.is_pretrained and not is_studio2shop:
            row = on_features(system, in_place_of_fc14)
            systems.append(row)
            stand_ins[row.name] = system.name
    return Rows(tuple(systems), stand_ins, reasons)
