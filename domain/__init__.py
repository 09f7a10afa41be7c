"""The words of the product as pydantic models, and its pure rules.

No input, output, clock or database.
"""
