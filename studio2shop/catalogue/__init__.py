"""Photos on disk -> tables: loading, checking and splitting a catalogue."""

from studio2shop.catalogue.catalogue import Catalogue
from studio2shop.catalogue.check import check_catalogue
from studio2shop.catalogue.load import load_catalogue
from studio2shop.catalogue.split import split_counts
from studio2shop.catalogue.tables import Problem

__all__ = ["Catalogue", "Problem", "check_catalogue", "load_catalogue", "split_counts"]
