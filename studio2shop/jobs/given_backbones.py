"""Which backbones a run has, and with what weights."""

import pathlib


def given_backbones(settings, scale):
    """The backbones that `Settings` name, or a `Scale`'s, and their weights.

    Returns:
        A name and its weights, or two tuples of these; a file has its own weights, `None` stands
        for random ones.

    Raises:
        ValueError, FileNotFoundError: if a file is missing, or names and weights don't go together.
    """
    given = settings.backbone or scale.backbone
    names = [given] if isinstance(given, str) else list(given)
    names = [name if is_model_file(name) else name.lower() for name in names]
    weights = settings.backbone_weights
    if weights is None or isinstance(weights, str):
        weights = [weights] * len(names)
    if len(weights) != len(names):
        raise ValueError(
            f"`backbone_weights` must be one for all backbones or one for each of the "
            f"{len(names)}; received {len(weights)}."
        )
    found = [_weights_of(*pair, scale) for pair in zip(names, weights)]
    if len(names) == 1:
        return names[0], found[0]
    if None in found:
        raise ValueError("Several backbones must all be pretrained; name the weights of each.")
    return tuple(names), tuple(found)


def _weights_of(backbone, given, scale):
    """`"imagenet"`, a file's path, or `None` for random weights; a model file has its own."""
    if is_model_file(backbone):
        if given is not None:
            raise ValueError(
                f"{backbone!r} has weights of its own: leave its `backbone_weights` out."
            )
        if not pathlib.Path(backbone).is_file():
            raise FileNotFoundError(
                f"`backbone` must be a model's file; there is no file {backbone!r}."
            )
        return backbone
    default = None if backbone == "compact" else "imagenet"
    if backbone == scale.backbone:
        default = scale.backbone_weights
    weights = given or default
    if weights == "none":
        return None
    if weights is not None:
        check_file("backbone_weights", weights, ("imagenet", "studio", "none"))
    return weights


def is_model_file(backbone):
    """Whether a backbone is the path of a Keras model's file instead of a name."""
    return backbone.endswith(".keras")


def check_file(name, weights, words):
    """Raises FileNotFoundError unless weights are one of some words or a file."""
    if weights not in words and not pathlib.Path(weights).is_file():
        choices = [*map(repr, words), "a weights file"]
        *others, last = choices
        expected = f"{', '.join(others)} or {last}" if others else last
        raise FileNotFoundError(f"`{name}` must be {expected}; there is no file {str(weights)!r}.")
