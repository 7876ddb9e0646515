"""A prompt as the guards see it: words, numbers, identifiers. One pass, linear in its length."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from dataplane.caching.judgement.stems import stem
from dataplane.caching.judgement.wordlists import FILLERS, NUMBER_WORDS

CHARACTERS_MAX = 8_000
WORDS_MAX = 1_500
"""A longer prompt is nobody's paraphrase, and takes more than some milliseconds to judge."""

# Separators never belong to a word's own class, so that nothing is read twice.
_TOKEN = re.compile(r"[^\W_]+(?:[.,_@/:'’&+\-][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SUFFIXED = re.compile(r"(\d+(?:[.,]\d+)*)([^\W\d_]+)")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)")
_ORDINALS = frozenset({"st", "nd", "rd", "th", "er", "ère", "ème", "º", "ª"})
_SENTENCE_ENDS = frozenset(".!?:;\n")
_UNITS_LETTERS_MAX = 3
# Scripts that put no spaces between words: each character stands for itself.
_UNSPACED = (("\u3040", "\u30ff"), ("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\u0e00", "\u0eff"))


@dataclass(frozen=True, slots=True)
class Word:
    """One word: `text` without case and accents of composition, `raw` as it stood."""

    text: str
    raw: str
    begins: bool
    """It begins a sentence, where everything is capitalised."""

    @property
    def is_capitalised(self) -> bool:
        return self.raw[0].isupper()


@dataclass(frozen=True)
class Prompt:
    """What was read of one prompt. Order and repetition are kept in `words` alone."""

    text: str
    words: tuple[Word, ...]
    numbers: frozenset[str]
    identifiers: frozenset[str]
    is_cut: bool = False
    """There was more than is read."""

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words, and their stems."""
        return frozenset(self.texts) | self.stems

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(stem(text) for text in self.texts)

    @cached_property
    def content(self) -> frozenset[str]:
        """Stems of the words that carry meaning."""
        return frozenset(stem(text) for text in self.texts if text not in FILLERS)


def read_prompt(text: str) -> Prompt:
    """Reads at most `CHARACTERS_MAX` characters and `WORDS_MAX` words."""
    whole = unicodedata.normalize("NFKC", text[:CHARACTERS_MAX])
    is_cut = len(text) > CHARACTERS_MAX or len(whole) > CHARACTERS_MAX
    text = whole[:CHARACTERS_MAX]
    reading = _Reading()
    end = 0
    for match in _TOKEN.finditer(text):
        between = text[end : match.start()]
        reading.begins = end == 0 or any(character in _SENTENCE_ENDS for character in between)
        reading.take(match.group())
        end = match.end()
        if len(reading.words) > WORDS_MAX:
            is_cut = True
            break
    numbers, identifiers = frozenset(reading.numbers), frozenset(reading.identifiers)
    return Prompt(text, tuple(reading.words), numbers, identifiers, is_cut)


class _Reading:
    """The tokens of one prompt, sorted into their kinds."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.numbers: set[str] = set()
        self.identifiers: set[str] = set()
        self.begins = True

    def take(self, token: str) -> None:
        if any(character.isdigit() for character in token):
            self._take_number(token)
        elif any(separator in token for separator in "@_."):
            self._take_dotted(token)
        else:
            for part in re.split(r"[,/:&+\-]", token):
                self._take_word(part)

    def _take_number(self, token: str) -> None:
        if (clock := _CLOCK.fullmatch(token)) and clock[2] == "00":
            token = clock[1]
        if _NUMBER.fullmatch(token):
            self.numbers.add(number(token))
        elif (match := _SUFFIXED.fullmatch(token)) and _is_suffix(match[2]):
            self.numbers.add(number(match[1]))
            if match[2].casefold() not in _ORDINALS:
                self._take_word(match[2])
        else:
            self.identifiers.add(token.casefold())
        self.words.append(Word(token.casefold(), token, self.begins))
        self.begins = False

    def _take_dotted(self, token: str) -> None:
        """`e.g`, `U.S` are words; `user@host.org`, `some_name`, `www.host.org` are identifiers."""
        if all(len(part) == 1 for part in token.split(".")):
            self._take_word(token.replace(".", ""))
            return
        self.identifiers.add(token.casefold())
        self.words.append(Word(token.casefold(), token, self.begins))

    def _take_word(self, part: str) -> None:
        for raw in list(part) if is_unspaced(part) else _apart(part):
            text = raw.casefold()
            self.words.append(Word(text, raw, self.begins))
            if (value := NUMBER_WORDS.get(text)) is not None:
                self.numbers.add(value)
            self.begins = False


def number(text: str) -> str:
    """One spelling for each: `1,000` and `1000`, `2.50` and `2.5`. A comma before three digits
    separates thousands, any other is a decimal point; several points make a version."""
    if "," in text:
        parts = text.split(",")
        grouped = all(len(part.partition(".")[0]) == 3 for part in parts[1:])
        text = "".join(parts) if grouped else text.replace(",", ".")
    if text.count(".") == 1:
        text = text.rstrip("0").rstrip(".")
    return text.lstrip("0") or "0"


def _is_suffix(letters: str) -> bool:
    """`3rd`, `10am`, `5kg`; not `15Q` of a part number with more behind it."""
    return letters.casefold() in _ORDINALS or (
        len(letters) <= _UNITS_LETTERS_MAX and letters.isalpha() and not letters.isupper()
    )


def _apart(part: str) -> list[str]:
    """`isn't` is `is` and `not`; `Anna's` is `Anna`; `l'hôtel` is `l` and `hôtel`."""
    part = part.replace("’", "'")
    head, mark, tail = part.partition("'")
    if not mark:
        return [part]
    if tail.casefold() == "t" and head.casefold() == "n":  # `do n't`, as corpora write it
        return ["not"]
    if tail.casefold() == "t" and head.casefold().endswith("n"):
        return [head[:-1] or head, "not"] if head.casefold() != "can" else [head, "not"]
    if tail.casefold() in {"s", "re", "ve", "ll", "d", "m"}:
        return [head]
    return [each for each in part.split("'") if each]


def is_unspaced(part: str) -> bool:
    """Whether it is of a script that puts no spaces between words."""
    return any(low <= part[:1] <= high for low, high in _UNSPACED)
