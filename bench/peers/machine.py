"""What a figure depends on besides the code: the machine, how busy it is, and everyone's versions."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGES = ("torch", "transformers", "torchvision", "open_clip_torch", "onnxruntime", "pillow", "numpy", "qdrant-client")
INSTRUCTIONS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "amx_int8")
ASK_VERSIONS = """
import importlib.metadata as m, json, sys
def version(name):
    try:
        return m.version(name)
    except m.PackageNotFoundError:
        return None
print(json.dumps({"python": sys.version.split()[0], **{n: version(n) for n in sys.argv[1:]}}))
"""


def load():
    return os.getloadavg()[0]


def processor():
    """Its name and which of the instructions that matter it has."""
    fields = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    flags = fields.get("flags", "").split()
    return fields.get("model name", "unknown processor"), [name for name in INSTRUCTIONS if name in flags]


def output_of(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=ROOT)
    return done.stdout.strip() if done.returncode == 0 else ""


def facts(setup):
    name, flags = processor()
    versions = json.loads(output_of(setup.python, "-c", ASK_VERSIONS, *PACKAGES))
    changed = "with local changes" if output_of("git", "status", "--porcelain", "--untracked-files=no") else ""
    return {"processor": name, "flags": flags, "processors": os.cpu_count(), "load_before": load(), "versions": versions,
            "glimpse": output_of(setup.glimpse, "--version"), "commit": output_of("git", "rev-parse", "--short", "HEAD"),
            "changed": changed}
