"""Words that turn a question round: `enable` and `disable`, `buy` and `sell`, `legal` and
`illegal`."""

from dataplane.caching.judgement.difference import Difference
from dataplane.caching.judgement.prompt import Prompt
from dataplane.caching.judgement.stems import stem

_OPPOSITES = """
    enable disable, activate deactivate, allow forbid, allow deny, allow block, permit prohibit,
    buy sell, borrow lend, lend owe, give receive, send receive, import export, upload download,
    push pull, open close, open shut, lock unlock, start stop, start end, begin end, begin finish,
    start finish, increase decrease, raise lower, raise reduce, increase reduce, grow shrink, rise
    fall, gain lose, win lose, pass fail, accept reject, accept decline, approve reject, agree
    disagree, add remove, add delete, create delete, create destroy, insert delete, insert remove,
    install uninstall, subscribe unsubscribe, connect disconnect, join leave, enter exit, enter
    leave, arrive depart, arrive leave, arrival departure, attach detach, include exclude, show
    hide, encrypt decrypt, encode decode, compress decompress, serialize deserialize, mount
    unmount, hire fire, love hate, like dislike, remember forget, deposit withdraw, credit debit,
    profit loss, income expense, asset liability, advantage disadvantage, pro con, benefit risk,
    benefit drawback, strength weakness, good bad, best worst, better worse, right wrong, true
    false, positive negative, plus minus, more less, more fewer, most least, most fewest, many
    few, max min, maximum minimum, high low, higher lower, highest lowest, big small, large small,
    larger smaller, bigger smaller, largest smallest, biggest smallest, long short, longer
    shorter, longest shortest, tall short, taller shorter, tallest shortest, wide narrow, deep
    shallow, heavy light, heavier lighter, fast slow, faster slower, fastest slowest, early late,
    earlier later, earliest latest, old new, older newer, oldest newest, old young, older younger,
    oldest youngest, hot cold, hotter colder, hottest coldest, warm cool, wet dry, hard soft, hard
    easy, harder easier, hardest easiest, difficult easy, cheap expensive, cheaper dearer,
    cheapest dearest, rich poor, strong weak, strongest weakest, safe dangerous, safe unsafe,
    clean dirty, full empty, public private, internal external, input output, inbound outbound,
    incoming outgoing, inside outside, indoor outdoor, indoors outdoors, up down, upper lower,
    upgrade downgrade, upstream downstream, above below, over under, before after, front back,
    left right, top bottom, north south, east west, northern southern, eastern western, first
    last, next previous, next last, begin stop, male female, man woman, boy girl, husband wife,
    mother father, brother sister, son daughter, king queen, parent child, teacher student, buyer
    seller, employer employee, landlord tenant, lender borrower, doctor patient, sender recipient,
    client server, ally enemy, friend enemy, attack defend, love fear, ascending descending,
    horizontal vertical, acid base, day night, summer winter, morning evening, alive dead, born
    die, birth death, marry divorce, single married, solid liquid, raw cooked, sweet sour, vegan
    meat, mandatory optional, required optional, absent present, guilty innocent, major minor,
    majority minority, native foreign, domestic international, domestic foreign, local remote,
    manual automatic, odd even, online offline, simple complex, success failure, supply demand,
    temporary permanent, union intersection, debit credit, forward backward, gross net, wholesale
    retail, refund charge, synchronous asynchronous, sync async, prepaid postpaid, ios android,
    wife husband, freeze thaw, melt freeze, boil freeze, inhale exhale, ancestor descendant,
    predecessor successor, offense defense, plaintiff defendant, bullish bearish,
    kaufen verkaufen, öffnen schließen, aktivieren deaktivieren, mit ohne, ein aus, an aus,
    erhöhen senken, hoch niedrig, groß klein, größte kleinste, billig teuer, billigste teuerste,
    vor nach, links rechts, warm kalt, schnell langsam, alt neu, alt jung, gut schlecht,
    acheter vendre, ouvrir fermer, activer désactiver, avec sans, avant après, haut bas,
    gauche droite, grand petit, chaud froid, rapide lent, augmenter diminuer, monter descendre,
    comprar vender, abrir cerrar, abrir fechar, activar desactivar, ativar desativar, con sin,
    com sem, antes después, antes depois, alto bajo, alto baixo, izquierda derecha, grande
    pequeño, grande pequeno, subir bajar, aumentar disminuir, aumentar diminuir,
    comprare vendere, aprire chiudere, attivare disattivare, con senza, prima dopo
"""
_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non", "de", "anti", "mis", "ab", "a", "re")
_SHORTEST_AFTER_PREFIX = 4


def _by_word() -> dict[str, set[str]]:
    opposites: dict[str, set[str]] = {}
    for pair in _OPPOSITES.split(","):
        one, other = map(stem, pair.split())
        opposites.setdefault(one, set()).add(other)
        opposites.setdefault(other, set()).add(one)
    return opposites


_BY_STEM = _by_word()


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    only_asked, only_stored = asked.stems - stored.stems, stored.stems - asked.stems
    for word in sorted(only_asked):
        if opposite := only_stored & (_BY_STEM.get(word, set()) | _prefixed(word)):
            return Difference((word,), (min(opposite),))
        if any(word in _prefixed(other) for other in only_stored):
            return Difference((word,), tuple(o for o in only_stored if word in _prefixed(o))[:1])
    return None


def _prefixed(word: str) -> set[str]:
    """The word with each prefix that negates."""
    if len(word) < _SHORTEST_AFTER_PREFIX:
        return set()
    return {prefix + word for prefix in _PREFIXES}
