"""CPython for platforms that this machine is not: Maven Central has it, for Java programs that embed it.

Usage: cpython.py PLATFORM FOLDER ARGUMENT...: runs Python for Windows under Wine in a folder; paths become Wine's.
The environment has BUILD, where it is kept, WINE, the script tests/windows/wine.sh, and its DMERP_LIBRARY and PYTHONPATH.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

VERSION = "3.11.3-1.5.9"  # the newest that is there for 32-bit Windows, too
# What takes long to unpack and is not used.
UNUSED = ("/test/", "/idlelib/", "/tkinter/", "/lib2to3/", "/turtledemo/", "/include/", "/share/", "jnipython")


def unpacked(platform: str) -> Path:
    """Give the folder of a CPython for windows-x86_64, windows-x86 or linux-arm64."""
    place = Path(os.environ["BUILD"]).resolve() / "cpython"
    folder = place / platform / "org/bytedeco/cpython" / platform
    if not (place / platform / "ready").is_file():
        jar = f"org.bytedeco:cpython:{VERSION}:jar:{platform}"
        maven = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={jar}", f"-DoutputDirectory={place}"]
        subprocess.run(maven, check=True, timeout=600)
        with zipfile.ZipFile(place / f"cpython-{VERSION}-{platform}.jar") as archive:
            for each in archive.infolist():
                if not any(part in each.filename for part in UNUSED):
                    archive.extract(each, place / platform)
        for program in (folder / "bin").glob("python*"):
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        (place / platform / "ready").touch()
    return folder


def windows_path(path: Path | str) -> str:
    """Tell what Wine calls a file of this machine."""
    return "Z:" + str(path).replace("/", "\\")


def run_under_wine(
    platform: str, place: Path, *arguments: str | Path, seconds: int = 300, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run Python for Windows in a folder. It does not start with files for its output that Wine did not open: so cmd does."""
    python = unpacked(platform) / "python.exe"
    quoted = " ".join(f'"{windows_path(each) if isinstance(each, Path) else each}"' for each in (python, *arguments))
    (place / "run.bat").write_text(f"@{quoted} <NUL >stdout.txt 2>stderr.txt\n@exit /b %errorlevel%\n", newline="\r\n")
    wine, cmd = os.environ["WINE"], "cmd"
    if platform == "windows-x86":  # the 32-bit one of the 32-bit prefix, which the first 32-bit program makes
        prefix = subprocess.run([wine, "--prefix"], check=True, capture_output=True, text=True).stdout.strip()
        cmd = prefix + "-x86/drive_c/windows/system32/cmd.exe"
        if not Path(cmd).is_file():
            subprocess.run([wine, python, "--version"], check=False, timeout=400, capture_output=True)
    kept = {name: value for name, value in os.environ.items() if name not in ("DMERP_LIBRARY", "PYTHONPATH")}
    result = subprocess.run(
        [wine, cmd, "/c", "run.bat"],
        cwd=place,
        env={**kept, "DMERP_WINE_SECONDS": str(seconds), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        check=False,
        timeout=seconds + 200,
    )
    out, err = ((place / name).read_text(encoding="utf-8", errors="replace") for name in ("stdout.txt", "stderr.txt"))
    return subprocess.CompletedProcess(result.args, result.returncode, out, err)


if __name__ == "__main__":
    given = {name: windows_path(os.environ[name]) for name in ("DMERP_LIBRARY", "PYTHONPATH")}
    arguments = [windows_path(each) if each.startswith("/") else each for each in sys.argv[3:]]
    ended = run_under_wine(sys.argv[1], Path(sys.argv[2]), *arguments, seconds=3000, **given)
    print(ended.stdout, end="")
    print(ended.stderr, end="", file=sys.stderr)
    sys.exit(ended.returncode)
