"""The HTTP entrance: routes, pages and sign-in. No rules."""
