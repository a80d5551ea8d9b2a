"""Photos on disk -> tables: converting, loading, checking and splitting a catalogue."""

from studio2shop.catalogue.catalogue import Catalogue
from studio2shop.catalogue.check import check_catalogue
from studio2shop.catalogue.conversion import Conversion
from studio2shop.catalogue.convert import convert_data_set
from studio2shop.catalogue.load import load_catalogue, load_queries
from studio2shop.catalogue.manifests import Manifest, manifest_names, read_manifest
from studio2shop.catalogue.split import split_counts
from studio2shop.catalogue.tables import Problem

__all__ = [
    "Catalogue",
    "Conversion",
    "Manifest",
    "Problem",
    "check_catalogue",
    "convert_data_set",
    "load_catalogue",
    "load_queries",
    "manifest_names",
    "read_manifest",
    "split_counts",
]
