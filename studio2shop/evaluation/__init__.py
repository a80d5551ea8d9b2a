"""Ranks and times become the tables of the paper (Section 5, Tables 3 and 4, Figure 9)."""
