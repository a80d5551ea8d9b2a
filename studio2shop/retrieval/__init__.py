"""Scores -> ranks: the exact scorer and the retriever."""

from studio2shop.retrieval.ranks import rank_matches
from studio2shop.retrieval.retriever import Retriever
from studio2shop.retrieval.scorer import ExactScorer

__all__ = ["ExactScorer", "Retriever", "rank_matches"]
