"""What a viewer chose for their own eyes: theme and separators, kept in cookies."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from controlplane.dashboard.numbers import MARKS, MARKS_DEFAULT

THEMES = {"system": "System", "light": "Light", "dark": "Dark"}
THEME_COOKIE, MARKS_COOKIE = "theme", "numbers"
AGE_SECONDS = 400 * 24 * 3600


@dataclass(frozen=True)
class Preferences:
    """The theme, and how numbers are written."""

    theme: str = "system"
    marks: str = MARKS_DEFAULT


def preferences_of(request: HttpRequest) -> Preferences:
    """What the cookies say; what they cannot say is the default."""
    theme, marks = request.COOKIES.get(THEME_COOKIE), request.COOKIES.get(MARKS_COOKIE)
    return preferred(theme or "", marks or "")


def preferred(theme: str, marks: str) -> Preferences:
    return Preferences(
        theme if theme in THEMES else "system", marks if marks in MARKS else MARKS_DEFAULT
    )


def remember(response: HttpResponse, preferences: Preferences, *, secure: bool) -> None:
    for name, value in {THEME_COOKIE: preferences.theme, MARKS_COOKIE: preferences.marks}.items():
        response.set_cookie(
            name, value, max_age=AGE_SECONDS, secure=secure, httponly=True, samesite="Lax"
        )
