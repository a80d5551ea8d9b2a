"""Scores -> ranks: the exact scorer, two-stage search, a saved index, the retriever."""

from studio2shop.retrieval.index import Index
from studio2shop.retrieval.ranks import best_rows, rank_matches
from studio2shop.retrieval.retriever import Retriever
from studio2shop.retrieval.scorer import ExactScorer
from studio2shop.retrieval.split import SplitMatching

__all__ = ["ExactScorer", "Index", "Retriever", "SplitMatching", "best_rows", "rank_matches"]
