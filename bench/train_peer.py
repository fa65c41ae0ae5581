#!/usr/bin/env python3
"""A training step of CLIP ViT-B/32 beside the same step in PyTorch, alternately in one run.

    bench/train_peer.py [--model DIR] [--rounds N] [--rows N] [--tokens N] [--threads N] [--bf16] [--python PYTHON]
    bench/train_peer.py --precisions …     glimpse's own step in bf16 beside the one in f32, without PyTorch

Wants build/bin/train_step (cmake --build build --target train_step) and a Python with torch of the version that glimpse was
built with: Debian's python3-torch. The model is that of bench/make_model.py, made when missing. PyTorch's side is CLIP as its
authors wrote it (nn.MultiheadAttention, QuickGELU), torch.optim.AdamW, clip_grad_norm_; it starts from weights of its own, as
numbers do not matter to speed. Both do forward, backward, clipping and update of the whole model on one batch.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def clip(torch, width=(768, 512), heads=(12, 8), layers=12, size=224, patch=32, context=77, vocabulary=49408, joint=512):
    nn = torch.nn

    class QuickGelu(nn.Module):
        def forward(self, x):
            return x * torch.sigmoid(1.702 * x)

    class Block(nn.Module):
        def __init__(self, w, h):
            super().__init__()
            self.attention = nn.MultiheadAttention(w, h)
            self.norm1, self.norm2 = nn.LayerNorm(w), nn.LayerNorm(w)
            self.mlp = nn.Sequential(nn.Linear(w, 4 * w), QuickGelu(), nn.Linear(4 * w, w))

        def forward(self, x, mask):
            y = self.norm1(x)
            x = x + self.attention(y, y, y, need_weights=False, attn_mask=mask)[0]
            return x + self.mlp(self.norm2(x))

    class Clip(nn.Module):
        def __init__(self):
            super().__init__()
            self.patches = nn.Conv2d(3, width[0], patch, patch, bias=False)
            self.cls = nn.Parameter(0.02 * torch.randn(width[0]))
            self.positions = nn.Parameter(0.01 * torch.randn((size // patch) ** 2 + 1, width[0]))
            self.norm_pre, self.norm_post = nn.LayerNorm(width[0]), nn.LayerNorm(width[0])
            self.picture_blocks = nn.ModuleList(Block(width[0], heads[0]) for _ in range(layers))
            self.picture_projection = nn.Parameter(0.03 * torch.randn(width[0], joint))
            self.words = nn.Embedding(vocabulary, width[1])
            self.word_positions = nn.Parameter(0.01 * torch.randn(context, width[1]))
            self.word_blocks = nn.ModuleList(Block(width[1], heads[1]) for _ in range(layers))
            self.norm_words = nn.LayerNorm(width[1])
            self.word_projection = nn.Parameter(0.03 * torch.randn(width[1], joint))
            self.logit_scale = nn.Parameter(torch.tensor(2.6593))

        def pictures(self, x):
            x = self.patches(x).flatten(2).permute(0, 2, 1)
            x = torch.cat([self.cls.expand(x.shape[0], 1, -1), x], dim=1) + self.positions
            x = self.norm_pre(x).permute(1, 0, 2)
            for block in self.picture_blocks:
                x = block(x, None)
            return self.norm_post(x.permute(1, 0, 2)[:, 0]) @ self.picture_projection

        def sentences(self, ids):
            n = ids.shape[1]
            x = (self.words(ids) + self.word_positions[:n]).permute(1, 0, 2)
            mask = torch.full((n, n), float("-inf")).triu_(1)
            for block in self.word_blocks:
                x = block(x, mask)
            x = self.norm_words(x.permute(1, 0, 2))
            return x[torch.arange(x.shape[0]), ids.argmax(dim=-1)] @ self.word_projection

        def forward(self, pixels, ids):
            i, t = self.pictures(pixels), self.sentences(ids)
            i, t = i / i.norm(dim=-1, keepdim=True), t / t.norm(dim=-1, keepdim=True)
            logits = self.logit_scale.exp() * i @ t.t()
            right = torch.arange(i.shape[0])
            return (nn.functional.cross_entropy(logits, right) + nn.functional.cross_entropy(logits.t(), right)) / 2

    return Clip()


def peer(args):
    """Runs in the other Python: a line in, a step, its seconds out."""
    import torch

    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    model = clip(torch).train()
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW([{"params": [p for p in parameters if p.dim() >= 2], "weight_decay": 0.1},
                                   {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0}],
                                  lr=1e-5, betas=(0.9, 0.98), eps=1e-6)
    pixels = torch.randn(args.rows, 3, 224, 224)
    ids = torch.randint(0, 49000, (args.rows, args.tokens))
    ids[:, -1] = 49407
    for _ in sys.stdin:
        begin, cpu = time.perf_counter(), time.process_time()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.bf16):
            loss = model(pixels, ids)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, 4.6052)
        print(f"{time.perf_counter() - begin:.4f} {time.process_time() - cpu:.4f} {loss.item():.4f}", flush=True)


def stepper(command):
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def step():
        process.stdin.write("step\n")
        process.stdin.flush()
        answer = process.stdout.readline().split()
        if not answer:
            sys.exit(f"{command[0]} ended: {process.wait()}")
        return float(answer[0]), float(answer[1])
    return process, step


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "build/bench/clip-vit-base-patch32")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=77)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--precisions", action="store_true")
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        return peer(args)
    if not (args.model / "config.json").exists():
        subprocess.run([sys.executable, ROOT / "bench/make_model.py", args.model], check=True)
    own = [ROOT / "build/bin/train_step", args.model, args.rows, args.tokens, args.threads]
    peer_command = [args.python, __file__, "--peer", "--rows", args.rows, "--tokens", args.tokens,
                    "--threads", args.threads] + (["--bf16"] if args.bf16 else [])
    first, second = ("bf16", "f32") if args.precisions else ("glimpse", "torch")
    ours, our_step = stepper(own + ["bf16" if args.bf16 or args.precisions else "f32"])
    theirs, their_step = stepper(own + ["f32"] if args.precisions else peer_command)
    our_step(), their_step()  # memory is taken, kernels are chosen
    pairs = []
    for _ in range(args.rounds):
        pairs.append((our_step(), their_step()))
        print(f"{first} {pairs[-1][0][0]:.3f} s   {second} {pairs[-1][1][0]:.3f} s", file=sys.stderr)
    for process in (ours, theirs):
        process.stdin.close()
        process.wait()
    result = {"rows": args.rows, "tokens": args.tokens, "threads": args.threads, "bf16": args.bf16 or args.precisions}
    for i, kind in enumerate(("seconds", "processor_seconds")):  # the second holds on a busy machine, with one thread
        result[kind] = {first: round(statistics.median(a[i] for a, _ in pairs), 3),
                        second: round(statistics.median(b[i] for _, b in pairs), 3),
                        "ratio": round(statistics.median(b[i] / a[i] for a, b in pairs), 3)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
