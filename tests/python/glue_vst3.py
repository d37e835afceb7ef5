"""A Twobus bundle (Glue where nothing else is said) through pedalboard, a VST3 host on JUCE that shares nothing with ours; numpy
is the judge.

Usage: glue_vst3.py BUNDLE CHECK, where CHECK is the name of a function below without "check_".
An assertion that fails ends the program with status 1 and says what was measured.
"""

import sys
import time

import numpy as np
import pedalboard

RATE_HZ = 48_000
RATES_HZ = (44_100, 48_000, 96_000, 192_000)


def load(bundle, **settings):
    """A fresh instance with parameters set by their pedalboard names."""
    plugin = pedalboard.load_plugin(bundle)
    for name, value in settings.items():
        setattr(plugin, name, value)
    return plugin


def render(plugin, audio, rate_hz, **options):
    """Processes from the start. JUCE hands new values to the plugin with its next block, and the first block after a reset takes
    them at once."""
    return plugin.process(audio, rate_hz, reset=True, **options)


def noise(seed, peak_db, frames, channels=2):
    generator = np.random.default_rng(seed)
    peak = 10 ** (peak_db / 20)
    return (peak * generator.uniform(-1, 1, (channels, frames))).astype(np.float32)


def sine(rate_hz, hz, peak_db, frames, channels=2):
    one = 10 ** (peak_db / 20) * np.sin(2 * np.pi * hz / rate_hz * np.arange(frames))
    return np.tile(one.astype(np.float32), (channels, 1))


def db(linear):
    return 20 * np.log10(np.maximum(np.abs(linear), 1e-20))


def check_parameters(bundle):
    """Every control is there under its name, with its range and default."""
    plugin = load(bundle)
    assert (plugin.name, plugin.manufacturer_name) == ("Twobus Glue", "Twobus"), plugin
    assert plugin.is_effect and "Dynamics" in plugin.category, plugin.category
    expected = {
        "Input": (-24, 24, 0), "Output": (-24, 24, 0), "Threshold": (-40, 10, 0), "Makeup": (-6, 18, 0),
        "Mix": (0, 100, 100), "Link": (0, 100, 100), "Drive": (0, 100, 0), "Sidechain tilt": (-3, 3, 0),
    }
    choices = {
        "Ratio": ["1.5:1", "2:1", "3:1", "4:1", "10:1"],
        "Release": ["0.1 s", "0.3 s", "0.6 s", "1.2 s", "Auto"],
        "Model": ["Console", "Clean"],
        "Detector": ["Peak", "RMS"],
        "Link mode": ["Stereo", "Mid/side"],
        "Sidechain source": ["Internal", "External"],
        "Sidechain slope": ["6 dB/oct", "12 dB/oct"],
        "Quality": ["Off", "Live", "Standard", "High"],
        "Render quality": ["Same as playback", "Off", "Live", "Standard", "High"],
    }
    by_name = {parameter.name: parameter for parameter in plugin.parameters.values()}
    for name, (low, high, default) in expected.items():
        parameter = by_name[name]
        have = (parameter.min_value, parameter.max_value)
        assert np.allclose(have, (low, high)), f"{name}: {have}"
        shown = float(str(parameter.string_value).split()[0])
        assert np.isclose(shown, default), f"{name}: default {shown}"
    for name, values in choices.items():
        assert list(by_name[name].valid_values) == values, f"{name}: {by_name[name].valid_values}"
    for name in ("Attack", "Range", "Sidechain high-pass", "Bypass"):
        assert name in by_name, f"{name} is missing"
    for name in ("Sidechain listen", "Delta", "Compare"):
        assert name not in by_name, f"{name} is for listening only and no parameter"


