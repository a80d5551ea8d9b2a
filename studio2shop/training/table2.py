"""Table 2: the paper's systems as data, and two of ours."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class System:
    """A row of Table 2.

    Attributes:
        name: as in Table 3.
        architecture: of Figure 2. `"ours"` (c) learns a query leg and takes article features as
            given, `"static"` (b) takes the same features of both images, `"siamese"` (a) learns
            both legs.
        features: of the articles: `"fc14"`, `"128floats"`, `"fDNA"`, the name of a backbone that
            stands for one of them, or `"learnt"`.
        matching: `"linear"` (a dot product with a learned scale and bias) or `"non-linear"` (Table
            7's).
        loss: `"none"`, `"cross-entropy"` (Equation 2), `"triplet ranking"` (Equation 3) or
            `"listwise"`, which is ours.
        one_match: whether a query meets one of its matches and 50 negatives (Section 4.2) instead
            of all its matches among 50 articles (Section 4.1).
        uses_attributes: whether both legs also learn the articles' attributes (Section 4.1).
        in_paper: whether it is one of the paper's.
        learning_rate: the first, largest one where all layers are trained from random weights; the
            paper gives none. This and the next were chosen on validation queries, with the same
            effort for each system (`benchmarks/learning_rates.py`).
        head_rate: the same above a frozen backbone, and of a static system's match.
    """

    name: str
    architecture: str
    features: str
    matching: str
    loss: str
    one_match: bool = False
    uses_attributes: bool = False
    in_paper: bool = True
    learning_rate: float = 1e-3
    head_rate: float = 3e-3

    @property
    def is_trained(self):
        """Whether there is anything to train."""
        return self.loss != "none"


SYSTEMS = (
    System("static-fc14-linear", "static", "fc14", "linear", "none"),
    System("static-fc14-non-linear", "static", "fc14", "non-linear", "cross-entropy"),
    System("fc14-non-linear", "ours", "fc14", "non-linear", "cross-entropy"),
    # Table 2 as printed lacks this one, Table 3 has it
    System("128floats-non-linear", "ours", "128floats", "non-linear", "cross-entropy"),
    System(
        "fDNA-ranking-loss",
        "ours",
        "fDNA",
        "linear",
        "triplet ranking",
        one_match=True,
        head_rate=1e-3,
    ),
    System("fDNA-linear", "ours", "fDNA", "linear", "cross-entropy", head_rate=1e-3),
    System(
        "all-in-two-nets",
        "siamese",
        "learnt",
        "linear",
        "triplet ranking",
        one_match=True,
        uses_attributes=True,
        head_rate=1e-3,
    ),
    System("Studio2Shop", "ours", "fDNA", "non-linear", "cross-entropy"),
    System("fDNA-linear-listwise", "ours", "fDNA", "linear", "listwise", in_paper=False),
    System("fDNA-non-linear-listwise", "ours", "fDNA", "non-linear", "listwise", in_paper=False),
)
BY_NAME = {system.name: system for system in SYSTEMS}
# those whose query leg is trained on article features that are given, and so once more on all
DEPLOYABLE = tuple(system.name for system in SYSTEMS if system.architecture == "ours")


def on_features(system, features):
    """A system's row on other article features, named in it; Studio2Shop keeps its name."""
    name = system.name.replace(system.features, features)
    return dataclasses.replace(system, name=name, features=features)
