#!/usr/bin/env python3
"""Makes tests/data/image: sample pictures and what the reference implementations make of them.

Run:  python tools/goldens/image.py      (needs pillow >= 11.3, numpy, transformers, and Debian's libvips42 for HEIC)

    samples/*        small pictures, synthesized with fixed seeds: every format, layout and orientation
    decoded.txt      one line a sample: file, format, width, height, orientation, greatest and mean difference allowed,
                     byte offset into decoded.bin (-1: too large to keep, only clip.bin)
    decoded.bin      RGB pixels by Pillow: exif_transpose, alpha over white, 16 bits >> 8, convert("RGB").
                     HEIC: the pixels that were encoded (Pillow cannot read HEIC)
    clip.txt/.bin    samples after transformers' CLIPImageProcessorPil (shortest edge 224, centre crop 224, bicubic),
                     before rescaling: u8 [28, 28, 3], every 8th pixel from (4, 4) on
    resize.txt       width, height, new width, new height, filter, FNV-1a of Pillow's Image.resize; the input is noise
                     from the generator `noise_bytes` below, which the test repeats

The deviation from transformers' torchvision processor is printed, for docs.
"""

import ctypes
import io
import pathlib
import struct
import sys
import tempfile
import zlib

import numpy as np
from PIL import Image, ImageOps

ROOT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "data" / "image"
SAMPLES = ROOT / "samples"
ORIENTATION_TAG = 0x0112


def photo_like(width, height, seed=0, channels=3):
    """Smooth blobs, hard edges and a little noise; u8 [height, width, channels]."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    planes = []
    for _ in range(channels):
        a, b, c, d = random.uniform(2, 9, 4)
        plane = 128 + 60 * np.sin(a * x + b * y) + 50 * np.cos(c * x * y + d)
        cx, cy, r = random.uniform(0.2, 0.8, 3)
        plane = np.where((x - cx) ** 2 + (y - cy) ** 2 < (r / 3) ** 2, 255 - plane, plane)
        planes.append(plane + random.normal(0, 3, plane.shape))
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def noise(width, height, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def exif(orientation):
    tags = Image.Exif()
    tags[ORIENTATION_TAG] = orientation
    return tags


def png_bytes(width, height, bit_depth, colour_type, rows, extra=b""):
    """A PNG by hand, for the layouts that Pillow does not write."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, bit_depth, colour_type, 0, 0, 0)
    data = b"".join(b"\0" + row for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(data, 9))
            + chunk(b"IEND", b""))


def bmp_bytes(width, height, bits, data, palette=b"", compression=0, masks=b""):
    offset = 14 + 40 + len(masks) + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 2835, 2835,
                       len(palette) // 4, 0)
    return struct.pack("<2sIHHI", b"BM", offset + len(data), 0, 0, offset) + info + masks + palette + data


