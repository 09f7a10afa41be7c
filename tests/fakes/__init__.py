"""Stand-ins that speak the real protocol over a real socket."""
