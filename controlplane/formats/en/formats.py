"""`21 Nov 2026, 09:41:22 UTC`."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = r"j M Y, H:i:s \U\T\C"
