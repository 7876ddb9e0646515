"""Units and currencies: `in miles` is not `in kilometres`, `$5` is not `€5`."""

from dataplane.caching.judgement.difference import Difference, between
from dataplane.caching.judgement.prompt import Prompt

_UNITS = """
    km kilometre kilometres kilometer kilometers
    mile miles mi
    metre metres meter meters
    cm centimetre centimetres centimeter centimeters
    mm millimetre millimetres millimeter millimeters
    inch inches
    foot feet ft
    yard yards yd
    kg kilo kilos kilogram kilograms
    gram grams gramm
    mg milligram milligrams
    mcg microgram micrograms
    lb lbs pound pounds
    ounce ounces oz
    stone
    ton tons tonne tonnes
    litre litres liter liters
    ml millilitre millilitres milliliter milliliters
    gallon gallons gal
    cup cups
    tablespoon tablespoons tbsp
    teaspoon teaspoons tsp
    pint pints
    celsius centigrade °c
    fahrenheit °f
    kelvin
    kb kilobyte kilobytes
    mb megabyte megabytes
    gb gigabyte gigabytes
    tb terabyte terabytes
    bit bits
    byte bytes
    mbps
    gbps
    kph kmh
    mph
    knot knots
    second seconds sec
    minute minutes min mins minuten minutos
    hour hours hourly hr hrs stunde stunden heure heures hora horas
    day days daily täglich
    week weeks weekly wöchentlich
    month months monthly monatlich
    year years yearly annual annually jährlich
    decade decades
    century centuries
    watt watts
    kw kilowatt kilowatts
    kwh
    volt volts
    amp amps
    psi
    bar
    calorie calories kcal
    joule joules
    acre acres
    hectare hectares
    usd dollar dollars $
    eur euro euros €
    gbp sterling £
    jpy yen ¥
    chf franc francs franken
    inr rupee rupees ₹
    cny yuan renminbi
    percent percentage % prozent
    hz
    khz
    mhz
    ghz
"""
_MEANING = {name: line.split()[0] for line in _UNITS.splitlines() for name in line.split()}
_SIGNS = "$€£¥₹%"
# Where only one of the prompts says them, they are idiom more often than measure.
_SPOKEN = frozenset({"second", "minute", "hour", "day", "week", "month", "year", "bit", "bar",
                     "stone", "foot", "cup", "pint", "amp"})  # fmt: skip


def differ(asked: Prompt, stored: Prompt) -> Difference | None:
    in_asked, in_stored = _units(asked), _units(stored)
    only_asked, only_stored = in_asked - in_stored, in_stored - in_asked
    if only_asked | only_stored <= _SPOKEN and not (only_asked and only_stored):
        return None
    return between(in_asked, in_stored)


def _units(prompt: Prompt) -> set[str]:
    found = {_MEANING[text] for text in prompt.texts if text in _MEANING}
    found |= {_MEANING[sign] for sign in _SIGNS if sign in prompt.text}
    if "°C" in prompt.text:
        found.add("celsius")
    if "°F" in prompt.text:
        found.add("fahrenheit")
    return found