def check_static_gain(bundle):
    """A steady tone 10 dB over the threshold comes out as the closed form says, and trims are exact."""
    for model, limit_db in (("Clean", 0.05), ("Console", 0.2)):
        for ratio in (1.5, 2, 3, 4, 10):
            plugin = load(bundle, threshold_db=-20.0, ratio=f"{ratio}:1", model=model, release="1.2 s")
            output = render(plugin, sine(RATE_HZ, 1000, -10, 2 * RATE_HZ), RATE_HZ)
            # 1 kHz has whole periods in the last second: the level is an inner product.
            phase = 2 * np.pi * 1000 / RATE_HZ * np.arange(RATE_HZ)
            level_db = db(2 / RATE_HZ * np.abs(np.dot(output[0, -RATE_HZ:], np.exp(1j * phase))))
            expected_db = -20 + 10 / ratio
            assert abs(level_db - expected_db) <= limit_db, f"{model} {ratio}:1: {level_db:.3f} for {expected_db:.3f} dB"
    audio = noise(1, -50, RATE_HZ)
    for name in ("input_db", "output_db"):
        for trim_db in (-24.0, -6.0, 6.0, 24.0):
            plugin = load(bundle, threshold_db=10.0, ratio="10:1", **{name: trim_db})
            output = render(plugin, audio, RATE_HZ)
            error = np.max(np.abs(output - audio * 10 ** (trim_db / 20))) / np.max(np.abs(audio * 10 ** (trim_db / 20)))
            assert error < 1.15e-4, f"{name} {trim_db} dB: {error:e}"


