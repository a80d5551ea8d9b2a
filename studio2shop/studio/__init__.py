"""The embedded data set: a fashion catalogue of any size, rendered from a seed."""

from studio2shop.studio.render import render_catalogue, render_photos
from studio2shop.studio.settings import RENDERER_VERSION

__all__ = ["RENDERER_VERSION", "render_catalogue", "render_photos"]
