"""The paper's networks: one file a table, layers in the table's order, named as in the table."""
