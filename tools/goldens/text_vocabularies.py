#!/usr/bin/env python3
"""Trains the small SentencePiece vocabularies that the text room is tested with, in the published layouts.

    python tools/goldens/text_vocabularies.py    tests/data/text/siglip/, tests/data/text/siglip2/

siglip/   spiece.model.gz: unigram with T5's options, as SigLIP's; tokenizer_config.json
siglip2/  tokenizer.model: byte-pair encoding with Gemma's options; tokenizer.json.gz made of it as transformers does;
          tokenizer_config.json

Run with a Python that has sentencepiece 0.2.1, tokenizers 0.23.3 and transformers 5.23.0. The text is made by rule, so
a second run gives the same files.
"""

import gzip
import io
import json
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "tests/data/text"

WORDS = {
    "de": "der die das und ist ein eine nicht auf mit Hund Katze Straße schöner Vögel über Wasser läuft Mädchen grün Fußgänger",
    "fr": "le la les un une des est sur avec chien chat élève fenêtre où garçon forêt très beau l'été aujourd'hui Noël cœur",
    "es": "el la los una perro gato niño mañana corazón playa está sobre montaña ¿qué? pingüino árbol música señor",
    "pl": "pies kot na z jest dziewczynka żółty łódka ściana ćma źródło rzeka książka",
    "tr": "köpek kedi İstanbul ışık güneş çocuk ağaç şehir büyük",
    "el": "σκύλος γάτα η ο το στη θάλασσα παιδί μεγάλος ουρανός ΟΔΥΣΣΕΥΣ",
    "ru": "собака кошка на и в бежит по снегу девочка красный дом Москва дерево улица",
    "uk": "їжак ґанок собака кіт біля річки",
    "he": "כלב חתול ילד על הדשא שמש",
    "ar": "كلب قطة على العشب الأخضر في البحر سيارة حمراء",
    "hi": "कुत्ता बिल्ली घास पर लड़की लाल गाड़ी",
    "th": "สุนัข แมว บน หญ้า ทะเล",
    "ja": "犬が芝生の上を走る 猫 女の子 赤い車 東京タワー カメラ コーヒー",
    "zh": "一只黑狗在草地上奔跑 猫 女孩 红色汽车 长城 北京",
    "ko": "개가 풀밭을 달린다 고양이 소녀 빨간 자동차 서울",
    "vi": "con chó con mèo cô gái biển xe màu đỏ đường phố",
}
EMOJI = "😀 🐕 👍🏽 ❤️ ☃ 🇨🇭 👩‍👩‍👧‍👦 🚗 🌲 🎉".split()


def sentences():
    from text import captions

    r = random.Random(7)
    for caption in captions(r, 6000):
        yield caption
    for _ in range(9000):
        words = WORDS[r.choice(sorted(WORDS))].split()
        line = " ".join(r.choice(words) for _ in range(r.randint(2, 8)))
        yield r.choice([str, str, str.lower, str.title])(line) + r.choice(["", ".", "!", " " + r.choice(EMOJI)])
    for _ in range(1500):
        yield " ".join(str(r.randrange(10 ** r.randint(1, 6))) for _ in range(r.randint(1, 5)))
    for line in ("<div>  <b>x</b></div>", "e-mail@me http://x.org/a?b=c&d", "a_b = [1, 2];\treturn x", "\"it's\" (50%) #1"):
        yield from [line] * 20


def train(**options):
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=sentences(), model_writer=model, num_threads=1,
                                             minloglevel=2, hard_vocab_limit=False, **options)
    return model.getvalue()


def siglip_model():
    """T5's options: nmt_nfkc, a prefix space, <pad> </s> <unk> in front."""
    return train(model_type="unigram", vocab_size=2200, character_coverage=0.9995, normalization_rule_name="nmt_nfkc",
                 pad_id=0, eos_id=1, unk_id=2, bos_id=-1)


