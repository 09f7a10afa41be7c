"""Which text configuration of Postgres reads a language: its stemmer and its stop words."""

_CONFIGURATIONS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}


def text_configuration(language: str | None) -> str:
    """Return the name of Postgres's configuration for a language tag such as `de` or `pt-BR`.

    One that Postgres has no stemmer for is read word by word (`simple`).
    """
    primary = (language or "").replace("_", "-").partition("-")[0].lower()
    return _CONFIGURATIONS.get(primary, "simple")
