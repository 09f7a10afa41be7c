"""How a knowledge base goes in and out: Markdown folders, JSON lines, help-centre exports.

Bytes and paths in, entries and problems out, and back. No HTTP and no database.
"""
