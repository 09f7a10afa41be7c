"""Server-rendered pages for people: HTML from templates, forms that work without scripts."""
