"""What libsndfile makes of files: read with soundfile, samples handed over as raw floats.

Usage: files.py write DIR      makes the files that need an encoder
       files.py read DIR       reads each file named in DIR/list and prints a line of JSON for it
"""

import json
import os
import sys

import numpy as np
import soundfile as sf


def signal(frames, channels, step):
    """The same numbers as `bytes::signal` makes: integers of 16 bits, without a library's sine."""
    out = np.empty((frames, channels), dtype=np.int64)
    value = 0x12345678
    for frame in range(frames):
        for channel in range(channels):
            value = (value * 1664525 + 1013904223) & 0xFFFFFFFF
            noise = (value >> 24) - 128
            place = (frame * (channel + 1) * step) % 2000
            ramp = place if place < 1000 else 2000 - place
            out[frame, channel] = ramp * 12 - 6000 + noise
    return out


def write(folder):
    def put(name, samples, rate, format, subtype):
        sf.write(os.path.join(folder, name), samples, rate, format=format, subtype=subtype)

    wide = signal(20000, 2, 3)
    put("flac16.flac", wide.astype(np.int16), 48000, "FLAC", "PCM_16")
    put("flac24.flac", (wide * 256 + 77).astype(np.int32) * 256, 96000, "FLAC", "PCM_24")
    put("flac8.flac", (wide // 256 * 256).astype(np.int16), 48000, "FLAC", "PCM_S8")
    put("flacmono.flac", wide[:, 0].astype(np.int16), 44100, "FLAC", "PCM_16")
    for channels in (3, 4, 5, 6, 8):
        put(f"flac{channels}ch.flac", signal(6000, channels, 3).astype(np.int16), 48000, "FLAC", "PCM_16")
    tone = 0.3 * np.sin(np.arange(50000) * 0.05)[:, None] * np.array([1.0, 0.7])
    np.asarray(tone, dtype="<f4").tofile(os.path.join(folder, "tone.raw"))
    for rate in (44100, 48000, 22050):
        put(f"mp3-{rate}.mp3", tone, rate, "MP3", "MPEG_LAYER_III")
    put("mp3-mono.mp3", tone[:, 0], 44100, "MP3", "MPEG_LAYER_III")
    put("vorbis.ogg", tone, 48000, "OGG", "VORBIS")
    put("vorbis-mono.ogg", tone[:, 0], 44100, "OGG", "VORBIS")
    put("opus.opus", tone, 48000, "OGG", "OPUS")


def read(folder):
    with open(os.path.join(folder, "list"), encoding="utf-8") as names:
        for name in names.read().split("\n"):
            path = os.path.join(folder, name)
            try:
                with sf.SoundFile(path) as file:
                    claimed = file.frames
                    channels, rate = file.channels, file.samplerate
                    blocks = []
                    # A header may claim more than there is, or than there is memory.
                    while len(blocks) < 64:
                        block = file.read(65536, dtype="float32", always_2d=True)
                        if len(block) == 0:
                            break
                        blocks.append(block)
                    samples = np.concatenate(blocks) if blocks else np.empty((0, channels), dtype="float32")
                    samples.astype("<f4").tofile(path + ".raw")
                    answer = {
                        "frames": len(samples),
                        "claimed": claimed,
                        "channels": channels,
                        "rate": rate,
                        "format": file.format,
                        "subtype": file.subtype,
                        "info": file.extra_info,
                        "title": file.title,
                        "artist": file.artist,
                    }
            except (sf.LibsndfileError, RuntimeError, TypeError, ValueError, MemoryError) as error:
                text = getattr(error, "error_string", None) or str(error)
                answer = {"error": text.replace(path, name)}
            print(json.dumps(answer))


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](sys.argv[2])
