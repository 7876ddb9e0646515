"""What is asked for: `who` is not `when`, `how many` not `which`, the causes not the symptoms."""

from itertools import pairwise

from dataplane.caching.judgement.difference import Difference, between
from dataplane.caching.judgement.prompt import Prompt

_QUESTIONS = """
    who: who whom whose wer wen wem qui quién chi quem wie_heeft
    when: when what_time what_times what_year which_year what_date what_day what_days which_day
    when: which_days dates wann quand cuándo quando wanneer
    where: where birthplace location located which_city what_city which_country which_place
    where: wo où dónde onde dove waar
    how: how_do how_can how_to how_should how_would how_could
"""
_ASPECTS = """
    definition: define definition meaning means what_does
    cause: cause causes caused
    symptom: symptom symptoms signs
    treatment: treatment treat treated treating cure cured
    prevention: prevent prevention preventing
    dose: dose dosage
    cost: cost costs price prices how_much fee fees fare fares expensive rent salary cheap cheapest
    length: how_long duration length
    distance: how_far distance
    height: how_tall height how_high
    weight: weight weigh weighs
    age: how_old age
    population: population inhabitants people_live
    capital: capital
    currency: currency
    president: president chancellor minister
    director: director directed direct directs
    actor: actor actors actress starred stars acted cast
    author: author authors wrote written writer
    inventor: inventor invented
    founder: founder founded
    release: released release come_out came_out
    birth: born birth
    death: die died death
    refund: refund
    exchange: exchange
    advantage: advantage advantages benefit benefits
    disadvantage: disadvantage disadvantages drawback drawbacks
"""
# Whoever asks for one of these asks for nothing else: it must be in both or in neither.
_STRICT = """
    count: how_many number_of population ^count total_number
    count: wie_viele combien_de cuántos cuántas quantos quantas
    why: why reason reasons warum wieso pourquoi perché porque waarom purpose importance
    example: example examples beispiel beispiele exemple ejemplo
    summary: summarize summarise summary zusammenfassung resume
    translation: translate translation übersetze traduis traduce
    history: history origin
    difference: difference differences differ compare comparison
    recipe: recipe
    poem: poem poems
    joke: joke jokes
    list: pros_and_cons
    translation_: spell spelled
    rating: rating ratings review reviews
"""


def _read(text: str) -> dict[str, str]:
    return {
        phrase.replace("_", " "): line.partition(":")[0].strip("_ ")
        for line in text.splitlines()
        for phrase in line.partition(":")[2].split()
    }


_QUESTION, _ASPECT, _STRICT_ASPECT = _read(_QUESTIONS), _read(_ASPECTS), _read(_STRICT)


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    strictly = between(_found(asked, _STRICT_ASPECT), _found(stored, _STRICT_ASPECT))
    if strictly is not None:
        return strictly
    for aspects in (_QUESTION, _ASPECT):
        in_asked, in_stored = _found(asked, aspects), _found(stored, aspects)
        if in_asked and in_stored and in_asked.isdisjoint(in_stored):
            return between(in_asked, in_stored)
    return None


def _found(prompt: Prompt, aspects: dict[str, str]) -> set[str]:
    texts = prompt.texts
    phrases = [
        *texts,
        f"^{texts[0]}" if texts else "",
        *map(" ".join, pairwise(texts)),
    ]
    return {aspects[phrase] for phrase in phrases if phrase in aspects}
