"""Words without their endings, as far as English goes; other languages lose an `s` at most."""

_IRREGULAR = {
    "taught": "teach", "took": "take", "taken": "take", "gave": "give", "given": "give",
    "was": "be", "were": "be", "is": "be", "are": "be", "been": "be", "being": "be", "am": "be",
    "has": "have", "had": "have", "does": "do", "did": "do", "done": "do", "went": "go",
    "gone": "go", "bought": "buy", "sold": "sell", "paid": "pay", "sent": "send", "made": "make",
    "written": "write", "wrote": "write", "held": "hold", "found": "find", "left": "left",
    "children": "child", "people": "person", "men": "man", "women": "woman", "feet": "foot",
    "cities": "city", "better": "better", "came": "come", "began": "begin", "begun": "begin",
    "ran": "run", "flew": "fly", "flown": "fly", "flies": "fly", "won": "win", "lost": "lose",
    "born": "bear", "built": "build", "spent": "spend", "got": "get", "gotten": "get",
    "said": "say", "told": "tell", "knew": "know", "known": "know", "grew": "grow",
    "grown": "grow", "ate": "eat", "eaten": "eat", "drove": "drive", "driven": "drive",
}  # fmt: skip
_SHORTEST = 4
_DOUBLED = frozenset("bdgmnprt")


def stem(word: str) -> str:
    """Not a word; the same for a word's common forms. Linear, and shorter than the word."""
    if (known := _IRREGULAR.get(word)) is not None:
        return known
    if len(word) < _SHORTEST or not word.isascii():
        return word
    word = _without_plural(word)
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] in _DOUBLED:
                word = word[:-1]
            break
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
