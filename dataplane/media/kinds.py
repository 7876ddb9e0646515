"""What may be fetched: known by its first bytes, whatever its server says."""

# As servers mean "some bytes": no claim that the content could contradict.
UNSAID = frozenset({"", "application/octet-stream", "binary/octet-stream"})
SAID = frozenset({"application/pdf", "application/x-pdf"})
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


def may_be_wanted(content_type: str) -> bool:
    """Whether a server's `content-type` announces an image or a PDF, or nothing at all."""
    said = content_type.partition(";")[0].strip().lower()
    return said in UNSAID or said in SAID or said.startswith("image/")


def media_type_of(data: bytes) -> str | None:
    """What the bytes are; None for nothing that providers take."""
    for signature, media_type in SIGNATURES:
        if data.startswith(signature):
            return media_type
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    return "image/webp" if is_webp else None
