"""The one error of starting and stopping: a sentence for the person at the terminal."""


class CannotStart(Exception):
    """What stands in the way of a start; the message is one sentence that names it."""


def load_django() -> None:
    """Imports all of Django's part; a wrong setting is a reason not to start."""
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise CannotStart(str(error)) from error
