"""The language asked for, of people or of programs: `in French`, `in Rust`."""

from dataplane.caching.judgement.difference import Difference, between
from dataplane.caching.judgement.prompt import Prompt

_LANGUAGES = """
    english englisch anglais inglés inglês inglese
    german deutsch allemand alemán alemão tedesco
    french französisch français francés francês francese
    spanish spanisch espagnol español espanhol spagnolo
    italian italienisch italien italiano
    portuguese portugiesisch portugais portugués português portoghese
    dutch niederländisch néerlandais neerlandés nederlands
    polish polnisch polonais
    russian russisch russe ruso russo
    ukrainian
    czech
    turkish türkisch
    arabic arabisch arabe
    hebrew
    hindi
    urdu
    bengali
    tamil
    telugu
    chinese mandarin chinesisch chinois chino
    cantonese
    japanese japanisch japonais japonés
    korean koreanisch coréen
    vietnamese
    thai
    swedish schwedisch
    norwegian
    danish
    finnish
    greek griechisch
    latin latein
    swahili
    romanian
    hungarian
    python
    javascript js
    typescript ts
    java
    kotlin
    swift
    rust
    golang
    ruby
    php
    perl
    scala
    haskell
    bash
    powershell
    sql
    postgresql postgres
    mysql
    sqlite
    mongodb
    html
    css
    markdown
    json
    yaml
    xml
    csv
    latex
"""
_MEANING = {name: line.split()[0] for line in _LANGUAGES.splitlines() for name in line.split()}
_LETTERED = ("C++", "C#", "F#", "Objective-C")


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    return between(_languages(asked), _languages(stored))


def _languages(prompt: Prompt) -> set[str]:
    found = {_MEANING[text] for text in prompt.texts if text in _MEANING}
    found |= {name for name in _LETTERED if name.casefold() in prompt.text.casefold()}
    raws = [word.raw for word in prompt.words]
    return found | {raw for raw in ("C", "Go", "R") if raw in raws[1:]}
