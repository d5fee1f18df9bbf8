"""What PyInstaller needs to know of this package; it finds it by the entry point."""

from pathlib import Path


def get_hook_dirs() -> list[str]:
    """Tell where the hook is."""
    return [str(Path(__file__).parent)]
