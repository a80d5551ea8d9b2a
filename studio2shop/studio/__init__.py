"""The embedded data set: a fashion catalogue of any size, rendered from a seed."""

from studio2shop.studio.render import RENDERER_VERSION, render_catalogue, render_photos

__all__ = ["RENDERER_VERSION", "render_catalogue", "render_photos"]
