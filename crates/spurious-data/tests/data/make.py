"""Writes the files in this folder with NumPy, PyArrow and Polars; see README.md."""

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent

# Row i, counted from 0: x1 = i, x2 = i/4 - 3, y = (-1)^i i. Every type below holds them, if it has signs and fractions.
ROWS = 12
i = np.arange(ROWS)
x = np.stack([i, i / 4 - 3], axis=1)
y = np.where(i % 2 == 0, 1.0, -1.0) * i

# NPY: types, versions, shapes
for name, dtype in [("f2", "<f2"), ("f4", "<f4"), ("f8", "<f8")]:
    np.save(HERE / f"{name}.npy", x.astype(dtype))
for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    np.save(HERE / f"{name}.npy", i[:, None].astype(name))
np.save(HERE / "bool.npy", (i % 2 == 1)[:, None])
np.save(HERE / "vector.npy", y)
np.save(HERE / "cube.npy", np.arange(ROWS * 4, dtype="<f4").reshape(ROWS, 2, 2))
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(HERE / f"version{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, x, version=version)
# NPY that is refused
np.save(HERE / "big.npy", x.astype(">f8"))
np.save(HERE / "fortran.npy", np.asfortranarray(x))
np.save(HERE / "complex.npy", x.astype("<c16"))
np.save(HERE / "text.npy", np.array(["a", "bc"]))
np.save(HERE / "date.npy", np.array(["2020-01-01"], dtype="datetime64[D]"))
np.save(HERE / "record.npy", np.array([(1.0, 2)], dtype=[("a", "<f8"), ("b", "<i4")]))
np.save(HERE / "scalar.npy", np.array(1.0))
np.save(HERE / "object.npy", np.array([None], dtype=object), allow_pickle=True)

# NPZ
np.savez(HERE / "stored.npz", X=x, y=y)
np.savez_compressed(HERE / "deflated.npz", features=x.astype("<f4"), labels=y[:, None], w=np.ones(ROWS))

# Parquet
table = pa.table({"x1": i.astype("<i4"), "x2": x[:, 1], "y": y.astype("<f4")})
for codec in ["none", "snappy", "zstd", "gzip", "lz4", "brotli"]:
    pq.write_table(table, HERE / f"pyarrow-{codec}.parquet", compression=codec, store_schema=False)
pq.write_table(table, HERE / "groups.parquet", row_group_size=5, data_page_version="2.0", write_page_checksum=True,
               use_dictionary=False, store_schema=False)
pq.write_table(table, HERE / "encodings.parquet", use_dictionary=False, store_schema=False,
               column_encoding={"x1": "DELTA_BINARY_PACKED", "x2": "BYTE_STREAM_SPLIT", "y": "PLAIN"})
types = {name: i.astype(name) for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"]}
pq.write_table(pa.table({**types, "bool": i % 2 == 1}), HERE / "types.parquet", store_schema=False)
pq.write_table(pa.table({"x": i, "text": [str(n) for n in i], "when": pa.array(i, pa.timestamp("ms")),
                         "day": pa.array(i.astype("i4"), pa.date32()), "list": [[n] for n in i],
                         "pair": [{"a": n, "b": n} for n in i]}),
               HERE / "others.parquet", store_schema=False)
pq.write_table(pa.table({"x": pa.array([1.0, 2.0, None, 4.0])}), HERE / "null.parquet", store_schema=False)
frame = pl.DataFrame({"x1": i.astype("<i4"), "x2": x[:, 1], "y": y.astype("<f4")})
for codec in ["uncompressed", "snappy", "zstd", "gzip", "lz4"]:
    frame.write_parquet(HERE / f"polars-{codec}.parquet", compression=codec)

# Text
frame.write_csv(HERE / "polars.csv")
frame.to_pandas().to_csv(HERE / "pandas.csv")
with gzip.GzipFile(HERE / "pandas.csv.gz", "wb", mtime=0) as file:
    file.write(frame.to_pandas().to_csv(index=False).encode())
