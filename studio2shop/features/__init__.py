"""Article features: title images described once, by a network and a reduction (Section 3)."""
