"""What was measured with this implementation, for pages that quote it."""

STUDIO_SEEDS = (0, 1, 2)
# median rank of 700 test articles per seed: `studio2shop study` on the embedded studio, workshop
# scale
STUDIO_MEDIANS = {
    "fDNA-linear-listwise": (11, 10, 9),
    "fDNA-linear": (12, 12, 11),
    "fDNA-non-linear-listwise": (13, 13, 13),
    "all-in-two-nets": (15, 14, 13),
    "Studio2Shop": (15, 14, 15),
    "fDNA-ranking-loss": (15, 15, 15),
}