def grey_palette(colours):
    return b"".join(struct.pack("<BBBB", i * 255 // (colours - 1), 255 - i * 255 // (colours - 1), i * 7 % 256, 0)
                    for i in range(colours))


def rle8(indices):
    """Runs, literals (odd and even), and ends of rows; bottom-up."""
    out = bytearray()
    for row in indices[::-1]:
        x = 0
        while x < len(row):
            n = 1
            while x + n < len(row) and n < 255 and row[x + n] == row[x]:
                n += 1
            if n >= 2 or x + 3 > len(row):
                out += bytes([n, row[x]])
                x += n
            else:
                literal = bytes(row[x:x + 3])
                out += bytes([0, 3]) + literal + b"\0"
                x += 3
        out += b"\0\0"
    return bytes(out + b"\0\1")


def rle4(indices):
    out = bytearray()
    for row in indices[::-1]:
        for x in range(0, len(row), 2):
            pair = list(row[x:x + 2]) + [0]
            out += bytes([min(2, len(row) - x), pair[0] << 4 | pair[1]])
        out += b"\0\0"
    return bytes(out + b"\0\1")


def save(name, array_or_image, **options):
    picture = array_or_image if isinstance(array_or_image, Image.Image) else Image.fromarray(array_or_image)
    picture.save(SAMPLES / name, **options)


def vips_save(name, array, options):
    """Through libvips' C interface: its encoder of HEIC, and interlaced PNG."""
    vips = ctypes.CDLL("libvips.so.42")
    vips.vips_init(b"goldens")
    vips.vips_image_new_from_file.restype = ctypes.c_void_p
    with tempfile.NamedTemporaryFile(suffix=".png") as source:
        Image.fromarray(array).save(source.name)
        loaded = vips.vips_image_new_from_file(source.name.encode(), None)
        target = f"{SAMPLES / name}[{options}]".encode()
        if vips.vips_image_write_to_file(ctypes.c_void_p(loaded), target, None) != 0:
            sys.exit(f"libvips could not write {name}")


def make_jpeg():
    small = photo_like(40, 30, 1)
    save("rgb_444.jpg", small, quality=90, subsampling=0)
    save("rgb_422.jpg", small, quality=85, subsampling=1)
    save("rgb_420.jpg", small, quality=75, subsampling=2)
    save("low_quality.jpg", photo_like(37, 51, 2), quality=15)
    save("progressive.jpg", photo_like(45, 31, 3), progressive=True, quality=80)
    save("grey.jpg", photo_like(33, 29, 4)[..., 0], quality=85)
    save("restart_markers.jpg", photo_like(48, 32, 5), restart_marker_blocks=1)
    save("stored_as_rgb.jpg", photo_like(31, 33, 6), keep_rgb=True)
    save("cmyk.jpg", Image.fromarray(photo_like(36, 28, 7, 4), "CMYK"), quality=90)
    save("one_pixel.jpg", noise(1, 1, 8))
    save("wide_strip.jpg", photo_like(300, 1, 9))
    save("tall_strip.jpg", photo_like(1, 300, 10))
    save("odd_17x13.jpg", noise(17, 13, 11), quality=95)
    for orientation in range(1, 9):
        save(f"orientation_{orientation}.jpg", photo_like(32, 20, 12), quality=90, exif=exif(orientation))
    save("landscape.jpg", photo_like(500, 375, 13), quality=60)
    save("portrait.jpg", photo_like(333, 500, 14), quality=60)
    save("square.jpg", photo_like(224, 224, 15), quality=70)
    save("panorama.jpg", photo_like(900, 150, 16), quality=50)
    save("large.jpg", photo_like(1280, 853, 17), quality=25)
    trailing = io.BytesIO()
    Image.fromarray(small).save(trailing, "JPEG")
    (SAMPLES / "trailing_data.jpg").write_bytes(trailing.getvalue() + b"an album's notes" * 20)


def make_png():
    rgba = photo_like(34, 26, 20, 4)
    save("rgb.png", photo_like(40, 27, 21))
    save("noise.png", noise(60, 40, 22))
    save("rgba.png", Image.fromarray(rgba, "RGBA"))
    save("grey.png", rgba[..., 0].copy())
    save("grey_alpha.png", Image.fromarray(rgba[..., :2].copy(), "LA"))
    save("palette.png", Image.fromarray(photo_like(40, 30, 23)).quantize(64))
    save("palette_4bit.png", Image.fromarray(photo_like(41, 30, 24)).quantize(16), bits=4)
    save("palette_alpha.png", Image.fromarray(photo_like(30, 30, 25)).quantize(16), transparency=bytes(range(0, 256, 16)))
    save("one_bit.png", Image.fromarray(photo_like(35, 30, 26)[..., 0]).convert("1"))
    save("grey_16.png", Image.fromarray((photo_like(30, 24, 27)[..., 0].astype(np.uint16) * 257 + 100).astype(np.uint16)))
    save("orientation_6.png", photo_like(32, 20, 28), exif=exif(6))
    wide = np.random.default_rng(29).integers(0, 65536, (20, 24, 3)).astype(">u2")
    (SAMPLES / "rgb_16.png").write_bytes(png_bytes(24, 20, 16, 2, [row.tobytes() for row in wide]))
    wide = np.random.default_rng(30).integers(0, 65536, (20, 24, 4)).astype(">u2")
    (SAMPLES / "rgba_16.png").write_bytes(png_bytes(24, 20, 16, 6, [row.tobytes() for row in wide]))
    vips_save("interlaced.png", photo_like(37, 29, 31), "interlace=true")
    save("tiny_2x3.png", noise(2, 3, 32))
    save("almost_square.png", noise(225, 224, 33)[..., 0])


def make_bmp():
    rgb = photo_like(31, 22, 40)
    save("rgb_24.bmp", rgb)
    save("grey_8.bmp", rgb[..., 0].copy())
    save("one_bit.bmp", Image.fromarray(rgb[..., 0]).convert("1"))
    save("rgbx_32.bmp", Image.fromarray(rgb).convert("RGBX").convert("RGBA"))
    stride = (31 * 3 + 3) // 4 * 4
    rows = [row[:, ::-1].tobytes().ljust(stride, b"\0") for row in rgb]
    (SAMPLES / "top_down.bmp").write_bytes(bmp_bytes(31, -22, 24, b"".join(rows)))
    random = np.random.default_rng(41)
    pixels = random.integers(0, 65536, (14, 20), dtype=np.uint16)
    (SAMPLES / "rgb_555.bmp").write_bytes(bmp_bytes(20, 14, 16, (pixels & 0x7FFF).astype("<u2").tobytes()))
    (SAMPLES / "rgb_565.bmp").write_bytes(
        bmp_bytes(20, 14, 16, pixels.astype("<u2").tobytes(), compression=3,
                  masks=struct.pack("<III", 0xF800, 0x07E0, 0x001F)))
    nibbles = random.integers(0, 16, (15, 21), dtype=np.uint8)
    packed = [bytes(int(a) << 4 | int(b) for a, b in zip(row[::2], np.append(row, 0)[1::2])).ljust(12, b"\0")
              for row in nibbles[::-1]]
    (SAMPLES / "palette_4.bmp").write_bytes(bmp_bytes(21, 15, 4, b"".join(packed), grey_palette(16)))
    runs = np.sort(random.integers(0, 200, (16, 25), dtype=np.uint8), axis=1) // 8 * 8
    runs[::3, 5:9] = random.integers(0, 256, (6, 4))
    (SAMPLES / "rle8.bmp").write_bytes(bmp_bytes(25, 16, 8, rle8(runs.tolist()), grey_palette(256), compression=1))
    (SAMPLES / "rle4.bmp").write_bytes(bmp_bytes(21, 15, 4, rle4(nibbles.tolist()), grey_palette(16), compression=2))


def make_others():
    frames = [Image.fromarray(photo_like(36, 24, seed)) for seed in (50, 51, 52)]
    save("still.gif", frames[0].quantize(64))
    save("animated.gif", frames[0].quantize(32), save_all=True, append_images=frames[1:], duration=50)
    save("transparent.gif", frames[1].quantize(16), transparency=3)
    save("lossless.webp", frames[0], lossless=True)
    save("lossy.webp", frames[0], quality=70)
    save("alpha.webp", Image.fromarray(photo_like(30, 26, 53, 4), "RGBA"), lossless=True, exact=True)
    save("animated.webp", frames[0], save_all=True, append_images=frames[1:], lossless=True)
    save("orientation_8.webp", frames[2], lossless=True, exif=exif(8))
    save("raw.tif", frames[0])
    save("lzw.tif", frames[1], compression="tiff_lzw")
    save("deflate_grey.tif", frames[1].convert("L"), compression="tiff_adobe_deflate")
    save("fax.tif", frames[1].convert("1"), compression="group4")
    save("palette.tif", frames[2].quantize(32))
    save("cmyk.tif", Image.fromarray(photo_like(30, 20, 54, 4), "CMYK"))
    save("rgba.tif", Image.fromarray(photo_like(30, 20, 55, 4), "RGBA"))
    save("grey_16.tif", Image.fromarray(photo_like(30, 20, 56)[..., 0].astype(np.uint16) * 257))
    save("orientation_5.tif", frames[0], tiffinfo={ORIENTATION_TAG: 5})
    save("rgb.avif", frames[0], quality=90, subsampling="4:4:4")
    save("subsampled.avif", Image.fromarray(photo_like(64, 48, 57)), quality=70, subsampling="4:2:0")
    save("alpha.avif", Image.fromarray(photo_like(32, 24, 58, 4), "RGBA"), quality=90, subsampling="4:4:4")
    save("orientation_6.avif", Image.fromarray(photo_like(48, 32, 59)), quality=90, subsampling="4:4:4", exif=exif(6))
    vips_save("rgb.heic", photo_like(64, 48, 60), "Q=90,compression=hevc,subsample-mode=off")
    vips_save("large.heic", photo_like(320, 200, 61), "Q=50,compression=hevc")


# Not decoded by Pillow: the pixels that went in.
HEIC_SOURCES = {"rgb.heic": (64, 48, 60), "large.heic": (320, 200, 61)}
# Greatest and mean difference allowed. 0, 0 unless another decoder or another rounding stands behind Pillow: libheif
# repeats subsampled chroma where libavif interpolates it, and HEIC is compared to what went into the encoder.
TOLERANCE = {"avif": (70, 3.5), "heic": (60, 4.0)}
LARGEST_KEPT = 4096  # pixels


def reference_pixels(path):
    if path.name in HEIC_SOURCES:
        return photo_like(*HEIC_SOURCES[path.name]), 1
    picture = Image.open(path)
    orientation = picture.getexif().get(ORIENTATION_TAG, 1)
    picture = ImageOps.exif_transpose(picture)
    if path.name == "rgba_16.png":  # Pillow reads the upper bytes.
        assert picture.mode == "RGBA"
    if picture.mode.startswith("I;16"):
        return np.repeat((np.asarray(picture) >> 8).astype(np.uint8)[..., None], 3, -1), orientation
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture.convert("RGBA"))
    return np.asarray(picture.convert("RGB")), orientation


