"""What leads from a root to the registries, as on this machine: there while steps run, gone from what they leave."""

import os
import pathlib
import shutil
import subprocess

MOUNTED = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/usr/local/etc/npmrc", "/root/.npmrc")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
CARRIED_BUNDLE, APT_SETTINGS = "/var/carried-certificates.crt", "/etc/apt/apt.conf.d/99carried"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
INDEXES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_DEFAULT_TIMEOUT")
BUNDLE_NAMES = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")


def variables():
    kept = {name: os.environ[name] for name in PROXIES + INDEXES if name in os.environ}
    return {**kept, **{name: CARRIED_BUNDLE for name in BUNDLE_NAMES if os.path.exists(BUNDLE)}}


def open(root):
    for name in MOUNTED:
        source, target = pathlib.Path(name), root / name[1:]
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
            subprocess.run(["mount", "--bind", source.resolve(), target], check=True)
    if os.path.exists(BUNDLE):
        shutil.copy(BUNDLE, root / CARRIED_BUNDLE[1:])
        (root / APT_SETTINGS[1:]).write_text(f'Acquire::https::CAInfo "{CARRIED_BUNDLE}";\n')
    for kind in ("dev", "proc"):
        subprocess.run(["mount", "--rbind", f"/{kind}", root / kind], check=True)


def close(root):
    """Every mount below the root ends, the last one first; what open() wrote goes."""
    mounts = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in reversed(mounts):
        if pathlib.Path(mount).is_relative_to(root):
            subprocess.run(["umount", "--lazy", mount], check=False, stderr=subprocess.DEVNULL)
    for name in MOUNTED:
        target = root / name[1:]
        if target.is_file() and target.stat().st_size == 0:
            target.unlink()
    for name in (CARRIED_BUNDLE, APT_SETTINGS):
        (root / name[1:]).unlink(missing_ok=True)
