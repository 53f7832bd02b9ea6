"""Two runs beside each other, wherever they were measured: which series differ, by how much, how sure that is."""
