"""What the commands do: runs in folders, made of stages."""
