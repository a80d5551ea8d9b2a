"""The embedded data set: a fashion catalogue of any size, rendered from a seed."""

from studio2shop.studio.render import render_catalogue

__all__ = ["render_catalogue"]
