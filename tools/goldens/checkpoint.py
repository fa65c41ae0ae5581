#!/usr/bin/env python3
"""Makes tests/data/checkpoint: small weights files and what they hold.

Run with a Python that has torch, safetensors and numpy (any recent version):

    python tools/goldens/checkpoint.py [OUTPUT_DIRECTORY]

every_dtype.*     one tensor of each dtype, empty, rank-0, transposed, sliced, tied and parameter tensors
                  (.zip.pt: torch.save, .stream.pt: its older stream form, .safetensors: the dense ones)
nested.zip.pt     {"state_dict": {...}, "epoch": 3, ...} with "module." names
*.expected        for each file: lines "name|dtype|shape|values as float32 in hex, row-major"

All values come from one seed. f16 and bf16 include subnormals, infinities and the largest finite number.
"""

import collections
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file

DTYPE_NAMES = {
    torch.bool: "bool", torch.uint8: "u8", torch.int8: "i8", torch.int16: "i16", torch.int32: "i32",
    torch.int64: "i64", torch.float16: "f16", torch.bfloat16: "bf16", torch.float32: "f32", torch.float64: "f64",
}


def tensors():
    generator = torch.Generator().manual_seed(20240611)
    out = collections.OrderedDict()
    for dtype, name in DTYPE_NAMES.items():
        if dtype.is_floating_point:
            out[f"plain.{name}"] = torch.randn(3, 4, generator=generator, dtype=torch.float64).to(dtype)
        else:
            high = 2 if dtype == torch.bool else 100
            out[f"plain.{name}"] = torch.randint(0, high, (5,), generator=generator).to(dtype)
    info = torch.finfo(torch.float16)
    out["edge.f16"] = torch.tensor([0.0, -0.0, 2.0**-24, -(2.0**-15), info.max, -info.max, np.inf, -np.inf]).half()
    info = torch.finfo(torch.bfloat16)
    out["edge.bf16"] = torch.tensor([0.0, -0.0, 1e-40, info.max, -info.max, np.inf, -np.inf]).bfloat16()
    out["empty"] = torch.zeros(0, 7)
    out["scalar"] = torch.tensor(2.5)
    return out


def strided():
    base = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5)
    out = collections.OrderedDict()
    out["transposed"] = base.permute(2, 0, 1)
    out["sliced"] = base[1:, ::2, 1:4]
    out["tied"] = base
    out["parameter"] = torch.nn.Parameter(base[2].t())
    out["bf16.transposed"] = base.bfloat16().transpose(0, 2)
    out["one_row"] = base[:, :1, :].transpose(0, 1)
    return out


def write_expected(path, named):
    with open(path, "w", encoding="utf-8") as out:
        for name, tensor in sorted(named.items()):
            values = tensor.detach().to(torch.float32).contiguous().numpy().astype("<f4").tobytes().hex()
            shape = ",".join(map(str, tensor.shape))
            out.write(f"{name}|{DTYPE_NAMES[tensor.dtype]}|{shape}|{values}\n")


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "tests/data/checkpoint"
    directory.mkdir(parents=True, exist_ok=True)
    dense = tensors()
    save_file(dense, directory / "every_dtype.safetensors", metadata={"format": "pt"})
    write_expected(directory / "every_dtype.safetensors.expected", dense)

    everything = collections.OrderedDict(list(dense.items()) + list(strided().items()))
    everything._metadata = collections.OrderedDict({"": {"version": 1}})
    for form, zipped in (("zip", True), ("stream", False)):
        file = directory / f"every_dtype.{form}.pt"
        torch.save(everything, file, _use_new_zipfile_serialization=zipped)
        write_expected(str(file) + ".expected", everything)

    inner = {"module.weight": torch.arange(6.0).reshape(2, 3), "module.bias": torch.ones(2), "module.steps": 7}
    nested = {"epoch": 3, "loss": 0.5, "name": "run", "done": True, "none": None, "list": [1, 2], "state_dict": inner}
    torch.save(nested, directory / "nested.zip.pt")
    write_expected(directory / "nested.zip.pt.expected", {k: v for k, v in inner.items() if k != "module.steps"})


if __name__ == "__main__":
    main()
