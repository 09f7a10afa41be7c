"""Analysts that read an intervention, and the redaction that runs before they do."""
