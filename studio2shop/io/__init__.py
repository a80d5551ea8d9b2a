"""Images and files: the ground that all else stands on."""
