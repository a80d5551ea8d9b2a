"""How a system is trained: its loss, its effort, its rates."""

import dataclasses
from collections.abc import Callable

from studio2shop.training import losses


@dataclasses.dataclass(frozen=True)
class TrainingPlan:
    """What the phases of a training have in common.

    The paper names the losses; epochs and rates are ours, chosen on validation queries.

    Attributes:
        loss: of `studio2shop.losses`, a function of labels and scores.
        one_match: whether a query meets one of its matches and 50 negatives, as the ranking loss
            wants it (Section 4.2), instead of all its matches among 50 articles (Section 4.1).
        head_epochs: epochs of all that stands above a frozen backbone; 0 for a backbone that starts
            from random weights.
        all_epochs: epochs of all layers.
        learning_rate: the first, largest one of the first phase.
        head_rate_share: how much of a system's rate the head bears: two layers of 2048 on the
            values of a whole map less than one of 512 on averages.
        finetuning_rate: the largest rate of all layers, once the head is trained.
        warmup_epochs: of the head's, in which its rate rises from 0: a head with ten thousand
            inputs may diverge in its first steps otherwise.
        article_noise: deviation of the noise that is added to article features in training.
        stops: dict of phase to the number of its epochs after which it ends, where it was found
            before that the best ones come that early; its rates fall as if it did not.
        callbacks: the user's Keras callbacks, such as `TensorBoard`, which see each training.
        seed: of all that is drawn.
    """

    loss: Callable = losses.match_cross_entropy
    one_match: bool = False
    head_epochs: int = 0
    all_epochs: int = 0
    learning_rate: float = 1e-3
    head_rate_share: float = 1.0
    finetuning_rate: float = 1e-4
    warmup_epochs: int = 0
    article_noise: float = 0.0
    stops: dict = dataclasses.field(default_factory=dict)
    callbacks: tuple = ()
    seed: int = 0

    @property
    def all_rate(self):
        """The rate that all layers start with."""
        return self.finetuning_rate if self.head_epochs else self.learning_rate
