"""Incidents: what a night opens, what closes it, what people decide."""