def tolerance_of(path):
    kind = path.suffix[1:]
    if kind in TOLERANCE:
        return TOLERANCE[kind]
    if any(word in path.name for word in ("alpha", "rgba")):
        return (1, 1.0)
    return (0, 0.0)


FORMATS = {"jpg": "jpeg", "tif": "tiff"}


def write_decoded(paths):
    lines, pixels = [], bytearray()
    for path in paths:
        rgb, orientation = reference_pixels(path)
        if path.suffix in (".avif", ".heic"):
            orientation = 1  # libheif applies it.
        height, width = rgb.shape[:2]
        kept = height * width <= LARGEST_KEPT
        most, mean = tolerance_of(path)
        kind = FORMATS.get(path.suffix[1:], path.suffix[1:])
        lines.append(f"{path.name} {kind} {width} {height} {orientation} {most} {mean} {len(pixels) if kept else -1}")
        if kept:
            pixels += np.ascontiguousarray(rgb).tobytes()
    (ROOT / "decoded.txt").write_text("\n".join(lines) + "\n")
    (ROOT / "decoded.bin").write_bytes(pixels)


def write_clip(paths):
    from transformers import CLIPImageProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    exact, fast = CLIPImageProcessorPil(), CLIPImageProcessor()
    mean, std = np.array(exact.image_mean), np.array(exact.image_std)
    names, samples, deviations = [], bytearray(), []
    for path in paths:
        rgb, _ = reference_pixels(path)
        picture = Image.fromarray(rgb)
        chw = np.asarray(exact(picture, return_tensors="np")["pixel_values"][0])
        unit = np.asarray(fast(picture, return_tensors="pt")["pixel_values"][0])
        deviations.append(np.abs((chw - unit) * std[:, None, None] * 255))
        u8 = np.rint((chw.transpose(1, 2, 0) * std + mean) * 255)
        assert np.abs((u8 / 255 - mean) / std - chw.transpose(1, 2, 0)).max() < 1e-5
        names.append(path.name)
        samples += u8.astype(np.uint8)[4::8, 4::8].tobytes()
    (ROOT / "clip.txt").write_text("\n".join(names) + "\n")
    (ROOT / "clip.bin").write_bytes(samples)
    print(f"CLIP: {len(names)} pictures; torchvision processor against the PIL one, in 1/255: "
          f"mean {np.mean([d.mean() for d in deviations]):.4f}, greatest {max(d.max() for d in deviations):.2f}")


