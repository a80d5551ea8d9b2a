"""Activations -> article features: a fitted PCA (Section 3)."""

import dataclasses
import numbers

import numpy as np

from studio2shop.io.files import whole_file
from studio2shop.io.readers import NUMBERS, check_form, read_arrays, reading
from studio2shop.io.words import quoted

LARGEST_GAIN = 10.0  # of an activation that changes less in another shop
FORMS = {
    "mean": (NUMBERS, 1),
    "components": (NUMBERS, 2),
    "deviation": (NUMBERS, 0),
    "variance_kept": (NUMBERS, 0),
}


@dataclasses.dataclass(frozen=True, eq=False)
class Reduction:
    """A fitted PCA: `(vectors - mean) @ components.T / deviation`.

    The paper reduces 1536 activations to 128 "to decrease the number of parameters in our model"
    (Section 3). Ours are then divided by one number, the deviation over the training articles, and
    not whitened.

    Attributes:
        mean: float32 `(size_in,)`.
        components: float32 `(size_out, size_in)`, by falling variance; rows of unit length unless
            the activations come in blocks.
        deviation: one number.
        variance_kept: share of the training articles' variance, 0-1.
        scales: float32 `(size_in,)`, each activation's deviation, by which it was standardised;
            empty if it was not.
    """

    mean: np.ndarray
    components: np.ndarray
    deviation: float
    variance_kept: float
    scales: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0, "float32"))

    @classmethod
    def fit(cls, vectors, size, block_sizes=None):
        """Fits the PCA on activations.

        Args:
            vectors: `(articles, size_in)`.
            size: of the result, at most `size_in` and less than the number of articles.
            block_sizes: how many of the activations each block of a descriptor has. Then each
                activation is standardised, and each block weighed by one over the root of its size
                first: what has more activations does not count for more. Default: taken as they
                are, as in the paper.
        """
        from sklearn.decomposition import PCA

        if not np.ptp(vectors, axis=0).any():
            raise ValueError(
                f"The activations of all {len(vectors)} articles are the same: "
                "there is nothing to reduce; was the network trained, on images in [0, 255]?"
            )
        largest = min(len(vectors) - 1, vectors.shape[1])
        if not isinstance(size, numbers.Integral) or not 1 <= size <= largest:
            raise ValueError(
                f"`size` must be from 1 to {largest} for {len(vectors)} articles of "
                f"{vectors.shape[1]} activations; received {quoted(size)}."
            )
        weights, scales = np.float32(1), np.zeros(0, "float32")
        if block_sizes is not None:
            weights, scales = _block_weights(vectors, block_sizes)
        pca = PCA(size, random_state=0).fit(vectors * weights)
        deviation = float(np.sqrt(pca.explained_variance_.mean()))
        return cls(
            (pca.mean_ / weights).astype("float32"),
            (pca.components_ * weights).astype("float32"),
            deviation,
            float(pca.explained_variance_ratio_.sum()),
            scales,
        )

    @classmethod
    def identity(cls, size):
        """The reduction that leaves `(articles, size)` as they are."""
        return cls(np.zeros(size, "float32"), np.eye(size, dtype="float32"), 1.0, 1.0)

    def adapted(self, vectors):
        """The same reduction around the mean, and by the deviations, of another shop's articles.

        Another camera or wall moves all activations; what tells articles apart is how they differ
        from the others of their shop.

        Args:
            vectors: `(articles, size_in)`, activations of that shop's articles.

        Returns:
            A `Reduction`.
        """
        components = self.components
        if len(self.scales):
            least = np.maximum(self.scales / LARGEST_GAIN, 1e-12)
            gains = self.scales / np.maximum(vectors.std(axis=0, dtype="float64"), least)
            components = (components * gains).astype("float32")
        mean = vectors.mean(axis=0, dtype="float64").astype("float32")
        return dataclasses.replace(self, mean=mean, components=components)

    def apply(self, vectors):
        """Reduces `(articles, size_in)` to float32 `(articles, size_out)`."""
        if vectors.shape[1] != len(self.mean):
            raise ValueError(
                f"The reduction takes {len(self.mean)} activations per article; "
                f"received {vectors.shape[1]}."
            )
        return ((vectors - self.mean) @ self.components.T / self.deviation).astype("float32")

    def save(self, path):
        """Writes an `.npz` file, whole or not at all."""
        with whole_file(path) as unfinished:
            np.savez(unfinished, **dataclasses.asdict(self))

    @classmethod
    def load(cls, path):
        """Reads what `save` wrote; a ValueError names a file that is none or is broken."""
        arrays = read_arrays(path, FORMS)
        mean, components, deviation, variance_kept = (arrays[name] for name in FORMS)
        scales = arrays.get("scales", np.zeros(0, "float32"))  # files of before have none
        with reading(path, "fitted PCA"):
            check_form("scales", scales, NUMBERS, 1)
            size_in = components.shape[1]
            if len(mean) != size_in or len(scales) not in (0, size_in):
                raise ValueError("its arrays are of different sizes")
        return cls(mean, components, float(deviation), float(variance_kept), scales)


def _block_weights(vectors, block_sizes):
    """What each activation is multiplied by, and its deviation.

    One over the deviation and over the root of its block's size.
    """
    deviations = vectors.std(axis=0, dtype="float64")
    weights = []
    for block in np.split(deviations, np.cumsum(block_sizes)[:-1]):
        # what hardly ever changes does not count for more than what does
        weights.append(1 / (block + 1e-3 * block.mean() + 1e-12) / np.sqrt(len(block)))
    return np.concatenate(weights), deviations.astype("float32")
