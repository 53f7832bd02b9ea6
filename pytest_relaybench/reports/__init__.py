"""What a night tells people: one report, rendered and sent in several ways."""
