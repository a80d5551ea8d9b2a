"""The course: what only the notebooks need. Their shared run, their measurements and figures, the checks of their exercises."""
