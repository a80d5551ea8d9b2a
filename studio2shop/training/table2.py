"""The paper's eight systems as data (Tables 2 and 3), two of ours, and how each is built and trained from its row."""

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
        loss: `"none"`, `"cross-entropy"` (Equation 2), `"triplet ranking"` (Equation 3), `"triplet
            ranking + attributes"` or `"listwise"`, which is ours.
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
    in_paper: bool = True
    learning_rate: float = 1e-3
    head_rate: float = 3e-3

    def first_rate(self, epochs):
        """The rate that its first phase starts with, for `Materials.epochs`."""
        return (
            self.head_rate
            if epochs["head"] or self.architecture == "static"
            else self.learning_rate
        )


# Table 2 as printed lacks it
SYSTEMS = (
    System("static-fc14-linear", "static", "fc14", "linear", "none"),
    System("static-fc14-non-linear", "static", "fc14", "non-linear", "cross-entropy"),
    System("fc14-non-linear", "ours", "fc14", "non-linear", "cross-entropy"),
    System("128floats-non-linear", "ours", "128floats", "non-linear", "cross-entropy"),
    System("fDNA-ranking-loss", "ours", "fDNA", "linear", "triplet ranking", head_rate=1e-3),
    System("fDNA-linear", "ours", "fDNA", "linear", "cross-entropy", head_rate=1e-3),
    System(
        "all-in-two-nets",
        "siamese",
        "learnt",
        "linear",
        "triplet ranking + attributes",
        head_rate=1e-3,
    ),
    System("Studio2Shop", "ours", "fDNA", "non-linear", "cross-entropy"),
    System("fDNA-linear-listwise", "ours", "fDNA", "linear", "listwise", in_paper=False),
    System("fDNA-non-linear-listwise", "ours", "fDNA", "non-linear", "listwise", in_paper=False),
)
STUDIO2SHOP = next(system for system in SYSTEMS if system.name == "Studio2Shop")


def on_features(system, features):
    """A system's row on other article features, which its name then tells; Studio2Shop keeps its name."""
    return dataclasses.replace(
        system, name=system.name.replace(system.features, features), features=features
    )
