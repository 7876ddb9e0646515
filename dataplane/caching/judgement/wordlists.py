"""Words that several guards agree on, in the languages that requests mostly come in."""


def listed(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


# What carries no meaning of its own, or only asks: articles, pronouns, auxiliaries, courtesies.
FILLERS = listed(
    """
    a an the this that these those there here it its itself he him his she her hers they them
    their theirs we us our ours i me my mine you your yours someone somebody anyone anybody one
    ones s t d re ve ll m
    be is are was were been being am do does did done doing have has had having will would shall
    should can could may might must ought
    and or but so as than then of in on at to from by for with about into onto upon within
    through via per during among amongst between
    what which who whom whose when where why how whether if
    please kindly tell show list give find get let want wanted wants need needs like know
    wonder wondering explain describe name say see could would help question answer anything
    something thing things any some all each every both either such just also too very really
    quite exactly actually currently now right well ok hi hello hey thanks thank
    possible able available kind sort type there's let's
    """
    # German
    """
    der das den dem des ein eine einen einem einer eines ist sind waren sein haben
    wird werden kann können könnte könnten soll sollte muss müssen darf und oder aber zu im in am
    an auf von vom zum zur mit für über bei aus nach es er sie wir ihr ich du mir mich dir dich
     mein meine meinen dein deine welche welcher welches was wer wen wem wann wo warum wie
    bitte sag zeig zeige gib nenne erkläre
    """
    # French
    """
    le la les l un une des du de d à au aux et ou mais est sont était être a ont avoir peut
    pouvez peux dans sur par avec en ce cette ces cet il elle ils elles on nous vous je tu
    me moi mon ma mes votre vos que qu qui quoi quel quelle quels quelles quand où pourquoi
     c s y merci donne montre dis explique svp
    """
    # Spanish, Portuguese, Italian
    """
    el los las lo una unos unas del al y e o pero es fue está están ser estar ha han puede
    puedo pueden para por con su sus mi mis tu te me se que qué quién cuál cuáles cuándo dónde
    cómo favor dime muestra
    um uma as dos das no na nos nas ao à em é são foi está pode posso com seu sua meu minha
    quem qual quais quando onde como por favor diga mostre
    il lo gli i un uno una di del della dei delle al alla in nel nella su sul e o ma è sono
    essere può posso per con che chi quale quali quando dove perché come mi ti si mio mia
    """
    # Dutch
    """
    het een en of maar is zijn was wordt worden kan kunnen moet moeten voor op aan bij
    naar uit ik je jij u hij zij wij mijn uw wat wie welke wanneer waar waarom hoe
    """
)

# Without `one`, which is mostly a pronoun, and without words that mean something else as often.
_COUNTED = (
    "zero - two three four five six seven eight nine ten eleven twelve",
    "- - zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "zéro - deux trois quatre cinq six sept huit neuf dix onze douze",
    "cero - dos tres cuatro cinco seis siete ocho nueve diez - doce",
    "zero - dois três quatro cinco seis sete oito nove dez onze doze",
    "zero - due tre quattro cinque - sette otto nove dieci undici dodici",
    "nul - twee drie vier vijf zes zeven acht negen tien elf twaalf",
    "〇 一 二 三 四 五 六 七 八 九 十",
)
_SINGLE = """
    thirteen 13 fourteen 14 fifteen 15 sixteen 16 seventeen 17 eighteen 18 nineteen 19 twenty 20
    thirty 30 forty 40 fifty 50 sixty 60 seventy 70 eighty 80 ninety 90 hundred 100 thousand 1000
    million 1000000 billion 1000000000 dozen 12 half 0.5 twice 2 thrice 3
    zwanzig 20 hundert 100 tausend 1000 vingt 20 cent 100 mille 1000 veinte 20 cien 100 mil 1000
    second 2 third 3 fourth 4 fifth 5 sixth 6 seventh 7 eighth 8 ninth 9 tenth 10
    两 2 百 100 千 1000 万 10000
"""
_PAIRS = _SINGLE.split()
NUMBER_WORDS = {
    word: str(value) for row in _COUNTED for value, word in enumerate(row.split()) if word != "-"
} | dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
"""Numbers in words, and in digits."""
