"""Days, months and times that hang on today: `tomorrow` is not `today`, nor `next week` `last`."""

from itertools import pairwise

from dataplane.caching.judgement.difference import Difference, between
from dataplane.caching.judgement.prompt import Prompt
from dataplane.caching.judgement.wordlists import listed

# Each line is one meaning in several languages.
_NAMES = """
    monday mon mondays montag lundi lunes segunda lunedì maandag
    tuesday tue tuesdays dienstag mardi martes terça martedì dinsdag
    wednesday wed wednesdays mittwoch mercredi miércoles quarta mercoledì woensdag
    thursday thu thursdays donnerstag jeudi jueves quinta giovedì donderdag
    friday fri fridays freitag vendredi viernes sexta venerdì vrijdag
    saturday sat saturdays samstag sonnabend samedi sábado sabato zaterdag
    sunday sun sundays sonntag dimanche domingo domenica zondag
    january jan januar janvier enero janeiro gennaio januari
    february feb februar février febrero fevereiro febbraio februari
    march märz mars marzo março maart
    april apr avril abril aprile
    june jun juni juin junio junho giugno
    july jul juli juillet julio julho luglio
    august aug août agosto augustus
    september sep sept septembre septiembre setembro settembre
    october oct oktober octobre octubre outubro ottobre
    november nov novembre noviembre novembro
    december dec dezember décembre diciembre dezembro dicembre
    spring frühling frühjahr printemps primavera lente
    summer sommer été verano verão estate zomer
    autumn fall herbst automne otoño outono autunno herfst
    winter hiver invierno inverno
    today todays heute aujourd'hui hoy hoje oggi vandaag
    tonight heute_abend
    tomorrow tomorrows morgen demain mañana amanhã domani
    yesterday yesterdays gestern hier ayer ontem ieri gisteren
    weekend weekends wochenende
    weekday weekdays
    morning mornings matin
    afternoon afternoons nachmittag
    evening evenings abend soir
    night nights nacht nuit noche noite notte
    noon midday mittag midi
    midnight mitternacht minuit
    christmas xmas weihnachten noël navidad
    easter ostern pâques
    am
    pm
"""
_MEANING = {name: line.split()[0] for line in _NAMES.splitlines() for name in line.split()}
_NEXT = listed(
    """
    next upcoming coming following nächste nächsten nächster nächstes kommende kommenden
    prochain prochaine próximo próxima prossimo prossima
    """
)
_LAST = listed(
    """
    last previous past prior letzte letzten letzter letztes vorige vorigen dernier dernière
    pasado pasada passado passada scorso scorsa
    """
)
_THIS = listed("this current diese dieser dieses diesen cette este esta questo questa")
_SPANS = frozenset(_MEANING) | listed(
    """
    day week month year quarter semester term season decade century hour minute weekend
    tag woche monat jahr quartal jour semaine mois an année día semana mes año dia mês ano
    giorno settimana mese anno
    """
)


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    return between(_times(asked), _times(stored))


def _times(prompt: Prompt) -> set[str]:
    texts = prompt.texts
    found = {_MEANING[text] for text in texts if text in _MEANING and text != "am"}
    for place, text in enumerate(texts[:-1]):
        relation = _relation(text)
        following = texts[place + 1]
        if relation and (following in _SPANS or following.rstrip("s") in _SPANS):
            found.add(f"{relation} {_MEANING.get(following, following.rstrip('s'))}")
        if text.isdigit() and following == "am":
            found.add("am")
    # French and Spanish put the word behind: `la semaine prochaine`.
    found |= {
        f"{_relation(text)} {before}"
        for before, text in pairwise(texts)
        if _relation(text) in ("next", "last") and before in _SPANS and not text.isascii()
    }
    return found


def _relation(text: str) -> str:
    if text in _NEXT:
        return "next"
    if text in _LAST:
        return "last"
    return "this" if text in _THIS else ""
