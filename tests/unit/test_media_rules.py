"""What may be fetched by URL: which hosts, which addresses, which files."""

from ipaddress import ip_address

import pytest

from dataplane.contract.addresses import is_public
from dataplane.media.kinds import may_be_wanted, media_type_of
from dataplane.media.rules import MediaRules, UrlRefused
from dataplane.settings import Settings, SettingWrong


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450::8"])
def test_addresses_of_the_internet_are_public(address: str):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254"),
        *("168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192"),
        *("192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.9"),
        *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.216.34"),
        *("64:ff9b::10.0.0.1", "64:ff9b::5db8:d822", "64:ff9b:1::1", "100::1"),
        *("2001::1", "2001:0:53aa:64c:0:fbff:ae51:1", "2001:db8::1", "2002:a00:1::1", "3fff::1"),
        *("5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1"),
    ],
)
def test_no_other_address_is(address: str):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("*", "https://example.com/a.png"),
        ("*", "https://EXAMPLE.com:443/a.png"),
        ("*", "https://[2606:4700::1111]/a.png"),
        ("example.com", "https://example.com/a.png"),
        ("example.com", "https://example.com./a.png"),
        ("*.example.com", "https://a.b.example.com/"),
        ("example.com:8443", "https://example.com:8443/"),
        ("*.example.com:8443", "https://a.example.com:8443/"),
        ("xn--bcher-kva.example", "https://bücher.example/"),
    ],
)
def test_a_listed_host_may_be_fetched_from(listed: str, url: str):
    assert MediaRules((listed,)).check(url).host


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("example.com", "https://a.example.com/"),
        ("*.example.com", "https://example.com/"),
        ("*.example.com", "https://badexample.com/"),
        ("example.com", "https://example.com:8443/"),
        ("*", "https://example.com:22/"),
        ("*", "http://example.com/"),
        ("*", "ftp://example.com/"),
        ("*", "file:///etc/passwd"),
        ("*", "https:///nowhere"),
        ("*", "//example.com/a.png"),
        ("*", "https://user:password@example.com/"),
        ("*", "https://example.com:99999/"),
        ("*", "https://[::1"),
        ("*", "https://\ud800.example/"),
        ("*", "https://example.com/\r\nx: y"),
        ("*", "https://example.com/" + "a" * 9000),
        ("*", ""),
    ],
)
def test_everything_else_is_refused_by_its_text_alone(listed: str, url: str):
    with pytest.raises(UrlRefused):
        MediaRules((listed,)).check(url)


def test_plain_http_is_a_setting():
    assert MediaRules(http_allowed=True).check("http://example.com/a.png").port is None


def test_an_empty_list_switches_fetching_off():
    with pytest.raises(UrlRefused, match="switched off"):
        MediaRules(()).check("https://example.com/a.png")


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        (None, ("*",)),
        ("", ()),
        ("none", ()),
        (
            "Images.example.com, *.cdn.example.com:8443",
            ("images.example.com", "*.cdn.example.com:8443"),
        ),
    ],
)
def test_the_list_of_hosts_is_a_setting(text: str | None, hosts: tuple[str, ...]):
    assert (
        Settings.from_env(environment(PURSER_MEDIA_HOSTS_ALLOWED=text)).media_hosts_allowed == hosts
    )


def test_a_switch_that_is_neither_on_nor_off_stops_the_start():
    assert Settings.from_env(environment(PURSER_MEDIA_HTTP_ALLOWED="true")).media_http_allowed
    with pytest.raises(SettingWrong, match="PURSER_MEDIA_HTTP_ALLOWED must be true or false"):
        Settings.from_env(environment(PURSER_MEDIA_HTTP_ALLOWED="perhaps"))


def environment(**settings: str | None) -> dict[str, str]:
    needed = {
        "DATABASE_URL": "postgresql://nowhere",
        "PURSER_SEALING_KEY": "c2VhbGluZyBrZXkgZm9yIHRlc3RzIGFsb25lISEhISE=",
    }
    return {**needed, **{name: text for name, text in settings.items() if text is not None}}


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"<svg xmlns=", None),
        (b'{"AccessKeyId": "', None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_bytes_say(data: bytes, media_type: str | None):
    assert media_type_of(data) == media_type


@pytest.mark.parametrize(
    ("content_type", "wanted"),
    [
        ("image/png", True),
        ("IMAGE/JPEG; q=1", True),
        ("application/pdf", True),
        ("application/octet-stream", True),
        ("", True),
        ("text/html", False),
        ("application/json", False),
    ],
)
def test_a_server_may_announce_images_and_pdf_or_nothing(content_type: str, wanted: bool):
    assert may_be_wanted(content_type) is wanted
