"""Which addresses clients may have fetched, and how much of them."""

from dataclasses import dataclass

import httpx

from dataplane.settings import ANY_HOST, Settings

URL_CHARACTERS_MAX = 8192
PORTS = {"https": 443, "http": 80}


class UrlRefused(Exception):
    """It will not be fetched; the message is a clause for the developer."""


@dataclass(frozen=True, slots=True)
class MediaRules:
    """What the settings say. Units are in the names."""

    hosts_allowed: tuple[str, ...] = (ANY_HOST,)
    """Names, each with its port if that is not the scheme's own; `*.example.com` means all names
    below; `*` any host at all. Whatever is listed, only public addresses are called."""
    http_allowed: bool = False
    bytes_max: int = 20 * 1024 * 1024
    """Of one file."""
    bytes_max_together: int = 32 * 1024 * 1024
    """Of all files of one request."""
    files_max: int = 20
    """In one request."""
    seconds_max: float = 10.0
    """For all files of one request."""
    at_once_max: int = 64

    @classmethod
    def from_settings(cls, settings: Settings) -> "MediaRules":
        """No request makes the gateway fetch more than it could have brought itself."""
        return cls(
            hosts_allowed=settings.media_hosts_allowed,
            http_allowed=settings.media_http_allowed,
            bytes_max=settings.media_bytes_max,
            bytes_max_together=settings.body_bytes_max,
            seconds_max=settings.media_timeout_seconds,
        )

    def check(self, text: str) -> httpx.URL:
        """The address, if it may be fetched as far as its text tells. Raises `UrlRefused`."""
        if not self.hosts_allowed:
            raise UrlRefused("fetching by URL is switched off; send the content itself")
        url = _parsed(text)
        if url.scheme not in PORTS or (url.scheme == "http" and not self.http_allowed):
            raise UrlRefused("only https addresses are fetched")
        if url.userinfo:
            raise UrlRefused("addresses with a user name or password are not fetched")
        if not self._is_listed(url.raw_host.decode("ascii").lower(), url.port):
            raise UrlRefused("its host is not on the list of those that may be fetched from")
        return url

    def check_redirect(self, from_url: httpx.URL, target: str) -> httpx.URL:
        """Where a redirect leads, if that may be fetched. Raises `UrlRefused`."""
        try:
            joined = str(from_url.join(target))
        except (httpx.InvalidURL, ValueError):
            raise UrlRefused("it redirects to what is no address") from None
        return self.check(joined)

    def _is_listed(self, host: str, port: int | None) -> bool:
        host = host.rstrip(".")
        names = {host if port is None else f"{host}:{port}"}
        if port is None:
            names.add(ANY_HOST)
        parent = host
        while parent := parent.partition(".")[2]:
            names.add(f"*.{parent}" if port is None else f"*.{parent}:{port}")
        return not names.isdisjoint(self.hosts_allowed)


def _parsed(text: str) -> httpx.URL:
    if len(text) > URL_CHARACTERS_MAX:
        raise UrlRefused(f"addresses have at most {URL_CHARACTERS_MAX} characters")
    try:
        url = httpx.URL(text)
        if url.raw_host:
            return url
    except (httpx.InvalidURL, ValueError):
        pass
    raise UrlRefused("it is no address that could be fetched")
