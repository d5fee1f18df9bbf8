"""Puts the native library beside the package's code in the program, and the version that errors name."""

from PyInstaller.utils.hooks import collect_dynamic_libs, copy_metadata

binaries = collect_dynamic_libs("dmerp")
datas = copy_metadata("dmerp")