def noise_bytes(count, seed):
    """x' = 1664525 x + 1013904223 mod 2^32; the upper byte of each. Stretched to full black and white now and then."""
    state, out = seed, bytearray()
    for _ in range(count):
        state = (1664525 * state + 1013904223) & 0xFFFFFFFF
        value = state >> 24
        out.append(0 if value < 64 else 255 if value > 192 else value)
    return bytes(out)


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def write_resize():
    filters = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
    random = np.random.default_rng(70)
    sizes = [(1, 1, 5, 7), (3, 2, 3, 2), (50, 40, 50, 20), (50, 40, 25, 40), (97, 61, 64, 64), (200, 3, 1, 1),
             (1, 200, 64, 1), (31, 17, 130, 90)]
    sizes += [tuple(int(v) for v in random.integers(1, 100, 4)) for _ in range(22)]
    lines = []
    for width, height, new_width, new_height in sizes:
        pixels = np.frombuffer(noise_bytes(width * height * 3, width * 1000 + height), np.uint8)
        picture = Image.fromarray(pixels.reshape(height, width, 3))
        for name, code in filters.items():
            resized = np.asarray(picture.resize((new_width, new_height), code)).tobytes()
            lines.append(f"{width} {height} {new_width} {new_height} {name} {fnv1a(resized):016x}")
    (ROOT / "resize.txt").write_text("\n".join(lines) + "\n")


def main():
    SAMPLES.mkdir(parents=True, exist_ok=True)
    for old in SAMPLES.iterdir():
        old.unlink()
    make_jpeg()
    make_png()
    make_bmp()
    make_others()
    paths = sorted(SAMPLES.iterdir())
    write_decoded(paths)
    write_clip([path for path in paths if path.suffix not in (".avif", ".heic")])
    write_resize()
    print(f"{len(paths)} samples, {sum(p.stat().st_size for p in ROOT.rglob('*') if p.is_file())} bytes in {ROOT}")


if __name__ == "__main__":
    main()
