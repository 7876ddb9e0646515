"""Negations, and what is left out: `with` is not `without`, `is` is not `isn't`."""

from dataplane.caching.judgement.difference import Difference, shown
from dataplane.caching.judgement.prompt import Prompt
from dataplane.caching.judgement.wordlists import listed

_NEGATIONS = listed(
    """
    not no never none nobody nothing nowhere neither nor without cannot cant dont doesnt isnt
    wont lacks lacking lack fail fails failed failing unable avoid avoiding except excluding
    excluded exclude besides unless hardly barely nt
    nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne außer
    ne pas jamais aucun aucune rien sans sauf
    nunca jamás ningún ninguna nadie nada sin excepto
    não nem nenhum nenhuma ninguém sem exceto
    non mai nessun nessuno nessuna niente senza tranne
    niet geen nooit niemand niets zonder behalve
    不 没 無 无 非 未
    """
)
_SIGNS = ("non-", "-free", "-less")


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    in_asked, in_stored = _negations(asked), _negations(stored)
    if len(in_asked) == len(in_stored):
        return None
    return Difference(shown(in_asked), shown(in_stored))


def _negations(prompt: Prompt) -> list[str]:
    lowered = prompt.text.casefold()
    signs = [sign for sign in _SIGNS if sign in lowered]
    return [text for text in prompt.texts if text in _NEGATIONS] + signs
