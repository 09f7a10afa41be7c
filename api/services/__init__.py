"""What calls and pages do alike: one transaction each, then telling Temporal."""