def check_latency(bundle):
    """The host takes out exactly the latency that is reported: doing nothing is a null, at every rate and quality."""
    for rate_hz in RATES_HZ:
        audio = noise(2, -24, rate_hz // 2)
        for quality in ("Off", "Live", "Standard", "High"):
            plugin = load(bundle, threshold_db=10.0, ratio="10:1", quality=quality)
            # Another quality reaches the plugin with a block; then the host is told of its latency, and restarts it.
            plugin.process(np.zeros((2, rate_hz // 10), np.float32), rate_hz)
            time.sleep(0.2)
            output = render(plugin, audio, rate_hz)
            assert output.shape == audio.shape, output.shape
            assert np.array_equal(output, audio), f"{rate_hz} Hz {quality}: {np.max(np.abs(output - audio)):e}"
            if quality == "Live":
                assert plugin.reported_latency_samples == 0, plugin.reported_latency_samples


def check_bypass_mix_range(bundle):
    """Bypass, mix 0 % and range 0 give the input back to the bit while the rest is set to work hard."""
    audio = noise(3, -3, RATE_HZ)
    hard = {"threshold_db": -40.0, "ratio": "10:1"}
    worked = render(load(bundle, **hard), audio, RATE_HZ)
    assert np.max(np.abs(worked - audio)) > 0.1, "the test is void unless the plugin works"
    for setting in ({"bypass": True}, {"mix": 0.0}, {"range": "0.0 dB"}):
        output = render(load(bundle, **hard, **setting), audio, RATE_HZ)
        assert np.array_equal(output, audio), f"{setting}: {np.max(np.abs(output - audio)):e}"


def check_blocks(bundle):
    """The sound does not depend on the block size."""
    audio = noise(4, -6, RATE_HZ // 2)
    settings = {"threshold_db": -30.0, "ratio": "4:1", "release": "0.1 s", "drive": 40.0}
    reference = render(load(bundle, **settings), audio, RATE_HZ, buffer_size=512)
    for size in (1, 64, 333, 8192):
        output = render(load(bundle, **settings), audio, RATE_HZ, buffer_size=size)
        assert np.array_equal(output, reference), f"blocks of {size}: {np.max(np.abs(output - reference)):e}"


def check_mono(bundle):
    """Mono works, and sounds as stereo of the same. For any plugin: Glue is made to reduce, Trivial to turn down."""
    audio = noise(5, -6, RATE_HZ // 2, channels=1)
    settings = {"threshold_db": -30.0, "ratio": "4:1", "release": "0.1 s"} if "Glue" in bundle else {"gain_db": -6.0}
    mono = render(load(bundle, **settings), audio, RATE_HZ)
    stereo = render(load(bundle, **settings), np.repeat(audio, 2, axis=0), RATE_HZ)
    assert mono.shape == audio.shape, mono.shape
    assert np.array_equal(stereo[0], stereo[1]), "equal channels come out unequal"
    error = np.max(np.abs(mono[0] - stereo[0]))
    assert error < 1e-6, f"mono differs from stereo by {error:e}"
    reduced_db = db(np.std(mono)) - db(np.std(audio))
    assert reduced_db < -3, f"no reduction in mono: {reduced_db:.2f} dB"


def check_state(bundle):
    """A state taken from one instance makes another sound the same; a broken one changes nothing."""
    audio = noise(6, -6, RATE_HZ // 2)
    first = load(bundle, threshold_db=-27.5, ratio="3:1", release="0.3 s", makeup_db=4.0, mix=70.0, model="Clean")
    expected = render(first, audio, RATE_HZ)
    second = load(bundle)
    assert not np.array_equal(render(second, audio, RATE_HZ), expected), "the test is void unless the settings matter"
    second.raw_state = first.raw_state
    assert np.array_equal(render(second, audio, RATE_HZ), expected), "another sound after loading the state"
    state = first.raw_state
    for broken in (b"", b"hello", state[: len(state) // 2], state[:-3]):
        try:
            second.raw_state = broken
        except Exception:  # pedalboard may refuse before the plugin sees it: that is fine too
            pass
        assert np.array_equal(render(second, audio, RATE_HZ), expected), f"a state of {len(broken)} bytes changed the sound"


def check_reset(bundle):
    """A second run is the first one again."""
    audio = noise(7, -6, RATE_HZ // 2)
    plugin = load(bundle, threshold_db=-30.0, ratio="4:1")
    first = render(plugin, audio, RATE_HZ)
    assert np.array_equal(plugin.process(audio, RATE_HZ, reset=True), first), "another sound after reset"


def check_layouts(bundle):
    """Mono and stereo in any order on one instance: the host changes the buses between."""
    plugin = load(bundle)
    for channels in (1, 2, 1, 2, 2, 1):
        audio = noise(10 + channels, -20, RATE_HZ // 4, channels=channels)
        output = plugin.process(audio, RATE_HZ, reset=True)
        assert output.shape == audio.shape, output.shape
        assert np.all(np.isfinite(output)) and np.std(output) > 1e-3, f"{channels} channels: nothing came out"


def check_bad_input(bundle):
    """Non-finite, huge and tiny samples in: finite samples at or below +24 dBFS out, and clean again."""
    audio = noise(8, 0, RATE_HZ)
    audio[0, 100:110] = np.nan
    audio[1, 200:210] = np.inf
    audio[0, 300:310] = -np.inf
    audio[:, 400:450] = 1e20
    audio[:, 500:600] *= 1e-39
    plugin = load(bundle, threshold_db=-30.0, ratio="4:1", release="0.1 s", input_db=24.0, output_db=24.0)
    output = render(plugin, audio, RATE_HZ)
    assert np.all(np.isfinite(output)), "a non-finite sample came out"
    assert np.max(np.abs(output)) <= 10 ** (24 / 20) * (1 + 1e-6), f"{db(np.max(np.abs(output))):.2f} dBFS came out"
    quiet = np.zeros((2, 6 * RATE_HZ), np.float32)
    probe = noise(9, -40, RATE_HZ // 2)
    plugin.process(quiet, RATE_HZ, reset=False)
    after = plugin.process(probe, RATE_HZ, reset=False)
    assert np.std(after[:, -RATE_HZ // 4 :]) > 1e-4, "silent for good after bad input"


if __name__ == "__main__":
    globals()[f"check_{sys.argv[2]}"](sys.argv[1])
