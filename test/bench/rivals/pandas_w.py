"""W with pandas rolling windows, all rows of a channel at once: pandas_w.py CHANNELS WARM-UP-ROWS MEASURED-ROWS

The drift and the levels go from row to row, which pandas has no operator for: they are left out, in its favour."""

import json
import sys
import time

import numpy
import pandas

channels, warm_up, measured = (int(word) for word in sys.argv[1:4])


def tables():
    x = 2463534242
    values, delays = [], []
    for i in range(8192 + 1024):
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
        noise = (x >> 8) / 2**24
        triangle = i & 1023 if (i & 2047) < 1024 else 1023 - (i & 1023)
        if i < 8192:
            values.append(10 + triangle / 256 + noise * 2 + (100 if (x & 511) == 7 else 0))
        else:
            delays.append(noise * 2)
    return numpy.array(values), numpy.array(delays)


def judge(seconds, value):
    """Quality, windows, slopes and EWMA of one channel; how many rows were bad."""
    frame = pandas.DataFrame({"value": value, "time": seconds}, index=pandas.to_datetime(seconds, unit="s"))
    leap = frame["value"].diff().abs()
    good = frame["value"].between(-50, 150) & ~(leap > 40)
    rate = leap > frame["time"].diff()
    still = frame["value"].rolling(240).max() - frame["value"].rolling(240).min() < 1e-9
    row = frame[good]
    v, t = row["value"], row["time"] - seconds[0]
    hour, three, day, ten = (v.rolling(span) for span in ("1h", "3h", "24h", "10min"))
    figures = [hour.sum(), three.sum(), day.sum(), hour.mean(), hour.var(), ten.min(), ten.max(), v.ewm(alpha=0.02).mean()]
    for span in ("1h", "24h"):
        figures.append(v.rolling(span).cov(t) / t.rolling(span).var())
    return int((~good).sum()), rate, still, figures


values, delays = tables()
rows = numpy.arange(warm_up + measured)
bad = 0
taken = 0.0
for channel in range(channels):
    seconds = rows * 30 + delays[(channel + rows) & 1023]
    value = values[(channel * 7919 + rows) & 8191]
    before = time.process_time()
    bad += judge(seconds, value)[0]
    taken += time.process_time() - before
print(json.dumps({"ns": taken * 1e9 / (channels * len(rows)), "bad": bad}))
