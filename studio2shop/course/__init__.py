"""What only the notebooks need: their shared run, measurements, figures, and exercises' checks."""
