"""Batches, losses, phases and the systems of Table 2 (Section 4)."""