def siglip2_model():
    """Gemma's options: nothing normalized, no prefix space, digits apart, bytes for what is not there."""
    symbols = ["<mask>", "<2mass>", "[@BOS@]"] + [f"<unused{i}>" for i in range(4)] + ["<start_of_turn>", "<end_of_turn>"]
    symbols += ["\n" * n for n in range(1, 6)] + ["▁" * n for n in range(2, 8)] + ["<table>", "</table>", "<h1>", "</h1>", "<b>"]
    return train(model_type="bpe", vocab_size=2600, character_coverage=1.0, normalization_rule_name="identity",
                 add_dummy_prefix=False, remove_extra_whitespaces=False, split_digits=True, byte_fallback=True,
                 allow_whitespace_only_pieces=True, pad_id=0, eos_id=1, bos_id=2, unk_id=3, pad_piece="<pad>",
                 eos_piece="<eos>", bos_piece="<bos>", unk_piece="<unk>", user_defined_symbols=symbols)


def siglip_config():
    def special(content):
        return {"content": content, "lstrip": True, "normalized": False, "rstrip": True, "single_word": False, "special": True}

    return {"added_tokens_decoder": {"1": special("</s>"), "2": special("<unk>")}, "additional_special_tokens": [],
            "clean_up_tokenization_spaces": True, "do_lower_case": True, "eos_token": "</s>", "model_input_names": ["input_ids"],
            "model_max_length": 64, "pad_token": "</s>", "processor_class": "SiglipProcessor", "sp_model_kwargs": {},
            "tokenizer_class": "SiglipTokenizer", "unk_token": "<unk>"}


def pieces_of(model):
    from transformers.convert_slow_tokenizer import import_protobuf

    return import_protobuf().ModelProto.FromString(model).pieces


def added_tokens(model):
    """Control, unknown and user-defined pieces."""
    return [{"id": i, "content": p.piece, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
             "special": p.type in (2, 3) or p.piece in ("<start_of_turn>", "<end_of_turn>")}
            for i, p in enumerate(pieces_of(model)) if p.type in (2, 3, 4)]


def siglip2_config(model):
    def row(token):
        return {key: value for key, value in token.items() if key != "id"}

    return {"add_bos_token": False, "add_eos_token": True,
            "added_tokens_decoder": {str(token["id"]): row(token) for token in added_tokens(model)},
            "additional_special_tokens": ["<start_of_turn>", "<end_of_turn>"], "bos_token": "<bos>",
            "clean_up_tokenization_spaces": False, "do_lower_case": True, "eos_token": "<eos>",
            "model_input_names": ["input_ids"], "model_max_length": 1000000000000000019884624838656,
            "pad_token": "<pad>", "padding_side": "right", "processor_class": "SiglipProcessor", "sp_model_kwargs": {},
            "spaces_between_special_tokens": False, "tokenizer_class": "GemmaTokenizer", "unk_token": "<unk>",
            "use_default_system_prompt": False}


def siglip2_tokenizer_json(model):
    """Structure and order of keys as released: the merges are every split of a piece into two pieces, best score first."""
    pieces = pieces_of(model)
    vocabulary = {p.piece: i for i, p in enumerate(pieces)}
    merges = []
    for p in pieces:
        splits = [(p.piece[:k], p.piece[k:]) for k in range(1, len(p.piece))]
        splits = [s for s in splits if s[0] in vocabulary and s[1] in vocabulary]
        merges += [(p.score, vocabulary[s[0]], vocabulary[s[1]], s) for s in splits]
    merges.sort(key=lambda row: (-row[0], row[1], row[2]))
    eos = {"SpecialToken": {"id": "<eos>", "type_id": 0}}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added_tokens(model),
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
        "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, eos],
                           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, eos, {"Sequence": {"id": "B", "type_id": 0}}, eos],
                           "special_tokens": {"<eos>": {"id": "<eos>", "ids": [1], "tokens": ["<eos>"]}}},
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                                                     {"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
                  "vocab": vocabulary, "merges": [list(row[3]) for row in merges]}}


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as raw:
        if path.suffix == ".gz":
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as out:
                out.write(data)
        else:
            raw.write(data)
    print(path, path.stat().st_size)


def as_json(value):
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def main():
    siglip, siglip2 = siglip_model(), siglip2_model()
    write(OUT / "siglip/spiece.model.gz", siglip)
    write(OUT / "siglip/tokenizer_config.json", as_json(siglip_config()))
    write(OUT / "siglip2/tokenizer.model", siglip2)
    write(OUT / "siglip2/tokenizer.json.gz", as_json(siglip2_tokenizer_json(siglip2)))
    write(OUT / "siglip2/tokenizer_config.json", as_json(siglip2_config(siglip2)))


if __name__ == "__main__":
    main()
